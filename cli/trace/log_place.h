/* SPDX-License-Identifier: MIT */
/*
 * log_place - where Postfix' log is: in files, some of them rotated away and
 * packed, or in the journal.
 */
#pragma once

#include "command.h"
#include "log_file.h"

struct log_place {
	struct log_files files;
	const char *what;    /* "/var/log/mail.log"; "the journal" */
	const char *trouble; /* what of it cannot be had, and why; or NULL */
};

/* Opens what was written since then.  Which log: that of --log, a file or
   "journal"; else where Postfix writes it (maillog_file); else the usual file,
   if something was written to it since; else the journal.  What is packed, and
   the journal, is unpacked to a file without a name.  RC_TEMP: there is no log
   to read, and err says what to do. */
enum rc log_place_open(struct invocation *in, int64_t since, int64_t before,
    struct log_place *out, struct err *err);
