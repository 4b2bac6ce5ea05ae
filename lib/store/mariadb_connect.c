/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/file.h"
#include "store/mariadb_url.h"
#include "store/private/mariadb.h"
#include "store/private/mariadb_greeting.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* A host that does not answer costs so much, once: the next connection goes to
   the next host.  A host that has begun to answer has more time. */
#define CONNECT_MS   ((int64_t)2000)
#define HANDSHAKE_MS ((int64_t)6000)

/* How long, and how often, to ask a cluster that is counting its nodes. */
#define ELECTION_MS       2000
#define ELECTION_PAUSE_MS 100

#define SECOND_MS ((int64_t)1000)
/* The first packet of a server has a hundred bytes or so. */
#define GREETING_MAX ((size_t)1024)
/* The stack for the library's part of a connect, which looks names up and does
   TLS. */
#define STACK_SIZE ((size_t)512 * 1024)

/* "" without a file. */
static enum rc
read_mariadb_password(struct arena *a, const char *path, const char **out,
    struct err *err)
{
	char *password = "";
	enum rc rc = RC_OK;

	if (path != NULL && path[0] != '\0')
		rc = file_read_password(a, path,
		    "let this user read the store's password", &password, err);
	*out = password;
	return rc;
}

/* Each of these plugins proves that we know the password without giving it
   away.  All others tell it to the server (mysql_clear_password, dialog), under
   a key that comes from the server itself (caching_sha2_password,
   sha256_password), or nearly so (mysql_old_password). */
#define CAUTIOUS_PLUGINS "mysql_native_password,client_ed25519,parsec"

/* We know whom we talk to at a socket of our own machine, and after a
   certificate was verified. */
static void
set_plugins(MYSQL *handle, const struct mariadb_url *url)
{
	if (url->socket == NULL && url->tls != MARIADB_TLS_VERIFY)
		mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH,
		    CAUTIOUS_PLUGINS);
}

/* If the URL does not say tls, the library of Debian 13 would take "verify". */
static void
set_mariadb_tls(MYSQL *handle, const struct mariadb_url *url)
{
	my_bool yes = 1, verify = url->tls == MARIADB_TLS_VERIFY;

	mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (url->tls == MARIADB_TLS_OFF)
		return;
	mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
	if (verify)
		mysql_optionsv(handle, MYSQL_OPT_SSL_CA,
		    url->ca != NULL ? url->ca
				    : "/etc/ssl/certs/ca-certificates.crt");
}

/* The server's own limit for a lock ends before we stop waiting for its
   answer. */
static unsigned
lock_seconds(const struct db_place *place)
{
	return (unsigned)(place->wait_ms + 999) / 1000;
}

static void
set_options(MYSQL *handle, const struct mariadb_url *url,
    const struct db_place *place)
{
	unsigned protocol =
	    url->socket != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	unsigned connect = (unsigned)(HANDSHAKE_MS / SECOND_MS);
	unsigned wait = lock_seconds(place) + 1;
	/* Each wait has its own end besides (mariadb_wait_begin). */
	unsigned answer = wait + (unsigned)(place->long_ms / SECOND_MS);
	unsigned no = 0;
	size_t stack = STACK_SIZE;

	mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_optionsv(handle, MYSQL_OPT_READ_TIMEOUT, &answer);
	mysql_optionsv(handle, MYSQL_OPT_WRITE_TIMEOUT, &wait);
	mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(handle, MYSQL_OPT_NONBLOCK, &stack);
	set_plugins(handle, url);
	set_mariadb_tls(handle, url);
}

/* When a client is gone without a word, the server keeps its locks for less
   time than others wait for them.  Texts are compared byte by byte, and a value
   that does not fit is an error, whatever the server's own settings are. */
static enum rc
set_up_mariadb(struct mariadb *c, const struct db_place *place, struct err *err)
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
	return rc == RC_OK ? mariadb_meet_cluster(c, err) : rc;
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

/* Bytes that are there, not taken: as many as wanted, once they have come. */
static bool
peek_at_socket(int fd, uint8_t *out, size_t len)
{
	int wanted = (int)len;
	bool there = recv(fd, out, len, MSG_PEEK | MSG_DONTWAIT) == wanted;

	if (!there) /* poll(2) waits until then */
		setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &wanted,
		    sizeof(wanted));
	return there;
}

/* RC_NONE: the greeting has not come yet. */
static enum rc
look_at_greeting(struct mariadb *c, int fd, struct err *err)
{
	uint8_t packet[GREETING_MAX];
	size_t len;
	int one = 1;

	if (!peek_at_socket(fd, packet, MARIADB_HEADER_LEN))
		return RC_NONE;
	len = mariadb_packet_size(packet);
	if (len > sizeof(packet))
		len = sizeof(packet);
	if (!peek_at_socket(fd, packet, len))
		return RC_NONE;
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	return mariadb_greeting_offers_tls(packet, len)
		   ? RC_OK
		   : mariadb_fail(c, CR_SSL_CONNECTION_ERROR,
			 "the server has no TLS", err);
}

struct attempt {
	struct db_place *place;
	struct mariadb_url url;
	const char *password;
	const char *database; /* the database to choose; NULL: none */
	unsigned code;        /* that of the last failure */
	bool electing;        /* true: some node was there, but not ready */
};

/* A connection that is being made. */
struct making {
	struct mariadb *mariadb;
	int fd;
	int64_t end;
	bool heard; /* the server has sent something */
	bool
	    looks; /* its greeting must be read before the library answers it */
};

/* Waits for what the library wants of the socket; *got says which of it has
   come.  When the time is over all of it has, as the socket is shut down then.
   RC_NONE: wait once more. */
