/* SPDX-License-Identifier: MIT */
#include "trace_end.h"

#include "base/str.h"

#include <string.h>

const char *
trace_where_name(enum trace_where where)
{
	static const char *const names[] = {"delivered", "waits", "returned",
	    "refused", "put-off", "held", "deleted", "lost", "taken",
	    "nothing"};

	return names[where];
}

/* One recipient, and not the whole message? */
static bool
is_about_one(const struct log_event *event)
{
	return event->recipient != NULL &&
	       (event->kind == LOG_SENT || event->kind == LOG_DEFERRED ||
		   event->kind == LOG_BOUNCED ||
		   (event->kind == LOG_REFUSED && event->step != NULL &&
		       strcmp(event->step, "RCPT") == 0));
}

static bool
is_wanted(const struct log_event *event, const struct log_wanted *wanted)
{
	return log_wanted_is_to(wanted, event->recipient) ||
	       log_wanted_is_to(wanted, event->original);
}

bool
trace_event_counts(const struct trace_mail *mail, const struct log_event *event,
    const struct log_wanted *wanted)
{
	if (wanted->to == NULL || !is_about_one(event) ||
	    is_wanted(event, wanted))
		return true;
	for (size_t i = 0; i < mail->log->n; i++)
		if (is_wanted(&mail->log->events[i], wanted))
			return false;
	return true;
}

/* ---- recipients, and the last that was tried for each */

struct ends {
	struct arena *arena;
	const struct trace_mail *mail;
	const struct log_wanted *wanted;
	struct trace_end *ends;
	size_t n;
};

static struct trace_end *
end_of(struct ends *e, const char *recipient)
{
	struct trace_end *more;

	for (size_t i = 0; i < e->n; i++)
		if (e->ends[i].recipient != NULL && recipient != NULL &&
		    strcmp(e->ends[i].recipient, recipient) == 0)
			return &e->ends[i];
	more = arena_take_array(e->arena, e->n + 1, sizeof(*more));
	if (e->n > 0)
		memcpy(more, e->ends, e->n * sizeof(*more));
	e->ends = more;
	e->ends[e->n] = (struct trace_end){
	    .recipient = recipient, .queue_id = e->mail->queue_id};
	return &e->ends[e->n++];
}

/* Whom a notification has reached, or is to reach. */
static const char *
notified(const struct trace_mail *mail, const char *queue_id)
{
	for (size_t i = 0; i < mail->n_after; i++) {
		const struct trace_mail *after = mail->after[i];

		if (after->queue_id == NULL || after->log == NULL ||
		    strcmp(after->queue_id, queue_id) != 0)
			continue;
		for (size_t k = after->log->n; k-- > 0;)
			if (after->log->events[k].recipient != NULL)
				return after->log->events[k].recipient;
	}
	return NULL;
}

static void
end_returned(struct ends *e, const struct log_event *event)
{
	const char *to = notified(e->mail, event->other);

	for (size_t i = 0; i < e->n; i++)
		if (e->ends[i].where == TRACE_LOST ||
		    e->ends[i].where == TRACE_WAITS) {
			e->ends[i].where = TRACE_RETURNED;
			e->ends[i].returned = to != NULL ? to : e->mail->sender;
		}
}

static void
end_attempt(struct ends *e, const struct log_event *event)
{
	struct trace_end *end;

	/* A filter on this machine has it, and gives it back. */
	if (event->kind == LOG_SENT && event->other != NULL &&
	    e->mail->n_after > 0)
		return;
	end = end_of(e, event->recipient);
	end->where = event->kind == LOG_SENT       ? TRACE_DELIVERED
		     : event->kind == LOG_DEFERRED ? TRACE_WAITS
						   : TRACE_LOST;
	end->text = event->text;
	end->at = event->at;
	end->tries++;
}

static void
end_all(struct ends *e, enum trace_where where, const struct log_event *event)
{
	bool any = false;

	for (size_t i = 0; i < e->n; i++)
		if (e->ends[i].where == TRACE_WAITS ||
		    e->ends[i].where == TRACE_HELD ||
		    e->ends[i].where == TRACE_TAKEN) {
			e->ends[i].where = where;
			e->ends[i].at = event->at;
			any = true;
		}
	if (!any && e->n == 0)
		*end_of(e, NULL) = (struct trace_end){.where = where,
		    .at = event->at,
		    .text = event->text,
		    .queue_id = e->mail->queue_id};
}

