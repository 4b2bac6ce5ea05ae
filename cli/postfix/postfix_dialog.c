/* SPDX-License-Identifier: MIT */
#include "postfix_dialog.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REPLY_MAX 4096

struct dialog {
	struct arena *arena;
	int fd;
	int64_t deadline;
	char text[REPLY_MAX]; /* what has come and was not read */
	size_t len;
};

static enum rc
dialog_trouble(struct err *err, const char *what)
{
	return err_set(err, RC_TEMP, "%s: %s", what, strerror(errno));
}

/* A stranger's address would be looked up in DNS; this one is known. */
static int
dialog_connect(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static enum rc
dialog_more(struct dialog *d, struct err *err)
{
	struct pollfd waiting = {.fd = d->fd, .events = POLLIN};
	int64_t left = d->deadline - clock_ms();
	ssize_t n;

	if (d->len == sizeof(d->text))
		return err_set(err, RC_TEMP, "smtpd says too much");
	n = poll(&waiting, 1, left > 0 ? (int)left : 0);
	if (n == 0)
		return err_set(err, RC_TEMP, "smtpd does not answer");
	if (n > 0)
		n = recv(d->fd, d->text + d->len, sizeof(d->text) - d->len, 0);
	if (n < 0)
		return dialog_trouble(err, "smtpd");
	if (n == 0)
		return err_set(err, RC_TEMP, "smtpd hung up");
	d->len += (size_t)n;
	return RC_OK;
}

static enum rc
dialog_line(struct dialog *d, const char **line, struct err *err)
{
	char *end;
	size_t len;
	enum rc rc = RC_OK;

	while (rc == RC_OK && (end = memchr(d->text, '\n', d->len)) == NULL)
		rc = dialog_more(d, err);
	if (rc != RC_OK)
		return rc;
	len = (size_t)(end - d->text);
	*line = str_printable(d->arena, d->text,
	    len > 0 && end[-1] == '\r' ? len - 1 : len, REPLY_MAX);
	d->len -= len + 1;
	memmove(d->text, end + 1, d->len);
	return RC_OK;
}

/* The last line of a reply. */
static enum rc
dialog_reply(struct dialog *d, const char **line, struct err *err)
{
	enum rc rc;

	do
		rc = dialog_line(d, line, err);
	while (rc == RC_OK && strlen(*line) > 3 && (*line)[3] == '-');
	return rc;
}

static enum rc
dialog_say(struct dialog *d, const char *line, const char **answer,
    struct err *err)
{
	const char *text = arena_printf(d->arena, "%s\r\n", line);
	size_t len = strlen(text);

	return send(d->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len
		   ? dialog_reply(d, answer, err)
		   : dialog_trouble(err, "smtpd");
}

enum rc
postfix_dialog(struct arena *a, const char *path, const char *recipient,
    int64_t deadline, const char **answer, struct err *err)
{
	const char *const lines[] = {"EHLO [127.0.0.1]", "MAIL FROM:<>",
	    arena_printf(a, "RCPT TO:<%s>", recipient)};
	struct dialog d = {
	    .arena = a, .fd = dialog_connect(path), .deadline = deadline};
	const char *last;
	struct err why;
	enum rc rc;

	if (d.fd < 0)
		return err_set(err, RC_NONE, "%s: %s", path, strerror(errno));
	rc = dialog_reply(&d, answer, err);
	for (size_t i = 0; rc == RC_OK && (*answer)[0] == '2' &&
			   i < sizeof(lines) / sizeof(*lines);
	     i++)
		rc = dialog_say(&d, lines[i], answer, err);
	if (rc == RC_OK)
		dialog_say(&d, "QUIT", &last, &why);
	close(d.fd);
	return rc;
}
