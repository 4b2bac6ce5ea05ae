/* SPDX-License-Identifier: MIT */
#include "trace_output.h"

#include "output.h"
#include "terminal.h"
#include "trace_words.h"

#include "base/str.h"
#include "policy/decision_record.h"

#include <stdio.h>
#include <string.h>

#define WHO_WIDTH  9
#define TIME_WIDTH 20

static const char *
event_recipient(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++) {
		const struct log_event *event = &mail->log->events[i];

		if (event->recipient != NULL &&
		    trace_event_counts(mail, event, wanted))
			return event->original == NULL ? event->recipient
						       : event->original;
	}
	return NULL;
}

/* Whom it was sent to, as far as one is known. */
static const char *
mail_recipient(const struct trace_mail *mail, const struct log_wanted *wanted)
{
	const char *to = NULL;

	for (size_t i = 0; i < mail->n_decisions; i++)
		if (mail->decisions[i]->known &&
		    mail->decisions[i]->recipient != NULL)
			to = mail->decisions[i]->recipient;
	if (to == NULL)
		to = event_recipient(mail, wanted);
	if (to == NULL && mail->n_decisions > 0)
		to = mail->decisions[0]->row.account;
	return to == NULL ? "?" : to;
}

static const char *
shown_address(struct arena *a, const char *address)
{
	return address == NULL      ? "?"
	       : address[0] == '\0' ? "<>"
				    : output_shown(a, address);
}

static void
print_head(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted)
{
	struct arena *a = in->arena;

	if (mail->before != NULL)
		printf("  What follows from it, %s, to %s\n",
		    output_shown(a, mail->queue_id),
		    shown_address(a,
			log_wanted_sender(a, mail_recipient(mail, wanted))));
	else
		printf("%s to %s%s%s\n", shown_address(a, mail->sender),
		    shown_address(a, mail_recipient(mail, wanted)),
		    mail->queue_id == NULL ? "" : ", ",
		    mail->queue_id == NULL ? ""
					   : output_shown(a, mail->queue_id));
}

/* How much of a text, which is ASCII mostly, goes on one line: up to a blank,
   or all of a word that is too long. */
static size_t
line_length(const char *text, size_t most)
{
	size_t at = strlen(text);

	if (at <= most)
		return at;
	for (at = most; at > 0 && text[at] != ' ';)
		at--;
	return at > 0 ? at : strcspn(text, " ");
}

