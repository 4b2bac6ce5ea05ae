/* SPDX-License-Identifier: MIT */
/* `postward replay`: what another configuration would have decided. */
#include "command.h"
#include "listing.h"
#include "log_spool.h"
#include "moment.h"
#include "output.h"
#include "replay_output.h"
#include "replay_workers.h"

#include "base/clock.h"
#include "policy/decision_line.h"
#include "policy/decision_record.h"
#include "policy/judge.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SINCE_DEFAULT "7d"
/* A record has 32 kB at most (decision_keeper), a line of the log less. */
#define LINE_ROOM ((size_t)64 * 1024)

struct replaying {
	struct invocation *in;
	const struct settings *next;
	struct settings *present; /* NULL: next is compared with what was
				     decided */
	struct store *store;      /* of decisions; NULL: files are read */
	struct dns *dns;          /* NULL: nobody is asked */
	struct spf *spf;
	struct judge judge; /* of --live */
	struct replay_workers *workers;
	struct replay_batch *batch; /* that is being filled */
	int64_t since;
	pthread_mutex_t lock; /* guards what the workers change: */
	struct replay_tally *tally;
	bool had_lines;
};

/* ---- one decision */

/* A message is not there to be looked at again. */
static bool
can_ask(const struct replaying *r, const struct decision *d)
{
	return r->dns != NULL && d->facts.state == SMTP_RCPT;
}

static void
judge_live(const struct replaying *r, const struct decision *d,
    struct arena *scratch, struct rejudged *out)
{
	struct facts facts = d->facts;
	struct judgement judgement;

	facts_complete(&facts, scratch, r->next->policy.forwards->delimiter,
	    r->next->policy.hostname);
	judge_facts(&r->judge, &facts, NULL, scratch, &judgement);
	*out = (struct rejudged){
	    .verdict = judgement.verdict,
	    .findings = judgement.findings,
	    .n_findings = judgement.n_findings,
	};
}

static void
replay_one(struct replaying *r, const struct decision *d,
    const struct replay_record *record, struct arena *scratch)
{
	struct replay_case c = {
	    .decision = d, .account = record->account, .at = record->at};

	if (r->present == NULL)
		rejudge_not(d, &c.before);
	else
		rejudge(d, &r->present->policy, scratch, &c.before);
	if (can_ask(r, d))
		judge_live(r, d, scratch, &c.after);
	else
		rejudge(d, &r->next->policy, scratch, &c.after);
	pthread_mutex_lock(&r->lock);
	r->had_lines |= d->is_line;
	replay_tally_add(r->tally, &c);
	pthread_mutex_unlock(&r->lock);
}

static void
replay_record_read(void *context, const struct replay_record *record,
    struct arena *scratch)
{
	struct replaying *r = context;
	struct decision d;
	enum rc rc = record->account != NULL
			 ? decision_record_read(scratch, record->text, &d, NULL)
			 : decision_line_read(scratch, record->text, &d, NULL);

	if (rc == RC_OK)
		replay_one(r, &d, record, scratch);
	if (rc == RC_OK || rc == RC_NONE)
		return;
	pthread_mutex_lock(&r->lock);
	r->tally->unreadable++;
	pthread_mutex_unlock(&r->lock);
}

/* ---- reading */

static void
begin_reading(struct replaying *r)
{
	r->tally = replay_tally_new(r->in->arena);
	r->workers = replay_workers_start(replay_record_read, r);
	r->batch = replay_workers_take(r->workers);
}

static void
end_reading(struct replaying *r)
{
	replay_workers_put(r->workers, r->batch);
	replay_workers_end(r->workers);
}

static void
add_record(struct replaying *r, const struct replay_record *record)
{
	r->batch->records[r->batch->n++] = *record;
	if (r->batch->n < REPLAY_BATCH)
		return;
	replay_workers_put(r->workers, r->batch);
	r->batch = replay_workers_take(r->workers);
}

