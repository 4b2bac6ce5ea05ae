/* SPDX-License-Identifier: MIT */
#include "store/decision_table.h"

#include "base/str.h"

#include <string.h>

static const char *const action_names[] = {"accept", "hold", "defer", "reject"};

const char *
decision_action_name(enum decision_action action)
{
	return action_names[action];
}

/* Cut between characters, so that what is UTF-8 stays so. */
static const char *
cut_text(struct arena *a, const char *text, size_t most)
{
	size_t len;

	if (text == NULL || strlen(text) <= most)
		return text;
	for (len = most; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--;
	return arena_printf(a, "%.*s", (int)len, text);
}

enum rc
decision_insert(struct db *db, const struct decision_row *row, struct err *err)
{
	struct arena *a = arena_new();
	enum rc rc = db_run(db, err,
	    "INSERT INTO decision (id, account, at, action, sender, queue_id, "
	    "host, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    "ssisssss", row->id, row->account, row->at,
	    decision_action_name(row->action),
	    cut_text(a, row->sender, DECISION_SENDER_MAX),
	    cut_text(a, row->queue_id, DECISION_QUEUE_ID_MAX),
	    cut_text(a, row->host, DECISION_HOST_MAX), row->record);

	arena_free(a);
	return rc;
}

#define COLUMNS                                                                \
	"SELECT id, account, at, action, sender, queue_id, host, record "      \
	"FROM decision WHERE at >= ?1 AND at < ?2 "
#define OLDEST_FIRST " ORDER BY at, id, account"
#define NEWEST_FIRST " ORDER BY at DESC, id DESC, account"

/* One statement for each set of columns that is searched, so that each has an
   index: bit 0 account, 1 sender, 2 queue id, 3 newest first. */
static const char *const walks[16] = {
    COLUMNS OLDEST_FIRST,
    COLUMNS "AND account = ?3" OLDEST_FIRST,
    COLUMNS "AND sender = ?3" OLDEST_FIRST,
    COLUMNS "AND account = ?3 AND sender = ?4" OLDEST_FIRST,
    COLUMNS "AND queue_id = ?3" OLDEST_FIRST,
    COLUMNS "AND account = ?3 AND queue_id = ?4" OLDEST_FIRST,
    COLUMNS "AND sender = ?3 AND queue_id = ?4" OLDEST_FIRST,
    COLUMNS "AND account = ?3 AND sender = ?4 AND queue_id = ?5" OLDEST_FIRST,
    COLUMNS NEWEST_FIRST,
    COLUMNS "AND account = ?3" NEWEST_FIRST,
    COLUMNS "AND sender = ?3" NEWEST_FIRST,
    COLUMNS "AND account = ?3 AND sender = ?4" NEWEST_FIRST,
    COLUMNS "AND queue_id = ?3" NEWEST_FIRST,
    COLUMNS "AND account = ?3 AND queue_id = ?4" NEWEST_FIRST,
    COLUMNS "AND sender = ?3 AND queue_id = ?4" NEWEST_FIRST,
    COLUMNS "AND account = ?3 AND sender = ?4 AND queue_id = ?5" NEWEST_FIRST,
};

enum rc
decision_walk(struct db *db, const struct decision_search *search,
    struct db_row **out, struct err *err)
{
	static const char *const types[] = {"ii", "iis", "iiss", "iisss"};
	const char *texts[3] = {NULL, NULL, NULL};
	size_t n = 0, which = search->newest_first ? 8 : 0;

	if (search->account != NULL) {
		texts[n++] = search->account;
		which |= 1;
	}
	if (search->sender != NULL) {
		texts[n++] = search->sender;
		which |= 2;
	}
	if (search->queue_id != NULL) {
		texts[n++] = search->queue_id;
		which |= 4;
	}
	return db_start_long(db, walks[which], types[n], out, err,
	    search->since, search->before, texts[0], texts[1], texts[2]);
}

static void
read_decision(struct db_row *row, struct arena *a, void *out)
{
	*(struct decision_row *)out = (struct decision_row){
	    .id = db_text(row, 0, a),
	    .account = db_text(row, 1, a),
	    .at = db_integer(row, 2),
	    .action = (enum decision_action)db_word(db_text(row, 3, a),
		action_names, sizeof(action_names) / sizeof(*action_names)),
	    .sender = db_text(row, 4, a),
	    .queue_id = db_text(row, 5, a),
	    .host = db_text(row, 6, a),
	    .record = db_text(row, 7, a),
	};
}

enum rc
decision_next(struct db_row *row, struct arena *a, struct decision_row *out,
    struct err *err)
{
	return db_read_next(row, (struct db_reader){read_decision, out, a},
	    err);
}

/* In the order of the index, and no further: whoever is sent junk has a hundred
   thousand of them. */
enum rc
decision_walk_refused(struct db *db, const char *account, int64_t since,
    int64_t most, struct db_row **out, struct err *err)
{
	return db_start_long(db,
	    "SELECT id, account, at, action, sender, queue_id, host, record "
	    "FROM decision WHERE account = ?1 AND at >= ?2 "
	    "AND action <> 'accept' ORDER BY at DESC LIMIT ?3",
	    "sii", out, err, account, since, most);
}

enum rc
decision_count(struct db *db, int64_t since, int64_t before, int64_t *out,
    struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM decision WHERE at >= ?1 AND at < ?2", "ii",
	    since, before);
}

/* The inner SELECT is there because MariaDB takes no LIMIT in one of its own
   table. */
enum rc
decision_expire(struct db *db, int64_t before, int64_t most, struct err *err)
{
	int64_t last;
	enum rc rc = db_read_first(db, db_integer_reader(&last), err,
	    "SELECT MAX(at) FROM (SELECT at FROM decision WHERE at < ?1 "
	    "ORDER BY at LIMIT ?2) oldest HAVING COUNT(*) > 0",
	    "ii", before, most);

	if (rc != RC_OK)
		return rc;
	return db_run(db, err, "DELETE FROM decision WHERE at <= ?1", "i",
	    last);
}

struct place {
	int64_t at;
	const char *id;
};

static void
read_place(struct db_row *row, struct arena *a, void *out)
{
	*(struct place *)out = (struct place){
	    .at = db_integer(row, 0),
	    .id = db_text(row, 1, a),
	};
}

/* All rows of one decision go together. */
static enum rc
remove_youngest(struct db *db, struct arena *a, int64_t since, int64_t n,
    struct err *err)
{
	struct place first;
	enum rc rc =
	    db_read_first(db, (struct db_reader){read_place, &first, a}, err,
		"SELECT at, id FROM decision WHERE at >= ?1 "
		"ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?2",
		"ii", since, n - 1);

	if (rc != RC_OK)
		return rc;
	return db_run(db, err,
	    "DELETE FROM decision WHERE at >= ?1 AND (at > ?1 OR id >= ?2)",
	    "is", first.at, first.id);
}

enum rc
decision_trim(struct db *db, int64_t since, int64_t left, int64_t most,
    struct err *err)
{
	int64_t n;
	enum rc rc = decision_count(db, since, INT64_MAX, &n, err);
	struct arena *a;

	if (rc != RC_OK)
		return rc;
	if (n <= left)
		return RC_NONE;
	a = arena_new();
	n -= left;
	rc = remove_youngest(db, a, since, n < most ? n : most, err);
	arena_free(a);
	return rc;
}

enum rc
decision_forget(struct db *db, const char *account, struct err *err)
{
	return db_run(db, err, "DELETE FROM decision WHERE account = ?1", "s",
	    account);
}
