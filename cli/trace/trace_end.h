/* SPDX-License-Identifier: MIT */
/*
 * trace_end - where a mail is now, or what became of it in the end: one answer
 * for each of its recipients, or one for all.  Pure.
 */
#pragma once

#include "trace_story.h"

enum trace_where {
	TRACE_DELIVERED,
	TRACE_WAITS,    /* in the queue, to be tried again */
	TRACE_RETURNED, /* to its sender */
	TRACE_REFUSED,  /* before it was taken: its sender's host knows */
	TRACE_PUT_OFF,  /* the same, for now: that host will come again */
	TRACE_HELD,
	TRACE_DELETED, /* by an administrator, or a filter that discards */
	TRACE_LOST,    /* it could not be delivered, and had no sender */
	TRACE_TAKEN,   /* it was accepted; the log says no more */
	TRACE_NOTHING, /* no message came: the client went away */
};

/* "delivered", "waits" ... */
const char *trace_where_name(enum trace_where where);

struct trace_end {
	enum trace_where where;
	const char *recipient; /* NULL: of all */
	const char *returned;  /* whom the mail went back to */
	const char *step;      /* "RCPT": when it was refused */
	const char *text;      /* why, in the words of who decided; or NULL */
	const char *queue_id;
	int64_t at;
	unsigned tries;
};

/* Does the event tell of a recipient that is asked for?  Where none of a mail
   does, all of them count. */
bool trace_event_counts(const struct trace_mail *mail,
    const struct log_event *event, const struct log_wanted *wanted);

/* In the arena; at least one. */
size_t trace_ends(struct arena *a, const struct trace_mail *mail,
    const struct log_wanted *wanted, struct trace_end **out);
