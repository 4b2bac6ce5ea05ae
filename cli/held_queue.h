/* SPDX-License-Identifier: MIT */
/*
 * held_queue - the messages in Postfix's hold queue.
 */
#pragma once

#include "command.h"

/* As a stranger wrote it: to be made printable. */
struct held_message {
	const char *queue_id;
	int64_t arrived;        /* seconds since 1970; 0: not known */
	const char *sender;     /* "MAILER-DAEMON" is the null one */
	const char *recipients; /* "A, B"; "": so many that nobody told */
};

typedef void held_visit(void *context, const struct held_message *message);

/* Tells each in no particular order; what it points to is the visitor's until
   it returns.  RC_TEMP: the queue cannot be read.  RC_NONE: there is no
   Postfix.
 */
enum rc held_queue_read(const struct invocation *in, held_visit *visit,
    void *context, struct err *err);
