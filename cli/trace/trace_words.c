/* SPDX-License-Identifier: MIT */
#include "trace_words.h"

#include "trace_judged.h"

#include "base/str.h"

#include <string.h>

/* ---- an event of the log */

static const char *
shown_sender(const char *sender)
{
	return sender[0] == '\0' ? "<>" : sender;
}

/* "kim@mailbox.example (for kim@remotes.club)" */
static const char *
recipient_words(struct arena *a, const struct log_event *event)
{
	const char *to = event->recipient == NULL ? "?" : event->recipient;

	return event->original == NULL || str_equal_fold(event->original, to)
		   ? to
		   : arena_printf(a, "%s (for %s)", to, event->original);
}

static const char *
relay_words(struct arena *a, const struct log_event *event)
{
	return event->relay == NULL || strcmp(event->relay, "none") == 0
		   ? ""
		   : arena_printf(a, " by %s", event->relay);
}

static const char *
text_words(struct arena *a, const char *text)
{
	return text == NULL || text[0] == '\0' ? ""
					       : arena_printf(a, ": %s", text);
}

static char *
attempt_words(struct arena *a, const char *what, const struct log_event *event)
{
	return arena_printf(a, "%s %s%s%s", what, recipient_words(a, event),
	    relay_words(a, event), text_words(a, event->text));
}

static char *
came_words(struct arena *a, const struct log_event *event)
{
	if (event->client != NULL)
		return arena_printf(a, "comes from %s", event->client);
	return arena_printf(a, "written on this machine, by user %s",
	    event->text == NULL ? "?" : event->text);
}

static char *
refusal_words(struct arena *a, const struct log_event *event)
{
	return arena_printf(a, "%s %s%s%s%s%s",
	    log_event_is_put_off(event) ? "put off at" : "refused at",
	    event->step == NULL ? "some step" : event->step,
	    event->recipient == NULL ? "" : ", to ",
	    event->recipient == NULL ? "" : event->recipient,
	    event->client == NULL ? ""
				  : arena_printf(a, ", from %s", event->client),
	    text_words(a, event->text));
}

static char *
event_words(struct arena *a, const struct log_event *event)
{
	const char *other = event->other == NULL ? "?" : event->other;

	switch (event->kind) {
	case LOG_CAME:
		return came_words(a, event);
	case LOG_MESSAGE_ID:
		return NULL;
	case LOG_REFUSED:
		return refusal_words(a, event);
	case LOG_HELD:
		return arena_printf(a, "into the hold queue%s",
		    text_words(a, event->text));
	case LOG_DISCARDED:
		return arena_printf(a, "thrown away%s",
		    text_words(a, event->text));
	case LOG_QUEUED:
		return arena_printf(a, "in the queue, with the sender %s",
		    event->sender == NULL ? "?" : shown_sender(event->sender));
	case LOG_TRIED:
		return arena_copy_text(a, event->text);
	case LOG_SENT:
		return attempt_words(a, "delivered to", event);
	case LOG_DEFERRED:
		return attempt_words(a, "not yet delivered to", event);
	case LOG_BOUNCED:
		return attempt_words(a, "cannot be delivered to", event);
	case LOG_EXPIRED:
		return arena_printf(a, "was too long in the queue");
	case LOG_RETURNED:
		return arena_printf(a, "its sender is told, by %s", other);
	case LOG_WARNED:
		return arena_printf(a,
		    "its sender is told that it is late, "
		    "by %s",
		    other);
	case LOG_RELEASED:
		return arena_printf(a, "let out of the hold queue");
	case LOG_REQUEUED:
		return arena_printf(a, "put into the queue anew");
	case LOG_DELETED:
		return arena_printf(a, "deleted by an administrator");
	case LOG_REMOVED:
		return arena_printf(a, "done, out of the queue");
	case LOG_OTHER:
		return arena_copy_text(a, event->text);
	}
	return NULL;
}

