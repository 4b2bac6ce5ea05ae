/* SPDX-License-Identifier: MIT */
/*
 * postfix_dialog - one SMTP session at a unix: socket, up to the answer to
 * RCPT (RFC 5321).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/* *answer: the last line that was said, printable: to RCPT, or to what was not
   accepted before it.  deadline: of clock_ms.  RC_NONE: nobody is there yet.
   RC_TEMP: the session broke off. */
enum rc postfix_dialog(struct arena *a, const char *path, const char *recipient,
    int64_t deadline, const char **answer, struct err *err);
