/* SPDX-License-Identifier: MIT */
#include "import_spool.h"

#include "base/str.h"
#include "check.h"
#include "import_memory.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

static const char *const domains[] = {"remotes.club"};
static struct forwards_settings forwards = {.domains = domains, .n_domains = 1};
static const struct import_settings settings = {&forwards, "remotes.club", 1};

static void
add_entry_text(struct str *s, const struct import_entry *e)
{
	str_addf(s, "%zu %s%s", e->line, e->suspended ? "!" : "", e->account);
	for (size_t i = 0; i < e->n; i++)
		str_addf(s, " %s%s", e->targets[i].paused ? "-" : "",
		    e->targets[i].text);
	str_addf(s, " =%s\n", e->strategy == NULL ? "" : e->strategy);
}

static int
compare_entries(const void *one, const void *other)
{
	const struct import_entry *a = one, *b = other;

	return strcmp(a->account, b->account);
}

static int
compare_remarks(const void *one, const void *other)
{
	const struct import_remark *a = one, *b = other;

	return a->line < b->line ? -1 : a->line > b->line;
}

static void
add_remark_texts(struct str *s, struct import_remark *all, size_t n)
{
	if (n > 0)
		qsort(all, n, sizeof(*all), compare_remarks);
	for (size_t i = 0; i < n; i++)
		str_addf(s, "%zu: %s\n", all[i].line, all[i].text);
	str_add(s, "\n");
}

/* By account; problems and notes by line. */
static char *
memory_text(struct arena *a, enum import_format format, const char *text,
    size_t len)
{
	struct import got;
	struct str s;

	str_init(&s, a);
	import_read(a, format, &settings, text, len, &got);
	if (got.n > 0)
		qsort(got.entries, got.n, sizeof(*got.entries),
		    compare_entries);
	for (size_t i = 0; i < got.n; i++)
		add_entry_text(&s, &got.entries[i]);
	add_remark_texts(&s, got.problems, got.n_problems);
	add_remark_texts(&s, got.notes, got.n_notes);
	return s.text;
}

static struct import_spool *
filled_spool(struct arena *a, enum import_format format, const char *text,
    size_t len)
{
	struct import_spool *spool;
	struct import_reader *r;
	struct import_sink sink;
	struct err err = {""};

	CHECK(import_spool_open(format, &spool, &err) == RC_OK, err.text);
	sink = import_spool_sink(spool);
	r = import_reader_new(a, format, &settings, &sink);
	CHECK(import_reader_read(r, text, len, &err) == RC_OK, err.text);
	CHECK(import_spool_sort(spool, &err) == RC_OK, err.text);
	import_reader_free(r);
	return spool;
}

static void
add_remark_text(void *context, size_t line, const char *text)
{
	str_addf(context, "%zu: %s\n", line, text);
}

static void
add_walk_text(struct str *s, struct import_spool *spool, struct arena *a)
{
	struct import_entry e;
	enum rc rc;

	while ((rc = import_spool_next(spool, a, &e, NULL)) == RC_OK)
		add_entry_text(s, &e);
	CHECK(rc == RC_NONE, "walk");
}

static void
add_spool_remarks(struct str *s, struct import_spool *spool)
{
	for (int kind = 0; kind < IMPORT_REMARK_KINDS; kind++) {
		CHECK(import_spool_each_remark(spool,
			  (enum import_remark_kind)kind, add_remark_text, s,
			  NULL) == RC_OK,
		    "remarks");
		str_add(s, "\n");
	}
}

static char *
spool_text(struct arena *a, enum import_format format, const char *text,
    size_t len)
{
	struct import_spool *spool = filled_spool(a, format, text, len);
	struct str s;

	str_init(&s, a);
	CHECK(import_spool_walk(spool, NULL) == RC_OK, "walk");
	add_walk_text(&s, spool, a);
	add_spool_remarks(&s, spool);
	import_spool_close(spool);
	return s.text;
}

