/* SPDX-License-Identifier: MIT */
#include "net/private/worker_pool.h"

#include "base/blocking.h"
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

/* Nothing here waits for that long unless something is wrong. */
#define PATIENCE_S 300

/* A task takes a job; the job posts `begun`, and goes on with `go`. */
enum job {
	JOB_WORKS,
	JOB_WAITS,
	JOB_ENDS_ALL
};

static struct {
	sem_t jobs, begun, go, done;
	_Atomic(enum job) job; /* all are the same */
} site;

static int
set_up(void **state)
{
	(void)state;
	sem_init(&site.jobs, 0, 0);
	sem_init(&site.begun, 0, 0);
	sem_init(&site.go, 0, 0);
	sem_init(&site.done, 0, 0);
	return 0;
}

static void
wait_for(sem_t *what, int times)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	while (times-- > 0)
		assert_int_equal(sem_timedwait(what, &until), 0);
}

static void
post(sem_t *what, int times)
{
	while (times-- > 0)
		sem_post(what);
}

static bool
take_job(void *context, struct arena *arena)
{
	(void)context;
	/* What the task before left there is gone. */
	memset(arena_take(arena, 7000), 'x', 7000);
	sem_wait(&site.jobs);
	if (site.job == JOB_ENDS_ALL) {
		sem_post(&site.jobs); /* for the next one */
		return false;
	}
	if (site.job == JOB_WAITS)
		blocking_begin();
	sem_post(&site.begun);
	sem_wait(&site.go);
	if (site.job == JOB_WAITS)
		blocking_end();
	sem_post(&site.done);
	return true;
}

static struct worker_pool *
pool_of(unsigned n, enum job job)
{
	struct worker_pool *pool = NULL;
	struct err err = {""};

	site.job = job;
	worker_pool_open(n, take_job, NULL, &pool, &err);
	assert_string_equal(err.text, "");
	return pool;
}

static void
end(struct worker_pool *pool)
{
	site.job = JOB_ENDS_ALL;
	post(&site.jobs, 1);
	worker_pool_close(pool);
}

static int
left(sem_t *what)
{
	int value;

	sem_getvalue(what, &value);
	return value;
}

static void
has_two_members_at_least(void **state)
{
	(void)state;
	assert_in_range(worker_pool_size(), 2, 100000);
}

static bool
read_own_name(void *name, struct arena *arena)
{
	(void)arena;
	pthread_getname_np(pthread_self(), name, 16);
	return false;
}

static void
names_its_threads(void **state)
{
	struct worker_pool *pool;
	char name[16] = "";
	struct err err;

	(void)state;
	assert_int_equal(worker_pool_open(1, read_own_name, name, &pool, &err),
	    RC_OK);
	worker_pool_close(pool);
	assert_string_equal(name, "worker");
}

/* Its threads may all have ended before it returns. */
static void
opens_though_its_threads_end_at_once(void **state)
{
	struct worker_pool *pool;
	char name[16];
	struct err err;

	(void)state;
	for (int i = 0; i < 500; i++) {
		assert_int_equal(worker_pool_open(1, read_own_name, name, &pool,
				     &err),
		    RC_OK);
		worker_pool_close(pool);
	}
}

static void
works_on_as_much_as_it_has_members(void **state)
{
	struct worker_pool *pool = pool_of(2, JOB_WORKS);

	(void)state;
	post(&site.jobs, 3);
	wait_for(&site.begun, 2);
	assert_int_equal(left(&site.jobs), 1);
	post(&site.go, 1);
	wait_for(&site.begun, 1);
	post(&site.go, 2);
	wait_for(&site.done, 3);
	end(pool);
}

static void
lets_others_work_while_some_wait(void **state)
{
	struct worker_pool *pool = pool_of(2, JOB_WAITS);

	(void)state;
	for (int round = 0; round < 3; round++) {
		post(&site.jobs, 20);
		wait_for(&site.begun, 20);
		post(&site.go, 20);
		wait_for(&site.done, 20);
	}
	end(pool);
}

static void
rests_when_more_came_back_than_are_needed(void **state)
{
	struct worker_pool *pool = pool_of(2, JOB_WAITS);

	(void)state;
	post(&site.jobs, 10);
	wait_for(&site.begun, 10);
	post(&site.go, 10);
	wait_for(&site.done, 10);
	site.job = JOB_WORKS;
	post(&site.jobs, 12);
	wait_for(&site.begun, 2);
	for (int i = 0; i < 1000; i++)
		sched_yield();
	assert_int_equal(left(&site.jobs), 10);
	post(&site.go, 12);
	wait_for(&site.done, 12);
	end(pool);
}

static void
closes_nothing_without_complaint(void **state)
{
	(void)state;
	worker_pool_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_two_members_at_least),
	    cmocka_unit_test(names_its_threads),
	    cmocka_unit_test(opens_though_its_threads_end_at_once),
	    cmocka_unit_test_setup(works_on_as_much_as_it_has_members, set_up),
	    cmocka_unit_test_setup(lets_others_work_while_some_wait, set_up),
	    cmocka_unit_test_setup(rests_when_more_came_back_than_are_needed,
		set_up),
	    cmocka_unit_test(closes_nothing_without_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
