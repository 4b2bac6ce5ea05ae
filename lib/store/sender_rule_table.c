/* SPDX-License-Identifier: MIT */
#include "store/sender_rule_table.h"

#include <string.h>

const char *
sender_rule_name(bool allow)
{
	return allow ? "allow" : "block";
}

static void
read_rule(struct db_row *row, struct arena *a, void *out)
{
	*(struct sender_rule *)out = (struct sender_rule){
	    .account = db_text(row, 0, a),
	    .sender = db_text(row, 1, a),
	    .allow = strcmp(db_text(row, 2, a), "allow") == 0,
	    .created = db_integer(row, 3),
	};
}

enum rc
sender_rule_list(struct db *db, struct arena *a, const char *account,
    struct sender_rule **out, size_t *n, struct err *err)
{
	struct sender_rule rule;
	struct db_row *row;
	enum rc rc = db_start(db,
	    "SELECT account, sender, rule, created FROM sender_rule "
	    "WHERE account = ?1 ORDER BY sender",
	    "s", &row, err, account);

	*out = NULL;
	*n = 0;
	if (rc != RC_OK)
		return rc;
	while ((rc = db_read_next(row, (struct db_reader){read_rule, &rule, a},
		    err)) == RC_OK) {
		*out = db_more(a, *out, *n, sizeof(**out));
		(*out)[(*n)++] = rule;
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
sender_rule_count(struct db *db, const char *account, int64_t *out,
    struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err,
	    "SELECT COUNT(*) FROM sender_rule WHERE account = ?1", "s",
	    account);
}

enum rc
sender_rule_put(struct db *db, const struct sender_rule *rule, struct err *err)
{
	return db_run(db, err,
	    "REPLACE INTO sender_rule (account, sender, rule, created) "
	    "VALUES (?1, ?2, ?3, ?4)",
	    "sssi", rule->account, rule->sender, sender_rule_name(rule->allow),
	    rule->created);
}

enum rc
sender_rule_remove(struct db *db, const char *account, const char *sender,
    struct err *err)
{
	return db_run(db, err,
	    "DELETE FROM sender_rule WHERE account = ?1 AND sender = ?2", "ss",
	    account, sender);
}
