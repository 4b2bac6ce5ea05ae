/* SPDX-License-Identifier: MIT */
/*
 * store_bench - what single steps in a store cost.
 *
 *	store_bench URL ACCOUNTS SECONDS [STEP]...
 *
 * The store holds accounts user0000000@grown.test and on, one target each; see
 * bench_growth.py.  A line for each step: its name, and name=figure for the
 * median and the 99th part of a hundred in microseconds, and for the number.
 * Each step is done for SECONDS; without names all are.
 */
#include "outbox/outbox.h"
#include "store/account_table.h"
#include "store/decision_table.h"
#include "store/forward_table.h"
#include "store/limit_table.h"
#include "store/outbox_table.h"
#include "store/registration_table.h"
#include "store/srs_token_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
	struct store *store;
	struct arena *arena;
	unsigned long accounts;
	int64_t now;
	uint64_t random;
	const char *tag; /* of this process: what it writes is its own */
};

static uint64_t
next_random(struct bench *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random;
}

static enum rc
look_up(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	const char *key = arena_printf(b->arena, "user%07lu@grown.test",
	    (unsigned long)(next_random(b) % b->accounts));
	struct account account;
	struct forward *all;
	size_t n;
	enum rc rc = account_find(db, b->arena, key, &account, err);

	return rc == RC_OK ? forward_list(db, b->arena, key, &all, &n, err)
			   : rc;
}

