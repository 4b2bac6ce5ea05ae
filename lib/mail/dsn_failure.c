/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/private/dsn_target.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n"

/* A text part is not searched further for words. */
#define TEXT_LINES_MAX 100

/* Of one recipient (RFC 3464 2.3). */
struct dsn_group {
	const char *action, *status, *diagnostic, *final, *original;
};

struct dsn_reading {
	struct arena *arena;
	struct mime_part status; /* text NULL: none */
	struct mime_part words;  /* the first text; the same */
};

static bool
is_delivery_status(const char *type)
{
	static const char *const types[] = {
	    "message/delivery-status",        /* RFC 3464 */
	    "message/global-delivery-status", /* RFC 6533 */
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool
visit_part(void *context, const struct mime_part *part)
{
	struct dsn_reading *r = context;

	if (is_delivery_status(part->type))
		r->status = *part;
	else if (r->words.text == NULL && strcmp(part->type, "text/plain") == 0)
		r->words = *part;
	return r->status.text == NULL;
}

/* The actions that tell of a failure for good; "expired" is no word of RFC
   3464, but one that is written.  What follows it is a comment. */
static bool
group_has_failed(const struct dsn_group *g)
{
	static const char *const actions[] = {"failed", "expired"};

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		size_t len = strlen(actions[i]);

		if (g->action != NULL &&
		    str_starts_fold(g->action, actions[i]) &&
		    (g->action[len] == '\0' ||
			strchr(" \t(;", g->action[len]) != NULL))
			return true;
	}
	return false;
}

static void
group_read(struct arena *a, struct dsn_group *g, const char *field, size_t len)
{
	const struct {
		const char *name, **value;
	} fields[] = {
	    {"Action", &g->action},
	    {"Status", &g->status},
	    {"Diagnostic-Code", &g->diagnostic},
	    {"Final-Recipient", &g->final},
	    {"Original-Recipient", &g->original},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (*fields[i].value == NULL)
			*fields[i].value =
			    mime_field_value(a, field, len, fields[i].name);
}

/* The first group that tells of a failure. */
static bool
find_failed(struct arena *a, const struct mime_part *status,
    struct dsn_group *g)
{
	const char *p = status->text, *end = p + status->len, *field;
	size_t len;

	*g = (struct dsn_group){0};
	while ((field = mime_field(&p, end, &len)) != NULL) {
		if (len > 0)
			group_read(a, g, field, len);
		else if (group_has_failed(g))
			return true;
		else
			*g = (struct dsn_group){0};
	}
	return group_has_failed(g);
}

/* The lines of a text, trimmed; NULL: over. */
static const char *
next_line(struct arena *a, const char **p, const char *end)
{
	const char *line = *p, *newline, *stop;

	if (line >= end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(end - line));
	stop = newline == NULL ? end : newline;
	*p = newline == NULL ? end : newline + 1;
	while (line < stop && strchr(SPACE, *line) != NULL)
		line++;
	while (stop > line && strchr(SPACE, stop[-1]) != NULL)
		stop--;
	return arena_copy_bytes(a, line, (size_t)(stop - line));
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* What begins the words about a recipient: Exim's "... address(es) failed:",
   or the address itself in QSBMF. */
static bool
line_leads_to_words(const char *line)
{
	return ends_with(line, "failed:") ||
	       (line[0] == '<' && ends_with(line, ">:"));
}

/* "Reporting-MTA: ..." is for machines. */
static bool
line_is_field(const char *line)
{
	size_t word = strcspn(line, SPACE);

	return word > 0 && line[word - 1] == ':' && line[word] != '\0';
}

/* Behind such a line what is said, up to an empty one; an address on a line of
   its own says nothing.  Else the first line of all. */
static const char *
words_of(struct arena *a, const struct mime_part *text)
{
	const char *p = text->text, *end = p + text->len, *line, *first = NULL;
	bool leads = false;
	struct str s;

	str_init(&s, a);
	for (size_t i = 0;
	     i < TEXT_LINES_MAX && (line = next_line(a, &p, end)) != NULL;
	     i++) {
		if (first == NULL && line[0] != '\0' && !line_is_field(line))
			first = line;
		if (!leads)
			leads = line_leads_to_words(line);
		else if (line[0] == '\0' && s.len > 0)
			break;
		else if (strchr(line, ' ') != NULL)
			str_addf(&s, "%s%s", s.len > 0 ? " " : "", line);
	}
	if (s.len > 0)
		return s.text;
	return first != NULL ? first : "";
}

/* QSBMF, the text of qmail: no MIME, and only ever of a failure. */
static bool
is_qsbmf(struct arena *a, const struct mime_part *text)
{
	const char *p = text->text, *end = p + text->len, *line;

	while ((line = next_line(a, &p, end)) != NULL && line[0] == '\0')
		;
	return line != NULL && str_starts_fold(line, "Hi. This is the");
}

static char *
failure_text(struct arena *a, const char *status, const char *why)
{
	const char *between = status[0] != '\0' && why[0] != '\0' ? " " : "";
	const char *text = arena_printf(a, "%s%s%s", status, between, why);

	if (text[0] == '\0')
		text = "failed";
	return str_printable(a, text, strlen(text), DSN_FAILURE_MAX);
}

char *
dsn_failure(struct arena *a, const struct dsn_message *message)
{
	struct dsn_reading r = {.arena = a};
	struct dsn_group g;
	const char *words = "";

	mime_walk(a, &message->header, message->body, message->len, visit_part,
	    &r);
	if (r.words.text != NULL)
		words = words_of(a, &r.words);
	if (r.status.text != NULL) {
		if (!find_failed(a, &r.status, &g))
			return NULL;
		return failure_text(a, g.status != NULL ? g.status : "",
		    g.diagnostic != NULL ? g.diagnostic : words);
	}
	/* Exim before it wrote notifications of RFC 3464, and its imitators. */
	if (message->failed_recipients ||
	    (r.words.text != NULL && is_qsbmf(a, &r.words)))
		return failure_text(a, "", words);
	return NULL;
}

/* ---- what somebody else's is about */

struct dsn_asking {
	struct dsn_reading reading;
	const struct dsn_ours *ours;
	const char *account;
};

static bool
visit_about(void *context, const struct mime_part *part)
{
	struct dsn_asking *asking = context;

	if (asking->reading.status.text == NULL)
		visit_part(&asking->reading, part);
	if (asking->account == NULL)
		asking->account = dsn_account_in(asking->reading.arena,
		    part->text, part->len, asking->ours);
	return true;
}

/* "5.1.1" and no other text; NULL. */
static const char *
status_code(struct arena *a, const char *status)
{
	size_t len = status == NULL ? 0 : strspn(status, "0123456789.");

	return len >= 5 && len <= 9 && strchr("245", status[0]) != NULL
		   ? arena_copy_bytes(a, status, len)
		   : NULL;
}

static const char *
action_word(const struct dsn_group *g)
{
	static const char *const words[] = {
	    "failed", "delayed", "delivered", "relayed", "expanded"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (g->action != NULL && str_starts_fold(g->action, words[i]))
			return words[i];
	return group_has_failed(g) ? "failed" : NULL;
}

/* The first group with an action, if none has failed. */
static void
find_any(struct arena *a, const struct mime_part *status, struct dsn_group *g)
{
	const char *p = status->text, *end = p + status->len, *field;
	size_t len;

	if (find_failed(a, status, g))
		return;
	*g = (struct dsn_group){0};
	while ((field = mime_field(&p, end, &len)) != NULL) {
		if (len > 0)
			group_read(a, g, field, len);
		else if (g->action != NULL)
			return;
	}
}

bool
dsn_read(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, struct dsn_about *out)
{
	struct dsn_asking asking = {.reading = {.arena = a}, .ours = ours};
	struct dsn_group g = {0};

	mime_walk(a, &message->header, message->body, message->len, visit_about,
	    &asking);
	*out = (struct dsn_about){.account = asking.account};
	if (asking.reading.status.text != NULL) {
		find_any(a, &asking.reading.status, &g);
		out->action = action_word(&g);
		out->status = status_code(a, g.status);
		return true;
	}
	if (dsn_failure(a, message) == NULL)
		return false;
	out->action = "failed";
	return true;
}

/* ---- which recipients have failed */

struct dsn_failing {
	struct dsn_reading reading;
	const struct dsn_ours *ours;
	struct dsn_failures *out;
};

/* Of "rfc822; ann@mailbox.example" the address; NULL: there is none. */
static const char *
recipient_address(struct arena *a, const char *value)
{
	const char *type = value == NULL ? NULL : strchr(value, ';');
	struct address address;

	if (type == NULL)
		return NULL;
	type += 1 + strspn(type + 1, SPACE);
	return address_read(a, type, &address, NULL) == RC_OK &&
		       address.domain[0] != '\0'
		   ? address_text(a, &address)
		   : NULL;
}

static void
failures_add(struct dsn_failing *f, const struct dsn_group *g)
{
	struct arena *a = f->reading.arena;
	struct dsn_failures *out = f->out;

	if (out->n < DSN_FAILED_MAX && group_has_failed(g))
		out->failed[out->n++] = (struct dsn_failed){
		    .recipient = recipient_address(a, g->final),
		    .original = recipient_address(a, g->original),
		    .status = status_code(a, g->status),
		};
}

static void
failures_read_status(struct dsn_failing *f)
{
	const struct mime_part *status = &f->reading.status;
	const char *p = status->text, *end = p + status->len, *field;
	struct dsn_group g = {0};
	size_t len;

	while ((field = mime_field(&p, end, &len)) != NULL) {
		if (len == 0) {
			failures_add(f, &g);
			g = (struct dsn_group){0};
			continue;
		}
		group_read(f->reading.arena, &g, field, len);
		if (f->out->queue_id == NULL)
			f->out->queue_id = mime_field_value(f->reading.arena,
			    field, len, "X-Postfix-Queue-ID");
	}
	failures_add(f, &g);
}

/* The header of the message that is returned. */
static void
failures_read_returned(struct dsn_failing *f, const struct mime_part *part)
{
	struct arena *a = f->reading.arena;
	const char *p = part->text, *end = p + part->len, *field;
	size_t len;

	while (f->out->message_id == NULL &&
	       (field = mime_field(&p, end, &len)) != NULL && len > 0)
		f->out->message_id =
		    mime_field_value(a, field, len, "Message-ID");
	f->out->account = dsn_account_in(a, part->text, part->len, f->ours);
}

static bool
visit_failures(void *context, const struct mime_part *part)
{
	static const char *const returned[] = {"message/rfc822",
	    "message/global", "text/rfc822-headers", "message/global-headers"};
	struct dsn_failing *f = context;

	if (f->reading.status.text == NULL) {
		visit_part(&f->reading, part);
		return true;
	}
	for (size_t i = 0; i < sizeof(returned) / sizeof(*returned); i++)
		if (strcmp(part->type, returned[i]) == 0) {
			failures_read_returned(f, part);
			return false;
		}
	return true;
}

bool
dsn_read_failures(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, struct dsn_failures *out)
{
	struct dsn_failing f = {{.arena = a}, ours, out};

	*out = (struct dsn_failures){0};
	mime_walk(a, &message->header, message->body, message->len,
	    visit_failures, &f);
	if (f.reading.status.text != NULL)
		failures_read_status(&f);
	return out->n > 0;
}
