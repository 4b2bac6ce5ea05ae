/* SPDX-License-Identifier: MIT */
/*
 * smtp_dialog - the commands to the MTA and its answers (RFC 5321 4.2), line by
 * line, and what they mean for the mail.  Pure: the owner of the connection
 * passes in each line.
 *
 * For each mail: smtp_dialog_begin; _command and _reply in the order in which
 * they go over the wire; then _settle.
 */
#pragma once

#include "base/str.h"
#include "outbox/outbox.h"

enum dialog_stage {
	DIALOG_CONNECT, /* and the greeting */
	DIALOG_HELO,
	DIALOG_TLS,
	DIALOG_AUTH,
	DIALOG_MAIL,
	DIALOG_RCPT,
	DIALOG_DATA /* and the answer to the end of it */
};

struct smtp_dialog {
	struct arena *arena;
	enum dialog_stage stage;
	struct str reply; /* the last one, its lines joined by blanks */
	/* 200 to 599, as its last line has it; 0: there is none, or its last
	   line has not come. */
	unsigned code;
	bool reply_goes_on; /* its last line has not come */
	bool is_over;       /* QUIT was said: nothing counts any more */
	bool authenticated; /* on this connection, for all of its mails */
};

/* OUTBOX_REFUSED only if the MTA said 5xx to this mail: not to us (greeting,
   EHLO, TLS, authentication, MAIL), which mends itself or is mended. */
struct smtp_answer {
	enum outbox_outcome outcome;
	const char *queue_id; /* or NULL; printable */
	const char *reply;    /* the MTA's, or why there is none; printable */
	bool unreachable;     /* the next mail would fare no better */
};

/* Another mail, perhaps on the same connection.  What is read lives in the
   arena. */
void smtp_dialog_begin(struct smtp_dialog *d, struct arena *a);

/* A command to the MTA: one line with its end, or a part of AUTH. */
void smtp_dialog_command(struct smtp_dialog *d, const char *line, size_t len);

/* A line from the MTA, with or without its end; any bytes.  A line that is no
   part of a reply is skipped. */
void smtp_dialog_reply(struct smtp_dialog *d, const char *line, size_t len);

/* True: the MTA has neither accepted nor refused anything of this mail, but has
   closed the connection. */
bool smtp_dialog_is_untouched(const struct smtp_dialog *d);

/* taken: the MTA has said 2xx to the end of the message.  trouble: why the
   dialog ended otherwise, for where the MTA has said nothing about it.
   needs_auth: without authentication, a refusal is about us. */
void smtp_dialog_settle(const struct smtp_dialog *d, bool taken,
    bool needs_auth, const char *trouble, struct smtp_answer *out);