static enum rc
look_up_nobody(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct account account;
	enum rc rc = account_find(db, b->arena,
	    arena_printf(b->arena, "nobody%07lu@grown.test",
		(unsigned long)(next_random(b) % b->accounts)),
	    &account, err);

	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
find_due(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct due due = lease_due(b->now, 30 * 60 * 1000);
	struct outbox_mail mail;

	return outbox_due(db, b->arena, &due, &mail, err);
}

/* Long before anything is due. */
static enum rc
find_none_due(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct due due = {1000, INT64_C(1) << 40};
	struct outbox_mail mail;

	return outbox_due(db, b->arena, &due, &mail, err);
}

static enum rc
count_waiting(struct db *db, void *context, struct err *err)
{
	int64_t n, oldest;

	(void)context;
	return outbox_waiting(db, &n, &oldest, err);
}

static enum rc
find_oldest(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct outbox_mail mail;

	return outbox_oldest(db, b->arena, &mail, err);
}

static enum rc
expire_outbox(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;

	return outbox_expire(db, b->now - 30 * 86400, err);
}

static enum rc
give_up(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct due due = lease_due(b->now, 30 * 60 * 1000);

	return outbox_give_up(db, &due, "late", err);
}

static enum rc
expire_requests(struct db *db, void *context, struct err *err)
{
	return registration_expire(db, ((struct bench *)context)->now - 86400,
	    err);
}

static enum rc
list_requests(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	struct registration request;
	struct registration_walk walk;
	enum rc rc = registration_walk_begin(db,
	    (1u << REGISTRATION_STATES) - 1, &walk, err);

	for (int i = 0; i < 20 && rc == RC_OK; i++)
		rc = registration_next(&walk, b->arena, &request, err);
	registration_walk_end(&walk);
	return rc;
}

static enum rc
list_digests(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	const char **all;
	size_t n;

	return account_digests_due(db, b->arena, 20000, 20007, &all, &n, err);
}

static enum rc
expire_limits(struct db *db, void *context, struct err *err)
{
	return limit_expire(db, ((struct bench *)context)->now, err);
}

static enum rc
add_srs_token(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;

	return srs_token_put(db,
	    arena_printf(b->arena, "%016lx%016lx",
		(unsigned long)next_random(b), (unsigned long)next_random(b)),
	    "a-sender-that-is-long@example.org", b->now + 86400, b->now, err);
}

static enum rc
add_decisions(struct db *db, void *context, struct err *err)
{
	static char record[1300];
	struct bench *b = context;
	enum rc rc = RC_OK;

	memset(record, 'x', sizeof(record) - 1);
	for (int i = 0; i < 20 && rc == RC_OK; i++) {
		const struct decision_row row = {
		    .id = arena_printf(b->arena, "%08lx%s%016lx",
			(unsigned long)b->now, b->tag,
			(unsigned long)next_random(b)),
		    .account = "user0000001@grown.test",
		    .at = b->now,
		    .action = DECISION_ACCEPT,
		    .sender = "somebody@example.org",
		    .host = "mx.grown.test",
		    .record = record,
		};

		rc = decision_insert(db, &row, err);
	}
	return rc;
}

static enum rc
put_mail(struct db *db, void *context, struct err *err)
{
	struct bench *b = context;
	const struct outbox_new mail = {
	    .dedup_key = arena_printf(b->arena, "%s:%lx", b->tag,
		(unsigned long)next_random(b)),
	    .about = "bench",
	    .recipient = "somebody@example.org",
	    .template = "welcome",
	    .now = b->now,
	    .deadline = b->now + 86400,
	};

	return outbox_put(db, b->arena, &mail, err);
}

static enum rc
tell_time(struct bench *b, struct err *err)
{
	return store_now(b->store, &b->now, err);
}

typedef enum rc run_work(struct store *store, store_work *work, void *context,
    struct err *err);

static const struct step {
	const char *name;
	run_work *run;
	store_work *work; /* RC_NONE is as good as RC_OK */
} steps[] = {
    {"lookup", store_do, look_up},
    {"nobody", store_do, look_up_nobody},
    {"outbox_due", store_glance, find_due},
    {"outbox_none_due", store_glance, find_none_due},
    {"outbox_waiting", store_do, count_waiting},
    {"outbox_oldest", store_do, find_oldest},
    {"outbox_expire", store_glance, expire_outbox},
    {"outbox_give_up", store_change, give_up},
    {"request_expire", store_glance, expire_requests},
    {"request_list_20", store_do, list_requests},
    {"digests_due", store_do, list_digests},
    {"limit_expire", store_glance, expire_limits},
    {"srs_token", store_do, add_srs_token},
    {"decisions_20", store_add, add_decisions},
    {"outbox_put", store_change, put_mail},
};

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

#define SAMPLES ((size_t)200000)

/* A step that fails is done once more, by the same rules as in the programs,
   and told if it fails for good. */
static void
measure(struct bench *b, const struct step *step, double seconds)
{
	static int64_t times[SAMPLES];
	int64_t end = now_ns() + (int64_t)(seconds * 1e9);
	size_t n = 0, bad = 0;
	struct err err = {""};

	while (n < SAMPLES && (n < 3 || now_ns() < end)) {
		int64_t start = now_ns();
		enum rc rc = step->run(b->store, step->work, b, &err);

		times[n++] = now_ns() - start;
		bad += rc != RC_OK && rc != RC_NONE;
		arena_reset(b->arena);
	}
	qsort(times, n, sizeof(*times), compare_times);
	printf("%s p50=%.1f p99=%.1f n=%zu bad=%zu%s%s\n", step->name,
	    (double)times[n / 2] / 1000, (double)times[n * 99 / 100] / 1000, n,
	    bad, bad > 0 ? " " : "", bad > 0 ? err.text : "");
	fflush(stdout);
}

static bool
is_wanted(const struct step *step, char **names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], step->name) == 0)
			return true;
	return n == 0;
}

int
main(int argc, char **argv)
{
	struct bench b = {.arena = arena_new()};
	struct err err;

	if (argc < 4) {
		fprintf(stderr,
		    "usage: store_bench URL ACCOUNTS SECONDS [STEP]...\n");
		return 2;
	}
	b.accounts = strtoul(argv[2], NULL, 10);
	b.random = (uint64_t)now_ns() | 1;
	b.tag = arena_printf(arena_new(), "%x", (unsigned)b.random & 0xffff);
	if (store_open(argv[1], "", &b.store, &err) != RC_OK ||
	    tell_time(&b, &err) != RC_OK) {
		fprintf(stderr, "store_bench: %s\n", err.text);
		return 1;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (is_wanted(&steps[i], argv + 4, argc - 4))
			measure(&b, &steps[i], strtod(argv[3], NULL));
	store_close(b.store);
	return 0;
}
