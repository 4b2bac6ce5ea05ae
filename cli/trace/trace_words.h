/* SPDX-License-Identifier: MIT */
/*
 * trace_words - what happened to a mail, in plain words.  Pure.  Texts of
 * others are in it as they are: who prints it makes it printable.
 */
#pragma once

#include "trace_end.h"

struct trace_line {
	int64_t at;
	const char *who; /* "policyd", "smtpd" */
	const char *text;
	unsigned rank; /* among those of the same second */
};

/* All of a mail, but for what follows from it, in the order in which it
   happened; NULL texts are left out already.  In the arena. */
size_t trace_lines(struct arena *a, const struct trace_mail *mail,
    const struct log_wanted *wanted, struct trace_line **out);

/* Where it is now: "delivered to ann@mailbox.example: 250 2.0.0 Ok". */
char *trace_end_words(struct arena *a, const struct trace_end *end);
bool trace_end_is_good(const struct trace_end *end);
bool trace_end_is_bad(const struct trace_end *end);
