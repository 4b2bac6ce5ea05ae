/* SPDX-License-Identifier: MIT */
#include "smtp_dialog.h"

#include <string.h>

#define REPLY_MAX    400
#define QUEUE_ID_MAX 100

static const struct {
	const char *command;
	enum dialog_stage stage,
	    after; /* the first from which it leads there */
} commands[] = {
    {"EHLO ", DIALOG_HELO, DIALOG_CONNECT},
    {"HELO ", DIALOG_HELO, DIALOG_CONNECT},
    {"STARTTLS\r\n", DIALOG_TLS, DIALOG_HELO},
    {"AUTH ", DIALOG_AUTH, DIALOG_HELO},
    {"MAIL FROM:", DIALOG_MAIL, DIALOG_CONNECT},
    {"RCPT TO:", DIALOG_RCPT, DIALOG_MAIL},
    {"DATA\r\n", DIALOG_DATA, DIALOG_RCPT},
};

void
smtp_dialog_begin(struct smtp_dialog *d, struct arena *a)
{
	*d =
	    (struct smtp_dialog){.arena = a, .authenticated = d->authenticated};
	str_init(&d->reply, a);
}

static bool
line_starts(const char *line, size_t len, const char *beginning)
{
	size_t n = strlen(beginning);

	return len >= n && memcmp(line, beginning, n) == 0;
}

/* Not what is said within AUTH: a blank or colon is no base64. */
void
smtp_dialog_command(struct smtp_dialog *d, const char *line, size_t len)
{
	if (line_starts(line, len, "QUIT\r\n"))
		d->is_over = true;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (d->stage < commands[i].after ||
		    !line_starts(line, len, commands[i].command))
			continue;
		d->stage = commands[i].stage;
		if (d->stage == DIALOG_HELO)
			d->authenticated = false;
		return;
	}
}

/* RFC 5321 4.2: three digits, then a hyphen, a blank or the end; 0: it is no
   line of a reply. */
static unsigned
code_of(const char *line, size_t len)
{
	unsigned code = 0;

	if (len < 3 || line[0] < '2' || line[0] > '5')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		code = code * 10 + (unsigned)(line[i] - '0');
	}
	return len == 3 || line[3] == ' ' || line[3] == '-' ? code : 0;
}

static void
add_reply_text(struct smtp_dialog *d, const char *line, size_t len)
{
	if (d->reply.len > REPLY_MAX)
		return;
	if (d->reply.len == 0)
		str_add_bytes(&d->reply, line, 3);
	if (len <= 4)
		return;
	str_add(&d->reply, " ");
	str_add_bytes(&d->reply, line + 4, len - 4);
}

/* RFC 5321 4.2.1: "250-text", the last one "250 text".  All should have one
   code; where they do not, the last one counts, as it does for Postfix. */
void
smtp_dialog_reply(struct smtp_dialog *d, const char *line, size_t len)
{
	unsigned code;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	code = code_of(line, len);
	if (d->is_over || code == 0)
		return;
	if (!d->reply_goes_on)
		str_init(&d->reply, d->arena);
	add_reply_text(d, line, len);
	memcpy(d->reply.text, line, 3);
	d->reply_goes_on = len > 3 && line[3] == '-';
	d->code = d->reply_goes_on ? 0 : code;
	if (d->stage == DIALOG_AUTH && d->code == 235)
		d->authenticated = true;
}

bool
smtp_dialog_is_untouched(const struct smtp_dialog *d)
{
	return d->stage <= DIALOG_MAIL && (d->reply.len == 0 || d->code == 421);
}

/* 5xx that speaks of our right to send, not of this mail (RFC 4954 6). */
static bool
is_about_us(unsigned code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

/* Postfix: "250 2.0.0 Ok: queued as 4XYZ" */
static const char *
queue_id_of(struct arena *a, const char *reply)
{
	static const char words[] = "queued as ";
	const char *p = strstr(reply, words);
	size_t len;

	if (p == NULL)
		return NULL;
	p += strlen(words);
	len = strcspn(p, " ;,()");
	return len > 0 ? str_printable(a, p, len, QUEUE_ID_MAX) : NULL;
}

void
smtp_dialog_settle(const struct smtp_dialog *d, bool taken, bool needs_auth,
    const char *trouble, struct smtp_answer *out)
{
	/* To MAIL it speaks of our own sender, which an administrator mends. */
	bool refused = d->stage > DIALOG_MAIL && d->code >= 500 &&
		       !is_about_us(d->code) &&
		       (!needs_auth || d->authenticated);

	*out = (struct smtp_answer){
	    .outcome = refused ? OUTBOX_REFUSED : OUTBOX_LATER,
	    .unreachable = d->stage < DIALOG_MAIL && !taken};
	if (taken) {
		out->outcome = OUTBOX_TAKEN;
		out->queue_id = queue_id_of(d->arena, d->reply.text);
	}
	out->reply =
	    taken || d->code >= 400
		? str_printable(d->arena, d->reply.text, d->reply.len,
		      REPLY_MAX)
		: str_printable(d->arena, trouble, strlen(trouble), REPLY_MAX);
}
