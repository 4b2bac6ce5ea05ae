/* SPDX-License-Identifier: MIT */
#include "store/mariadb.h"

#include "base/clock.h"
#include "store/mariadb_url.h"

#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A host that does not answer costs so much, once: the next connection goes to
   the next host. */
#define CONNECT_SECONDS 2

/* How long, and how often, a cluster is asked that is counting its nodes. */
#define ELECTION_MS       2000
#define ELECTION_PAUSE_MS 100

/* Another try may find it well: the connection, if it has to be a new one,
   reaches another host. */
#define ANOTHER_TRY 1
/* The connection is as good as before. */
#define STILL_GOOD 2
/* The statement is against the rules. */
#define FORBIDDEN 4

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
    {ER_LOCK_DEADLOCK, ANOTHER_TRY | STILL_GOOD, "others write too: try again"},
    {ER_LOCK_WAIT_TIMEOUT, ANOTHER_TRY | STILL_GOOD,
	"find who holds it with SHOW PROCESSLIST"},
    {ER_CHECKREAD, ANOTHER_TRY | STILL_GOOD, "others write too: try again"},
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
	"make the database, and grant this user all on it"},
    {ER_TABLEACCESS_DENIED_ERROR, 0, "grant this user all on the database"},
    {ER_BAD_DB_ERROR, 0, "make it with 'postward store init'"},
    {ER_NO_SUCH_TABLE, 0, "run 'postward store migrate'"},
    {ER_OPTION_PREVENTS_STATEMENT, 0, "is the server read-only?"},
};

static struct mariadb *
connection_of(struct db *db)
{
	return (struct mariadb *)db;
}

/* The others that wait for the same host need not find out by themselves. */
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
	if ((means & STILL_GOOD) == 0) {
		c->db.broken = true;
		turn_to_the_next_host(c);
	}
	return err_set(err, RC_TEMP, "%s: %s (%u): %s", c->db.name, words, code,
	    advice);
}

static enum rc
fail(struct mariadb *c, struct err *err)
{
	return mariadb_fail(c, mysql_errno(c->handle), mysql_error(c->handle),
	    err);
}

static const char *
mariadb_wrong(const char *name)
{
	struct arena *a = arena_new();
	struct mariadb_url url;
	const char *wrong = mariadb_url_read(a, name, &url);

	arena_free(a);
	return wrong;
}

static enum rc
mariadb_execute(struct db *db, const char *sql, struct err *err)
{
	struct mariadb *c = connection_of(db);

	if (mysql_real_query(c->handle, sql, strlen(sql)) != 0)
		return fail(c, err);
	mysql_free_result(mysql_store_result(c->handle));
	return RC_OK;
}

static void
mariadb_close(struct db *db)
{
	struct mariadb *c = connection_of(db);

	mariadb_forget_statements(c);
	mysql_close(c->handle);
	arena_free(c->arena);
}

/* The first line; "" without a file. */
static enum rc
read_password(struct arena *a, const char *path, const char **out,
    struct err *err)
{
	char line[512];
	FILE *file;

	*out = "";
	if (path == NULL || path[0] == '\0')
		return RC_OK;
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, RC_TEMP,
		    "%s: %s: let this user read the store's password", path,
		    strerror(errno));
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	*out = arena_copy_text(a, line);
	explicit_bzero(line, sizeof(line));
	return RC_OK;
}

static void
set_tls(MYSQL *handle, const struct mariadb_url *url)
{
	my_bool yes = 1;

	if (url->tls == MARIADB_TLS_OFF)
		return;
	mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
	if (url->tls != MARIADB_TLS_VERIFY)
		return;
	mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	mysql_optionsv(handle, MYSQL_OPT_SSL_CA,
	    url->ca != NULL ? url->ca : "/etc/ssl/certs/ca-certificates.crt");
}

/* The server's own limit for a lock ends before we stop waiting for its
   answer. */
static unsigned
lock_seconds(const struct db_place *place)
{
	return (unsigned)(place->wait_ms + 999) / 1000;
}

/* 0 would be for ever. */
static unsigned
connect_seconds(void)
{
	unsigned s = (unsigned)(db_time_left(CONNECT_SECONDS * 1000) + 999);

	return s < 2000 ? 1 : s / 1000;
}

static void
set_options(MYSQL *handle, const struct mariadb_url *url,
    const struct db_place *place)
{
	unsigned protocol =
	    url->socket != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	unsigned connect = connect_seconds(), wait = lock_seconds(place) + 1;
	unsigned no = 0;

	mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_optionsv(handle, MYSQL_OPT_READ_TIMEOUT, &wait);
	mysql_optionsv(handle, MYSQL_OPT_WRITE_TIMEOUT, &wait);
	mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	set_tls(handle, url);
}