/* ---- all of it, in order */

struct lines {
	struct arena *arena;
	struct trace_line *lines;
	size_t n, room;
};

/* What happened in the same second is in the order in which it must have. */
enum line_rank {
	RANK_RECIPIENT, /* a decision about one */
	RANK_CAME,
	RANK_MESSAGE, /* the decision about the message */
	RANK_REST
};

static bool
goes_before(const struct trace_line *line, const struct trace_line *other)
{
	return line->at < other->at ||
	       (line->at == other->at && line->rank < other->rank);
}

static void
add_line(struct lines *l, struct trace_line line)
{
	size_t at = l->n;

	if (line.text == NULL)
		return;
	if (l->n == l->room) {
		struct trace_line *more;

		l->room = l->room == 0 ? 32 : 2 * l->room;
		more = arena_take_array(l->arena, l->room, sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->lines, l->n * sizeof(*more));
		l->lines = more;
	}
	for (; at > 0 && goes_before(&line, &l->lines[at - 1]); at--)
		l->lines[at] = l->lines[at - 1];
	l->lines[at] = line;
	l->n++;
}

static void
add_decision(struct lines *l, const struct trace_decision *d)
{
	const char *words[TRACE_JUDGED_MAX];
	size_t n = trace_judged_words(l->arena, d, words);

	for (size_t i = 0; i < n; i++)
		add_line(l,
		    (struct trace_line){.at = d->row.at,
			.who = trace_decision_is_end(d) ? "milter" : "policyd",
			.rank = trace_decision_is_end(d) ? RANK_MESSAGE
							 : RANK_RECIPIENT,
			.text = words[i]});
}

/* Of what is tried again and again, the first and the last attempt. */
static bool
is_between(const struct log_mail *mail, size_t i)
{
	const struct log_event *event = &mail->events[i];
	bool before = false, after = false;

	if (event->kind != LOG_DEFERRED || event->recipient == NULL)
		return false;
	for (size_t k = 0; k < mail->n; k++)
		if (k != i && mail->events[k].kind == LOG_DEFERRED &&
		    mail->events[k].recipient != NULL &&
		    strcmp(mail->events[k].recipient, event->recipient) == 0) {
			before |= k < i;
			after |= k > i;
		}
	return before && after;
}

/* A mail that is in the queue again is told once. */
static bool
is_again(const struct log_mail *mail, size_t i)
{
	if (mail->events[i].kind != LOG_QUEUED)
		return false;
	for (size_t k = 0; k < i; k++)
		if (mail->events[k].kind == LOG_QUEUED)
			return true;
	return false;
}

static bool
is_about_wanted(const struct trace_decision *d, const struct log_wanted *wanted)
{
	return log_wanted_is_to(wanted, d->row.account) ||
	       (d->known && log_wanted_is_to(wanted, d->recipient));
}

/* One about a message is the same for all its accounts, and told once; of
   those about recipients, the one that is asked for, if there is one. */
static bool
decision_counts(const struct trace_mail *mail, size_t i,
    const struct log_wanted *wanted)
{
	const struct trace_decision *d = mail->decisions[i];

	for (size_t k = 0; k < i; k++)
		if (strcmp(mail->decisions[k]->row.id, d->row.id) == 0)
			return false;
	if (wanted->to == NULL || trace_decision_is_end(d) ||
	    is_about_wanted(d, wanted))
		return true;
	for (size_t k = 0; k < mail->n_decisions; k++)
		if (!trace_decision_is_end(mail->decisions[k]) &&
		    is_about_wanted(mail->decisions[k], wanted))
			return false;
	return true;
}

static void
add_event(struct lines *l, const struct log_event *event)
{
	add_line(l, (struct trace_line){.at = event->at,
			.who = event->program,
			.rank = event->kind == LOG_CAME ? RANK_CAME : RANK_REST,
			.text = event_words(l->arena, event)});
}

