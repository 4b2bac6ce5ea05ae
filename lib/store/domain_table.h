/* SPDX-License-Identifier: MIT */
/*
 * domain_table - the domains that we forward for beside those of
 * postward.conf.
 *
 * A domain that is removed keeps its row for as long as addresses of its SRS
 * domain may be good: bounces to them still come home.  Names are as
 * domain_read gives them.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>

struct stored_domain {
	const char *name;
	const char *srs_domain; /* NULL: the first of srs.domain */
	/* As that of an account (account_table.h), for its accounts that have
	   chosen nothing; NULL: what is configured. */
	const char *strategy;
	int64_t created; /* seconds since 1970 */
	int64_t removed; /* the same; 0: mail to it is taken */
};

/* RC_NONE: no such row. */
enum rc stored_domain_find(struct db *db, struct arena *a, const char *name,
    struct stored_domain *out, struct err *err);

/* What the table says of a name, in one statement. */
struct stored_domain_mark {
	bool served, removed; /* neither: it has no row of that name */
	bool own_srs;         /* its row names an SRS domain */
	bool srs;             /* rows, served or removed, name it as theirs */
	bool empty;           /* the table has no row at all */
	char strategy[16];    /* "": none */
};

/* RC_NONE: it is neither served nor an SRS domain; *out says the rest. */
enum rc stored_domain_look(struct db *db, const char *name,
    struct stored_domain_mark *out, struct err *err);

/* Lists all rows by name, one after another: call stored_domain_next until it
   returns RC_NONE or an error, then db_end. */
enum rc stored_domain_list(struct db *db, struct db_row **out, struct err *err);
enum rc stored_domain_next(struct db_row *row, struct arena *a,
    struct stored_domain *out, struct err *err);

/* How many are served. */
enum rc stored_domain_count(struct db *db, int64_t *out, struct err *err);

/* How many accounts have an address in the domain, stored or not.  Reads all
   accounts. */
enum rc stored_domain_accounts(struct db *db, const char *name, int64_t *out,
    struct err *err);

/* RC_PERM: there is a row of that name, or no such strategy. */
enum rc stored_domain_add(struct db *db, const struct stored_domain *domain,
    struct err *err);

/* Writes all columns of the row of that name.  RC_NONE: there is none.
   RC_PERM: no such strategy. */
enum rc stored_domain_change(struct db *db, const struct stored_domain *domain,
    struct err *err);

/* Removes at most `most` rows of domains that were removed at `before` or
   earlier.  RC_NONE: there was none. */
enum rc stored_domain_expire(struct db *db, int64_t before, int64_t most,
    struct err *err);
