/* SPDX-License-Identifier: MIT */
#include "store/outbox_table.h"

#include "store/private/bite.h"

#define COLUMNS                                                                \
	"id, dedup_key, about, recipient, template, texts, state, created, "   \
	"next_try, deadline, lease_until, lease_owner, sent, attempts, "       \
	"queue_id, last_error"

const struct lease_table outbox_leases = LEASE_TABLE("outbox", "id");

#define OUTBOX_STATES (sizeof(state_names) / sizeof(*state_names))

static const char *const state_names[] = {
    [OUTBOX_NEW] = "new",
    [OUTBOX_SENT] = "sent",
    [OUTBOX_FAILED] = "failed",
    [OUTBOX_BOUNCED] = "bounced",
};

const char *
outbox_state_name(enum outbox_state state)
{
	return state_names[state];
}

static void
read_mail(struct db_row *row, struct arena *a, void *out)
{
	*(struct outbox_mail *)out = (struct outbox_mail){
	    .id = db_text(row, 0, a),
	    .dedup_key = db_text(row, 1, a),
	    .about = db_text(row, 2, a),
	    .recipient = db_text(row, 3, a),
	    .template = db_text(row, 4, a),
	    .values = db_text(row, 5, a),
	    .state = (enum outbox_state)db_word(db_text(row, 6, a), state_names,
		OUTBOX_STATES),
	    .created = db_integer(row, 7),
	    .next_try = db_integer(row, 8),
	    .deadline = db_integer(row, 9),
	    .lease_until = db_integer(row, 10),
	    .lease_owner = db_text(row, 11, a),
	    .sent = db_integer(row, 12),
	    .attempts = db_integer(row, 13),
	    .queue_id = db_text(row, 14, a),
	    .error = db_text(row, 15, a),
	};
}

enum rc
outbox_insert(struct db *db, const struct outbox_mail *m, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO outbox (" COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16)",
	    "sssssssiiiisiiss", m->id, m->dedup_key, m->about, m->recipient,
	    m->template, m->values, outbox_state_name(m->state), m->created,
	    m->next_try, m->deadline, m->lease_until, m->lease_owner, m->sent,
	    m->attempts, m->queue_id, m->error);
}

enum rc
outbox_has(struct db *db, const char *dedup_key, struct err *err)
{
	return db_read_first(db, (struct db_reader){0}, err,
	    "SELECT 1 FROM outbox WHERE dedup_key = ?1", "s", dedup_key);
}

enum rc
outbox_by_id(struct db *db, struct arena *a, const char *id,
    struct outbox_mail *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_mail, out, a}, err,
	    "SELECT " COLUMNS " FROM outbox WHERE id = ?1", "s", id);
}

static enum rc
start_list(struct db *db, const char *about, struct db_row **out,
    struct err *err)
{
	if (about == NULL)
		return db_start(db,
		    "SELECT " COLUMNS " FROM outbox ORDER BY created, id", "",
		    out, err);
	return db_start(db,
	    "SELECT " COLUMNS " FROM outbox WHERE about = ?1 "
	    "ORDER BY created, id",
	    "s", out, err, about);
}

enum rc
outbox_list(struct db *db, struct arena *a, const char *about,
    struct outbox_mail **out, size_t *n, struct err *err)
{
	struct db_row *row;
	struct outbox_mail mail;
	struct db_reader reader = {read_mail, &mail, a};
	enum rc rc = start_list(db, about, &row, err);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row, reader, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = mail;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
outbox_due(struct db *db, struct arena *a, const struct due *due,
    struct outbox_mail *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_mail, out, a}, err,
	    "SELECT " COLUMNS " FROM outbox WHERE id = "
	    "(" LEASE_FIRST("outbox", "id", "state = 'new'",
		"next_try, created, id") ")",
	    "iii", LEASE_DUE_VALUES(due));
}

enum rc
outbox_oldest(struct db *db, struct arena *a, struct outbox_mail *out,
    struct err *err)
{
	return db_read_first(db, (struct db_reader){read_mail, out, a}, err,
	    "SELECT " COLUMNS " FROM outbox WHERE state = 'new' "
	    "ORDER BY created, id LIMIT 1",
	    "");
}

enum rc
outbox_waiting(struct db *db, int64_t *n, int64_t *oldest, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT COUNT(*), MIN(created) FROM (SELECT created FROM outbox "
	    "WHERE state = 'new' ORDER BY created, id LIMIT ?1) AS oldest",
	    "i", &row, err, (int64_t)OUTBOX_WAITING_MAX);

	if (rc != RC_OK)
		return rc;
	rc = db_next(row, err);
	if (rc == RC_OK) {
		*n = db_integer(row, 0);
		*oldest = db_integer(row, 1);
	}
	db_end(row);
	return rc;
}

enum rc
outbox_give_up(struct db *db, const struct due *due, const char *error,
    struct err *err)
{
	int64_t end;
	enum rc rc = db_read_first(db, db_integer_reader(&end), err,
	    BITE_END("deadline", "outbox",
		"state = 'new' AND deadline <= ?1 AND " LEASE_IS_DUE,
		BITE_ROWS),
	    "iii", LEASE_DUE_VALUES(due));

	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "UPDATE outbox SET state = 'failed', texts = '{}', "
	    "last_error = COALESCE(last_error, ?4), lease_until = 0, "
	    "lease_owner = NULL WHERE state = 'new' AND deadline <= ?5 "
	    "AND " LEASE_IS_DUE,
	    "iiisi", LEASE_DUE_VALUES(due), error, end);
}

enum rc
outbox_update(struct db *db, const struct outbox_mail *m, const char *owner,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE outbox SET state = ?2, texts = ?3, next_try = ?4, "
	    "lease_until = ?5, lease_owner = ?6, attempts = ?7, sent = ?8, "
	    "queue_id = ?9, last_error = ?10, deadline = ?12 "
	    "WHERE id = ?1 AND (?11 IS NULL OR lease_owner = ?11)",
	    "sssiisiisssi", m->id, outbox_state_name(m->state), m->values,
	    m->next_try, m->lease_until, m->lease_owner, m->attempts, m->sent,
	    m->queue_id, m->error, owner, m->deadline);
}

enum rc
outbox_drop(struct db *db, const char *about, struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM outbox WHERE about = ?1 AND state = 'new'", "s",
	    about);
}

/* A state at a time: each is a part of one index. */
enum rc
outbox_expire(struct db *db, int64_t before, struct err *err)
{
	static const char *const finds[] = {
	    BITE_END("created", "outbox", "state = 'sent' AND created < ?1",
		BITE_ROWS),
	    BITE_END("created", "outbox", "state = 'failed' AND created < ?1",
		BITE_ROWS),
	    BITE_END("created", "outbox", "state = 'bounced' AND created < ?1",
		BITE_ROWS),
	};
	static const char *const removes[] = {
	    "DELETE FROM outbox WHERE state = 'sent' AND created <= ?1",
	    "DELETE FROM outbox WHERE state = 'failed' AND created <= ?1",
	    "DELETE FROM outbox WHERE state = 'bounced' AND created <= ?1",
	};
	enum rc rc = RC_NONE;

	for (size_t i = 0; i < sizeof(finds) / sizeof(*finds); i++) {
		enum rc one = bite(db, finds[i], removes[i], before, err);

		if (one != RC_OK && one != RC_NONE)
			return one;
		rc = one == RC_OK ? RC_OK : rc;
	}
	return rc;
}
