/* SPDX-License-Identifier: MIT */
#include "postfix_log_event.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* A line is read by the first row that fits: program (NULL: any), and how its
   text begins. */
struct event_row {
	const char *program, *beginning;
	enum log_event_kind kind;
	bool (*read)(struct arena *a, struct log_text text,
	    struct log_event *out);
};

static const char *
field_copy(struct arena *a, struct log_text text, const char *key)
{
	struct log_text value;

	return postfix_log_field(text, key, &value) ? log_text_copy(a, value)
						    : NULL;
}

static struct log_text
text_behind(struct log_text text, size_t n)
{
	n = n < text.len ? n : text.len;
	return (struct log_text){text.bytes + n, text.len - n};
}

static struct log_text
text_before(struct log_text text, const char *end)
{
	text.len = log_text_find(text, end);
	return text;
}

static bool
read_nothing(struct arena *a, struct log_text text, struct log_event *out)
{
	(void)a;
	(void)text;
	(void)out;
	return true;
}

static bool
read_client(struct arena *a, struct log_text text, struct log_event *out)
{
	out->client = field_copy(a, text, "client");
	out->other = field_copy(a, text, "orig_queue_id");
	return true;
}

static bool
read_local(struct arena *a, struct log_text text, struct log_event *out)
{
	out->sender = field_copy(a, text, "from");
	out->other = field_copy(a, text, "orig_id");
	out->text = field_copy(a, text, "uid");
	return true;
}

static bool
read_message_id(struct arena *a, struct log_text text, struct log_event *out)
{
	out->text = field_copy(a, text, "message-id");
	return true;
}

static bool
read_queued(struct arena *a, struct log_text text, struct log_event *out)
{
	out->sender = field_copy(a, text, "from");
	if (log_text_find(text, "status=expired") < text.len ||
	    log_text_find(text, "status=force-expired") < text.len)
		out->kind = LOG_EXPIRED;
	return true;
}

/* "RCPT from a.example[192.0.2.1]: 550 5.1.1 text; from=<a> to=<b> ...", of
   cleanup's own tables "header Subject: x from ...; from=<a> to=<b>: 5.7.1 y".
   A recipient in the text may say what he likes, and is no field. */
static bool
read_refusal(struct arena *a, struct log_text text, struct log_event *out)
{
	size_t step = log_text_find(text, " from "),
	       fields = log_text_find(text, "; from=<"), reply;
	struct log_text rest = text_behind(text, step + strlen(" from "));

	if (step == text.len)
		return false;
	out->step = log_text_copy(a, (struct log_text){text.bytes, step});
	rest = text_before(rest, "; from=<");
	reply = log_text_find(rest, "]: ");
	if (reply == rest.len) /* postscreen: "[192.0.2.1]:4711: 550 ..." */
		reply = log_text_find(rest, ": ");
	else
		reply++;
	out->client = log_text_copy(a, (struct log_text){rest.bytes, reply});
	out->text = log_text_copy(a, text_behind(rest, reply + strlen(": ")));
	rest = text_behind(text, fields + strlen("; "));
	out->sender = field_copy(a, rest, "from");
	out->recipient = field_copy(a, rest, "to");
	return true;
}

static bool
read_said(struct arena *a, struct log_text text, struct log_event *out)
{
	out->text = log_text_copy(a, text);
	return true;
}

/* "sender non-delivery notification: 4XbY..." */
static bool
read_notification(struct arena *a, struct log_text text, struct log_event *out)
{
	size_t at = log_text_find(text, ": ");
	struct log_text id = text_behind(text, at + strlen(": "));

	if (!postfix_log_is_id(id.bytes, id.len))
		return false;
	out->other = log_text_copy(a, id);
	return true;
}

static const struct {
	const char *name;
	enum log_event_kind kind;
} statuses[] = {
    {"sent", LOG_SENT},
    {"deferred", LOG_DEFERRED},
    {"bounced", LOG_BOUNCED},
    {"undeliverable", LOG_OTHER},
    {"deliverable", LOG_OTHER},
    {"expired", LOG_EXPIRED},
};

/* What stands in the parentheses behind it. */
static bool
read_status(struct arena *a, struct log_text text, struct log_event *out)
{
	struct log_text status;
	size_t i = 0, n = sizeof(statuses) / sizeof(*statuses);

	if (!postfix_log_field(text, "status", &status))
		return false;
	while (i < n && !log_text_equal(status, statuses[i].name))
		i++;
	out->kind = i < n ? statuses[i].kind : LOG_OTHER;
	status.bytes += status.len;
	status.len = (size_t)(text.bytes + text.len - status.bytes);
	if (log_text_starts(status, " ("))
		status = text_behind(status, 2);
	if (status.len > 0 && status.bytes[status.len - 1] == ')')
		status.len--;
	out->text = log_text_copy(a, status);
	return true;
}

