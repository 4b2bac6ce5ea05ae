/* SPDX-License-Identifier: MIT */
#include "program/private/decision_keeper_work.h"

#include "base/clock.h"
#include "base/log.h"
#include "policy/decision_record.h"
#include "program/snapshot.h"
#include "store/decision_table.h"
#include "store/temp_store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOW   ((int64_t)1800000000)
#define DAY_S ((int64_t)86400)

static const char *ann[] = {"ann@remotes.club"};

/* A keeper whose thread is the test. */
struct stage {
	struct temp_store *temp;
	struct snapshots *snapshots;
	struct snapshot *snapshot;
	struct decision_keeper *keeper;
	struct arena *arena;
	int64_t kept, lost[4]; /* before the test */
};

static struct settings *
settings_of(struct stage *s, const char *decisions)
{
	const char *path = arena_printf(s->arena, "%s/conf", s->temp->folder);
	const char *text = arena_printf(s->arena,
	    "hostname = \"mx.remotes.club\"\ndomains = { \"remotes.club\" }\n"
	    "resolver { servers = { \"127.0.0.1\" } }\n"
	    "store { url = \"%s\" }\ndecisions { %s }\n",
	    s->temp->url, decisions);
	FILE *f = fopen(path, "w");
	struct settings *settings;
	struct err err;

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	if (settings_open(path, &settings, &err) != RC_OK)
		fail_msg("%s", err.text);
	return settings;
}

static void
stage_open(struct stage *s, struct temp_store *t, const char *decisions)
{
	struct err err;

	clock_set(NOW, 5000);
	*s = (struct stage){.temp = t, .arena = arena_new()};
	if (snapshots_open(settings_of(s, decisions), &s->snapshots, &err) !=
	    RC_OK)
		fail_msg("%s", err.text);
	s->snapshot = snapshots_acquire(s->snapshots, NULL);
	s->keeper = s->snapshot->keeper;
	decision_keeper_begin(s->keeper, s->snapshots);
	s->kept = metric_value(&decisions_kept, 0);
	for (size_t i = 0; i < COUNT(s->lost); i++)
		s->lost[i] = metric_value(&decisions_lost, i);
}

static void
stage_close(struct stage *s)
{
	snapshots_release(s->snapshots, s->snapshot);
	snapshots_close(s->snapshots);
	arena_free(s->arena);
}

static int64_t
lost(const struct stage *s, size_t why)
{
	return metric_value(&decisions_lost, why) - s->lost[why];
}

static struct decision
refusal(void)
{
	static const struct finding found[] = {
	    {.check = "helo_unknown", .outcome = FINDING_HIT, .why = "none"}};

	return (struct decision){
	    .facts = {.state = SMTP_RCPT,
		.sender = "Sue@Example.org",
		.sender_key = "Sue@example.org",
		.recipient = "ann@remotes.club"},
	    .findings = found,
	    .n_findings = 1,
	    .verdict = {.action = VERDICT_REJECT,
		.reply = {550, "7.1", "no"},
		.decider = found},
	};
}

static void
keep_refusals(struct stage *s, size_t n)
{
	const struct decision d = refusal();

	for (size_t i = 0; i < n; i++)
		decision_keep(s->snapshot, s->arena, &d, ann, 1);
}

static enum rc
write_batch(struct stage *s)
{
	struct err err;

	return decision_writer_batch(&s->keeper->writer, s->snapshot->store,
	    s->snapshot->settings->hostname, &err);
}

static void
write_all(struct stage *s)
{
	while (write_batch(s) == RC_OK)
		;
}

static int64_t
rows_in_store(struct stage *s)
{
	struct db *db = temp_store_take(s->temp);
	int64_t n = -1;

	CHECK(decision_count(db, 0, INT64_MAX, &n, NULL) == RC_OK, "count");
	store_give(s->temp->store, db);
	return n;
}

