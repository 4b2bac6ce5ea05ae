/* SPDX-License-Identifier: MIT */
/*
 * dkim_trace - why a signature does not hold, as far as that can be found out
 * by trying: for who debugs it.  Pure.
 *
 * The body is tried in its other canonical form, without its last line end, and
 * without what may have been put before or behind it.  The header is tried in
 * its other form, without each field that is signed, and with subjects as they
 * were before a list put its name there.
 */
#pragma once

#include "base/arena.h"
#include "mail/field.h"
#include "net/dns.h"

#include <stddef.h>

/* Lines at either end of a body that may have been put there; and bytes hashed
   in search of them, all tries together. */
#define DKIM_TRACE_LINES_MAX 200
#define DKIM_TRACE_BYTES_MAX ((size_t)512 * 1024 * 1024)

#define DKIM_TRACE_SAID_MAX 64 /* lines of the story */

struct dkim_trace_request {
	const struct mail_field *fields;
	size_t n;
	const char *body;
	size_t body_len;
	const struct dns_query *answers; /* the key among them, or not */
	size_t n_answers;
};

struct dkim_trace {
	const char *lines[DKIM_TRACE_SAID_MAX]; /* printable */
	size_t n;
};

/* The story of the at-th DKIM-Signature from the top, from 0. */
void dkim_trace(struct arena *a, const struct dkim_trace_request *request,
    size_t at, struct dkim_trace *out);
