/* SPDX-License-Identifier: MIT */
#include "program/list_guard.h"

#include "base/clock.h"
#include "check.h"
#include "dns_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LISTS 3

struct fixture {
	struct dns_list lists[LISTS];
	struct policy_settings policy;
	struct dns *dns;
	atomic_bool stop;
	char log[2000];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	static const char *const zones[LISTS] = {
	    "well.test", "public.test", "world.test"};
	static const struct list_code codes = {
	    .first = 0x7f000002, .last = 0x7f0000fe};
	struct err err;

	for (size_t i = 0; i < LISTS; i++)
		f->lists[i] = (struct dns_list){.zone = zones[i],
		    .of = DNS_LIST_CLIENT,
		    .codes = &codes,
		    .n_codes = 1};
	f->policy = (struct policy_settings){
	    .lists = f->lists, .n_lists = LISTS, .list_deadline_ms = 1000};
	if (dns_open_zone("tests/data/zones/lists.zone", &f->dns, &err) !=
	    RC_OK)
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	dns_close(f->dns);
	free(f);
	return 0;
}

/* One round; what it logs is in f->log. */
static void
round_of(struct fixture *f, enum list_guard_which which)
{
	int before = dup(STDERR_FILENO), file = memfd_create("log", 0);
	ssize_t n;

	assert_true(dup2(file, STDERR_FILENO) >= 0);
	list_guard_round(&f->policy, f->dns, which, &f->stop);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	n = pread(file, f->log, sizeof(f->log) - 1, 0);
	assert_true(n >= 0);
	f->log[n] = '\0';
	close(file);
	close(before);
}

static unsigned
lines_in(const char *log)
{
	unsigned n = 0;

	for (; *log != '\0'; log++)
		n += *log == '\n';
	return n;
}

static bool
is_suspended(const struct fixture *f, size_t i)
{
	return list_health_suspended(dns_list_health((struct dns_list *)&f
							 ->lists[i]),
	    clock_ms());
}

static void
a_sick_list_is_suspended_and_told_once(void **state)
{
	struct fixture *f = *state;

	round_of(f, LIST_GUARD_ALL);
	assert_int_equal(lines_in(f->log), 2);
	assert_non_null(strstr(f->log,
	    "warning: list public.test is suspended: "));
	assert_non_null(strstr(f->log, "resolver.servers"));
	assert_non_null(strstr(f->log,
	    "warning: list world.test is suspended: "));
	assert_false(is_suspended(f, 0));
	assert_true(is_suspended(f, 1));
	assert_true(is_suspended(f, 2));
	round_of(f, LIST_GUARD_ALL);
	assert_string_equal(f->log, "");
}

static void
a_list_that_is_well_again_is_asked_again(void **state)
{
	struct fixture *f = *state;

	round_of(f, LIST_GUARD_ALL);
	f->lists[1].zone = "well.test"; /* as if it had been healed */
	round_of(f, LIST_GUARD_ALL);
	assert_int_equal(lines_in(f->log), 1);
	assert_non_null(strstr(f->log, ": list well.test is well again"));
	assert_null(strstr(f->log, "warning"));
	assert_false(is_suspended(f, 1));
	assert_true(is_suspended(f, 2));
}

static void
only_what_is_due_is_tested(void **state)
{
	struct fixture *f = *state;

	clock_set(1000000, 5000000);
	round_of(f, LIST_GUARD_DUE);
	assert_true(is_suspended(f, 1));
	f->lists[0].zone = f->lists[1].zone = "parked.test";
	clock_advance(LIST_HEALTH_RETRY_MS * 8 / 10);
	round_of(f, LIST_GUARD_DUE);
	assert_string_equal(f->log, "");
	clock_advance(LIST_HEALTH_RETRY_MS * 4 / 10);
	round_of(f, LIST_GUARD_DUE);
	assert_int_equal(lines_in(f->log), 1);
	assert_false(is_suspended(f, 0));
	clock_advance(LIST_HEALTH_TEST_MS);
	round_of(f, LIST_GUARD_DUE);
	assert_true(is_suspended(f, 0));
}

