/* SPDX-License-Identifier: MIT */
#include "smtp_dialog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By mutation alone the stages would be reached too seldom. */
static const char *const commands[] = {"EHLO me\r\n", "STARTTLS\r\n",
    "AUTH PLAIN\r\n", "MAIL FROM:<a@b.example>\r\n",
    "RCPT TO:<c@d.example>\r\n", "DATA\r\n", "QUIT\r\n"};

static void
must(bool so)
{
	if (!so)
		abort();
}

/* "C" and a digit: one of ours; all else is of the MTA. */
static void
play_line(struct smtp_dialog *d, const char *line, size_t len)
{
	const char *command;

	if (len < 2 || line[0] != 'C' || line[1] < '0' || line[1] > '6') {
		smtp_dialog_reply(d, line, len);
		return;
	}
	command = commands[line[1] - '0'];
	smtp_dialog_command(d, command, strlen(command));
}

static void
check_printable(struct arena *a, const char *text)
{
	must(strcmp(text, str_printable(a, text, strlen(text), strlen(text))) ==
	     0);
}

/* A mail is lost only where the MTA has said 5xx to it. */
static void
check_answer(const struct smtp_dialog *d, bool taken, bool needs_auth)
{
	struct smtp_answer got;

	smtp_dialog_settle(d, taken, needs_auth, "trouble", &got);
	check_printable(d->arena, got.reply);
	if (got.queue_id != NULL)
		check_printable(d->arena, got.queue_id);
	must((got.outcome == OUTBOX_TAKEN) == taken);
	must(!got.unreachable || got.outcome == OUTBOX_LATER);
	if (got.outcome != OUTBOX_REFUSED)
		return;
	must(d->stage >= DIALOG_RCPT && got.reply[0] == '5');
	must(strspn(got.reply, "0123456789") >= 3);
	must(!needs_auth || d->authenticated);
}

/* Two mails on one connection, cut by the first empty line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	struct arena *a = arena_new();
	struct smtp_dialog d = {0};

	smtp_dialog_begin(&d, a);
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((newline != NULL ? newline : end) - p);

		if (len == 0)
			smtp_dialog_begin(&d, a);
		else
			play_line(&d, p, len);
		p += len + (newline != NULL);
	}
	check_answer(&d, true, false);
	check_answer(&d, false, false);
	check_answer(&d, false, true);
	smtp_dialog_is_untouched(&d);
	arena_free(a);
	return 0;
}
