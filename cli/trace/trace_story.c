/* SPDX-License-Identifier: MIT */
#include "trace_story.h"

#include "base/ip.h"
#include "base/str.h"
#include "policy/decision_record.h"

#include <stdlib.h>
#include <string.h>

/* Between the first word of a client and the end of its message, and between
   two programs that write down the same thing. */
#define SESSION_SECONDS 900
#define SAME_SECONDS    5

struct join {
	struct arena *arena;
	struct trace_mails *out;
	size_t room;
};

static struct trace_mail *
add_trace_mail(struct join *j, const struct trace_mail *mail)
{
	struct trace_mails *out = j->out;
	struct trace_mail *copy = arena_take(j->arena, sizeof(*copy));

	*copy = *mail;
	if (out->n == j->room) {
		size_t room = j->room == 0 ? 64 : 2 * j->room;
		struct trace_mail **mails =
		    arena_take_array(j->arena, room, sizeof(copy));

		if (out->n > 0)
			memcpy(mails, out->mails, out->n * sizeof(copy));
		out->mails = mails;
		j->room = room;
	}
	out->mails[out->n++] = copy;
	return copy;
}

static bool
is_later(const struct trace_decision *one, const struct trace_decision *other)
{
	return one->row.at > other->row.at ||
	       (one->row.at == other->row.at && trace_decision_is_end(one) &&
		   !trace_decision_is_end(other));
}

static void
attach_decision(struct join *j, struct trace_mail *mail,
    const struct trace_decision *decision)
{
	const struct trace_decision **all = arena_take_array(j->arena,
	    mail->n_decisions + 1, sizeof(struct trace_decision *));
	size_t at = mail->n_decisions;

	if (at > 0)
		memcpy(all, mail->decisions,
		    at * sizeof(struct trace_decision *));
	for (; at > 0 && is_later(all[at - 1], decision); at--)
		all[at] = all[at - 1];
	all[at] = decision;
	mail->decisions = all;
	mail->n_decisions++;
	if (decision->known && decision->sender != NULL)
		mail->sender = decision->sender;
	if (decision->row.at < mail->at)
		mail->at = decision->row.at;
}

const struct decision *
trace_decision_said(struct arena *a, const struct trace_decision *decision)
{
	struct decision *said;

	if (!decision->known)
		return NULL;
	said = arena_take(a, sizeof(*said));
	return decision_record_read(a, decision->row.record, said, NULL) ==
		       RC_OK
		   ? said
		   : NULL;
}

bool
trace_decision_is_end(const struct trace_decision *decision)
{
	return decision->row.queue_id != NULL &&
	       (!decision->known || decision->state == SMTP_END_OF_MESSAGE);
}

/* ---- mail of the log */

static const char *
event_sender(struct arena *a, const struct log_mail *mail)
{
	for (size_t i = 0; i < mail->n; i++)
		if (mail->events[i].sender != NULL)
			return log_wanted_sender(a, mail->events[i].sender);
	return NULL;
}

static const char *
event_message_id(const struct log_mail *mail)
{
	for (size_t i = 0; i < mail->n; i++)
		if (mail->events[i].kind == LOG_MESSAGE_ID)
			return mail->events[i].text;
	return NULL;
}

static void
add_log_mails(struct join *j, const struct log_mails *log)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct log_mail *mail = &log->mails[i];

		add_trace_mail(j,
		    &(struct trace_mail){.queue_id = mail->queue_id,
			.log = mail,
			.at = mail->events[0].at,
			.sender = event_sender(j->arena, mail),
			.message_id = event_message_id(mail)});
	}
}

/* ---- decisions about whole messages */

static bool
has_time(const struct trace_mail *mail, int64_t at)
{
	int64_t first = mail->at, last = mail->at;

	if (mail->log != NULL && mail->log->n > 0)
		last = mail->log->events[mail->log->n - 1].at;
	return at >= first - SESSION_SECONDS && at <= last + SESSION_SECONDS;
}

static struct trace_mail *
mail_of_id(const struct join *j, const char *queue_id, int64_t at)
{
	for (size_t i = 0; i < j->out->n; i++) {
		struct trace_mail *mail = j->out->mails[i];

		if (mail->queue_id != NULL &&
		    strcmp(mail->queue_id, queue_id) == 0 && has_time(mail, at))
			return mail;
	}
	return NULL;
}

static void
join_end(struct join *j, const struct trace_decision *decision)
{
	const struct decision_row *row = &decision->row;
	struct trace_mail *mail = mail_of_id(j, row->queue_id, row->at);

	if (mail == NULL)
		mail = add_trace_mail(j,
		    &(struct trace_mail){.queue_id = row->queue_id,
			.at = row->at,
			.sender = row->sender});
	attach_decision(j, mail, decision);
}

