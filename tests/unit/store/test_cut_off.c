/* SPDX-License-Identifier: MIT */
#include "store/private/cut_off.h"

#include "check.h"

#include <sys/socket.h>
#include <unistd.h>

#define HOUR INT64_C(3600000)

struct pair {
	int ours, peer;
	struct cut_off cut;
};

static struct pair
connect_pair(void)
{
	struct pair p = {0};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p.ours = fds[0];
	p.peer = fds[1];
	return p;
}

static void
close_pair(struct pair *p)
{
	close(p->ours);
	close(p->peer);
}

static bool
passes(const struct pair *p)
{
	char byte = 'x';

	return send(p->peer, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       read(p->ours, &byte, 1) == 1;
}

static void
who_waits_finds_the_end_when_the_time_is_over(void **state)
{
	struct pair p = connect_pair();
	char byte;

	(void)state;
	cut_off_arm(&p.cut, p.ours, 1);
	/* The peer says nothing, and never leaves. */
	assert_int_equal(read(p.ours, &byte, 1), 0);
	cut_off_disarm(&p.cut);
	assert_true(p.cut.done);
	assert_false(p.cut.armed);
	close_pair(&p);
}

/* The thread sleeps until the later one when the earlier one comes. */
static void
an_earlier_one_is_not_kept_waiting_by_a_later_one(void **state)
{
	struct pair late = connect_pair(), early = connect_pair();
	char byte;

	(void)state;
	cut_off_arm(&late.cut, late.ours, HOUR);
	cut_off_arm(&early.cut, early.ours, 1);
	assert_int_equal(read(early.ours, &byte, 1), 0);
	assert_true(passes(&late));
	cut_off_disarm(&early.cut);
	cut_off_disarm(&late.cut);
	assert_false(late.cut.done);
	close_pair(&late);
	close_pair(&early);
}

/* A second one whose time is over shows that the thread has looked. */
static void
what_is_disarmed_is_left_alone(void **state)
{
	struct pair left = connect_pair(), other = connect_pair();
	char byte;

	(void)state;
	cut_off_arm(&left.cut, left.ours, HOUR);
	cut_off_disarm(&left.cut);
	left.cut.at = 0;
	cut_off_arm(&other.cut, other.ours, 0);
	assert_int_equal(read(other.ours, &byte, 1), 0);
	assert_true(passes(&left));
	assert_false(left.cut.done);
	cut_off_disarm(&other.cut);
	/* Twice does no harm. */
	cut_off_disarm(&left.cut);
	close_pair(&left);
	close_pair(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_waits_finds_the_end_when_the_time_is_over),
	    cmocka_unit_test(an_earlier_one_is_not_kept_waiting_by_a_later_one),
	    cmocka_unit_test(what_is_disarmed_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