static void
a_list_that_is_off_is_let_be(void **state)
{
	struct fixture *f = *state;

	f->lists[1].settings.action = ACTION_OFF;
	round_of(f, LIST_GUARD_ALL);
	assert_int_equal(lines_in(f->log), 1);
	assert_int_equal(f->lists[1].own.tested, 0);
}

static void
what_was_never_tested_is_new(void **state)
{
	struct fixture *f = *state;

	f->lists[1].own.tested = f->lists[2].own.tested = 1;
	round_of(f, LIST_GUARD_NEW);
	assert_string_equal(f->log, "");
	assert_int_not_equal(f->lists[0].own.tested, 0);
	f->lists[2].own.tested = 0;
	round_of(f, LIST_GUARD_NEW);
	assert_int_equal(lines_in(f->log), 1);
	assert_true(is_suspended(f, 2));
}

static void
what_is_found_at_the_end_says_nothing(void **state)
{
	struct fixture *f = *state;

	f->stop = true;
	round_of(f, LIST_GUARD_ALL);
	assert_string_equal(f->log, "");
	assert_int_equal(f->lists[0].own.tested, 0);
}

static bool
always(const struct settings *settings)
{
	(void)settings;
	return true;
}

/* With a resolver where nobody is, so that every list falls ill. */
static struct settings *
settings_of(void)
{
	char path[] = "/tmp/list_guard.XXXXXX";
	int fd = mkstemp(path);
	struct settings *settings;
	struct err err;

	assert_true(fd >= 0);
	dprintf(fd, "hostname = \"mx.remotes.club\"\n"
		    "resolver { servers = { \"127.0.0.1:1\" } }\n"
		    "store { url = \"sqlite:/nonexistent/db\" }\n"
		    "policy { list-deadline = \"100ms\" }\n"
		    "dnsbl \"bl.test\" { codes = { \"127.0.0.2\" } }\n"
		    "rhsbl \"bl.test\" { codes = { \"127.0.1.2\" } }\n");
	close(fd);
	if (settings_open(path, &settings, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
	return settings;
}

static void
wait_for_test(struct list_health *health)
{
	while (atomic_load(&health->tested) == 0)
		usleep(1000);
}

static void
tests_before_anybody_asks_and_after_a_reload(void **state)
{
	struct snapshots *snapshots;
	struct list_guard *guard;
	struct snapshot *snapshot, *next;
	struct list_health *health;
	struct err err;

	(void)state;
	assert_int_equal(snapshots_open(settings_of(), &snapshots, &err),
	    RC_OK);
	snapshot = snapshots_acquire(snapshots, NULL);
	health = snapshot->settings->policy.lists[0].health;
	assert_ptr_not_equal(health,
	    snapshot->settings->policy.lists[1].health);
	assert_int_equal(list_guard_open(snapshots, always, &guard, &err),
	    RC_OK);
	assert_true(list_health_suspended(health, clock_ms()));
	assert_int_equal(snapshots_prepare(snapshots, settings_of(), &next,
			     &err),
	    RC_OK);
	snapshots_publish(snapshots, next);
	snapshots_release(snapshots, snapshot);
	/* The health is carried over. */
	snapshot = snapshots_acquire(snapshots, NULL);
	assert_ptr_equal(snapshot->settings->policy.lists[0].health, health);
	assert_true(list_health_suspended(health, clock_ms()));
	atomic_store(&health->tested, 0);
	list_guard_look(guard);
	wait_for_test(health);
	snapshots_release(snapshots, snapshot);
	assert_true(list_guard_close(guard));
	assert_true(list_guard_close(NULL));
	snapshots_close(snapshots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tests_before_anybody_asks_and_after_a_reload),
	    cmocka_unit_test_setup_teardown(
		a_sick_list_is_suspended_and_told_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_list_that_is_well_again_is_asked_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_list_that_is_off_is_let_be,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_was_never_tested_is_new,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_found_at_the_end_says_nothing, set_up, tear_down),
	    /* Stops the clock. */
	    cmocka_unit_test_setup_teardown(only_what_is_due_is_tested, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
