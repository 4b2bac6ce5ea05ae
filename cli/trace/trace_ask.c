/* SPDX-License-Identifier: MIT */
#include "trace_ask.h"

#include "moment.h"
#include "output.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/typed.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "policy/decision_record.h"

#include <string.h>

#define SINCE_DEFAULT "7d"

/* ---- options */

static bool
read_times(struct invocation *in, struct log_wanted *out)
{
	const char *since = in->options[OPTION_SINCE],
		   *until = in->options[OPTION_UNTIL];
	int64_t now = clock_now();

	since = since == NULL ? SINCE_DEFAULT : since;
	out->before = INT64_MAX;
	if (!moment_of(since, now, &out->since)) {
		output_wrong(in,
		    "--since %s: expected a period, such as 2d, or a time in "
		    "UTC, such as \"2026-11-29 08:00\"",
		    since);
		return false;
	}
	if (until != NULL && !moment_of(until, now, &out->before)) {
		output_wrong(in,
		    "--until %s: expected a period, such as 2h, or a time in "
		    "UTC, such as \"2026-11-29 08:00\"",
		    until);
		return false;
	}
	if (out->before != INT64_MAX)
		out->before++; /* that second is meant, too */
	if (out->since < out->before)
		return true;
	output_wrong(in, "--until is before --since");
	return false;
}

/* "ann@remotes.club" as tables have it; "@remotes.club": all of a domain. */
static bool
read_address(struct invocation *in, enum option_id option, const char **out)
{
	const char *text = in->options[option];
	struct address address = {0};
	struct err err = {{0}};
	enum rc rc;

	*out = NULL;
	if (text == NULL)
		return true;
	text = typed_trim(in->arena, text);
	if (text[0] == '@' && option == OPTION_TO) {
		const char *domain;

		rc = domain_read(in->arena, text + 1, &domain, &err);
		*out =
		    rc == RC_OK ? arena_printf(in->arena, "@%s", domain) : NULL;
	} else {
		rc = address_read(in->arena, text, &address, &err);
		*out = rc == RC_OK ? address_key(in->arena, &address) : NULL;
	}
	if (rc == RC_NONE && option == OPTION_FROM)
		*out = "";
	if (*out != NULL)
		return true;
	output_wrong(in, "--%s %s: expected an address%s%s",
	    option_table[option].name, text, err.text[0] == '\0' ? "" : ": ",
	    err.text);
	return false;
}

static bool
read_queue_id(struct invocation *in, struct log_wanted *out)
{
	const char *id = in->options[OPTION_QUEUE_ID];

	out->queue_id = id;
	if (id == NULL || postfix_log_is_id(id, strlen(id)))
		return true;
	output_wrong(in, "--queue-id %s: that is no queue id of Postfix", id);
	return false;
}

bool
trace_ask_read(struct invocation *in, struct log_wanted *out)
{
	const char *delimiter = in->settings->forwards.delimiter;

	*out = (struct log_wanted){
	    .delimiter = delimiter == NULL ? "" : delimiter};
	if (!read_address(in, OPTION_TO, &out->to) ||
	    !read_address(in, OPTION_FROM, &out->from) ||
	    !read_queue_id(in, out) || !read_times(in, out))
		return false;
	if (out->to != NULL || out->from != NULL || out->queue_id != NULL)
		return true;
	output_wrong(in, "which mail? Say --to, --from or --queue-id");
	return false;
}

/* ---- decisions */

struct reading_decisions {
	struct arena *arena, *scratch;
	struct trace_decisions *out;
	const struct decision_search *searches;
	size_t n;
};

/* The first place behind those of that time, or of earlier ones. */
static size_t
place_behind(const struct trace_decisions *d, int64_t time)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->all[middle]->row.at <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_there(const struct trace_decisions *d, const struct decision_row *row,
    size_t behind)
{
	for (size_t i = behind; i > 0 && d->all[i - 1]->row.at == row->at; i--)
		if (strcmp(d->all[i - 1]->row.id, row->id) == 0 &&
		    strcmp(d->all[i - 1]->row.account, row->account) == 0)
			return true;
	return false;
}

/* What of its record joins it with a mail.  Whoever refuses says so: a record
   without that was not written by us, or is not whole. */
static void
read_record(struct reading_decisions *r, struct trace_decision *d)
{
	struct decision said;
	const struct facts *facts = &said.facts;
	bool refuses =
	    d->row.action == DECISION_REJECT || d->row.action == DECISION_DEFER;

	if (decision_record_read(r->scratch, d->row.record, &said, NULL) !=
	    RC_OK)
		return;
	refuses |= said.verdict.action != VERDICT_ACCEPT;
	d->known = !refuses || said.verdict.reply.code != 0;
	d->state = facts->state;
	d->client = facts->client;
	d->sender = arena_copy_text(r->arena, facts->sender);
	d->recipient = arena_copy_text(r->arena, facts->recipient);
	d->instance = arena_copy_text(r->arena, facts->instance);
}