static void
has_what_the_memory_would_have(void **state)
{
	static const struct {
		enum import_format format;
		const char *text;
	} rows[] = {
	    {IMPORT_CSV, ""},
	    {IMPORT_CSV, "address,target\n"},
	    {IMPORT_CSV, "\xff\xfe"},
	    {IMPORT_CSV, "ann,a@x.example\n"},
	    {IMPORT_CSV,
		"address,target,state,suspended,strategy,odd\n"
		"zoe,z@x.example,active,no,hold,1\n"
		"ann,a@x.example,paused,yes,\n"
		"zoe,y@x.example,paused,no,hold\nann,b@x.example,,yes,\n"
		"zoe,Z@x.example,active,no,hold\nzoe,q@x.example,,,keep\n"
		"bob,,,,\nann,c@,,yes,\nbob,,,,keep\n"},
	    {IMPORT_CSV, "address,target\nann,a@x.example\nann,b@x.example\n"
			 "bob,b@x.example\n"},
	    {IMPORT_ALIASES,
		"ann: a@x.example\nbob: b@x.example\nann: b@x.example\n"
		"ANN: a@x.example\n"},
	    {IMPORT_ALIASES,
		"zoe: z@x.example, y@x.example\nann: |cat\nann: a@x.example\n"},
	    {IMPORT_VIRTUAL,
		"remotes.club x\n@remotes.club a@x.example\n\"b c\" \"d "
		"e\"@x.example\n/x/ y\n\"b c\"@remotes.club d@x.example\n"},
	    {IMPORT_POSTFIXADMIN,
		"address\tgoto\tactive\nzoe@remotes.club\tz@x.example\t0\n"
		"ann@remotes.club\tj\xc3\xb6rg@x.example\t1\n"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].text);

		CHECK_STR(spool_text(a, rows[i].format, rows[i].text, len),
		    memory_text(a, rows[i].format, rows[i].text, len),
		    rows[i].text);
		arena_reset(a);
	}
	arena_free(a);
}

/* More lines than stay in memory, in no order, each account up to 30 times. */
static void
sorts_and_gathers_as_the_memory_does(void **state)
{
	struct arena *a = arena_new();
	unsigned at = 1;
	struct str s;

	(void)state;
	str_init(&s, a);
	str_add(&s, "address,target,strategy\n");
	for (int i = 0; i < 20000; i++) {
		unsigned who, what;

		at = at * 1103515245 + 12345;
		who = (at >> 16) % 2000;
		what = (at >> 8) % 40;
		str_addf(&s, "member%u,t%u@%s.example,%s\n", who, what,
		    what == 7 ? "-" : "x", who % 5 == 0 ? "hold" : "");
	}
	CHECK_STR(spool_text(a, IMPORT_CSV, s.text, s.len),
	    memory_text(a, IMPORT_CSV, s.text, s.len), "random lines");
	arena_free(a);
}

