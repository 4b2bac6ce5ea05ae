/* SPDX-License-Identifier: MIT */
#include "store/target_failure_table.h"

#include "store/private/bite.h"

static const char *const kind_names[FAILURE_KINDS] = {
    [FAILURE_HARD] = "hard",
    [FAILURE_POLICY] = "policy",
    [FAILURE_SOFT] = "soft",
    [FAILURE_REMOTE] = "remote",
};

const char *
failure_kind_name(enum failure_kind kind)
{
	return kind_names[kind];
}

enum rc
target_failure_add(struct db *db, const struct target_failure *f,
    struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO target_failure "
	    "(account, target, message, kind, status, at) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    "sssssi", f->account, f->target, f->message,
	    failure_kind_name(f->kind), f->status, f->at);
}

enum rc
target_failure_count(struct db *db, const struct target_failure *of,
    int64_t since, int64_t *out, struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM target_failure WHERE account = ?1 "
	    "AND target = ?2 AND kind = ?3 AND at >= ?4",
	    "sssi", of->account, of->target, failure_kind_name(of->kind),
	    since);
}

static void
read_failure(struct db_row *row, struct arena *a, void *out)
{
	*(struct target_failure *)out = (struct target_failure){
	    .account = db_text(row, 0, a),
	    .target = db_text(row, 1, a),
	    .message = db_text(row, 2, a),
	    .kind = (enum failure_kind)db_word(db_text(row, 3, a), kind_names,
		FAILURE_KINDS),
	    .status = db_text(row, 4, a),
	    .at = db_integer(row, 5),
	};
}

/* MAX of a text is any of them: they are of one kind, and so of one sense. */
#define LIST_BEGINS                                                            \
	"SELECT f.account, f.target, MAX(f.message), f.kind, MAX(f.status), "  \
	"MAX(f.at) FROM target_failure f JOIN forward w "                      \
	"ON w.account = f.account AND w.target = f.target "                    \
	"WHERE f.kind = ?1 AND f.at >= ?2 AND f.at <= ?3 AND w.failing = 0 "   \
	"AND w.state = 'active' "
#define LIST_ENDS                                                              \
	"GROUP BY f.account, f.target, f.kind HAVING COUNT(*) >= ?4 "          \
	"ORDER BY f.account, f.target LIMIT 1000"

enum rc
target_failure_list(struct db *db, struct arena *a,
    const struct target_failure_search *search, struct target_failure **out,
    size_t *n, struct err *err)
{
	struct target_failure one;
	struct db_reader reader = {read_failure, &one, a};
	struct db_row *row;
	enum rc rc = db_start(db,
	    search->decided_only ? LIST_BEGINS
		"AND EXISTS (SELECT 1 FROM decision d "
		"WHERE d.queue_id = f.message) " LIST_ENDS
				 : LIST_BEGINS LIST_ENDS,
	    "siii", &row, err, failure_kind_name(search->kind), search->since,
	    search->until, search->least);

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

enum rc
target_failure_forget(struct db *db, const char *account, const char *target,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM target_failure WHERE account = ?1 "
	    "AND LOWER(target) = LOWER(?2)",
	    "ss", account, target);
}

enum rc
target_failure_expire(struct db *db, int64_t before, int64_t after,
    struct err *err)
{
	enum rc rc =
	    bite(db, BITE_END("at", "target_failure", "at < ?1", BITE_ROWS),
		"DELETE FROM target_failure WHERE at <= ?1", before, err);

	if (rc != RC_NONE)
		return rc;
	return db_run(db, err, "DELETE FROM target_failure WHERE at > ?1", "i",
	    after);
}
