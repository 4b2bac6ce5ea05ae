/* SPDX-License-Identifier: MIT */
#include "forwarding/domains_change.h"

#include "base/str.h"

static bool
is_same_domain(const char *a, const char *b)
{
	return a != NULL && b != NULL && str_equal_fold(a, b);
}

/* A row of that name is there: does it keep the SRS domain, too? */
static enum rc
keep_in_row(struct db *db, struct arena *a, const char *srs, int64_t now,
    struct err *err)
{
	struct stored_domain row;
	enum rc rc = stored_domain_find(db, a, srs, &row, err);

	if (rc != RC_OK)
		return rc;
	if (!is_same_domain(row.srs_domain, srs))
		return err_set(err, RC_PERM,
		    "%s is an SRS domain of old, to which bounces still come, "
		    "and a domain with another SRS domain: leave one of them "
		    "as it is",
		    srs);
	if (row.removed == 0 || row.removed >= now)
		return RC_OK;
	row.removed = now;
	return stored_domain_change(db, &row, err);
}

/* The row of a domain names another SRS domain now. */
static enum rc
keep_srs_domain(struct db *db, struct arena *a, const char *srs, int64_t now,
    struct err *err)
{
	const struct stored_domain row = {srs, srs, NULL, now, now};
	struct stored_domain there;
	enum rc rc = stored_domain_find(db, a, srs, &there, err);

	if (rc == RC_OK)
		return keep_in_row(db, a, srs, now, err);
	return rc == RC_NONE ? stored_domain_add(db, &row, err) : rc;
}

static enum rc
change_row(struct db *db, struct arena *a, const struct stored_domain *old,
    const struct stored_domain *d, int64_t now, struct err *err)
{
	enum rc rc = stored_domain_change(db, d, err);

	if (rc == RC_OK && old->srs_domain != NULL &&
	    !is_same_domain(old->srs_domain, d->srs_domain))
		rc = keep_srs_domain(db, a, old->srs_domain,
		    old->removed != 0 ? old->removed : now, err);
	return rc;
}

enum rc
domains_add_tx(struct db *db, struct arena *a, const struct stored_domain *d,
    struct err *err)
{
	struct stored_domain old;
	enum rc rc = stored_domain_find(db, a, d->name, &old, err);

	if (rc == RC_NONE)
		return stored_domain_add(db, d, err);
	if (rc != RC_OK)
		return rc;
	if (old.removed != 0)
		return change_row(db, a, &old, d, d->created, err);
	if (db_in_doubt(db))
		return RC_OK;
	return err_set(err, RC_PERM, "%s: the domain is there already",
	    d->name);
}

enum rc
domains_set_tx(struct db *db, struct arena *a, const struct stored_domain *d,
    int64_t now, struct err *err)
{
	struct stored_domain old, next = *d;
	enum rc rc = stored_domain_find(db, a, d->name, &old, err);

	if (rc == RC_OK && old.removed != 0)
		rc = RC_NONE;
	if (rc != RC_OK)
		return rc;
	next.created = old.created;
	next.removed = 0;
	return change_row(db, a, &old, &next, now, err);
}

enum rc
domains_remove_tx(struct db *db, struct arena *a, const char *name, int64_t now,
    struct err *err)
{
	struct stored_domain row;
	enum rc rc = stored_domain_find(db, a, name, &row, err);

	if (rc != RC_OK)
		return rc;
	if (row.removed != 0)
		return db_in_doubt(db) ? RC_OK : RC_NONE;
	row.removed = now;
	return stored_domain_change(db, &row, err);
}