static void
forgets_what_a_walk_has_told_at_the_next(void **state)
{
	static const char text[] = "bob: b@x.example\nann: |x\nann: a@x.example"
				   "\nbob: c@x.example\n";
	struct arena *a = arena_new();
	struct import_spool *spool =
	    filled_spool(a, IMPORT_ALIASES, text, strlen(text));
	struct import_entry e;
	struct str s, again;

	(void)state;
	str_init(&s, a);
	CHECK(import_spool_walk(spool, NULL) == RC_OK, "walk");
	while (import_spool_next(spool, a, &e, NULL) == RC_OK) {
		import_spool_set_change(spool,
		    e.account[0] == 'a' ? IMPORT_ADDED : IMPORT_CHANGED);
		CHECK(import_spool_list(spool, &e, IMPORT_ADDED, NULL) == RC_OK,
		    "list");
	}
	CHECK(import_spool_remark(spool, IMPORT_PROBLEM, 3, "odd", NULL) ==
		  RC_OK,
	    "remark");
	CHECK(import_spool_remarks(spool, IMPORT_PROBLEM) == 3, "remarks");
	CHECK(import_spool_walk_again(spool, NULL) == RC_OK, "again");
	CHECK(import_spool_next(spool, a, &e, NULL) == RC_OK, "first");
	CHECK(import_spool_change(spool) == IMPORT_ADDED, e.account);
	CHECK(import_spool_next(spool, a, &e, NULL) == RC_OK, "second");
	CHECK(import_spool_change(spool) == IMPORT_CHANGED, e.account);
	CHECK(import_spool_remarks(spool, IMPORT_PROBLEM) == 3, "remarks");
	add_spool_remarks(&s, spool);
	CHECK_STR(s.text,
	    "2: ann@remotes.club: |x: a command is no forward\n3: odd\n"
	    "4: bob@remotes.club: is in line 1, and its targets are "
	    "others\n\n\n",
	    "told");
	CHECK(import_spool_walk(spool, NULL) == RC_OK, "walk");
	str_init(&again, a);
	CHECK(import_spool_remarks(spool, IMPORT_PROBLEM) == 1, "remarks");
	add_walk_text(&again, spool, a);
	CHECK_STR(again.text,
	    "3 ann@remotes.club a@x.example =\n1 bob@remotes.club b@x.example "
	    "=\n",
	    "walk");
	CHECK(import_spool_remarks(spool, IMPORT_PROBLEM) == 2, "remarks");
	import_spool_close(spool);
	arena_free(a);
}

static void
add_listed_text(void *context, struct arena *a, const struct import_entry *e,
    enum import_change change)
{
	(void)a;
	str_add(context, change == IMPORT_ADDED ? "added " : "changed ");
	add_entry_text(context, e);
}

static void
lists_by_lines(void **state)
{
	static const char text[] =
	    "address,target,state,suspended,strategy\nzoe,z@x.example,,,\n"
	    "ann,a@x.example,paused,yes,keep\nzoe,y@x.example,,,\n";
	struct arena *a = arena_new();
	struct import_spool *spool =
	    filled_spool(a, IMPORT_CSV, text, strlen(text));
	struct import_entry e;
	struct str s;

	(void)state;
	str_init(&s, a);
	CHECK(import_spool_walk(spool, NULL) == RC_OK, "walk");
	while (import_spool_next(spool, a, &e, NULL) == RC_OK)
		CHECK(import_spool_list(spool, &e,
			  e.n == 1 ? IMPORT_CHANGED : IMPORT_ADDED,
			  NULL) == RC_OK,
		    "list");
	CHECK(import_spool_each_listed(spool, add_listed_text, &s, NULL) ==
		  RC_OK,
	    "listed");
	CHECK_STR(s.text,
	    "added 2 zoe@remotes.club z@x.example y@x.example =\n"
	    "changed 3 !ann@remotes.club -a@x.example =keep\n",
	    "by lines");
	import_spool_close(spool);
	arena_free(a);
}

/* The last test: no file may grow any more. */
static void
says_that_the_disk_is_full(void **state)
{
	static const struct rlimit small = {64 * 1024, RLIM_INFINITY};
	struct import_entry e = {.account = "ann@remotes.club", .line = 1};
	struct import_spool *spool;
	struct import_sink sink;
	struct err err = {""};
	enum rc rc = RC_OK;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0, "limit");
	CHECK(import_spool_open(IMPORT_CSV, &spool, &err) == RC_OK, err.text);
	sink = import_spool_sink(spool);
	for (int i = 0; i < 300000 && rc == RC_OK; i++)
		rc = sink.add(sink.context, &e, &err);
	CHECK(rc == RC_TEMP, err.text);
	CHECK(strstr(err.text, "temporary database") != NULL, err.text);
	import_spool_close(spool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_what_the_memory_would_have),
	    cmocka_unit_test(sorts_and_gathers_as_the_memory_does),
	    cmocka_unit_test(forgets_what_a_walk_has_told_at_the_next),
	    cmocka_unit_test(lists_by_lines),
	    cmocka_unit_test(says_that_the_disk_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
