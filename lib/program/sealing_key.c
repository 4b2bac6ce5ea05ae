/* SPDX-License-Identifier: MIT */
#include "program/sealing_key.h"

/* So many of a long list are looked at: it is done for each message. */
#define SEALING_DOMAINS_MAX ((size_t)100)

static enum rc
sealing_key_of(const struct signing_keys *keys, const char *const *domains,
    size_t n, struct signing_key *out, struct err *err)
{
	struct signing_choice choice;

	for (size_t i = 0; i < n; i++) {
		enum rc rc = signing_keys_find(keys, domains[i], &choice, err);

		if (rc == RC_NONE)
			continue;
		/* RSA, if there is one: everybody can verify it. */
		if (rc == RC_OK)
			*out = choice.keys[0];
		return rc;
	}
	return RC_NONE;
}

enum rc
sealing_key_find(const struct settings *s, const struct signing_keys *keys,
    struct signing_key *out, struct err *err)
{
	const struct srs *srs = s->return_path.srs;
	enum rc rc = srs == NULL ? RC_NONE
				 : sealing_key_of(keys, srs->domains,
				       srs->n_domains, out, err);

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
