/* SPDX-License-Identifier: MIT */
#include "callbacks.h"

#include "change.h"

#include "base/memory.h"
#include "net/handlers.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* libmilter has no place for a context of all connections. */
static struct milter *the_milter;
static struct handlers *the_handlers;

#define ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGFROM)

/* What is never of interest, and what is never answered. */
#define STEPS                                                                  \
	(SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NR_CONN |        \
	    SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_HDR)

struct connection {
	struct session *session;
	unsigned long steps; /* as negotiated */
};

/*
 * libmilter lets an MTA call in any order: MAIL before anything was
 * negotiated, RCPT without MAIL.  Then there may be no connection, and no
 * message: out_of_order answers.  After its "quit, a new connection follows"
 * there is a client, but nothing is negotiated again, and nobody tells us
 * what was; then nothing counts as agreed, and libmilter, who knows, keeps
 * back the answers that nobody expects.
 */
static struct session *
session_of(SMFICTX *ctx)
{
	const struct connection *c = smfi_getpriv(ctx);

	return c == NULL ? NULL : c->session;
}

/* NULL: there is no message at the moment. */
static struct session *
session_in_message(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);

	return s != NULL && session_has_message(s) ? s : NULL;
}

static bool
is_step_agreed(SMFICTX *ctx, unsigned long step)
{
	const struct connection *c = smfi_getpriv(ctx);

	return c != NULL && (c->steps & step) != 0;
}

static sfsistat
out_of_order(const char *command)
{
	static struct log_limit limit;

	log_error_limited(&limit,
	    "the mail server says %s out of order: put off", command);
	return SMFIS_TEMPFAIL;
}

/* An answer that was negotiated away must not be given. */
static sfsistat
answer_unless_silent(SMFICTX *ctx, unsigned long step)
{
	return is_step_agreed(ctx, step) ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static unsigned long
steps_of(const struct milter_settings *settings)
{
	unsigned long steps = STEPS | SMFIP_SKIP | SMFIP_HDR_LEADSPC;

	if (!settings->enforce && !settings->split_mixed)
		steps |= SMFIP_NR_RCPT;
	return steps;
}

static void
ask_for_macros(SMFICTX *ctx)
{
	static const struct {
		int step;
		const char *names;
	} macros[] = {
	    {SMFIM_CONNECT, "{client_ptr} {daemon_addr}"},
	    {SMFIM_HELO, "{tls_version}"},
	    {SMFIM_ENVFROM, "{auth_authen} {mail_addr} {tls_version}"},
	    {SMFIM_ENVRCPT, "i {rcpt_addr}"},
	    {SMFIM_DATA, "i"},
	    {SMFIM_EOM, "i"},
	};

	for (size_t i = 0; i < sizeof(macros) / sizeof(*macros); i++)
		smfi_setsymlist(ctx, macros[i].step, (char *)macros[i].names);
}

/* Nothing of another client is left in it. */
static struct connection *
connection_anew(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		c = memory_zeroed(1, sizeof(*c));
	session_free(c->session);
	c->session = session_new(the_milter);
	smfi_setpriv(ctx, c);
	return c;
}

/* Of what may be asked of the mail server. */
static unsigned long
actions_of(const struct milter_settings *settings)
{
	unsigned long actions = ACTIONS;

	if (settings->hide_targets)
		actions |= SMFIF_CHGBODY;
	if (settings->holds)
		actions |= SMFIF_QUARANTINE;
	return actions;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long unused1, unsigned long unused2, unsigned long *wanted_actions,
    unsigned long *wanted_steps, unsigned long *out1, unsigned long *out2)
{
	struct connection *c = connection_anew(ctx);
	const struct milter_settings *settings = session_settings(c->session);
	unsigned long needed = actions_of(settings);

	(void)unused1;
	(void)unused2;
	*out1 = *out2 = 0;
	*wanted_actions = needed;
	*wanted_steps = c->steps = steps & steps_of(settings);
	if ((actions & needed) != needed) {
		log_error("the mail server does not let a milter change what "
			  "this one has to change");
		return SMFIS_REJECT;
	}
	if ((actions & SMFIF_SETSYMLIST) != 0)
		ask_for_macros(ctx);
	return SMFIS_CONTINUE;
}

static struct ip
ip_of(const _SOCK_ADDR *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct ip ip = {0};

	if (address == NULL)
		return ip;
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)address)->sin_addr, text,
		    sizeof(text));
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)address)->sin6_addr, text,
		    sizeof(text));
	ip_parse(text, &ip);
	return ip;
}

