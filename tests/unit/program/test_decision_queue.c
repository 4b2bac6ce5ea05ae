/* SPDX-License-Identifier: MIT */
#include "program/private/decision_queue.h"

#include "base/arena.h"
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const char *accounts[] = {"ann@remotes.club", "bob@remotes.club"};

static struct decision_waiting
one(const char *record, size_t n_accounts)
{
	return (struct decision_waiting){
	    .at_ms = 1000,
	    .action = DECISION_DEFER,
	    .sender = "",
	    .record = record,
	    .accounts = accounts,
	    .n_accounts = n_accounts,
	};
}

static void
gives_copies_in_their_order(void **state)
{
	struct decision_queue *q = decision_queue_new();
	struct decision_waiting w, *got;
	char record[] = "a=b";
	bool woken;

	(void)state;
	w = one(record, 2);
	assert_true(decision_queue_add(q, &w, &woken) && woken);
	strcpy(record, "c=d");
	assert_true(decision_queue_add(q, &w, &woken) && !woken);
	strcpy(record, "x=x");
	assert_int_equal(decision_queue_rows(q), 4);
	got = decision_queue_take(q);
	assert_string_equal(got->record, "a=b");
	assert_string_equal(got->accounts[1], "bob@remotes.club");
	assert_string_equal(got->sender, "");
	assert_null(got->queue_id);
	assert_string_equal(got->next->record, "c=d");
	assert_null(got->next->next);
	/* Who takes is awake until there is nothing. */
	assert_true(decision_queue_add(q, &w, &woken) && !woken);
	decision_queue_leave(q, got->next);
	decision_queue_leave(q, got);
	decision_queue_leave(q, decision_queue_take(q));
	assert_int_equal(decision_queue_rows(q), 0);
	assert_null(decision_queue_take(q));
	assert_true(decision_queue_add(q, &w, &woken) && woken);
	decision_queue_free(q);
}

static void
has_an_end(void **state)
{
	static char long_text[1024 * 1024];
	struct decision_queue *q = decision_queue_new();
	struct decision_waiting w = one("a=b", 2), *got;
	size_t n = 0;
	bool woken;

	(void)state;
	while (decision_queue_add(q, &w, &woken))
		n++;
	assert_int_equal(n, DECISION_QUEUE_ROWS / 2);
	assert_false(decision_queue_has_room(q, 1));
	/* What is taken is memory too, until it is left. */
	got = decision_queue_take(q);
	assert_false(decision_queue_add(q, &w, &woken));
	while (got != NULL) {
		struct decision_waiting *next = got->next;

		decision_queue_leave(q, got);
		got = next;
	}
	memset(long_text, 'x', sizeof(long_text) - 1);
	w.record = long_text;
	for (n = 0; decision_queue_add(q, &w, &woken);)
		n++;
	assert_in_range(n, DECISION_QUEUE_BYTES / sizeof(long_text),
	    DECISION_QUEUE_BYTES / sizeof(long_text) + 1);
	/* So nobody writes a record for nothing. */
	assert_false(decision_queue_has_room(q, 1));
	decision_queue_free(q);
}

#define EACH 10000

static void *
add_many(void *queue)
{
	const struct decision_waiting w = one("a=b", 1);
	uintptr_t added = 0;
	bool woken;

	for (int i = 0; i < EACH; i++)
		added += decision_queue_add(queue, &w, &woken);
	return (void *)added;
}

static void
nothing_is_lost_between_threads(void **state)
{
	struct decision_queue *q = decision_queue_new();
	pthread_t threads[4];
	size_t taken = 0, added = 0;
	void *of_one;

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, q),
		    0);
	for (size_t i = 0; i < COUNT(threads);) {
		struct decision_waiting *w = decision_queue_take(q), *next;

		for (; w != NULL; w = next, taken++) {
			next = w->next;
			decision_queue_leave(q, w);
		}
		if (pthread_tryjoin_np(threads[i], &of_one) == 0) {
			added += (uintptr_t)of_one;
			i++;
		}
	}
	assert_int_equal(taken + decision_queue_rows(q), added);
	decision_queue_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_copies_in_their_order),
	    cmocka_unit_test(has_an_end),
	    cmocka_unit_test(nothing_is_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