static bool
is_loopback(const char *relay)
{
	return relay != NULL && (strstr(relay, "[127.") != NULL ||
				    strstr(relay, "[::1]") != NULL ||
				    strstr(relay, "[private/") != NULL);
}

/* A content filter on this machine gives the mail back with another id. */
static const char *
queued_as(struct arena *a, const struct log_event *event)
{
	const char *at = is_loopback(event->relay) && event->text != NULL
			     ? strstr(event->text, "queued as ")
			     : NULL;
	size_t len;

	if (at == NULL || event->kind != LOG_SENT)
		return NULL;
	at += strlen("queued as ");
	len = strcspn(at, " )");
	return postfix_log_is_id(at, len) ? arena_copy_bytes(a, at, len) : NULL;
}

static bool
read_attempt(struct arena *a, struct log_text text, struct log_event *out)
{
	const char *delay;

	if (!read_status(a, text, out))
		return false;
	/* The text in parentheses is a stranger's, and has no fields. */
	text = text_before(text, " status=");
	out->recipient = field_copy(a, text, "to");
	out->original = field_copy(a, text, "orig_to");
	out->relay = field_copy(a, text, "relay");
	delay = field_copy(a, text, "delay");
	out->delay = delay == NULL ? -1 : strtoll(delay, NULL, 10);
	out->other = queued_as(a, out);
	return true;
}

static const struct event_row event_rows[] = {
    {NULL, "to=<", LOG_SENT, read_attempt},
    {NULL, "client=", LOG_CAME, read_client},
    {"pickup", "uid=", LOG_CAME, read_local},
    {"cleanup", "message-id=", LOG_MESSAGE_ID, read_message_id},
    {NULL, "reject: ", LOG_REFUSED, read_refusal},
    {NULL, "milter-reject: ", LOG_REFUSED, read_refusal},
    {NULL, "milter-hold: ", LOG_HELD, read_refusal},
    {NULL, "hold: ", LOG_HELD, read_refusal},
    {NULL, "milter-discard: ", LOG_DISCARDED, read_refusal},
    {NULL, "discard: ", LOG_DISCARDED, read_refusal},
    {"qmgr", "from=<", LOG_QUEUED, read_queued},
    {"qmgr", "removed", LOG_REMOVED, read_nothing},
    {"postsuper", "removed", LOG_DELETED, read_nothing},
    {"postsuper", "released from hold", LOG_RELEASED, read_nothing},
    {"postsuper", "placed on hold", LOG_HELD, read_nothing},
    {"postsuper", "requeued", LOG_REQUEUED, read_nothing},
    {"bounce", "sender non-delivery notification: ", LOG_RETURNED,
	read_notification},
    {"bounce", "sender delay notification: ", LOG_WARNED, read_notification},
    {"smtp", "host ", LOG_TRIED, read_said},
    {"lmtp", "host ", LOG_TRIED, read_said},
    {NULL, "", LOG_OTHER, read_said},
};

static bool
row_fits(const struct event_row *row, const struct postfix_log_line *line)
{
	return (row->program == NULL ||
		   log_text_equal(line->program, row->program)) &&
	       log_text_starts(line->text, row->beginning);
}

/* "smtpd" of "postfix/smtpd"; "submission/smtpd" of a service that has a name
   of its own. */
static const char *
program_shown(struct arena *a, const struct postfix_log_line *line)
{
	size_t first = log_text_find(line->tag, "/");

	return log_text_copy(a, text_behind(line->tag, first + 1));
}

/* Rows that want to see the fields themselves see the whole text. */
static struct log_text
row_text(const struct event_row *row, struct log_text text)
{
	size_t n = strlen(row->beginning);

	return n >= 2 && strcmp(row->beginning + n - 2, ": ") == 0 &&
		       row->read == read_refusal
		   ? text_behind(text, n)
		   : text;
}

bool
postfix_log_event_read(struct arena *a, const char *line, size_t len,
    int64_t latest, struct log_event *out)
{
	struct postfix_log_line parts;
	const struct event_row *row = event_rows;

	*out = (struct log_event){.delay = -1};
	if (!postfix_log_line_read(line, len, &parts) ||
	    parts.queue_id.len == 0)
		return false;
	out->at = postfix_log_time(line, len, latest);
	while (!row_fits(row, &parts))
		row++;
	out->kind = row->kind;
	if (!row->read(a, row_text(row, parts.text), out)) {
		*out = (struct log_event){
		    .kind = LOG_OTHER, .at = out->at, .delay = -1};
		read_said(a, parts.text, out);
	}
	out->pid = parts.pid;
	out->host = log_text_copy(a, parts.host);
	out->program = program_shown(a, &parts);
	out->queue_id = log_text_equal(parts.queue_id, "NOQUEUE")
			    ? NULL
			    : log_text_copy(a, parts.queue_id);
	return true;
}

bool
log_event_is_put_off(const struct log_event *event)
{
	return event->text != NULL && event->text[0] == '4';
}