static unsigned
port_of(const _SOCK_ADDR *address)
{
	in_port_t port = 0;

	if (address != NULL && address->sa_family == AF_INET)
		port = ((const struct sockaddr_in *)address)->sin_port;
	else if (address != NULL && address->sa_family == AF_INET6)
		port = ((const struct sockaddr_in6 *)address)->sin6_port;
	return ntohs(port);
}

/* Postfix says "unknown", Sendmail "[192.0.2.1]", for who has no name. */
static const char *
known_client_name(const char *name)
{
	return name == NULL || name[0] == '\0' || name[0] == '[' ||
		       strcmp(name, "unknown") == 0
		   ? NULL
		   : name;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session_client client = {
	    .name = known_client_name(name),
	    .reverse_name =
		known_client_name(smfi_getsymval(ctx, "{client_ptr}")),
	    .ip = ip_of(address),
	    .port = port_of(address),
	};
	const char *server = smfi_getsymval(ctx, "{daemon_addr}");

	if (server != NULL)
		ip_parse(server, &client.server);
	session_connect(connection_anew(ctx)->session, &client);
	return answer_unless_silent(ctx, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct session *s = session_of(ctx);

	if (s == NULL)
		return out_of_order("HELO");
	session_helo(s, name, smfi_getsymval(ctx, "{tls_version}") != NULL);
	return answer_unless_silent(ctx, SMFIP_NR_HELO);
}

static sfsistat
on_mail(SMFICTX *ctx, char **words)
{
	const struct session_mail mail = {
	    .sender = {words[0], smfi_getsymval(ctx, "{mail_addr}")},
	    .sasl_user =
		known_client_name(smfi_getsymval(ctx, "{auth_authen}")),
	    .encrypted = smfi_getsymval(ctx, "{tls_version}") != NULL,
	};
	struct session *s = session_of(ctx);

	if (s == NULL || mail.sender.said == NULL)
		return out_of_order("MAIL");
	session_mail(s, &mail);
	return answer_unless_silent(ctx, SMFIP_NR_MAIL);
}

/* smfi_setreply takes a percent sign only when it is doubled. */
static char *
percent_doubled(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	for (; *text != '\0'; text++) {
		str_add_bytes(&s, text, 1);
		if (*text == '%')
			str_add(&s, "%");
	}
	return s.text;
}

static sfsistat
answer_milter(SMFICTX *ctx, const struct reply *reply)
{
	struct arena *a = arena_new();
	const char *line = reply_line(a, reply); /* "550 5.1.1 text" */
	size_t dsn_len = strcspn(line + 4, " ");

	if (smfi_setreply(ctx, arena_copy_bytes(a, line, 3),
		arena_copy_bytes(a, line + 4, dsn_len),
		percent_doubled(a, line + 4 + dsn_len + 1)) != MI_SUCCESS)
		log_warn("libmilter does not take the reply: %s", line);
	arena_free(a);
	return reply->code >= 500 ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static sfsistat
on_recipient(SMFICTX *ctx, char **words)
{
	struct session *s = session_in_message(ctx);
	const struct message_path path = {
	    words[0], smfi_getsymval(ctx, "{rcpt_addr}")};
	struct reply reply;

	if (s == NULL || words[0] == NULL)
		return out_of_order("RCPT");
	reply = session_recipient(s, &path, smfi_getsymval(ctx, "i"));
	return reply.code == 0 ? answer_unless_silent(ctx, SMFIP_NR_RCPT)
			       : answer_milter(ctx, &reply);
}

/* Did the MTA agree that the space behind the colon is a byte of the value, as
   it is to a signature?  If not, it removes one and adds one. */
static bool
has_leading_space(SMFICTX *ctx)
{
	return is_step_agreed(ctx, SMFIP_HDR_LEADSPC);
}

static void
tell_field(SMFICTX *ctx, struct session *s, const char *name, const char *value)
{
	struct arena *a;

	if (has_leading_space(ctx)) {
		session_field(s, name, value);
		return;
	}
	a = arena_new();
	session_field(s, name, arena_printf(a, " %s", value));
	arena_free(a);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = session_in_message(ctx);

	if (s == NULL)
		return out_of_order("a header field");
	tell_field(ctx, s, name, value);
	return answer_unless_silent(ctx, SMFIP_NR_HDR);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t len)
{
	struct session *s = session_in_message(ctx);

	if (s == NULL)
		return out_of_order("a body");
	if (!session_wants_body(s))
		return is_step_agreed(ctx, SMFIP_SKIP) ? SMFIS_SKIP
						       : SMFIS_CONTINUE;
	session_body(s, (const char *)bytes, len);
	return SMFIS_CONTINUE;
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct session *s = session_in_message(ctx);
	sfsistat status = SMFIS_CONTINUE;
	struct session_end e;

	if (s == NULL)
		return out_of_order("the end of a message");
	e = session_end(s, smfi_getsymval(ctx, "i"));
	if (e.refusal.code != 0) {
		status = answer_milter(ctx, &e.refusal);
	} else if (!change_message(ctx, &e, has_leading_space(ctx))) {
		log_warn("the mail server did not take the changes");
		status = SMFIS_TEMPFAIL;
	}
	session_reset(s);
	return status;
}

static sfsistat
on_milter_abort(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);

	if (s != NULL)
		session_reset(s);
	return SMFIS_CONTINUE;
}

static sfsistat
on_milter_close(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		return SMFIS_CONTINUE;
	session_free(c->session);
	free(c);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

/* What libmilter calls: the watchdog sees whether any of it returns. */
#define WATCHED(name, parameters, ...)                                         \
	static sfsistat watched_##name parameters                              \
	{                                                                      \
		sfsistat answer;                                               \
                                                                               \
		handlers_begin(the_handlers);                                  \
		answer = on_##name(__VA_ARGS__);                               \
		handlers_end(the_handlers);                                    \
		return answer;                                                 \
	}

WATCHED(connect, (SMFICTX * ctx, char *name, _SOCK_ADDR *address), ctx, name,
    address)
WATCHED(helo, (SMFICTX * ctx, char *name), ctx, name)
WATCHED(mail, (SMFICTX * ctx, char **words), ctx, words)
WATCHED(recipient, (SMFICTX * ctx, char **words), ctx, words)
WATCHED(header, (SMFICTX * ctx, char *name, char *value), ctx, name, value)
WATCHED(body, (SMFICTX * ctx, unsigned char *bytes, size_t len), ctx, bytes,
    len)
WATCHED(end, (SMFICTX * ctx), ctx)
WATCHED(milter_abort, (SMFICTX * ctx), ctx)
WATCHED(milter_close, (SMFICTX * ctx), ctx)

enum rc
callbacks_register(struct milter *milter, struct err *err)
{
	struct smfiDesc description = {
	    .xxfi_name = (char *)"postward",
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = ACTIONS | SMFIF_CHGBODY | SMFIF_QUARANTINE,
	    .xxfi_negotiate = on_negotiate,
	    .xxfi_connect = watched_connect,
	    .xxfi_helo = watched_helo,
	    .xxfi_envfrom = watched_mail,
	    .xxfi_envrcpt = watched_recipient,
	    .xxfi_header = watched_header,
	    .xxfi_body = watched_body,
	    .xxfi_eom = watched_end,
	    .xxfi_abort = watched_milter_abort,
	    .xxfi_close = watched_milter_close,
	};

	the_milter = milter;
	if (the_handlers == NULL)
		the_handlers = handlers_new();
	if (smfi_register(description) != MI_SUCCESS)
		return err_set(err, RC_PERM, "libmilter does not take us");
	return RC_OK;
}

bool
callbacks_are_alive(int64_t patience_ms)
{
	return handlers_are_alive(the_handlers, patience_ms);
}