size_t
trace_lines(struct arena *a, const struct trace_mail *mail,
    const struct log_wanted *wanted, struct trace_line **out)
{
	struct lines l = {.arena = a};
	size_t left_out = 0;

	for (size_t i = 0; i < mail->n_decisions; i++)
		if (decision_counts(mail, i, wanted))
			add_decision(&l, mail->decisions[i]);
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++) {
		const struct log_event *event = &mail->log->events[i];

		if (!trace_event_counts(mail, event, wanted) ||
		    is_again(mail->log, i))
			continue;
		if (is_between(mail->log, i)) {
			left_out++;
			continue;
		}
		if (left_out > 0 && event->kind == LOG_DEFERRED)
			add_line(&l,
			    (struct trace_line){.at = event->at,
				.who = event->program,
				.rank = RANK_REST,
				.text = arena_printf(a,
				    "%zu more attempts in between", left_out)});
		if (event->kind == LOG_DEFERRED)
			left_out = 0;
		add_event(&l, event);
	}
	*out = l.lines;
	return l.n;
}

/* ---- the end */

static const char *
whom_words(struct arena *a, const char *before, const char *address)
{
	return address == NULL ? ""
			       : arena_printf(a, "%s%s", before,
				     address[0] == '\0' ? "nobody" : address);
}

static const char *
tries_words(struct arena *a, const struct trace_end *end)
{
	return end->tries < 2 ? ""
			      : arena_printf(a, " (%u attempts)", end->tries);
}

static char *
refused_words(struct arena *a, const char *what, const struct trace_end *end)
{
	return arena_printf(a, "%s at %s%s%s", what,
	    end->step == NULL ? "some step" : end->step,
	    whom_words(a, ", to ", end->recipient), text_words(a, end->text));
}

char *
trace_end_words(struct arena *a, const struct trace_end *end)
{
	const char *text = text_words(a, end->text),
		   *to = whom_words(a, " to ", end->recipient),
		   *tries = tries_words(a, end);

	switch (end->where) {
	case TRACE_DELIVERED:
		return arena_printf(a, "delivered%s%s%s", to, tries, text);
	case TRACE_WAITS:
		return arena_printf(a, "waits in the queue%s%s%s",
		    whom_words(a, ", for ", end->recipient), tries, text);
	case TRACE_RETURNED:
		return arena_printf(a, "returned%s%s%s%s",
		    whom_words(a, " to ", end->returned),
		    whom_words(a, ", not delivered to ", end->recipient), tries,
		    text);
	case TRACE_REFUSED:
		return refused_words(a, "refused", end);
	case TRACE_PUT_OFF:
		return arena_printf(a, "%s - the sender's host tries again",
		    refused_words(a, "put off", end));
	case TRACE_HELD:
		return arena_printf(a, "held%s%s - postward held release %s",
		    whom_words(a, ", to ", end->recipient), text,
		    end->queue_id == NULL ? "QUEUE_ID" : end->queue_id);
	case TRACE_DELETED:
		return arena_printf(a, "deleted%s%s",
		    whom_words(a, ", to ", end->recipient), text);
	case TRACE_LOST:
		return arena_printf(a,
		    "not delivered%s, and nobody is told%s%s", to, tries, text);
	case TRACE_TAKEN:
		return arena_printf(a,
		    "accepted%s; the log here says no more "
		    "of it",
		    whom_words(a, " for ", end->recipient));
	case TRACE_NOTHING:
		return arena_printf(a,
		    "no message came%s: the client went "
		    "away, or somebody else refused it",
		    whom_words(a, " for ", end->recipient));
	}
	return NULL;
}

bool
trace_end_is_good(const struct trace_end *end)
{
	return end->where == TRACE_DELIVERED;
}

bool
trace_end_is_bad(const struct trace_end *end)
{
	return end->where == TRACE_REFUSED || end->where == TRACE_RETURNED ||
	       end->where == TRACE_LOST;
}
