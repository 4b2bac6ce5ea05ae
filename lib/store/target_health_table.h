/* SPDX-License-Identifier: MIT */
/*
 * target_health_table - forwards' targets that fail, or have failed: since
 * when, why, and the mail that tries whether they work again (the probe).  A
 * target without a row is well.  The rules are in lib/targets.
 */
#pragma once

#include "store/db.h"
#include "store/forward_table.h"
#include "store/lease.h"

#include <stddef.h>

enum target_state {
	TARGET_WELL,
	TARGET_SUSPECTED, /* it gets mail, and a probe */
	TARGET_PAUSED     /* it gets no mail but the probes */
};

/* "well", "suspected", "paused" */
const char *target_state_name(enum target_state state);

/* Times in seconds since 1970; 0: never. */
struct target_health {
	const char *id; /* random; NULL: there is no row, the target is well */
	const char *account, *target;
	enum target_state state;
	int64_t since;         /* when the state began */
	int64_t pauses;        /* how often it was paused, one after another */
	const char *status;    /* "5.1.1"; or NULL */
	const char *reason;    /* why, printable, in plain words; or NULL */
	const char *probe;     /* the id of the mail on its way; or NULL */
	int64_t probed;        /* when the last probe was made */
	const char *code_hash; /* of the code in the last probe; or NULL */
	int64_t code_expires;
	int64_t code_wrong; /* how often it was typed wrongly */
	int64_t told;       /* when the owner was told */
	int64_t next_try;   /* when the job below is due */
	int64_t lease_until;
	const char *lease_owner;
	int64_t attempts;
};

/* A target that is suspected or paused is a job (lease.h). */
extern const struct lease_table target_health_leases;

/* RC_NONE: there is no such row. */
enum rc target_health_by_id(struct db *db, struct arena *a, const char *id,
    struct target_health *out, struct err *err);
/* Upper and lower case of the target do not matter.  RC_NONE: there is no
   row. */
enum rc target_health_find(struct db *db, struct arena *a, const char *account,
    const char *target, struct target_health *out, struct err *err);

/* One forward and its health. */
struct target_seen {
	struct forward forward;
	struct target_health health; /* id NULL: nothing is known against it */
};

/* Lists the forwards of one account with their health, in the order of
   target. */
enum rc target_health_list(struct db *db, struct arena *a, const char *account,
    struct target_seen **out, size_t *n, struct err *err);

/* Lists the targets that are in that state since since or later, the latest
   first; at most `most`. */
enum rc target_health_list_in(struct db *db, struct arena *a,
    enum target_state state, int64_t since, int64_t most,
    struct target_health **out, size_t *n, struct err *err);
enum rc target_health_count(struct db *db, enum target_state state,
    int64_t since, int64_t *out, struct err *err);

/* Targets that were paused since some time and are so still. */
struct targets_paused {
	int64_t all, of_domain;
};

/* Counts them in all, and those of one domain, which is in lower case. */
enum rc target_health_count_paused(struct db *db, const char *domain,
    int64_t since, struct targets_paused *out, struct err *err);

/* Finds the job that is due first.  RC_NONE: there is none. */
enum rc target_health_due(struct db *db, struct arena *a, const struct due *due,
    struct target_health *out, struct err *err);

/* Lists the targets that are not paused and whose probe has come back; at most
   100. */
enum rc target_health_list_refuted(struct db *db, struct arena *a,
    struct target_health **out, size_t *n, struct err *err);

/* RC_PERM: the target has a row, or there is no such forward. */
enum rc target_health_insert(struct db *db, const struct target_health *row,
    struct err *err);
/* Writes all columns but account and target.  RC_NONE: there is no row with
   that id. */
enum rc target_health_update(struct db *db, const struct target_health *row,
    struct err *err);
enum rc target_health_count_wrong_code(struct db *db, const char *id,
    struct err *err);

/* RC_NONE: there is no row. */
enum rc target_health_remove(struct db *db, const char *account,
    const char *target, struct err *err);
/* Removes rows of targets that have been well since before that time.  RC_NONE:
   there was none. */
enum rc target_health_expire(struct db *db, int64_t before, struct err *err);