static void
make_room(struct trace_decisions *d, struct arena *a)
{
	const struct trace_decision **more;

	if (d->n < d->room)
		return;
	d->room = d->room == 0 ? 64 : 2 * d->room;
	more = arena_take_array(a, d->room, sizeof(*more));
	if (d->n > 0)
		memcpy(more, d->all, d->n * sizeof(*more));
	d->all = more;
}

static void
take_decision(struct reading_decisions *r, const struct decision_row *row)
{
	struct trace_decisions *d = r->out;
	struct trace_decision *one;
	size_t at = place_behind(d, row->at);

	if (is_there(d, row, at))
		return;
	one = arena_take(r->arena, sizeof(*one));
	one->row = *row;
	read_record(r, one);
	arena_reset(r->scratch);
	make_room(d, r->arena);
	memmove(d->all + at + 1, d->all + at, (d->n - at) * sizeof(*d->all));
	d->all[at] = one;
	d->n++;
}

static enum rc
walk_decisions(struct db *db, struct reading_decisions *r,
    const struct decision_search *search, struct err *err)
{
	struct db_row *rows;
	struct decision_row row;
	enum rc rc = decision_walk(db, search, &rows, err);

	if (rc != RC_OK)
		return rc;
	while ((rc = decision_next(rows, r->arena, &row, err)) == RC_OK) {
		if (r->out->n == TRACE_DECISIONS_MAX) {
			r->out->cut = true;
			break;
		}
		take_decision(r, &row);
	}
	db_end(rows);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
read_decisions(struct db *db, void *context, struct err *err)
{
	struct reading_decisions *r = context;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->n && rc == RC_OK; i++)
		rc = walk_decisions(db, r, &r->searches[i], err);
	return rc;
}

static enum rc
search_decisions(struct invocation *in, struct store *store,
    const struct decision_search *searches, size_t n,
    struct trace_decisions *out, struct err *err)
{
	struct reading_decisions r = {in->arena, arena_new(), out, searches, n};
	enum rc rc = store_do(store, read_decisions, &r, err);

	arena_free(r.scratch);
	return rc;
}

/* Rows have the account's address; for a catch-all, the recipient's. */
static size_t
accounts_of(struct arena *a, const struct log_wanted *wanted,
    const char *out[2])
{
	const char *at = strrchr(wanted->to, '@');
	size_t n = 0, name;

	out[n++] = wanted->to;
	if (at == NULL || at == wanted->to)
		return n;
	name = wanted->delimiter[0] == '\0'
		   ? (size_t)(at - wanted->to)
		   : strcspn(wanted->to, wanted->delimiter);
	if (name > 0 && wanted->to + name < at)
		out[n++] = arena_printf(a, "%.*s%s", (int)name, wanted->to, at);
	return n;
}

enum rc
trace_decisions_read(struct invocation *in, struct store *store,
    const struct log_wanted *wanted, struct trace_decisions *out,
    struct err *err)
{
	const char *accounts[2] = {NULL};
	size_t n =
	    wanted->to == NULL ? 1 : accounts_of(in->arena, wanted, accounts);
	struct decision_search searches[2];

	for (size_t i = 0; i < n; i++)
		searches[i] = (struct decision_search){
		    .account = accounts[i],
		    .sender = wanted->from,
		    .queue_id = wanted->queue_id,
		    .since = wanted->since,
		    .before = wanted->before,
		};
	return search_decisions(in, store, searches, n, out, err);
}

#define BEFORE_SECONDS 900 /* of a session, before its message has an id */
#define AFTER_SECONDS  60

/* Those at the end of each message, by its id. */
static enum rc
read_ends(struct invocation *in, struct store *store,
    const struct log_mails *log, struct trace_decisions *out, struct err *err)
{
	struct decision_search *searches =
	    arena_take_array(in->arena, log->n + 1, sizeof(*searches));
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++) {
		const struct log_mail *mail = &log->mails[i];

		if (mail->queue_id != NULL)
			searches[n++] = (struct decision_search){
			    .queue_id = mail->queue_id,
			    .since = mail->events[0].at - BEFORE_SECONDS,
			    .before =
				mail->events[mail->n - 1].at + AFTER_SECONDS,
			};
	}
	return search_decisions(in, store, searches, n, out, err);
}

/* And those before, about its recipients, which have no id. */
static enum rc
read_beginnings(struct invocation *in, struct store *store,
    struct trace_decisions *out, struct err *err)
{
	struct decision_search *searches =
	    arena_take_array(in->arena, out->n + 1, sizeof(*searches));
	size_t n = 0;

	for (size_t i = 0; i < out->n; i++) {
		const struct decision_row *row = &out->all[i]->row;

		if (trace_decision_is_end(out->all[i]))
			searches[n++] = (struct decision_search){
			    .account = row->account,
			    .sender = row->sender,
			    .since = row->at - BEFORE_SECONDS,
			    .before = row->at + 1,
			};
	}
	return search_decisions(in, store, searches, n, out, err);
}

enum rc
trace_decisions_more(struct invocation *in, struct store *store,
    const struct log_mails *log, struct trace_decisions *out, struct err *err)
{
	enum rc rc = read_ends(in, store, log, out, err);

	return rc == RC_OK ? read_beginnings(in, store, out, err) : rc;
}
