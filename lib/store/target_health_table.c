/* SPDX-License-Identifier: MIT */
#include "store/target_health_table.h"

#define COLUMNS                                                                \
	"h.id, h.account, h.target, h.state, h.since, h.pauses, h.status, "    \
	"h.reason, h.probe, h.probed, h.code_hash, h.code_expires, "           \
	"h.code_wrong, h.told, h.next_try, h.lease_until, h.lease_owner, "     \
	"h.attempts"
#define COLUMNS_N 18

const struct lease_table target_health_leases =
    LEASE_TABLE("target_health", "id");

#define STATES (sizeof(state_names) / sizeof(*state_names))

static const char *const state_names[] = {
    [TARGET_WELL] = "well",
    [TARGET_SUSPECTED] = "suspected",
    [TARGET_PAUSED] = "paused",
};

const char *
target_state_name(enum target_state state)
{
	return state_names[state];
}

static void
read_health(struct db_row *row, struct arena *a, void *out)
{
	const char *state = db_text(row, 3, a);

	*(struct target_health *)out = (struct target_health){
	    .id = db_text(row, 0, a),
	    .account = db_text(row, 1, a),
	    .target = db_text(row, 2, a),
	    .state = state == NULL ? TARGET_WELL
				   : (enum target_state)db_word(state,
					 state_names, STATES),
	    .since = db_integer(row, 4),
	    .pauses = db_integer(row, 5),
	    .status = db_text(row, 6, a),
	    .reason = db_text(row, 7, a),
	    .probe = db_text(row, 8, a),
	    .probed = db_integer(row, 9),
	    .code_hash = db_text(row, 10, a),
	    .code_expires = db_integer(row, 11),
	    .code_wrong = db_integer(row, 12),
	    .told = db_integer(row, 13),
	    .next_try = db_integer(row, 14),
	    .lease_until = db_integer(row, 15),
	    .lease_owner = db_text(row, 16, a),
	    .attempts = db_integer(row, 17),
	};
}

enum rc
target_health_by_id(struct db *db, struct arena *a, const char *id,
    struct target_health *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_health, out, a}, err,
	    "SELECT " COLUMNS " FROM target_health h WHERE h.id = ?1", "s", id);
}

enum rc
target_health_find(struct db *db, struct arena *a, const char *account,
    const char *target, struct target_health *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_health, out, a}, err,
	    "SELECT " COLUMNS " FROM target_health h WHERE h.account = ?1 "
	    "AND LOWER(h.target) = LOWER(?2)",
	    "ss", account, target);
}

static void
read_seen(struct db_row *row, struct arena *a, void *out)
{
	static const char *const states[] = {"pending", "active", "paused"};
	struct target_seen *seen = out;

	read_health(row, a, &seen->health);
	seen->forward = (struct forward){
	    .account = db_text(row, COLUMNS_N, a),
	    .target = db_text(row, COLUMNS_N + 1, a),
	    .state = (enum forward_state)db_word(db_text(row, COLUMNS_N + 2, a),
		states, sizeof(states) / sizeof(*states)),
	    .created = db_integer(row, COLUMNS_N + 3),
	    .verified = db_integer(row, COLUMNS_N + 4),
	    .failing = db_integer(row, COLUMNS_N + 5),
	};
}

enum rc
target_health_list(struct db *db, struct arena *a, const char *account,
    struct target_seen **out, size_t *n, struct err *err)
{
	struct target_seen one;
	struct db_reader reader = {read_seen, &one, a};
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT " COLUMNS ", w.account, w.target, w.state, w.created, "
	    "w.verified_at, w.failing FROM forward w "
	    "LEFT JOIN target_health h "
	    "ON h.account = w.account AND h.target = w.target "
	    "WHERE w.account = ?1 ORDER BY w.target",
	    "s", &row, err, account);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row, reader, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = one;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
