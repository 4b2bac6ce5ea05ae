/* SPDX-License-Identifier: MIT */
/*
 * log_follow - the lines of the log that tell of the mail that is asked for,
 * mail by mail.
 *
 * First all that was written in the time that is asked about is searched for
 * the addresses.  What is found has a queue id; its lines stand before and
 * behind that, among those of all other mail, until "removed".  Short ids are
 * used again later: a mail ends where it is removed or another one comes.
 * Mail that follows from it, such as a notification, is followed as well.
 */
#pragma once

#include "log_file.h"
#include "log_wanted.h"

/* No more mail is told at once. */
#define LOG_MAILS_MAX  5000
#define LOG_EVENTS_MAX 10000 /* of one mail */

struct log_mail {
	const char *queue_id; /* NULL: refused before there was one */
	const struct log_event *events;
	size_t n;
	int64_t at;   /* of its first line, in the whole log */
	bool follows; /* another mail's line names it */
};

struct log_mails {
	struct log_mail *mails; /* by their first lines */
	size_t n;
	bool cut;          /* there is more */
	const char *wrong; /* a file of which a part could not be read */
};

/* A queue id that is known to belong to it, and when. */
struct log_known {
	const char *queue_id;
	int64_t time;
};

void log_follow(struct arena *a, const struct log_files *log,
    const struct log_wanted *wanted, const struct log_known *known,
    size_t n_known, struct log_mails *out);
