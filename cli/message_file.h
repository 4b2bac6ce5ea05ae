/* SPDX-License-Identifier: MIT */
/*
 * message_file - a message that the administrator names, to be looked at.
 */
#pragma once

#include "command.h"

#include "auth/authentication.h"
#include "mail/message_text.h"

/* No message that anybody would look at is longer. */
#define MESSAGE_FILE_MAX ((size_t)512 * 1024 * 1024)

struct message_file {
	struct message_text text;
	struct authentication *authentication; /* of it, its body over */
	char *bytes;
};

/* Reads the file, or the standard input if path is NULL or "-", as if it had
   come by SMTP: with CRLF.  False: it cannot be read, and that was said. */
bool message_file_open(struct invocation *in, const char *path,
    struct message_file *out);
void message_file_close(struct message_file *file);
