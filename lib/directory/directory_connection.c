/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_connection.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/str.h"
#include "directory/private/directory_answer.h"

#include <errno.h>
#include <openldap.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const bool directory_is_built = true;

static enum rc
try_failed(struct directory_try *t, enum directory_failure failure,
    const struct directory_stream *s)
{
	t->failure = s->late ? DIRECTORY_FAILED_TIMEOUT : failure;
	t->server_failed = t->broken = true;
	return RC_TEMP;
}

/* Where the library reads and writes. */
static int
sockbuf_setup(Sockbuf_IO_Desc *d, void *connection)
{
	d->sbiod_pvt = connection;
	return 0;
}

static int
sockbuf_remove(Sockbuf_IO_Desc *d)
{
	d->sbiod_pvt = NULL;
	return 0;
}

static int
sockbuf_ctrl(Sockbuf_IO_Desc *d, int option, void *argument)
{
	const struct directory_connection *c = d->sbiod_pvt;

	(void)argument;
	return option == LBER_SB_OPT_DATA_READY &&
	       (c->head_given < c->head_len ||
		   directory_stream_holds(&c->stream));
}

/* Until there are so many bytes; 1, or what a read that fails returns. */
static ssize_t
read_head_until(struct directory_connection *c, size_t wanted)
{
	while (c->head_len < wanted) {
		ssize_t n = directory_stream_read(&c->stream,
		    c->head + c->head_len, wanted - c->head_len);

		if (n <= 0)
			return n;
		c->head_len += (size_t)n;
	}
	return 1;
}

/* Reads the beginning of the next message; as a read that fails if the library
   must not have it. */
static ssize_t
read_head(struct directory_connection *c)
{
	struct directory_frame frame = {.wanted = 2};
	enum rc rc = RC_NONE;
	ssize_t n;

	c->head_len = c->head_given = 0;
	while (rc == RC_NONE) {
		n = read_head_until(c, frame.wanted);
		if (n <= 0)
			return n;
		rc = directory_frame_read(c->head, c->head_len, &frame);
	}
	c->stream.too_long |= rc == RC_OK && frame.body > c->stream.may;
	c->unasked |= rc == RC_OK && frame.id == 0;
	c->garbled |= rc != RC_OK;
	if (rc != RC_OK || frame.id == 0 || c->stream.too_long) {
		c->head_len = 0;
		errno = EBADMSG;
		return -1;
	}
	c->body_left = frame.body;
	return 1;
}

static ber_slen_t
sockbuf_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct directory_connection *c = d->sbiod_pvt;
	size_t left;
	ssize_t n;

	if (c->head_given == c->head_len && c->body_left == 0 &&
	    (n = read_head(c)) <= 0)
		return n;
	left = c->head_len - c->head_given;
	if (left > 0) {
		if (left > len)
			left = len;
		memcpy(buf, c->head + c->head_given, left);
		c->head_given += left;
		return (ber_slen_t)left;
	}
	n = directory_stream_read(&c->stream, buf,
	    len < c->body_left ? len : c->body_left);
	if (n > 0)
		c->body_left -= (size_t)n;
	return n;
}

static ber_slen_t
sockbuf_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	struct directory_connection *c = d->sbiod_pvt;

	return directory_stream_write(&c->stream, buf, len);
}

static int
sockbuf_close(Sockbuf_IO_Desc *d)
{
	struct directory_connection *c = d->sbiod_pvt;

	directory_stream_close(&c->stream);
	return 0;
}

static Sockbuf_IO sockbuf_io = {
    .sbi_setup = sockbuf_setup,
    .sbi_remove = sockbuf_remove,
    .sbi_ctrl = sockbuf_ctrl,
    .sbi_read = sockbuf_read,
    .sbi_write = sockbuf_write,
    .sbi_close = sockbuf_close,
};

/* The library is about to use a connection that it has made itself. */
static int
refuse_connection(LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *to,
    struct ldap_conncb *context)
{
	(void)ld;
	(void)sb;
	(void)url;
	(void)to;
	(void)context;
	return -1;
}

static void
forget_connection(LDAP *ld, Sockbuf *sb, struct ldap_conncb *context)
{
	(void)ld;
	(void)sb;
	(void)context;
}