static void
writes_a_row_for_each_account(void **state)
{
	static const char *both[] = {"ann@remotes.club", "bob@remotes.club"};
	const struct decision_search all = {.before = INT64_MAX};
	struct decision_row rows[2];
	struct decision d = refusal(), read;
	struct db_row *walk;
	struct stage s;
	struct db *db;

	stage_open(&s, *state, "");
	d.facts.queue_id = "4ABC";
	decision_keep(s.snapshot, s.arena, &d, both, 2);
	decision_keep(s.snapshot, s.arena, &d, both, 0);
	write_all(&s);
	db = temp_store_take(s.temp);
	assert_int_equal(decision_walk(db, &all, &walk, NULL), RC_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(decision_next(walk, s.arena, &rows[i], NULL),
		    RC_OK);
		assert_string_equal(rows[i].account, both[i]);
		assert_int_equal(rows[i].at, NOW);
		assert_int_equal(rows[i].action, DECISION_REJECT);
		assert_string_equal(rows[i].sender, "Sue@example.org");
		assert_string_equal(rows[i].queue_id, "4ABC");
		assert_string_equal(rows[i].host, "mx.remotes.club");
	}
	assert_int_equal(decision_next(walk, s.arena, &rows[0], NULL), RC_NONE);
	db_end(walk);
	store_give(s.temp->store, db);
	assert_string_equal(rows[0].id, rows[1].id);
	assert_int_equal(decision_record_read(s.arena, rows[1].record, &read,
			     NULL),
	    RC_OK);
	assert_string_equal(read.facts.sender, "Sue@Example.org");
	assert_int_equal(metric_value(&decisions_kept, 0) - s.kept, 2);
	stage_close(&s);
}

static void
tells_what_was_done(void **state)
{
	static const struct {
		const char *name;
		enum verdict_action action;
		const char *fate;
		bool shadow;
		enum decision_action kept;
	} rows[] = {
	    {"accepted", VERDICT_ACCEPT, NULL, false, DECISION_ACCEPT},
	    {"signed", VERDICT_ACCEPT, "sign", false, DECISION_ACCEPT},
	    {"held", VERDICT_ACCEPT, "hold", false, DECISION_HOLD},
	    {"shadow", VERDICT_ACCEPT, "hold", true, DECISION_ACCEPT},
	    {"put off", VERDICT_DEFER, "hold", false, DECISION_DEFER},
	    {"refused", VERDICT_REJECT, NULL, false, DECISION_REJECT},
	};
	struct stage s;

	stage_open(&s, *state, "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decision d = refusal();
		struct decision_waiting *w;

		d.verdict.action = rows[i].action;
		d.fate = rows[i].fate;
		d.fate_shadow = rows[i].shadow;
		decision_keep(s.snapshot, s.arena, &d, ann, 1);
		w = decision_queue_take(s.keeper->writer.queue);
		CHECK(w != NULL && w->action == rows[i].kept, rows[i].name);
		decision_queue_leave(s.keeper->writer.queue, w);
	}
	stage_close(&s);
}

static void
strange_texts_are_kept(void **state)
{
	struct decision d = refusal();
	struct stage s;
	char *text;

	stage_open(&s, *state, "");
	text = arena_take(s.arena, 60000);
	memset(text, 'x', 59999);
	d.facts.sender_key = NULL;
	d.facts.sender = "\xff\xfe not \x80 UTF-8\n";
	d.facts.queue_id = "\xff";
	decision_keep(s.snapshot, s.arena, &d, ann, 1);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 1);
	/* Longer than a column of MariaDB. */
	d.facts.sender = text;
	decision_keep(s.snapshot, s.arena, &d, ann, 1);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 1);
	assert_int_equal(lost(&s, DECISIONS_LOST_LONG), 1);
	stage_close(&s);
}

static void
is_off_when_nothing_is_to_be_kept(void **state)
{
	struct stage s;

	stage_open(&s, *state, "keep = 0s");
	keep_refusals(&s, 3);
	assert_int_equal(decision_queue_rows(s.keeper->writer.queue), 0);
	for (size_t i = 0; i < COUNT(s.lost); i++)
		assert_int_equal(lost(&s, i), 0);
	stage_close(&s);
}

static void
batches_are_small(void **state)
{
	const char **many;
	struct decision d = refusal();
	struct stage s;

	stage_open(&s, *state, "");
	many = arena_take_array(s.arena, 500, sizeof(*many));
	for (int i = 0; i < 500; i++)
		many[i] = arena_printf(s.arena, "u%d@remotes.club", i);
	keep_refusals(&s, 10);
	decision_keep(s.snapshot, s.arena, &d, many, 500);
	keep_refusals(&s, 10);
	assert_int_equal(write_batch(&s), RC_OK);
	assert_int_equal(rows_in_store(&s), DECISION_BATCH_ROWS);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 520);
	assert_int_equal(decision_queue_rows(s.keeper->writer.queue), 0);
	stage_close(&s);
}