collect_health(struct db_row *row, struct arena *a, struct target_health **out,
    size_t *n, struct err *err)
{
	struct target_health one;
	struct db_reader reader = {read_health, &one, a};
	enum rc rc;

	while ((rc = db_read_next(row, reader, err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = one;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
target_health_list_in(struct db *db, struct arena *a, enum target_state state,
    int64_t since, int64_t most, struct target_health **out, size_t *n,
    struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT " COLUMNS " FROM target_health h WHERE h.state = ?1 "
	    "AND h.since >= ?2 ORDER BY h.since DESC, h.account, h.target "
	    "LIMIT ?3",
	    "sii", &row, err, target_state_name(state), since, most);

	*out = NULL;
	*n = 0;
	return rc == RC_OK ? collect_health(row, a, out, n, err) : rc;
}

enum rc
target_health_count(struct db *db, enum target_state state, int64_t since,
    int64_t *out, struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM target_health WHERE state = ?1 "
	    "AND since >= ?2",
	    "si", target_state_name(state), since);
}

static void
read_paused(struct db_row *row, struct arena *a, void *out)
{
	(void)a;
	*(struct targets_paused *)out = (struct targets_paused){
	    .all = db_integer(row, 0), .of_domain = db_integer(row, 1)};
}

static int64_t
count_characters(const char *text)
{
	int64_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* SUBSTR counts characters in both databases. */
enum rc
target_health_count_paused(struct db *db, const char *domain, int64_t since,
    struct targets_paused *out, struct err *err)
{
	struct arena *a = arena_new();
	const char *end = arena_printf(a, "@%s", domain);
	enum rc rc =
	    db_read_first(db, (struct db_reader){read_paused, out, a}, err,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN "
		"SUBSTR(LOWER(target), ?1) = ?2 THEN 1 ELSE 0 END), 0) "
		"FROM target_health WHERE state = 'paused' AND since >= ?3",
		"isi", -count_characters(end), end, since);

	arena_free(a);
	return rc;
}

enum rc
target_health_due(struct db *db, struct arena *a, const struct due *due,
    struct target_health *out, struct err *err)
{
	return db_read_first(db, (struct db_reader){read_health, out, a}, err,
	    "SELECT " COLUMNS " FROM target_health h "
	    "WHERE h.state IN ('suspected', 'paused') AND " LEASE_IS_DUE " "
	    "ORDER BY next_try, id LIMIT 1",
	    "iii", LEASE_DUE_VALUES(due));
}

enum rc
target_health_list_refuted(struct db *db, struct arena *a,
    struct target_health **out, size_t *n, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT " COLUMNS " FROM target_health h "
	    "JOIN outbox o ON o.id = h.probe "
	    "WHERE h.state IN ('suspected', 'well') "
	    "AND o.state = 'bounced' "
	    "ORDER BY h.id LIMIT 100",
	    "", &row, err);

	*out = NULL;
	*n = 0;
	return rc == RC_OK ? collect_health(row, a, out, n, err) : rc;
}

enum rc
target_health_insert(struct db *db, const struct target_health *h,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO target_health (id, account, target, state, since, "
	    "pauses, status, reason, probe, probed, code_hash, code_expires, "
	    "code_wrong, told, next_try, lease_until, lease_owner, attempts) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16, ?17, ?18)",
	    "ssssiisssisiiiiisi", h->id, h->account, h->target,
	    target_state_name(h->state), h->since, h->pauses, h->status,
	    h->reason, h->probe, h->probed, h->code_hash, h->code_expires,
	    h->code_wrong, h->told, h->next_try, h->lease_until, h->lease_owner,
	    h->attempts);
}

enum rc
target_health_update(struct db *db, const struct target_health *h,
    struct err *err)
{
	return db_run(db, err,
	    "UPDATE target_health SET state = ?2, since = ?3, pauses = ?4, "
	    "status = ?5, reason = ?6, probe = ?7, probed = ?8, "
	    "code_hash = ?9, code_expires = ?10, code_wrong = ?11, "
	    "told = ?12, next_try = ?13, lease_until = ?14, "
	    "lease_owner = ?15, attempts = ?16 WHERE id = ?1",
	    "ssiisssisiiiiisi", h->id, target_state_name(h->state), h->since,
	    h->pauses, h->status, h->reason, h->probe, h->probed, h->code_hash,
	    h->code_expires, h->code_wrong, h->told, h->next_try,
	    h->lease_until, h->lease_owner, h->attempts);
}

enum rc
target_health_count_wrong_code(struct db *db, const char *id, struct err *err)
{
	return db_run(db, err,
	    "UPDATE target_health SET code_wrong = code_wrong + 1 "
	    "WHERE id = ?1",
	    "s", id);
}

enum rc
target_health_remove(struct db *db, const char *account, const char *target,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM target_health WHERE account = ?1 "
	    "AND LOWER(target) = LOWER(?2)",
	    "ss", account, target);
}

enum rc
target_health_expire(struct db *db, int64_t before, struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM target_health WHERE state = 'well' AND since < ?1",
	    "i", before);
}