/* What was counted before a server was lost is counted anew. */
static enum rc
replay_rows(struct db *db, void *context, struct err *err)
{
	struct replaying *r = context;
	const struct decision_search search = {
	    .since = r->since, .before = INT64_MAX};
	struct decision_row row;
	struct db_row *rows;
	enum rc rc = decision_walk(db, &search, &rows, err);

	if (rc != RC_OK)
		return rc;
	begin_reading(r);
	while ((rc = decision_next(rows, r->batch->arena, &row, err)) ==
	       RC_OK) {
		const struct replay_record record = {
		    row.record, row.account, row.at};

		add_record(r, &record);
	}
	end_reading(r);
	db_end(rows);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
replay_store(struct replaying *r, struct err *err)
{
	const struct settings *of = r->present != NULL ? r->present : r->next;
	const char *since = r->in->options[OPTION_SINCE];
	enum rc rc = RC_OK;

	if (since == NULL)
		since = SINCE_DEFAULT;
	if (!moment_of(since, clock_now(), &r->since))
		return err_set(err, RC_PERM,
		    "--since %s: expected a period, such as 2d, or a time in "
		    "UTC, such as \"2026-11-29 08:00\"",
		    since);
	if (r->store == NULL)
		rc = listing_open_store(of, &r->store, err);
	return rc == RC_OK ? store_glance(r->store, replay_rows, r, err) : rc;
}

/* Reads a line without its end.  A NUL would hide what follows; the rest of a
   line that is too long is passed over.  false: there is no more. */
static bool
next_line(FILE *file, char *line)
{
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n')
		if (len + 1 < LINE_ROOM)
			line[len++] = c == '\0' ? '?' : (char)c;
	line[len] = '\0';
	return c != EOF || len > 0;
}

/* What is packed has no line that could be read, and would seem to tell that
   nothing changes. */
static enum rc
open_log(const char *name, FILE **out, struct err *err)
{
	const char *unpacker = log_spool_unpacker(name);

	if (unpacker != NULL)
		return err_set(err, RC_PERM,
		    "%s is packed: %s -dc %s | postward replay -", name,
		    unpacker, name);
	*out = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	return *out != NULL
		   ? RC_OK
		   : err_set(err, RC_PERM, "%s: %s", name, strerror(errno));
}

static enum rc
replay_file(struct replaying *r, const char *name, char *line, struct err *err)
{
	bool failed;
	FILE *file = NULL;

	if (open_log(name, &file, err) != RC_OK)
		return RC_PERM;
	errno = 0;
	while (next_line(file, line)) {
		const struct replay_record record = {
		    .text = arena_copy_text(r->batch->arena, line)};

		add_record(r, &record);
	}
	failed = ferror(file) != 0;
	if (failed)
		err_set(err, RC_PERM, "%s: %s", name, strerror(errno));
	if (file != stdin)
		fclose(file);
	return failed ? RC_PERM : RC_OK;
}

static enum rc
replay_files(struct replaying *r, struct err *err)
{
	char *line = arena_take(r->in->arena, LINE_ROOM);
	enum rc rc = RC_OK;

	begin_reading(r);
	for (int i = 0; i < r->in->n_arguments && rc == RC_OK; i++)
		rc = replay_file(r, r->in->arguments[i], line, err);
	end_reading(r);
	return rc;
}

/* ---- what is compared */

static size_t
count_configurations(const struct invocation *in, const char **first)
{
	size_t n = 0;

	*first = NULL;
	for (size_t i = 0; i < in->n_given; i++)
		if (in->given[i].id == OPTION_CONFIG && n++ == 0)
			*first = in->given[i].value;
	return n;
}

/* With two configurations, the first is the present one; with one, that is the
   usual file, if it is there and another one. */
static const char *
present_path(const struct invocation *in)
{
	const char *first;
	size_t n = count_configurations(in, &first);

	if (n > 1)
		return first;
	return n == 1 && strcmp(first, settings_default_path) != 0 &&
		       access(settings_default_path, F_OK) == 0
		   ? settings_default_path
		   : NULL;
}

static enum rc
open_live(struct replaying *r, struct err *err)
{
	struct settings *next = r->in->settings;
	enum rc rc;

	if (r->in->options[OPTION_LIVE] == NULL)
		return RC_OK;
	rc = next->lists_trouble == NULL
		 ? dns_open(&next->resolver, &r->dns, err)
		 : err_set(err, RC_TEMP, "%s", next->lists_trouble);
	if (rc == RC_OK && r->store == NULL)
		rc = settings_open_store(r->present != NULL ? r->present : next,
		    &r->store, err);
	if (rc != RC_OK)
		return rc;
	r->spf = spf_new(r->dns);
	r->judge = (struct judge){
	    .settings = &next->policy,
	    .dns = r->dns,
	    .store = r->store,
	    .spf = r->spf,
	};
	return RC_OK;
}

static enum rc
replay_all(struct replaying *r, struct err *err)
{
	const char *path = present_path(r->in);
	enum rc rc = RC_OK;

	if (path != NULL)
		rc = settings_open(path, &r->present, err);
	if (rc == RC_OK)
		rc = open_live(r, err);
	if (rc != RC_OK)
		return rc;
	return r->in->n_arguments > 0 ? replay_files(r, err)
				      : replay_store(r, err);
}

static void
replay_tell(struct replaying *r)
{
	const struct replay_told told = {
	    .tally = r->tally,
	    .before = r->present == NULL ? "as they were made"
					 : "by the present configuration",
	    .after =
		r->present == NULL ? "by this configuration" : "by the new one",
	    .live = r->dns != NULL,
	    .had_lines = r->had_lines,
	};

	if (r->in->options[OPTION_JSON] != NULL)
		replay_print_json(&told);
	else
		replay_print(r->in, &told);
}

int
replay_run(struct invocation *in)
{
	struct replaying r = {
	    .in = in,
	    .next = in->settings,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	};
	const char *first;
	struct err err;
	enum rc rc;

	if (count_configurations(in, &first) > 2) {
		output_wrong(in, "--config: expected the present configuration "
				 "and the new one, and no more");
		return EXIT_USAGE;
	}
	rc = replay_all(&r, &err);

	if (rc == RC_OK)
		replay_tell(&r);
	spf_free(r.spf);
	store_close(r.store);
	dns_close(r.dns);
	settings_free(r.present);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
