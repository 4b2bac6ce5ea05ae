/* SPDX-License-Identifier: MIT */
#include "stored_domains.h"

#include "store/domain_table.h"

#include <string.h>

struct reading_domains {
	const struct probe_run *run;
	struct stored_domains *out;
};

static void
add_srs_once(struct stored_domains *out, const char *name)
{
	for (size_t i = 0; i < out->n_srs; i++)
		if (strcmp(out->srs[i], name) == 0)
			return;
	out->srs[out->n_srs++] = name;
}

static void
take_stored_domain(const struct reading_domains *r,
    const struct stored_domain *d)
{
	if (d->removed != 0 ||
	    forwards_configured(&r->run->settings->forwards, d->name))
		return;
	r->out->names[r->out->n++] = d->name;
	if (d->srs_domain != NULL)
		add_srs_once(r->out, d->srs_domain);
}

static enum rc
walk_stored_domains(struct db *db, const struct reading_domains *r,
    struct err *err)
{
	struct arena *a = r->run->arena;
	struct stored_domain d;
	struct db_row *row;
	enum rc rc = stored_domain_list(db, &row, err);

	if (rc != RC_OK)
		return rc;
	while (r->out->n < STORED_DOMAINS_MAX &&
	       (rc = stored_domain_next(row, a, &d, err)) == RC_OK)
		take_stored_domain(r, &d);
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
read_stored_domains(struct db *db, void *context, struct err *err)
{
	const struct reading_domains *r = context;
	enum rc rc = stored_domain_count(db, &r->out->all, err);

	r->out->n = r->out->n_srs = 0;
	return rc == RC_OK && r->out->all > 0 ? walk_stored_domains(db, r, err)
					      : rc;
}

enum rc
stored_domains_read(const struct probe_run *run, struct store *store,
    struct stored_domains *out, struct err *err)
{
	struct reading_domains r = {run, out};

	*out = (struct stored_domains){0};
	out->names = arena_take_array(run->arena, 2 * STORED_DOMAINS_MAX,
	    sizeof(*out->names));
	out->srs = out->names + STORED_DOMAINS_MAX;
	return store_do(store, read_stored_domains, &r, err);
}

const char *const *
stored_domains_beside(const struct probe_run *run, const char *const *names,
    size_t *n, const char *const *more, size_t n_more)
{
	const char **all =
	    arena_take_array(run->arena, *n + n_more + 1, sizeof(*all));

	for (size_t i = 0; i < *n; i++)
		all[i] = names[i];
	for (size_t i = 0; i < n_more; i++)
		all[*n + i] = more[i];
	*n += n_more;
	return all;
}