/* On a terminal what is too long goes on below its beginning. */
static void
print_wrapped(const char *text, size_t indent)
{
	size_t width = terminal_width(), n;

	if (width < indent + 20) {
		printf("%s\n", text);
		return;
	}
	for (;;) {
		n = line_length(text, width - indent);
		printf("%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (*text == '\0')
			return;
		printf("%*s", (int)indent, "");
	}
}

static void
print_line(struct invocation *in, const struct trace_line *line)
{
	const char *time = output_time(in->arena, line->at);

	printf("  %-20s  %-*s  ", time == NULL ? "-" : time, WHO_WIDTH,
	    output_shown(in->arena, line->who));
	print_wrapped(output_shown(in->arena, line->text),
	    TIME_WIDTH + WHO_WIDTH + 6);
}

/* The last word is marked where marks are letters. */
static void
print_end(struct invocation *in, const struct trace_end *end)
{
	struct arena *a = in->arena;
	const char *words = output_shown(a, trace_end_words(a, end)),
		   *marked = trace_end_is_good(end)  ? terminal_good(a, words)
			     : trace_end_is_bad(end) ? terminal_failed(a, words)
						     : words;

	if (strcmp(marked, words) == 0)
		marked = arena_printf(a, "= %s", words);
	printf("  ");
	print_wrapped(marked, 4);
}

static const char *
other_host(const struct invocation *in, const struct trace_mail *mail)
{
	return mail->log == NULL && mail->n_decisions > 0 &&
		       strcmp(mail->decisions[0]->row.host,
			   in->settings->hostname) != 0
		   ? mail->decisions[0]->row.host
		   : NULL;
}

void
trace_print(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted, bool first)
{
	struct trace_line *lines;
	struct trace_end *ends;
	size_t n = trace_lines(in->arena, mail, wanted, &lines);
	const char *host = other_host(in, mail);

	if (!first && mail->before == NULL)
		printf("\n");
	print_head(in, mail, wanted);
	for (size_t i = 0; i < n; i++)
		print_line(in, &lines[i]);
	if (host != NULL)
		printf("  the log is at %s\n", output_shown(in->arena, host));
	n = trace_ends(in->arena, mail, wanted, &ends);
	for (size_t i = 0; i < mail->n_after; i++)
		trace_print(in, mail->after[i],
		    &(struct log_wanted){.delimiter = ""}, false);
	for (size_t i = 0; i < n; i++)
		print_end(in, &ends[i]);
}

/* ---- JSON */

static const char *
kind_name(enum log_event_kind kind)
{
	static const char *const names[] = {"came", "message-id", "refused",
	    "held", "discarded", "queued", "tried", "sent", "deferred",
	    "bounced", "expired", "returned", "warned", "released", "requeued",
	    "deleted", "removed", "other"};

	return names[kind];
}

static cJSON *
event_json(struct arena *a, const struct log_event *event)
{
	cJSON *o = cJSON_CreateObject();

	output_member(o, "time", output_time(a, event->at));
	output_member(o, "host", event->host);
	output_member(o, "program", event->program);
	output_member(o, "event", kind_name(event->kind));
	output_member(o, "client", event->client);
	output_member(o, "sender", event->sender);
	output_member(o, "recipient", event->recipient);
	output_member(o, "original_recipient", event->original);
	output_member(o, "relay", event->relay);
	output_member(o, "step", event->step);
	output_member(o, "text", event->text);
	output_member(o, "next_queue_id", event->other);
	return o;
}

static cJSON *
decision_json(struct arena *a, const struct trace_decision *d)
{
	const struct decision *said = trace_decision_said(a, d);
	cJSON *o = cJSON_CreateObject();

	output_member(o, "time", output_time(a, d->row.at));
	output_member(o, "host", d->row.host);
	output_member(o, "account", d->row.account);
	output_member(o, "action", decision_action_name(d->row.action));
	cJSON_AddItemToObject(o, "record",
	    said != NULL ? decision_record_json(a, said) : cJSON_CreateNull());
	return o;
}

static cJSON *
end_json(struct arena *a, const struct trace_end *end)
{
	cJSON *o = cJSON_CreateObject();

	output_member(o, "state", trace_where_name(end->where));
	output_member(o, "time", output_time(a, end->at));
	output_member(o, "recipient", end->recipient);
	output_member(o, "returned_to", end->returned);
	output_member(o, "step", end->step);
	cJSON_AddNumberToObject(o, "attempts", end->tries);
	output_member(o, "text", end->text);
	return o;
}

static void
add_mail_arrays(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted, cJSON *o)
{
	struct trace_end *ends;
	size_t n = trace_ends(in->arena, mail, wanted, &ends);
	cJSON *all = cJSON_AddArrayToObject(o, "ends");

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(all, end_json(in->arena, &ends[i]));
	all = cJSON_AddArrayToObject(o, "decisions");
	for (size_t i = 0; i < mail->n_decisions; i++)
		cJSON_AddItemToArray(all,
		    decision_json(in->arena, mail->decisions[i]));
	all = cJSON_AddArrayToObject(o, "log");
	for (size_t i = 0; mail->log != NULL && i < mail->log->n; i++)
		cJSON_AddItemToArray(all,
		    event_json(in->arena, &mail->log->events[i]));
}

cJSON *
trace_json(struct invocation *in, const struct trace_mail *mail,
    const struct log_wanted *wanted)
{
	cJSON *o = cJSON_CreateObject(), *all;

	output_member(o, "queue_id", mail->queue_id);
	output_member(o, "time", output_time(in->arena, mail->at));
	output_member(o, "sender", mail->sender);
	output_member(o, "recipient", mail_recipient(mail, wanted));
	output_member(o, "message_id", mail->message_id);
	add_mail_arrays(in, mail, wanted, o);
	all = cJSON_AddArrayToObject(o, "after");
	for (size_t i = 0; i < mail->n_after; i++)
		cJSON_AddItemToArray(all,
		    trace_json(in, mail->after[i],
			&(struct log_wanted){.delimiter = ""}));
	return o;
}