/* ---- decisions about a recipient */

static bool
is_client(struct arena *a, const struct trace_decision *decision,
    const char *client)
{
	const char *at =
	    client == NULL ? NULL
			   : strstr(client, arena_printf(a, "[%s]",
						ip_text(a, &decision->client)));

	return !decision->known || at != NULL;
}

static bool
is_near(int64_t a, int64_t b, int64_t seconds)
{
	return a - b <= seconds && b - a <= seconds;
}

/* The line that says the same. */
static bool
refuses_it(struct arena *a, const struct log_event *event,
    const struct trace_decision *decision)
{
	const char *to = decision->recipient;

	return event->kind == LOG_REFUSED &&
	       is_near(event->at, decision->row.at, SAME_SECONDS) &&
	       event->recipient != NULL && to != NULL &&
	       str_equal_fold(event->recipient, to) &&
	       is_client(a, decision, event->client);
}

static struct trace_mail *
mail_that_refuses(const struct join *j, const struct trace_decision *decision)
{
	for (size_t i = 0; i < j->out->n; i++) {
		const struct log_mail *log = j->out->mails[i]->log;

		for (size_t k = 0; log != NULL && k < log->n; k++)
			if (refuses_it(j->arena, &log->events[k], decision))
				return j->out->mails[i];
	}
	return NULL;
}

/* "4d2.6565a5e4.9a.0": a process of Postfix, in hexadecimal. */
static int64_t
instance_pid(const struct trace_decision *decision)
{
	const char *instance = decision->known ? decision->instance : NULL;
	char *end;
	long long pid = instance == NULL ? -1 : strtoll(instance, &end, 16);

	return pid > 0 && *end == '.' ? (int64_t)pid : -1;
}

static bool
is_its_session(struct arena *a, const struct log_event *event,
    const struct trace_decision *decision)
{
	int64_t pid = instance_pid(decision);

	return event->kind == LOG_CAME &&
	       is_client(a, decision, event->client) &&
	       (pid < 0 || event->pid < 0 || pid == event->pid);
}

static bool
is_same_message(const struct trace_decision *one,
    const struct trace_decision *end)
{
	const char *from = one->row.sender, *other = end->row.sender;

	return trace_decision_is_end(end) && end->row.at >= one->row.at &&
	       end->row.at - one->row.at <= SESSION_SECONDS &&
	       strcmp(one->row.host, end->row.host) == 0 && from != NULL &&
	       other != NULL && strcmp(from, other) == 0 &&
	       (!one->known || !end->known ||
		   ip_equal(&one->client, &end->client));
}

/* Without a decision about the message the log must have the same sender, and
   the same process of Postfix at the same time. */
static bool
came_so(const struct join *j, const struct trace_mail *mail,
    const struct trace_decision *decision)
{
	const struct log_event *came =
	    mail->log == NULL || mail->queue_id == NULL ? NULL
							: mail->log->events;
	const char *from = decision->row.sender;

	return came != NULL && came->kind == LOG_CAME &&
	       instance_pid(decision) == came->pid &&
	       is_its_session(j->arena, came, decision) &&
	       is_near(came->at, decision->row.at, SAME_SECONDS) &&
	       (mail->sender == NULL || from == NULL ||
		   str_equal_fold(mail->sender, from));
}

/* How long after the decision the mail came; -1: it is another one.  The number
   of a process chooses among several; alone it says nothing, as it is another
   one where a container is looked at from outside. */
static int64_t
seconds_until(const struct join *j, const struct trace_mail *mail,
    const struct trace_decision *decision)
{
	const struct log_event *came =
	    mail->log == NULL ? NULL : mail->log->events;
	bool judged = false, other_process;

	if (!is_near(mail->at, decision->row.at, 2 * SESSION_SECONDS))
		return -1;
	other_process = came != NULL && came->kind == LOG_CAME &&
			!is_its_session(j->arena, came, decision);
	for (size_t i = 0; i < mail->n_decisions; i++) {
		const struct trace_decision *other = mail->decisions[i];

		judged |= trace_decision_is_end(other);
		if (is_same_message(decision, other))
			return other->row.at - decision->row.at +
			       (other_process ? SESSION_SECONDS : 0);
	}
	return !judged && came_so(j, mail, decision) ? 2 * SESSION_SECONDS : -1;
}

static struct trace_mail *
mail_that_came(const struct join *j, const struct trace_decision *decision)
{
	struct trace_mail *best = NULL;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < j->out->n; i++) {
		int64_t after = seconds_until(j, j->out->mails[i], decision);

		if (after >= 0 && after < least) {
			best = j->out->mails[i];
			least = after;
		}
	}
	return best;
}

/* Several recipients of one session that nothing else is known of.  These mails
   stand last, by their times. */
