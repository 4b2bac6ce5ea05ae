/* SPDX-License-Identifier: MIT */
#include "probes_stored.h"

#include "stored_domains.h"

#include "store/domain_table.h"

#define TOLD ((size_t)10) /* one by one */

/* A domain of the store that is something else, too. */
struct twice_domain {
	const char *name, *words;
};

struct twice_domains {
	const struct probe_run *run;
	struct twice_domain first[TOLD];
	size_t n; /* of all */
};

static enum rc
note_if_stored(struct db *db, struct twice_domains *t, const char *name,
    const char *words, struct err *err)
{
	struct stored_domain d;
	enum rc rc = stored_domain_find(db, t->run->arena, name, &d, err);

	if (rc == RC_OK && d.removed == 0) {
		if (t->n < TOLD)
			t->first[t->n] = (struct twice_domain){name, words};
		t->n++;
	}
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
find_twice_domains(struct db *db, void *context, struct err *err)
{
	struct twice_domains *t = context;
	const struct settings *s = t->run->settings;
	enum rc rc = RC_OK;

	t->n = 0;
	for (size_t i = 0; i < s->forwards.n_domains && rc == RC_OK; i++)
		rc = note_if_stored(db, t, s->forwards.domains[i],
		    "stands in postward.conf and in the store: what the store "
		    "says of its SRS domain and strategy does not count",
		    err);
	if (rc == RC_OK && !forwards_configured(&s->forwards, s->hostname))
		rc = note_if_stored(db, t, s->hostname,
		    "is a domain of the store and the name of this host, whose "
		    "mail stays here",
		    err);
	return rc == RC_OK && s->authors.domain != NULL
		   ? note_if_stored(db, t, s->authors.domain,
			 "is a domain of the store and "
			 "forwarding.from-domain, which nobody has an account "
			 "in",
			 err)
		   : rc;
}

static void
probe_twice_domains(const struct probe_run *run)
{
	struct twice_domains t = {.run = run};
	struct err err;

	if (store_do(run->store, find_twice_domains, &t, &err) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_copy_text(run->arena, err.text));
		return;
	}
	for (size_t i = 0; i < t.n && i < TOLD; i++) {
		probe_wrong(run, t.first[i].name, t.first[i].words);
		probe_cure_ours(run,
		    arena_printf(run->arena, "domain remove %s",
			probe_quoted(run, t.first[i].name)));
	}
	if (t.n > TOLD)
		probe_wrong(run, NULL,
		    arena_printf(run->arena, "and so do %zu more", t.n - TOLD));
}

static const char *
stored_domains_words(const struct probe_run *run,
    const struct stored_domains *stored)
{
	struct arena *a = run->arena;

	if (stored->all == 0)
		return "none, beside those of postward.conf";
	return arena_printf(a, "%lld, beside %zu of postward.conf%s",
	    (long long)stored->all, run->settings->forwards.n_domains,
	    stored->all <= STORED_DOMAINS_MAX
		? ""
		: arena_printf(a,
		      "; of the first %d by name records and postmaster are "
		      "looked at, of another one by 'postward dns --check "
		      "DOMAIN'",
		      STORED_DOMAINS_MAX));
}

void
probe_stored_domains(const struct probe_run *run)
{
	struct stored_domains stored;
	struct err err;

	if (stored_domains_read(run, run->store, &stored, &err) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_copy_text(run->arena, err.text));
		return;
	}
	probe_saw(run, REPORT_OK, stored_domains_words(run, &stored));
	probe_twice_domains(run);
}
