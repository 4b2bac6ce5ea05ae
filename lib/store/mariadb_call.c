/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>

/* How long to wait for an answer, beyond the time to wait for a lock. */
#define ANSWER_MS ((int64_t)1000)

/* Another try may succeed; if it needs a new connection, that reaches another
   host. */
#define ANOTHER_TRY 1
/* The connection is as good as before. */
#define STILL_GOOD 2
/* The statement is against the rules. */
#define FORBIDDEN 4
/* Another writer was first. */
#define CONFLICT 8

static const struct {
	unsigned code;
	unsigned means;
	const char *advice;
} known[] = {
    {ER_DUP_ENTRY, FORBIDDEN, ""},
    {ER_NO_REFERENCED_ROW_2, FORBIDDEN, ""},
    {ER_ROW_IS_REFERENCED_2, FORBIDDEN, ""},
    {ER_CONSTRAINT_FAILED, FORBIDDEN, ""},
    {ER_BAD_NULL_ERROR, FORBIDDEN, ""},
    {ER_DATA_TOO_LONG, FORBIDDEN, ""},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, FORBIDDEN, ""},
    {ER_LOCK_DEADLOCK, ANOTHER_TRY | STILL_GOOD | CONFLICT,
	"others write too: try again"},
    {ER_LOCK_WAIT_TIMEOUT, ANOTHER_TRY | STILL_GOOD,
	"find who holds it with SHOW PROCESSLIST"},
    {ER_CHECKREAD, ANOTHER_TRY | STILL_GOOD | CONFLICT,
	"others write too: try again"},
    {CR_SERVER_GONE_ERROR, ANOTHER_TRY, "is the server running?"},
    {CR_SERVER_LOST, ANOTHER_TRY, "is the server running?"},
    {CR_SERVER_LOST_EXTENDED, ANOTHER_TRY, "is the server running?"},
    {ER_UNKNOWN_COM_ERROR, ANOTHER_TRY, "does this node see its cluster?"},
    {ER_SERVER_SHUTDOWN, ANOTHER_TRY, "is the server running?"},
    {ER_CONNECTION_KILLED, ANOTHER_TRY, "who has killed it?"},
    {ER_QUERY_INTERRUPTED, ANOTHER_TRY, "who has killed it?"},
    {ER_NEED_REPREPARE, ANOTHER_TRY, "try again"},
    {ER_UNKNOWN_STMT_HANDLER, ANOTHER_TRY, "try again"},
    {CR_CONNECTION_ERROR, 0, "is the server running?"},
    {CR_CONN_HOST_ERROR, 0, "is the server running?"},
    {CR_UNKNOWN_HOST, 0, "is the name right in store.url?"},
    {CR_SSL_CONNECTION_ERROR, 0, "see tls and ca in store.url"},
    {ER_ACCESS_DENIED_ERROR, 0, "see store.password-file"},
    {ER_DBACCESS_DENIED_ERROR, 0,
	"make the database, and see 'postward store init --grants'"},
    {ER_TABLEACCESS_DENIED_ERROR, 0, "see 'postward store init --grants'"},
    {ER_COLUMNACCESS_DENIED_ERROR, 0, "see 'postward store init --grants'"},
    {ER_BAD_DB_ERROR, 0, "make it with 'postward store init'"},
    {ER_NO_SUCH_TABLE, 0, "run 'postward store migrate'"},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, STILL_GOOD,
	"grant this user what the manual names"},
    {ER_OPTION_PREVENTS_STATEMENT, 0, "is the server read-only?"},
};

/* Turns to the next host; connections that wait for the same host need not find
   out by themselves. */
static void
turn_to_the_next_host(struct mariadb *c)
{
	unsigned mine = c->host;

	atomic_compare_exchange_strong(&c->place->host, &mine, mine + 1);
}

enum rc
mariadb_fail(struct mariadb *c, unsigned code, const char *words,
    struct err *err)
{
	const char *advice = "see the server's error log";
	unsigned means = 0;

	c->code = code;
	if (code == CR_OUT_OF_MEMORY)
		abort();
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code) {
			means = known[i].means;
			advice = known[i].advice;
		}
	if (means & FORBIDDEN)
		return err_set(err, RC_PERM, "%s: %s", c->db.name, words);
	c->db.again = (means & ANOTHER_TRY) != 0;
	c->db.conflict = (means & CONFLICT) != 0;
	if ((means & STILL_GOOD) == 0) {
		c->db.broken = true;
		turn_to_the_next_host(c);
	}
	return err_set(err, RC_TEMP, "%s: %s (%u): %s", c->db.name, words, code,
	    advice);
}

enum rc
mariadb_fail_now(struct mariadb *c, struct err *err)
{
	return mariadb_fail(c, mysql_errno(c->handle), mysql_error(c->handle),
	    err);
}

void
mariadb_wait_begin(struct mariadb *c, struct cut_off *cut)
{
	cut_off_arm(cut, (int)mysql_get_socket(c->handle),
	    db_time_left(c->place->wait_ms + ANSWER_MS));
}

void
mariadb_wait_long_begin(struct mariadb *c, struct cut_off *cut)
{
	cut_off_arm(cut, (int)mysql_get_socket(c->handle),
	    db_time_left(c->place->wait_ms + ANSWER_MS + c->place->long_ms));
}

enum rc
mariadb_execute(struct db *db, const char *sql, struct err *err)
{
	struct mariadb *c = (struct mariadb *)db;
	struct cut_off cut;
	int problem;

	mariadb_wait_begin(c, &cut);
	problem = mysql_real_query(c->handle, sql, strlen(sql));
	if (problem == 0)
		mysql_free_result(mysql_store_result(c->handle));
	cut_off_disarm(&cut);
	return problem == 0 ? RC_OK : mariadb_fail_now(c, err);
}