static struct trace_mail *
mail_of_instance(const struct join *j, const struct trace_decision *decision)
{
	const char *instance = decision->known ? decision->instance : NULL;

	for (size_t i = j->out->n; instance != NULL && i > 0; i--) {
		struct trace_mail *mail = j->out->mails[i - 1];
		const struct trace_decision *other =
		    mail->n_decisions > 0 ? mail->decisions[0] : NULL;

		if (mail->queue_id != NULL || mail->log != NULL ||
		    mail->at < decision->row.at - SESSION_SECONDS)
			break;
		if (other != NULL && other->known && other->instance != NULL &&
		    strcmp(instance, other->instance) == 0)
			return mail;
	}
	return NULL;
}

static void
join_recipient(struct join *j, const struct trace_decision *decision)
{
	bool accepted = decision->row.action == DECISION_ACCEPT ||
			decision->row.action == DECISION_HOLD;
	struct trace_mail *mail = accepted ? mail_that_came(j, decision)
					   : mail_that_refuses(j, decision);

	if (mail == NULL)
		mail = mail_of_instance(j, decision);
	if (mail == NULL)
		mail = add_trace_mail(j,
		    &(struct trace_mail){.at = decision->row.at,
			.sender = decision->row.sender});
	attach_decision(j, mail, decision);
}

/* ---- what follows */

static void
link_mails(struct join *j, struct trace_mail *first, struct trace_mail *next)
{
	struct trace_mail **all = arena_take_array(j->arena, first->n_after + 1,
	    sizeof(struct trace_mail *));

	if (first == next || next->before != NULL)
		return;
	/* Never in a circle. */
	for (const struct trace_mail *m = first; m != NULL; m = m->before)
		if (m == next)
			return;
	if (first->n_after > 0)
		memcpy(all, first->after,
		    first->n_after * sizeof(struct trace_mail *));
	all[first->n_after++] = next;
	first->after = all;
	next->before = first;
}

static void
link_events(struct join *j, struct trace_mail *mail)
{
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++) {
		const struct log_event *event = &mail->log->events[i];
		struct trace_mail *other =
		    event->other == NULL
			? NULL
			: mail_of_id(j, event->other, event->at);

		if (other != NULL && event->kind == LOG_CAME)
			link_mails(j, other, mail);
		else if (other != NULL)
			link_mails(j, mail, other);
	}
}

static int
compare_trace_mails(const void *left, const void *right)
{
	const struct trace_mail *const *a = left, *const *b = right;

	return ((*a)->at > (*b)->at) - ((*a)->at < (*b)->at);
}

void
trace_join(struct arena *a, const struct trace_decision *const *decisions,
    size_t n_decisions, const struct log_mails *log, struct trace_mails *out)
{
	struct join j = {.arena = a, .out = out};

	*out = (struct trace_mails){0};
	add_log_mails(&j, log);
	for (size_t i = 0; i < n_decisions; i++)
		if (trace_decision_is_end(decisions[i]))
			join_end(&j, decisions[i]);
	for (size_t i = 0; i < n_decisions; i++)
		if (!trace_decision_is_end(decisions[i]))
			join_recipient(&j, decisions[i]);
	for (size_t i = 0; i < out->n; i++)
		link_events(&j, out->mails[i]);
	if (out->n > 0)
		qsort(out->mails, out->n, sizeof(struct trace_mail *),
		    compare_trace_mails);
}

/* ---- which are wanted */

static bool
fits_to(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++)
		if (log_wanted_is_to(wanted, mail->log->events[i].recipient) ||
		    log_wanted_is_to(wanted, mail->log->events[i].original))
			return true;
	for (size_t i = 0; i < mail->n_decisions; i++) {
		const struct trace_decision *d = mail->decisions[i];

		if (log_wanted_is_to(wanted, d->row.account) ||
		    (d->known && log_wanted_is_to(wanted, d->recipient)))
			return true;
	}
	return false;
}

static bool
fits_from(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++)
		if (log_wanted_is_from(wanted, mail->log->events[i].sender))
			return true;
	for (size_t i = 0; i < mail->n_decisions; i++)
		if (log_wanted_is_from(wanted, mail->decisions[i]->row.sender))
			return true;
	return false;
}

static bool
fits_itself(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	return (wanted->to == NULL || fits_to(mail, wanted)) &&
	       (wanted->from == NULL || fits_from(mail, wanted)) &&
	       (wanted->queue_id == NULL ||
		   (mail->queue_id != NULL &&
		       strcmp(mail->queue_id, wanted->queue_id) == 0));
}

bool
trace_mail_fits(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	if (fits_itself(mail, wanted))
		return true;
	for (size_t i = 0; i < mail->n_after; i++)
		if (trace_mail_fits(mail->after[i], wanted))
			return true;
	return false;
}
