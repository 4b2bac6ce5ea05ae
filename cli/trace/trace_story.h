/* SPDX-License-Identifier: MIT */
/*
 * trace_story - what was decided about a mail and what the log says of it, put
 * together.  Pure.
 *
 * A decision at the end of a message has the queue id of its mail.  One about a
 * recipient has none: there is no id yet.  It belongs to the message that the
 * same client brought to the same host from the same sender shortly after, or
 * to the line in which that recipient was refused.
 */
#pragma once

#include "log_follow.h"

#include "policy/decision.h"
#include "store/decision_table.h"

struct trace_decision {
	struct decision_row row;
	/* What its record says; NULL: not known. */
	const char *sender, *recipient, *instance;
	enum smtp_state state;
	struct ip client;
	bool known; /* the record could be read */
};

struct trace_mail {
	const char *queue_id;       /* NULL: it never had one */
	const struct log_mail *log; /* NULL: the log does not have it */
	const struct trace_decision **decisions; /* by their times */
	size_t n_decisions;
	struct trace_mail **after; /* what follows from it */
	size_t n_after;
	struct trace_mail *before; /* what it follows from, or NULL */
	int64_t at;                /* when it begins */
	const char *sender;        /* as it came; NULL: nobody knows */
	const char *message_id;    /* NULL: not known */
};

struct trace_mails {
	struct trace_mail **mails; /* by their times */
	size_t n;
};

/* Decisions are by their times. */
void trace_join(struct arena *a, const struct trace_decision *const *decisions,
    size_t n_decisions, const struct log_mails *log, struct trace_mails *out);

/* Does it tell of who is asked for, itself or in what follows from it? */
bool trace_mail_fits(const struct trace_mail *mail,
    const struct log_wanted *wanted);

/* All that the record of a decision says, read anew: there may be very many, of
   which one at a time is told.  NULL: it is not known. */
const struct decision *trace_decision_said(struct arena *a,
    const struct trace_decision *decision);

/* Is the decision about a whole message? */
bool trace_decision_is_end(const struct trace_decision *decision);