/* A wrong clock, another program, a restart: what counts is in the store. */
static void
a_day_has_an_end(void **state)
{
	struct stage s;

	stage_open(&s, *state, "per-day = 10");
	keep_refusals(&s, 15);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 10);
	assert_int_equal(lost(&s, DECISIONS_LOST_DAY), 5);
	decision_keeper_count(s.keeper, s.snapshot);
	assert_true(atomic_load(&s.keeper->room) <= 0);
	stage_close(&s);

	stage_open(&s, *state, "per-day = 10");
	decision_keeper_count(s.keeper, s.snapshot);
	keep_refusals(&s, 1);
	assert_int_equal(lost(&s, DECISIONS_LOST_DAY), 1);
	/* The clock goes back for an hour, or a year: there are those rows. */
	clock_set(NOW - 365 * DAY_S, 9000);
	decision_keeper_count(s.keeper, s.snapshot);
	keep_refusals(&s, 1);
	assert_int_equal(lost(&s, DECISIONS_LOST_DAY), 2);
	clock_set(NOW + DAY_S + 1, 9000);
	decision_keeper_count(s.keeper, s.snapshot);
	keep_refusals(&s, 1);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 11);
	stage_close(&s);
}

static void
more_than_fits_is_lost(void **state)
{
	struct stage s;

	stage_open(&s, *state, "");
	keep_refusals(&s, DECISION_QUEUE_ROWS + 7);
	assert_int_equal(lost(&s, DECISIONS_LOST_QUEUE), 7);
	stage_close(&s);
}

static void
a_store_that_is_locked_is_tried_again(void **state)
{
	struct temp_store *t = *state;
	struct stage s;
	struct db *locked;

	needs_a_file();
	stage_open(&s, t, "");
	store_set_deadline(0);
	keep_refusals(&s, 300);
	locked = temp_store_take(t);
	assert_int_equal(db_begin(locked, NULL), RC_OK);
	assert_int_equal(write_batch(&s), RC_TEMP);
	assert_int_equal(lost(&s, DECISIONS_LOST_STORE), 0);
	db_abandon(locked);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 300);
	/* Not for ever: what comes later has room again. */
	keep_refusals(&s, 300);
	assert_int_equal(db_begin(locked, NULL), RC_OK);
	for (int i = 0; i < DECISION_TRIES; i++)
		assert_int_equal(write_batch(&s), RC_TEMP);
	db_abandon(locked);
	store_give(t->store, locked);
	assert_int_equal(lost(&s, DECISIONS_LOST_STORE), DECISION_BATCH_ROWS);
	write_all(&s);
	assert_int_equal(rows_in_store(&s), 600 - DECISION_BATCH_ROWS);
	assert_int_equal(lost(&s, DECISIONS_LOST_STORE), DECISION_BATCH_ROWS);
	store_set_deadline(INT64_MAX);
	stage_close(&s);
}

/* Of a server, that is: who changes a forward does not wait for this, nor this
   for him. */
static void
writers_who_take_turns_are_not_waited_for(void **state)
{
	struct temp_store *t = *state;
	struct stage s;
	struct db *writer;

	if (getenv("POSTWARD_TEST_STORE") == NULL)
		skip();
	stage_open(&s, t, "");
	keep_refusals(&s, 3);
	writer = temp_store_take(t);
	assert_int_equal(db_begin(writer, NULL), RC_OK);
	assert_int_equal(write_batch(&s), RC_OK);
	db_abandon(writer);
	store_give(t->store, writer);
	assert_int_equal(rows_in_store(&s), 3);
	stage_close(&s);
}

static void
the_thread_writes_and_ends(void **state)
{
	struct timespec real;
	struct stage s;
	struct err err;

	stage_open(&s, *state, "");
	/* What it waits for is measured by the real clock. */
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &real), 0);
	clock_set(NOW, (real.tv_sec + 600) * 1000);
	assert_int_equal(decision_keeper_start(s.keeper, s.snapshots, &err),
	    RC_OK);
	keep_refusals(&s, 300);
	assert_true(decision_keeper_stop(s.keeper));
	assert_int_equal(rows_in_store(&s), 300);
	keep_refusals(&s, 1);
	assert_int_equal(decision_queue_rows(s.keeper->writer.queue), 0);
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_STORE(writes_a_row_for_each_account),
	    NEEDS_STORE(tells_what_was_done),
	    NEEDS_STORE(strange_texts_are_kept),
	    NEEDS_STORE(is_off_when_nothing_is_to_be_kept),
	    NEEDS_STORE(batches_are_small),
	    NEEDS_STORE(a_day_has_an_end),
	    NEEDS_STORE(more_than_fits_is_lost),
	    NEEDS_STORE(a_store_that_is_locked_is_tried_again),
	    NEEDS_STORE(writers_who_take_turns_are_not_waited_for),
	    NEEDS_STORE(the_thread_writes_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
