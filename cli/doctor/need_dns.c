/* SPDX-License-Identifier: MIT */
#include "need_dns.h"

#include "dns_review.h"
#include "dns_site.h"
#include "probes_form.h"
#include "probes_tls.h"
#include "resolvers.h"
#include "stored_domains.h"

#include <string.h>

enum rc
need_resolvers(struct probe_run *run, struct err *err)
{
	struct resolvers *resolvers =
	    arena_take(run->arena, sizeof(*resolvers));
	enum rc rc;

	if (run->resolvers != NULL)
		return RC_OK;
	rc = resolvers_ask(run->arena, run->settings, resolvers, err);
	if (rc == RC_OK)
		run->resolvers = resolvers;
	return rc;
}

enum rc
need_dns(struct probe_run *run, struct err *err)
{
	enum rc rc = need_resolvers(run, err);

	if (rc != RC_OK)
		return rc;
	if (run->resolvers->silent == run->resolvers->n)
		return err_set(err, RC_TEMP, "no resolver answers");
	return dns_open(&run->settings->resolver, &run->dns, err);
}

static bool
is_name_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Those of the store, behind those of postward.conf.  Rows about records do not
   need it: it may not be there. */
static void
add_stored_domains(const struct probe_run *run, struct dns_wanted_of *of)
{
	struct stored_domains stored;
	struct store *store = NULL;
	size_t n = 0;

	if (settings_open_store(run->settings, &store, NULL) == RC_OK &&
	    stored_domains_read(run, store, &stored, NULL) == RC_OK) {
		for (size_t i = 0; i < stored.n_srs; i++)
			if (!is_name_among(of->ours, of->n_ours, stored.srs[i]))
				stored.srs[n++] = stored.srs[i];
		of->domains = stored_domains_beside(run, of->domains,
		    &of->n_domains, stored.names, stored.n);
		of->ours = stored_domains_beside(run, of->ours, &of->n_ours,
		    stored.srs, n);
	}
	store_close(store);
}

enum rc
need_records(struct probe_run *run, struct err *err)
{
	struct dns_review *records = arena_take(run->arena, sizeof(*records));
	struct signing_keys *keys = NULL;
	enum rc rc;

	*records = (struct dns_review){.n = 0};
	rc = dns_site_read(run->in, &records->of, err);
	if (rc == RC_OK)
		add_stored_domains(run, &records->of);
	/* Keys that cannot be read are told by their own row. */
	if (rc == RC_OK &&
	    signing_keys_open(run->settings->dkim.keys, &keys, NULL) == RC_OK)
		records->of.keys = keys;
	if (rc != RC_OK)
		return rc;
	run->records = records;
	dns_review_plan(records, run->arena, NULL);
	probes_tls_ask(run);
	probe_form_ask(run);
	dns_review_ask(records, run->arena, run->settings, run->dns);
	return RC_OK;
}

void
need_records_close(struct probe_run *run)
{
	if (run->records != NULL)
		signing_keys_close((struct signing_keys *)
				       run->records->of.keys);
}
