/* SPDX-License-Identifier: MIT */
#include "message_report.h"

#include "base/str.h"
#include "store/db.h"

#include <string.h>

static bool
has_srs_recipient(const struct message *l)
{
	for (size_t i = 0; i < l->n_recipients; i++)
		if (l->recipients[i].is_srs)
			return true;
	return false;
}

bool
message_report_may_tell(const struct message *l)
{
	return l->rules->hide_targets && !l->rules->no_client &&
	       l->from.text[0] == '\0' && has_srs_recipient(l);
}

static bool
names_a_daemon(struct arena *a, const char *from)
{
	static const char *const names[] = {
	    "mailer-daemon", "postmaster", "mail delivery"};
	const char *lower = str_lower(a, from);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strstr(lower, names[i]) != NULL)
			return true;
	return false;
}

void
message_report_note_field(struct message *l, const char *name,
    const char *value)
{
	struct message_change *field;
	unsigned at = 1;

	if (l->n_noted++ >= FACTS_REPORT_FIELDS_MAX)
		return;
	for (size_t i = 0; i + 1 < l->n_noted; i++)
		at += header_is(l->noted[i].name, name);
	l->noted =
	    db_more(l->arena, l->noted, l->n_noted - 1, sizeof(*l->noted));
	field = &l->noted[l->n_noted - 1];
	*field = (struct message_change){arena_copy_text(l->arena, name), at,
	    arena_copy_text(l->arena, value)};
	if (header_is(name, "From") && names_a_daemon(l->arena, value))
		l->from_daemon = true;
}

bool
message_report_tells(struct message *l, const struct dsn_ours *ours,
    struct dsn_about *about)
{
	const char *type = l->report.header.type, *kind = NULL;
	bool known = dsn_read(l->arena, &l->report, ours, about);

	if (type != NULL && dsn_is_report(l->arena, type)) {
		kind = mime_parameter(l->arena, header_unfold(l->arena, type),
		    "report-type");
		known = known || kind == NULL ||
			!str_equal_fold(kind, "disposition-notification");
	}
	return known || l->from_daemon;
}

struct own_field {
	const char *name, *value;
	bool set;
};

/* Only what is no text of others: the date behind the last semicolon. */
static const char *
received_hidden(struct message *l, const char *value)
{
	const char *date = strrchr(value, ';');

	if (date == NULL || strlen(date) > 60 ||
	    strpbrk(date, "@=%(<\r\n") != NULL)
		date = "";
	return arena_printf(l->arena, "by %s%s", l->rules->hostname, date);
}

static const char *
value_hidden(struct message *l, const struct message_change *field,
    struct own_field *own, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!own[i].set && header_is(field->name, own[i].name)) {
			own[i].set = true;
			return own[i].value;
		}
	if (header_is(field->name, "Received"))
		return received_hidden(l, field->value);
	if (header_is(field->name, "Date") && field->at == 1 &&
	    strlen(field->value) < 60 && strpbrk(field->value, "@=%<") == NULL)
		return field->value;
	return NULL;
}

static const char *
subject_of(const struct dsn_about *about)
{
	if (about->action == NULL || strcmp(about->action, "failed") == 0)
		return "Undelivered Mail Returned to Sender";
	return strcmp(about->action, "delayed") == 0
		   ? "Delayed Mail (still being retried)"
		   : "Successful Mail Delivery Report";
}

static const char *
recipient_of(const struct message *l)
{
	for (size_t i = 0; i < l->n_recipients; i++)
		if (l->recipients[i].is_srs)
			return address_text(l->arena,
			    &l->recipients[i].address);
	return "";
}

void
message_report_replace(struct message *l, const struct dsn_about *about,
    struct stamp *d)
{
	struct arena *a = l->arena;
	const char *host = l->rules->hostname, *type;
	const char *body = dsn_compose(a, about, host, &type);
	struct own_field own[MESSAGE_REPORT_FIELDS] = {
	    {"From",
		arena_printf(a, "Mail Delivery System <MAILER-DAEMON@%s>",
		    host),
		false},
	    {"To", arena_printf(a, "<%s>", recipient_of(l)), false},
	    {"Subject", subject_of(about), false},
	    {"Message-ID",
		arena_printf(a, "<report.%s@%s>",
		    l->queue_id == NULL ? "0" : l->queue_id, host),
		false},
	    {"Auto-Submitted", "auto-replied", false},
	    {"MIME-Version", "1.0", false},
	    {"Content-Type", type, false},
	};
	size_t n = sizeof(own) / sizeof(*own);

	d->body = body;
	d->body_len = strlen(body);
	for (size_t i = 0; i < l->n_noted; i++)
		l->noted[i].value = value_hidden(l, &l->noted[i], own, n);
	/* All of them go with the others. */
	l->authres.n = l->received_spf.n = 0;
	d->changes = l->noted;
	d->n_changes = l->n_noted;
	for (size_t i = 0; i < n; i++)
		if (!own[i].set)
			d->fields[d->n_fields++] =
			    (struct stamp_field){own[i].name, own[i].value};
}
