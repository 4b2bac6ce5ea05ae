/* SPDX-License-Identifier: MIT */
#include "fuzz_world.h"
#include "session.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct player {
	struct milter milter;
	struct session *session;
	struct arena *arena;
	const char *sasl_user;
};

/* UTF-8 without control characters; a header field may be folded. */
static void
check_text(const char *p, bool is_field)
{
	for (size_t n; *p != '\0'; p += n) {
		n = 1;
		if (!is_field || (*p != '\t' && *p != '\n'))
			fuzz_must((n = str_character(p)) > 0);
		else if (*p == '\n')
			fuzz_must(p[1] == ' ' || p[1] == '\t');
	}
}

static void
check_reply(struct arena *a, const struct reply *reply)
{
	if (reply->code == 0)
		return;
	fuzz_must(reply->code >= 400 && reply->code <= 599);
	check_text(reply_line(a, reply), false);
}

static void
check_end(struct arena *a, const struct session_end *e)
{
	check_reply(a, &e->refusal);
	if (e->new_sender != NULL)
		check_text(e->new_sender, false);
	for (size_t i = 0; i < e->stamp.n_fields; i++) {
		check_text(e->stamp.fields[i].name, false);
		check_text(e->stamp.fields[i].value, true);
	}
}

/* "192.0.2.1 name" */
static void
connect_client(struct player *p, const char *text)
{
	size_t len = strcspn(text, " ");
	struct session_client client = {.port = 25};

	ip_parse(arena_copy_bytes(p->arena, text, len), &client.ip);
	if (text[len] == ' ')
		client.name = client.reverse_name = text + len + 1;
	session_free(p->session);
	p->session = session_new(&p->milter);
	session_connect(p->session, &client);
}

static void
begin_mail(struct player *p, const char *text)
{
	const struct session_mail mail = {
	    .sender = {text, NULL}, .sasl_user = p->sasl_user};

	session_mail(p->session, &mail);
}

static void
end_mail(struct player *p)
{
	struct session_end end = session_end(p->session, "4XYZ");

	check_end(p->arena, &end);
	session_reset(p->session);
}

static void
play_in_message(struct player *p, char command, const char *text)
{
	const char *colon = strchr(text, ':');
	struct message_path path = {text, NULL};
	struct reply reply;

	switch (command) {
	case 'R':
		reply = session_recipient(p->session, &path, NULL);
		check_reply(p->arena, &reply);
		break;
	case 'F':
		if (colon != NULL)
			session_field(p->session,
			    arena_copy_bytes(p->arena, text,
				(size_t)(colon - text)),
			    colon + 1);
		break;
	case 'B':
		if (!session_wants_body(p->session))
			break;
		session_body(p->session, text, strlen(text));
		session_body(p->session, "\r\n", 2);
		break;
	case 'E':
		end_mail(p);
		break;
	}
}

static void
play(struct player *p, char command, const char *text)
{
	switch (command) {
	case 'C':
		connect_client(p, text);
		break;
	case 'H':
		session_helo(p->session, text, false);
		break;
	case 'S':
		p->sasl_user = text;
		break;
	case 'M':
		begin_mail(p, text);
		break;
	case 'Z':
		session_reset(p->session);
		break;
	default:
		if (session_has_message(p->session))
			play_in_message(p, command, text);
	}
}

/* Lines: Connect, HELO, SASL user, MAIL, RCPT, Field, Body, End; and Z, what
   began is given up. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct player p = {.arena = arena_new()};

	fuzz_world_open();
	p.session = session_new(&p.milter);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline != NULL ? newline : end) - at);

		if (len > 0)
			play(&p, *at,
			    arena_copy_bytes(p.arena, at + 1, len - 1));
		at += len + (newline != NULL);
	}
	session_free(p.session);
	arena_free(p.arena);
	return 0;
}