/* RC_OK: sql, a SHOW of one value, says that word.  RC_NONE: another, or no
   such value. */
static enum rc
shows(struct mariadb *c, const char *sql, const char *word, struct err *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	bool same;

	if (mysql_real_query(c->handle, sql, strlen(sql)) != 0)
		return fail(c, err);
	result = mysql_store_result(c->handle);
	if (result == NULL)
		return fail(c, err);
	row = mysql_fetch_row(result);
	same = row != NULL && row[1] != NULL && strcmp(row[1], word) == 0;
	mysql_free_result(result);
	return same ? RC_OK : RC_NONE;
}

/* A node that has lost its cluster lets us in and then refuses every
   question (1047): it is as good as down. */
static enum rc
check_ready(struct mariadb *c, struct err *err)
{
	enum rc rc = shows(c, "SHOW VARIABLES LIKE 'wsrep_on'", "ON", err);

	if (rc != RC_OK)
		return rc == RC_NONE ? RC_OK : rc;
	rc = shows(c, "SHOW STATUS LIKE 'wsrep_ready'", "ON", err);
	return rc == RC_NONE ? mariadb_fail(c, ER_UNKNOWN_COM_ERROR,
				   "the node is not ready", err)
			     : rc;
}

/* Of a client that is gone without a word the server keeps the locks for less
   time than others wait for them.  Texts are compared byte by byte, and without
   regard to the server's own settings what does not fit is an error. */
static enum rc
set_up(struct mariadb *c, const struct db_place *place, struct err *err)
{
	struct arena *a = arena_new();
	const char *sql = arena_printf(a,
	    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, "
	    "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
	    "autocommit = 1, innodb_lock_wait_timeout = %u, "
	    "idle_transaction_timeout = %u",
	    lock_seconds(place), lock_seconds(place) / 2 + 1);
	enum rc rc = mariadb_execute(&c->db, sql, err);

	arena_free(a);
	return rc == RC_OK ? check_ready(c, err) : rc;
}

static const char *
name_of(struct arena *a, const struct mariadb_url *url,
    const struct mariadb_host *host)
{
	return host->name == NULL
		   ? arena_printf(a, "%s of %s", url->database, url->socket)
		   : arena_printf(a, "%s at %s:%u", url->database, host->name,
			 host->port);
}

struct attempt {
	struct db_place *place;
	struct mariadb_url url;
	const char *password;
	const char *database; /* NULL: none chosen */
	unsigned code;        /* of the last failure */
	bool electing;        /* some node was there, and not ready */
};

static enum rc
reach(struct attempt *t, unsigned number, struct mariadb *c, struct err *err)
{
	const struct mariadb_host *host =
	    &t->url.hosts[number % t->url.n_hosts];

	c->db.driver = &db_mariadb;
	c->db.name = name_of(c->arena, &t->url, host);
	c->place = t->place;
	c->host = number;
	c->handle = mysql_init(NULL);
	if (c->handle == NULL)
		abort();
	set_options(c->handle, &t->url, t->place);
	if (mysql_real_connect(c->handle, host->name, t->url.user, t->password,
		t->database, host->port, t->url.socket,
		CLIENT_FOUND_ROWS) == NULL)
		return fail(c, err);
	/* The library goes on without if the server has no TLS. */
	if (t->url.tls != MARIADB_TLS_OFF &&
	    mysql_get_ssl_cipher(c->handle) == NULL)
		return mariadb_fail(c, CR_SSL_CONNECTION_ERROR,
		    "the server has no TLS", err);
	return set_up(c, t->place, err);
}

/* Each host once, from the one that answered last. */
static enum rc
reach_once(struct attempt *t, struct db **out, struct err *err)
{
	unsigned first = atomic_load(&t->place->host);
	enum rc rc = RC_TEMP;

	/* One, whatever the time. */
	for (unsigned i = 0;
	     i < t->url.n_hosts && (i == 0 || db_time_left(1) > 0); i++) {
		struct arena *a = arena_new();
		struct mariadb *c = arena_take(a, sizeof(*c));

		c->arena = a;
		rc = reach(t, first + i, c, err);
		if (rc == RC_OK) {
			*out = &c->db;
			return RC_OK;
		}
		t->code = c->code;
		t->electing |= c->code == ER_UNKNOWN_COM_ERROR;
		mariadb_close(&c->db);
	}
	return rc;
}

