/* SPDX-License-Identifier: MIT */
#include "program/sealing_key.h"

/* So many of a long list are looked at: it is done for each message. */
#define SEALING_DOMAINS_MAX ((size_t)100)

static enum rc
sealing_key_of(const struct signing_keys *keys, const char *const *domains,
    size_t n, struct signing_choice *out, struct err *err)
{
	enum rc rc = RC_NONE;

	for (size_t i = 0; i < n && rc == RC_NONE; i++)
		rc = signing_keys_find(keys, domains[i], out, err);
	return rc;
}

enum rc
sealing_key_find(const struct settings *s, const struct signing_keys *keys,
    struct signing_choice *out, struct err *err)
{
	const struct srs *srs = s->return_path.srs;
	enum rc rc;

	*out = (struct signing_choice){.n = 0};
	rc = srs == NULL
		 ? RC_NONE
		 : sealing_key_of(keys, srs->domains, srs->n_domains, out, err);

	if (rc == RC_NONE)
		rc = sealing_key_of(keys, s->forwards.domains,
		    s->forwards.n_domains < SEALING_DOMAINS_MAX
			? s->forwards.n_domains
			: SEALING_DOMAINS_MAX,
		    out, err);
	return rc == RC_NONE
		   ? err_set(err, RC_NONE, "no domain of ours has a key")
		   : rc;
}
