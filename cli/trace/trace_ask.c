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
	struct arena *arena;
	struct trace_decisions *out;
	const struct decision_search *searches;
	size_t n;
};

static bool
is_there(const struct trace_decisions *d, const struct decision_row *row)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->all[i].row.at == row->at &&
		    strcmp(d->all[i].row.id, row->id) == 0 &&
		    strcmp(d->all[i].row.account, row->account) == 0)
			return true;
	return false;
}

/* Whoever refuses says so: a record without that was not written by us, or is
   not whole. */
static bool
read_record(struct arena *a, const struct decision_row *row,
    struct decision *out)
{
	bool refuses =
	    row->action == DECISION_REJECT || row->action == DECISION_DEFER;

	if (decision_record_read(a, row->record, out, NULL) != RC_OK)
		return false;
	refuses |= out->verdict.action != VERDICT_ACCEPT;
	return !refuses || out->verdict.reply.code != 0;
}

static void
take_decision(struct trace_decisions *d, struct arena *a,
    const struct decision_row *row)
{
	struct trace_decision one = {.row = *row};
	size_t at = d->n;

	if (d->n == d->room) {
		struct trace_decision *more;

		d->room = d->room == 0 ? 64 : 2 * d->room;
		more = arena_take_array(a, d->room, sizeof(*more));
		if (d->n > 0)
			memcpy(more, d->all, d->n * sizeof(*more));
		d->all = more;
	}
	one.known = read_record(a, row, &one.said);
	for (; at > 0 && d->all[at - 1].row.at > row->at; at--)
		d->all[at] = d->all[at - 1];
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
		if (!is_there(r->out, &row))
			take_decision(r->out, r->arena, &row);
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
	struct reading_decisions r = {in->arena, out, searches, n};

	for (size_t i = 0; i < n; i++)
		searches[i] = (struct decision_search){
		    .account = accounts[i],
		    .sender = wanted->from,
		    .queue_id = wanted->queue_id,
		    .since = wanted->since,
		    .before = wanted->before,
		};
	return store_do(store, read_decisions, &r, err);
}

#define BEFORE_SECONDS 900 /* of a session, before its message has an id */
#define AFTER_SECONDS  60

static enum rc
read_more(struct invocation *in, struct store *store,
    const struct decision_search *searches, size_t n,
    struct trace_decisions *out, struct err *err)
{
	struct reading_decisions r = {in->arena, out, searches, n};

	return store_do(store, read_decisions, &r, err);
}

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
	return read_more(in, store, searches, n, out, err);
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
		const struct decision_row *row = &out->all[i].row;

		if (trace_decision_is_end(&out->all[i]))
			searches[n++] = (struct decision_search){
			    .account = row->account,
			    .sender = row->sender,
			    .since = row->at - BEFORE_SECONDS,
			    .before = row->at + 1,
			};
	}
	return read_more(in, store, searches, n, out, err);
}

enum rc
trace_decisions_more(struct invocation *in, struct store *store,
    const struct log_mails *log, struct trace_decisions *out, struct err *err)
{
	enum rc rc = read_ends(in, store, log, out, err);

	return rc == RC_OK ? read_beginnings(in, store, out, err) : rc;
}