/* When a node dies, the others are not ready until they agree that they are
   the majority: a moment, which is worth waiting for. */
static enum rc
reach_any(struct attempt *t, struct db **out, struct err *err)
{
	const struct timespec pause = {.tv_nsec = ELECTION_PAUSE_MS * 1000000};
	int64_t end = clock_ms() + db_time_left(ELECTION_MS);
	enum rc rc = reach_once(t, out, err);

	while (rc != RC_OK && t->electing && clock_ms() < end) {
		nanosleep(&pause, NULL);
		t->electing = false;
		rc = reach_once(t, out, err);
	}
	return rc;
}

static enum rc
open_as(struct db_place *place, bool choose, unsigned *code, struct db **out,
    struct err *err)
{
	struct arena *a = arena_new();
	struct attempt t = {.place = place};
	enum rc rc = read_password(a, place->password_file, &t.password, err);

	mariadb_url_read(a, place->name, &t.url);
	t.database = choose ? t.url.database : NULL;
	if (rc == RC_OK)
		rc = reach_any(&t, out, err);
	*code = t.code;
	arena_free(a);
	return rc;
}

static enum rc
mariadb_open(struct db_place *place, struct db **out, struct err *err)
{
	unsigned code;

	return open_as(place, true, &code, out, err);
}

static enum rc
make_database(struct db_place *place, struct err *err)
{
	struct arena *a = arena_new();
	struct mariadb_url url;
	struct db *db;
	unsigned code;
	enum rc rc = open_as(place, false, &code, &db, err);

	mariadb_url_read(a, place->name, &url);
	if (rc == RC_OK) {
		rc = mariadb_execute(db,
		    arena_printf(a,
			"CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET "
			"utf8mb4 COLLATE utf8mb4_nopad_bin",
			url.database),
		    err);
		mariadb_close(db);
	}
	arena_free(a);
	return rc;
}

/* Every writer changes the one row of postward_writer, see db_mariadb.begin:
   one server makes them wait for one another, and of two that wrote at
   different nodes of a cluster the second is sent back (1213).  A lock that
   only reads would not be known to the other nodes. */
static enum rc
make_writer(struct db *db, struct err *err)
{
	enum rc rc = mariadb_execute(db,
	    "CREATE TABLE IF NOT EXISTS postward_writer ("
	    " one INTEGER NOT NULL, turn BIGINT NOT NULL, PRIMARY KEY (one)) "
	    "ENGINE=InnoDB",
	    err);

	return rc != RC_OK
		   ? rc
		   : mariadb_execute(db,
			 "INSERT IGNORE INTO postward_writer VALUES (1, 0)",
			 err);
}

static enum rc
mariadb_make(struct db_place *place, struct err *err)
{
	struct db *db;
	unsigned code;
	enum rc rc = open_as(place, true, &code, &db, err);

	if (rc != RC_OK && code == ER_BAD_DB_ERROR) {
		rc = make_database(place, err);
		if (rc == RC_OK)
			rc = mariadb_open(place, &db, err);
	}
	if (rc != RC_OK)
		return rc;
	rc = make_writer(db, err);
	mariadb_close(db);
	return rc;
}

/* Between requests a server says nothing: what can be read is its farewell. */
static bool
mariadb_stale(struct db *db)
{
	struct pollfd fd = {
	    .fd = (int)mysql_get_socket(connection_of(db)->handle),
	    .events = POLLIN,
	};

	return poll(&fd, 1, 0) != 0;
}

const struct db_driver db_mariadb = {
    .scheme = "mariadb://",
    .begin = "START TRANSACTION",
    .become_writer = "UPDATE postward_writer SET turn = turn + 1",
    .commit = "COMMIT",
    .abandon = "ROLLBACK",
    .has_table = "SELECT 1 FROM information_schema.tables "
		 "WHERE table_schema = DATABASE() AND table_name = ?1",
    .table_options = " ENGINE=InnoDB CHARACTER SET utf8mb4 "
		     "COLLATE utf8mb4_nopad_bin",
    .migrate_lock = "DO GET_LOCK(CONCAT('postward.', DATABASE()), 5)",
    .wrong = mariadb_wrong,
    .make = mariadb_make,
    .open = mariadb_open,
    .close = mariadb_close,
    .stale = mariadb_stale,
    .execute = mariadb_execute,
    .start = mariadb_start,
    .bind_text = mariadb_bind_text,
    .bind_integer = mariadb_bind_integer,
    .next = mariadb_next,
    .text = mariadb_text,
    .integer = mariadb_integer,
    .changed = mariadb_changed,
    .end = mariadb_end,
};
