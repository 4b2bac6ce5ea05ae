/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb.h"

#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>

/* A node of Galera is in step when it is "Synced".  A node that gives its data
   to another, is locked for a backup, or came back a moment ago answers as if
   nothing were wrong, with the data of that moment. */
#define SYNCED "4"

#define VALUE_ROOM 32

/* RC_OK: *out is the second column of the one line that answers sql, cut to
   fit.  RC_NONE: the answer has no line. */
static enum rc
show_value(struct mariadb *c, const char *sql, char out[VALUE_ROOM],
    struct err *err)
{
	MYSQL_RES *result = NULL;
	struct cut_off cut;
	MYSQL_ROW row;
	bool there;

	out[0] = '\0';
	mariadb_wait_begin(c, &cut);
	if (mysql_real_query(c->handle, sql, strlen(sql)) == 0)
		result = mysql_store_result(c->handle);
	cut_off_disarm(&cut);
	if (result == NULL)
		return mariadb_fail_now(c, err);
	row = mysql_fetch_row(result);
	there = row != NULL;
	if (there && row[1] != NULL)
		snprintf(out, VALUE_ROOM, "%s", row[1]);
	mysql_free_result(result);
	return there ? RC_OK : RC_NONE;
}

static enum rc
see_node(struct mariadb *c, struct err *err)
{
	char value[VALUE_ROOM];
	enum rc rc =
	    show_value(c, "SHOW STATUS LIKE 'wsrep_local_state'", value, err);

	c->in_step = rc == RC_OK && strcmp(value, SYNCED) == 0;
	return rc == RC_NONE ? RC_OK : rc;
}

/* Not every user may be told: then nothing is certain. */
static enum rc
see_replica(struct mariadb *c, struct err *err)
{
	char value[VALUE_ROOM];
	enum rc rc = show_value(c, "SHOW ALL SLAVES STATUS", value, err);

	c->in_step = rc == RC_NONE;
	return rc == RC_TEMP && c->code != ER_SPECIFIC_ACCESS_DENIED_ERROR
		   ? RC_TEMP
		   : RC_OK;
}

/* A server alone knows all there is to know.  But a server that nobody may
   write to is mostly the replica of another, and behind it. */
static enum rc
see_server(struct mariadb *c, struct err *err)
{
	char value[VALUE_ROOM];
	enum rc rc =
	    show_value(c, "SELECT 'read_only', @@read_only", value, err);

	if (rc == RC_TEMP)
		return rc;
	c->in_step = strcmp(value, "0") == 0 || strcmp(value, "OFF") == 0;
	return c->in_step ? RC_OK : see_replica(c, err);
}

static enum rc
see_state(struct mariadb *c, struct err *err)
{
	return c->galera ? see_node(c, err) : see_server(c, err);
}

/* A node that has lost its cluster lets us in and then refuses every question
   (1047): it counts as down. */
static enum rc
check_ready(struct mariadb *c, struct err *err)
{
	char value[VALUE_ROOM];
	enum rc rc =
	    show_value(c, "SHOW STATUS LIKE 'wsrep_ready'", value, err);

	if (rc == RC_TEMP || strcmp(value, "ON") == 0)
		return rc;
	return mariadb_fail(c, ER_UNKNOWN_COM_ERROR, "the node is not ready",
	    err);
}

enum rc
mariadb_meet_cluster(struct mariadb *c, struct err *err)
{
	char value[VALUE_ROOM];
	enum rc rc =
	    show_value(c, "SHOW VARIABLES LIKE 'wsrep_on'", value, err);

	c->galera = rc == RC_OK && strcmp(value, "ON") == 0;
	if (c->galera)
		rc = check_ready(c, err);
	return rc == RC_TEMP ? rc : see_state(c, err);
}

/* The fence waits until this node has applied all that any node had committed
   when the fence was asked.  SET STATEMENT holds for that statement alone, so
   that the next user of the connection does not pay for it. */
enum rc
mariadb_confirm(struct db *db, bool again, struct err *err)
{
	struct mariadb *c = (struct mariadb *)db;
	enum rc rc = see_state(c, err);

	if (rc != RC_OK)
		return rc;
	if (!c->in_step)
		return mariadb_fail(c, ER_UNKNOWN_COM_ERROR,
		    c->galera ? "the node is not in step with its cluster"
			      : "the server is read-only, and may be a replica",
		    err);
	if (!c->galera || again)
		return RC_OK;
	rc = mariadb_execute(db,
	    "SET STATEMENT wsrep_sync_wait = 1 FOR "
	    "SELECT MAX(version) FROM postward_schema",
	    err);
	return rc == RC_OK ? RC_NONE : RC_TEMP;
}