static enum rc
wait_for_server(struct making *m, int wants, int *got, struct err *err)
{
	struct pollfd p = {.fd = m->fd};
	int64_t left = m->end - clock_us() / 1000;
	enum rc rc = RC_OK;

	if (!m->heard)
		left -= HANDSHAKE_MS - CONNECT_MS;
	p.events = m->looks || (wants & MYSQL_WAIT_READ) ? POLLIN : 0;
	if ((wants & MYSQL_WAIT_WRITE) && !m->looks)
		p.events |= POLLOUT;
	*got = wants;
	if (left <= 0 || poll(&p, 1, (int)left) == 0) {
		shutdown(m->fd, SHUT_RDWR);
		m->looks = false;
		*got |= MYSQL_WAIT_TIMEOUT;
		return RC_OK;
	}
	*got &= ~MYSQL_WAIT_TIMEOUT;
	m->heard |= (p.revents & POLLIN) != 0;
	if (m->looks && (p.revents & (POLLHUP | POLLERR)) == 0)
		rc = look_at_greeting(m->mariadb, m->fd, err);
	m->looks &= rc == RC_NONE;
	return rc;
}

/* Connects in the way of the library that does not block, so that we see what
   has come before it does.  A TLS handshake blocks all the same, and may be cut
   off. */
static enum rc
connect_to(const struct attempt *t, const struct mariadb_host *host,
    struct mariadb *c, struct err *err)
{
	int64_t most = db_time_left(HANDSHAKE_MS);
	struct making m = {.mariadb = c,
	    .fd = -1,
	    .end = clock_us() / 1000 + most,
	    .looks = t->url.tls != MARIADB_TLS_OFF};
	struct cut_off cut = {.fd = -1};
	enum rc seen, rc = RC_OK;
	MYSQL *made = NULL;
	int got, wants = mysql_real_connect_start(&made, c->handle, host->name,
		     t->url.user, t->password, t->database, host->port,
		     t->url.socket, CLIENT_FOUND_ROWS);

	while (wants != 0) {
		m.fd = (int)mysql_get_socket(c->handle);
		if (m.fd != cut.fd) {
			cut_off_disarm(&cut);
			cut_off_arm(&cut, m.fd, most);
		}
		do
			seen = wait_for_server(&m, wants, &got, err);
		while (seen == RC_NONE);
		if (seen == RC_TEMP) { /* the library must then give up */
			shutdown(m.fd, SHUT_RDWR);
			rc = RC_TEMP;
		}
		wants = mysql_real_connect_cont(&made, c->handle, got);
	}
	cut_off_disarm(&cut);
	return rc != RC_OK || made != NULL ? rc : mariadb_fail_now(c, err);
}

void
mariadb_close(struct db *db)
{
	struct mariadb *c = (struct mariadb *)db;

	mariadb_forget_statements(c);
	mysql_close(c->handle);
	arena_free(c->arena);
}

static enum rc
reach_mariadb_host(struct attempt *t, unsigned number, struct mariadb *c,
    struct err *err)
{
	const struct mariadb_host *host =
	    &t->url.hosts[number % t->url.n_hosts];
	enum rc rc;

	c->db.name = name_of(c->arena, &t->url, host);
	c->place = t->place;
	c->host = number;
	c->handle = mysql_init(NULL);
	if (c->handle == NULL)
		abort();
	set_options(c->handle, &t->url, t->place);
	rc = connect_to(t, host, c, err);
	if (rc == RC_OK && t->url.tls != MARIADB_TLS_OFF &&
	    mysql_get_ssl_cipher(c->handle) == NULL)
		rc = mariadb_fail(c, CR_SSL_CONNECTION_ERROR,
		    "the server has no TLS", err);
	return rc == RC_OK ? set_up_mariadb(c, t->place, err) : rc;
}

/* Tries each host once, from the one that answered last.  A host that is not in
   step is taken only if no other is there. */
static enum rc
reach_once(struct attempt *t, struct db **out, struct err *err)
{
	unsigned first = atomic_load(&t->place->host);
	struct mariadb *aside = NULL;
	enum rc rc = RC_TEMP;

	/* At least one host is tried, whatever the time. */
	for (unsigned i = 0;
	     i < t->url.n_hosts && (i == 0 || db_time_left(1) > 0); i++) {
		struct arena *a = arena_new();
		struct mariadb *c = arena_take(a, sizeof(*c));

		c->arena = a;
		rc = reach_mariadb_host(t, first + i, c, err);
		if (rc == RC_OK && (c->in_step || aside == NULL)) {
			if (aside != NULL)
				mariadb_close(&aside->db);
			aside = c;
			if (c->in_step)
				break;
			continue;
		}
		t->code = c->code;
		t->electing |= c->code == ER_UNKNOWN_COM_ERROR;
		mariadb_close(&c->db);
	}
	if (aside == NULL)
		return rc;
	*out = &aside->db;
	return RC_OK;
}

/* When a node dies, the others are not ready until they agree that they are the
   majority.  That takes a moment, which is worth waiting for. */
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

enum rc
mariadb_reach(struct db_place *place, bool choose, unsigned *code,
    struct db **out, struct err *err)
{
	struct arena *a = arena_new();
	struct attempt t = {.place = place};
	enum rc rc =
	    read_mariadb_password(a, place->password_file, &t.password, err);

	mariadb_url_read(a, place->name, &t.url);
	t.database = choose ? t.url.database : NULL;
	if (rc == RC_OK)
		rc = reach_any(&t, out, err);
	*code = t.code;
	arena_free(a);
	return rc;
}
