/* SPDX-License-Identifier: MIT */
/* `postward trace`: what became of a mail. */
#include "listing.h"
#include "log_place.h"
#include "output.h"
#include "trace_ask.h"
#include "trace_output.h"

#include <stdio.h>
#include <string.h>

struct tracing {
	struct invocation *in;
	struct log_wanted wanted;
	struct log_place place;
	struct log_mails log;
	struct trace_decisions decisions;
	struct trace_mails mails;
	struct store *store;       /* NULL: it cannot be opened */
	const char *store_trouble; /* NULL: none */
	const char *log_trouble;   /* NULL: there is a log */
};

static void
note_store(struct tracing *t, enum rc rc, const struct err *err)
{
	if (rc != RC_OK && t->store_trouble == NULL)
		t->store_trouble = arena_copy_text(t->in->arena, err->text);
}

/* The queue ids of decisions of this machine. */
static size_t
known_ids(const struct tracing *t, struct log_known **out)
{
	const char *host = t->in->settings->hostname;
	size_t n = 0;

	*out =
	    arena_take_array(t->in->arena, t->decisions.n + 1, sizeof(**out));
	for (size_t i = 0; i < t->decisions.n; i++) {
		const struct decision_row *row = &t->decisions.all[i]->row;

		if (row->queue_id != NULL && strcmp(row->host, host) == 0 &&
		    postfix_log_is_id(row->queue_id, strlen(row->queue_id)))
			(*out)[n++] =
			    (struct log_known){row->queue_id, row->at};
	}
	return n;
}

static void
trace_gather(struct tracing *t)
{
	struct invocation *in = t->in;
	struct log_known *known;
	size_t n_known;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &t->store, &err);

	if (rc == RC_OK)
		rc = trace_decisions_read(in, t->store, &t->wanted,
		    &t->decisions, &err);
	note_store(t, rc, &err);
	n_known = known_ids(t, &known);
	if (log_place_open(in, t->wanted.since, t->wanted.before, &t->place,
		&err) != RC_OK)
		t->log_trouble = arena_copy_text(in->arena, err.text);
	if (t->place.files.n > 0)
		log_follow(in->arena, &t->place.files, &t->wanted, known,
		    n_known, &t->log);
	if (t->store != NULL && t->store_trouble == NULL)
		note_store(t,
		    trace_decisions_more(in, t->store, &t->log, &t->decisions,
			&err),
		    &err);
	trace_join(in->arena, t->decisions.all, t->decisions.n, &t->log,
	    &t->mails);
}

static bool
is_told(const struct tracing *t, const struct trace_mail *mail)
{
	return mail->before == NULL && trace_mail_fits(mail, &t->wanted);
}

/* Each story has memory of its own: there may be twenty thousand. */
static size_t
print_stories(const struct tracing *t)
{
	struct invocation in = *t->in;
	size_t told = 0;

	in.arena = arena_new();
	for (size_t i = 0; i < t->mails.n; i++)
		if (is_told(t, t->mails.mails[i])) {
			trace_print(&in, t->mails.mails[i], &t->wanted,
			    told++ == 0);
			arena_reset(in.arena);
		}
	arena_free(in.arena);
	return told;
}

static size_t
print_json(const struct tracing *t)
{
	struct listing *l = listing_open(t->in, NULL, 0);
	struct invocation in = *t->in;
	size_t told = 0;

	in.arena = listing_arena(l);
	for (size_t i = 0; i < t->mails.n; i++)
		if (is_told(t, t->mails.mails[i])) {
			listing_add_json(l,
			    trace_json(&in, t->mails.mails[i], &t->wanted));
			told++;
		}
	listing_close(l, RC_OK, NULL);
	return told;
}

/* What is missing in the stories is said behind them. */
static void
say_troubles(const struct tracing *t)
{
	const struct invocation *in = t->in;

	if (t->store_trouble != NULL)
		output_wrong(in, "decisions cannot be read, only the log: %s",
		    t->store_trouble);
	if (t->log_trouble != NULL)
		output_wrong(in, "Postfix' log cannot be read: %s",
		    t->log_trouble);
	else if (t->place.trouble != NULL)
		output_wrong(in, "of Postfix' log a part cannot be read: %s",
		    t->place.trouble);
	if (t->log.wrong != NULL)
		output_wrong(in, "%s: a part cannot be read any more",
		    t->log.wrong);
	if (t->log.cut || t->decisions.cut)
		output_wrong(in, "there is more; ask for less: --since, "
				 "--until");
}

static int
trace_status(const struct tracing *t, size_t told)
{
	if (told > 0)
		return EXIT_DONE;
	if (t->log_trouble != NULL ||
	    (t->store_trouble != NULL && t->log.n == 0))
		return EXIT_TRY_LATER;
	if (t->in->options[OPTION_JSON] == NULL)
		output_wrong(t->in,
		    "no such mail in %s, nor among the "
		    "decisions that are kept",
		    t->place.what);
	return EXIT_NO;
}

int
trace_run(struct invocation *in)
{
	struct tracing t = {.in = in};
	size_t told;

	if (!trace_ask_read(in, &t.wanted))
		return EXIT_USAGE;
	trace_gather(&t);
	told = in->options[OPTION_JSON] != NULL ? print_json(&t)
						: print_stories(&t);
	say_troubles(&t);
	log_files_close(&t.place.files);
	store_close(t.store);
	return trace_status(&t, told);
}