static void
end_refused(struct ends *e, const struct log_event *event)
{
	struct trace_end *end =
	    end_of(e, is_about_one(event) ? event->recipient : NULL);

	end->where =
	    log_event_is_put_off(event) ? TRACE_PUT_OFF : TRACE_REFUSED;
	end->text = event->text;
	end->step = event->step;
	end->at = event->at;
}

static void
end_held(struct ends *e, const struct log_event *event)
{
	if (e->n == 0)
		end_of(e, NULL);
	for (size_t i = 0; i < e->n; i++) {
		e->ends[i].where = TRACE_HELD;
		e->ends[i].text = event->text;
		e->ends[i].at = event->at;
	}
}

/* What was held has no recipients yet, or has them again. */
static void
end_released(struct ends *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->ends[i].recipient != NULL)
			e->ends[n++] = e->ends[i];
	e->n = n;
	for (size_t i = 0; i < n; i++)
		if (e->ends[i].where == TRACE_HELD)
			e->ends[i].where = TRACE_WAITS;
}

static void
end_event(struct ends *e, const struct log_event *event)
{
	switch (event->kind) {
	case LOG_SENT:
	case LOG_DEFERRED:
	case LOG_BOUNCED:
		end_attempt(e, event);
		break;
	case LOG_REFUSED:
		end_refused(e, event);
		break;
	case LOG_HELD:
		end_held(e, event);
		break;
	case LOG_RELEASED:
		end_released(e);
		break;
	case LOG_EXPIRED:
		end_all(e, TRACE_LOST, event);
		break;
	case LOG_RETURNED:
		end_returned(e, event);
		break;
	case LOG_DELETED:
	case LOG_DISCARDED:
		end_all(e, TRACE_DELETED, event);
		break;
	case LOG_CAME:
	case LOG_MESSAGE_ID:
	case LOG_QUEUED:
	case LOG_TRIED:
	case LOG_WARNED:
	case LOG_REQUEUED:
	case LOG_REMOVED:
	case LOG_OTHER:
		break;
	}
}

static bool
has_event(const struct trace_mail *mail, enum log_event_kind kind)
{
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++)
		if (mail->log->events[i].kind == kind)
			return true;
	return false;
}

/* ---- what is only known by a decision */

static void
end_decision(struct ends *e, const struct trace_decision *d)
{
	static const enum trace_where wheres[] = {
	    [DECISION_ACCEPT] = TRACE_TAKEN,
	    [DECISION_HOLD] = TRACE_HELD,
	    [DECISION_DEFER] = TRACE_PUT_OFF,
	    [DECISION_REJECT] = TRACE_REFUSED};
	struct trace_end *end = end_of(e, d->known ? d->recipient : NULL);
	const struct decision *said = trace_decision_said(e->arena, d);

	end->where = wheres[d->row.action];
	if (end->where == TRACE_TAKEN && !trace_decision_is_end(d))
		end->where = TRACE_NOTHING;
	end->at = d->row.at;
	if (said == NULL)
		return;
	end->step = smtp_state_name(d->state);
	if (d->row.action == DECISION_HOLD)
		end->text = said->fate_why;
	else if (d->row.action != DECISION_ACCEPT)
		end->text = reply_line(e->arena, &said->verdict.reply);
}

/* The last word is that about the whole message. */
static void
end_decisions(struct ends *e)
{
	for (size_t i = 0; i < e->mail->n_decisions; i++) {
		const struct trace_decision *d = e->mail->decisions[i];

		if (trace_decision_is_end(d))
			e->n = 0;
		end_decision(e, d);
	}
}

size_t
trace_ends(struct arena *a, const struct trace_mail *mail,
    const struct log_wanted *wanted, struct trace_end **out)
{
	struct ends e = {.arena = a, .mail = mail, .wanted = wanted};

	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++)
		if (trace_event_counts(mail, &mail->log->events[i], wanted))
			end_event(&e, &mail->log->events[i]);
	if (e.n == 0 && mail->log == NULL)
		end_decisions(&e);
	if (e.n == 0 && mail->n_after == 0)
		end_of(&e, NULL)->where =
		    has_event(mail, LOG_REMOVED)  ? TRACE_TAKEN
		    : has_event(mail, LOG_QUEUED) ? TRACE_WAITS
						  : TRACE_NOTHING;
	*out = e.ends;
	return e.n;
}