static struct ldap_conncb no_connections = {
    .lc_add = refuse_connection, .lc_del = forget_connection};

/* All that ldap.conf(5) or the environment may have set, and that concerns what
   is done here; the size limit and that of time are given with each search. */
static void
set_ldap_options(LDAP *ld)
{
	static const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER,
			 no_limit = LDAP_NO_LIMIT;
	static const struct timeval never = {.tv_sec = -1};
	const struct {
		int option;
		const void *value;
	} rows[] = {
	    {LDAP_OPT_PROTOCOL_VERSION, &version},
	    {LDAP_OPT_DEREF, &deref},
	    {LDAP_OPT_SIZELIMIT, &no_limit},
	    {LDAP_OPT_TIMELIMIT, &no_limit},
	    {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
	    {LDAP_OPT_RESTART, LDAP_OPT_OFF},
	    {LDAP_OPT_TIMEOUT, &never},
	    {LDAP_OPT_NETWORK_TIMEOUT, &never},
	    {LDAP_OPT_CONNECT_CB, &no_connections},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ldap_set_option(ld, rows[i].option, rows[i].value);
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* The first handle reads ldap.conf(5) and asks for the machine's name. */
static void
library_begin(void)
{
	LDAP *ld = NULL;

	if (ldap_create(&ld) == LDAP_SUCCESS)
		ldap_unbind_ext(ld, NULL, NULL);
}

static enum rc
attach_library(struct directory_connection *c, struct err *err)
{
	Sockbuf *sb = NULL;
	LDAP *ld = NULL;
	int code;

	pthread_once(&library_once, library_begin);
	code = ldap_init_fd(c->stream.fd, LDAP_PROTO_EXT, c->stream.server->url,
	    &ld);
	if (code != LDAP_SUCCESS)
		return err_set(err, RC_TEMP, "%s", ldap_err2string(code));
	c->ldap = ld;
	ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb);
	ber_sockbuf_add_io(sb, &sockbuf_io, LBER_SBIOD_LEVEL_PROVIDER, c);
	set_ldap_options(ld);
	return RC_OK;
}

/* Waits for the answer to a question; code tells whether it could be asked.
   True: LDAP_SUCCESS. */
static bool
was_answered(struct directory_connection *c, int code, int id, struct err *why)
{
	if (code == LDAP_SUCCESS)
		return directory_answer_wait(c, id, why) == LDAP_SUCCESS;
	directory_answer_lost(c, code, why);
	return false;
}

static enum rc
start_tls(struct directory_connection *c, struct directory_try *t,
    struct err *err)
{
	int id, code = ldap_extended_operation(c->ldap, LDAP_EXOP_START_TLS,
		    NULL, NULL, NULL, &id);
	struct err why = {"no answer"};

	if (was_answered(c, code, id, &why))
		return RC_OK;
	try_failed(t, DIRECTORY_FAILED_TLS, &c->stream);
	return err_set(err, RC_TEMP, "StartTLS: %s", why.text);
}

static enum rc
bind_as(struct directory_connection *c, struct directory_try *t,
    const char *password, struct err *err)
{
	struct berval secret = {
	    .bv_len = strlen(password), .bv_val = (char *)password};
	int id, code = ldap_sasl_bind(c->ldap, t->settings->bind,
		    LDAP_SASL_SIMPLE, &secret, NULL, NULL, &id);
	struct err why = {"no answer"};

	if (was_answered(c, code, id, &why))
		return RC_OK;
	try_failed(t, DIRECTORY_FAILED_BIND, &c->stream);
	return err_set(err, RC_TEMP, "bind%s%s: %s",
	    t->settings->bind[0] == '\0' ? "" : " as ", t->settings->bind,
	    why.text);
}

/* With a name and no password a server would bind nobody, and say that all is
   well (RFC 4513 5.1.2). */
static enum rc
bind_connection(struct directory_connection *c, struct directory_try *t,
    struct err *err)
{
	struct arena *a = arena_new();
	char *password = "";
	enum rc rc = RC_OK;

	arena_wipe(a);
	if (t->settings->bind[0] != '\0')
		rc = file_read_password(a, t->settings->password_file,
		    "let this user read the directory's password", &password,
		    err);
	if (rc == RC_OK)
		rc = bind_as(c, t, password, err);
	else
		try_failed(t, DIRECTORY_FAILED_BIND, &c->stream);
	arena_free(a);
	return rc;
}

static enum rc
secure_connection(struct directory_connection *c, struct directory_try *t,
    struct err *err)
{
	enum rc rc = directory_stream_secure(&c->stream, t->tls, err);

	if (rc != RC_OK)
		try_failed(t, DIRECTORY_FAILED_TLS, &c->stream);
	return rc;
}

static enum rc
make_connection(struct directory_connection *c, struct directory_try *t,
    struct err *err)
{
	bool starts = t->settings->start_tls && !t->server->tls;
	enum rc rc = directory_stream_open(&c->stream, err);

	if (rc != RC_OK)
		return try_failed(t, DIRECTORY_FAILED_CONNECT, &c->stream);
	if (t->server->tls)
		rc = secure_connection(c, t, err);
	if (rc == RC_OK && (rc = attach_library(c, err)) != RC_OK)
		try_failed(t, DIRECTORY_FAILED_CONNECT, &c->stream);
	if (rc == RC_OK && starts)
		rc = start_tls(c, t, err);
	if (rc == RC_OK && starts)
		rc = secure_connection(c, t, err);
	return rc == RC_OK ? bind_connection(c, t, err) : rc;
}

enum rc
directory_connection_open(struct directory_try *t,
    struct directory_connection **out, struct err *err)
{
	struct directory_connection *c = memory_zeroed(1, sizeof(*c));
	enum rc rc;

	c->stream = (struct directory_stream){
	    .fd = -1,
	    .server = t->server,
	    .end = t->end,
	    .may = DIRECTORY_ANSWER_MAX,
	};
	rc = make_connection(c, t, err);
	if (rc != RC_OK) {
		directory_connection_close(c);
		return rc;
	}
	metric_add(&directory_connections, 0, 1);
	*out = c;
	return RC_OK;
}

/* Says goodbye, if that can be written at once. */
void
directory_connection_close(struct directory_connection *c)
{
	if (c == NULL)
		return;
	c->stream.end = 0;
	if (c->ldap != NULL)
		ldap_unbind_ext(c->ldap, NULL, NULL);
	directory_stream_close(&c->stream);
	free(c);
}

static int
scope_of(enum directory_scope scope)
{
	switch (scope) {
	case DIRECTORY_SUBTREE:
		return LDAP_SCOPE_SUBTREE;
	case DIRECTORY_ONE_LEVEL:
		return LDAP_SCOPE_ONELEVEL;
	case DIRECTORY_ENTRY:
		return LDAP_SCOPE_BASE;
	}
	return LDAP_SCOPE_SUBTREE;
}

/* The names of what is wanted of an entry, ended by NULL. */
static char **
wanted_attributes(struct arena *a, const struct directory_settings *s)
{
	char **all = arena_take_array(a, s->n_attributes + 2, sizeof(*all));

	for (size_t i = 0; i < s->n_attributes; i++)
		all[i] = arena_copy_text(a, s->attributes[i]);
	if (s->state[0] != '\0')
		all[s->n_attributes] = arena_copy_text(a, s->state);
	return all;
}

/* Two entries are one too many: no more are asked for. */
#define ENTRIES_ASKED 2

enum rc
directory_connection_search(struct directory_connection *c,
    struct directory_try *t, const struct directory_search *search,
    struct directory_entry *out, struct err *err)
{
	struct timeval most = {0};
	int id, code;

	c->stream.end = t->end;
	c->stream.may = DIRECTORY_ANSWER_MAX;
	c->stream.late = c->stream.too_long = false;
	most.tv_sec = (time_t)((t->end - clock_us()) / 1000000 + 1);
	code = ldap_search_ext(c->ldap, search->base, scope_of(search->scope),
	    search->filter, wanted_attributes(search->arena, t->settings), 0,
	    NULL, NULL, &most, ENTRIES_ASKED, &id);
	if (code != LDAP_SUCCESS) {
		struct err why;

		try_failed(t, DIRECTORY_FAILED_ANSWER, &c->stream);
		t->server_failed = code != LDAP_FILTER_ERROR;
		directory_answer_lost(c, code, &why);
		return err_set(err, RC_TEMP, "search: %s", why.text);
	}
	return directory_answer_read(c, t, search, id, out, err);
}
