/* SPDX-License-Identifier: MIT */
/* From failures to a pause, and back. */
#include "targets/targets.h"
#include "targets/targets_round.h"

#include "base/str.h"
#include "outbox/outbox.h"
#include "store/account_table.h"
#include "store/forward_table.h"
#include "store/outbox_table.h"
#include "store/target_failure_table.h"
#include "store/with_db.h"

#include <stdio.h>

#define DAY   ((int64_t)86400)
#define BEGIN (100 * DAY)

static const char ann[] = "ann@remotes.club", box[] = "ann@mailbox.example",
		  other[] = "ann@other.example", admin[] = "root@remotes.club";

static struct target_settings settings = {
    .after = {[FAILURE_HARD] = {3, 1000},
	[FAILURE_SOFT] = {2, 1000},
	[FAILURE_POLICY] = {2, 1000},
	[FAILURE_REMOTE] = {2, 1000}},
    .probe_every_ms = DAY * 1000,
    .probe_wait_ms = 3600 * 1000,
    .soft_wait_ms = 6 * DAY * 1000,
};

struct club {
	struct with_db *w;
	struct arena *arena;
	int64_t now;
	int64_t digest_day;
	unsigned message;
};

static char told[500];
static size_t held_back;

static void
note_told(const struct target_health *health, enum targets_event event)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s",
	    told[0] == '\0' ? "" : " ", targets_event_name(event));
	(void)health;
}

static struct club
club_of(void **state)
{
	struct with_db *w = *state;
	struct forward forward = {.account = ann,
	    .target = box,
	    .state = FORWARD_ACTIVE,
	    .verified = 1};

	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(forward_add(w->db, &forward, NULL) == RC_OK, box);
	return (struct club){.w = w, .arena = w->arena, .now = BEGIN};
}

static void
add_other(struct club *c, int64_t verified)
{
	const struct forward forward = {.account = ann,
	    .target = other,
	    .state = FORWARD_ACTIVE,
	    .verified = verified};

	CHECK(forward_add(c->w->db, &forward, NULL) == RC_OK, other);
}

/* The connection is lent to the store meanwhile. */
static const char *
go_round(struct club *c)
{
	struct targets_round round = {
	    .store = c->w->temp->store,
	    .settings = &settings,
	    .arena = c->arena,
	    .owner = "tester",
	    .administrator = admin,
	    .now = c->now,
	    .tell = note_told,
	    .digest_day = c->digest_day,
	};
	struct err err = {""};

	told[0] = '\0';
	CHECK(targets_go_round(&round, &err) == RC_OK, err.text);
	c->digest_day = round.digest_day;
	held_back = round.held_back;
	return told;
}

static void
lose_mail(struct club *c, enum failure_kind kind, const char *status,
    unsigned n)
{
	struct target_failure failure = {
	    .account = ann, .target = box, .kind = kind, .status = status};
	bool elsewhere;

	while (n-- > 0) {
		failure.message = arena_printf(c->arena, "4A%u", c->message++);
		failure.at = c->now;
		CHECK(targets_count(c->w->temp->store, &settings, c->arena,
			  &failure, &elsewhere, NULL) == RC_OK,
		    failure.message);
	}
}

static struct target_health
health_of(struct club *c)
{
	struct target_health health = {0};

	CHECK(target_health_find(c->w->db, c->arena, ann, box, &health, NULL) !=
		  RC_TEMP,
	    "health");
	return health;
}

static bool
is_failing(struct club *c)
{
	struct forward forward;

	CHECK(forward_find(c->w->db, c->arena, ann, box, &forward, NULL) ==
		  RC_OK,
	    "forward");
	return forward.failing != 0;
}

/* "template recipient;..." of all mail. */
static const char *
mails(struct club *c)
{
	struct outbox_mail *all;
	struct str s;
	size_t n;

	str_init(&s, c->arena);
	CHECK(outbox_list(c->w->db, c->arena, NULL, &all, &n, NULL) == RC_OK,
	    "outbox");
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s%s %s", i == 0 ? "" : ";", all[i].template,
		    all[i].recipient);
	return s.text;
}

/* What has become of the probe on its way. */
static void
probe_is(struct club *c, enum outbox_state state)
{
	struct target_health health = health_of(c);
	struct outbox_mail mail;

	CHECK(health.probe != NULL, "a probe");
	CHECK(outbox_by_id(c->w->db, c->arena, health.probe, &mail, NULL) ==
		  RC_OK,
	    "its mail");
	mail.state = state;
	mail.sent = state == OUTBOX_SENT ? c->now : mail.sent;
	CHECK(outbox_update(c->w->db, &mail, NULL, NULL) == RC_OK, "update");
}

static void
a_dead_target_is_paused_and_tried_and_back(void **state)
{
	struct club c = club_of(state);
	struct target_health health;

	add_other(&c, 1);
	lose_mail(&c, FAILURE_HARD, "5.1.1", 2);
	CHECK_STR(go_round(&c), "", "two are not enough");
	lose_mail(&c, FAILURE_HARD, "5.1.1", 1);
	CHECK_STR(go_round(&c), "paused", "three");
	CHECK(is_failing(&c), "fails");
	CHECK_STR(mails(&c), "target-paused ann@other.example", "told");
	health = health_of(&c);
	CHECK_STR(health.status, "5.1.1", "status");
	CHECK_STR(health.reason, "there is no such mailbox", "reason");
	CHECK(health.told == c.now && health.pauses == 1, "columns");
	CHECK_STR(go_round(&c), "", "once");

	c.now += DAY - 1;
	CHECK_STR(go_round(&c), "", "a day is not over");
	c.now += 1;
	CHECK_STR(go_round(&c), "probed", "the next day");
	CHECK_STR(go_round(&c), "", "once");
	probe_is(&c, OUTBOX_SENT);
	c.now += 3599;
	CHECK_STR(go_round(&c), "", "it may come back still");
	probe_is(&c, OUTBOX_BOUNCED);
	c.now += 1;
	CHECK_STR(go_round(&c), "", "it did");
	CHECK(is_failing(&c), "fails");

	c.now += DAY;
	CHECK_STR(go_round(&c), "probed", "one a day");
	probe_is(&c, OUTBOX_SENT);
	c.now += 3601;
	CHECK_STR(go_round(&c), "resumed", "it did not come back");
	CHECK(!is_failing(&c), "works");
	c.now += DAY;
	CHECK_STR(go_round(&c), "", "no more probes");
}

static void
what_others_write_pauses_nobody(void **state)
{
	static const enum failure_kind kinds[] = {
	    FAILURE_REMOTE, FAILURE_POLICY};
	struct club c = club_of(state);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		lose_mail(&c, kinds[i], "5.7.1", 2);
		CHECK_STR(go_round(&c), "suspected probed", "suspected");
		CHECK(!is_failing(&c), "gets mail");
		probe_is(&c, OUTBOX_SENT);
		lose_mail(&c, kinds[i], "5.7.1", 8);
		CHECK_STR(go_round(&c), "", "suspected already");
		c.now += 3601;
		CHECK_STR(go_round(&c), "resumed", "the probe is through");
		lose_mail(&c, kinds[i], "5.7.1", 2);
		CHECK_STR(go_round(&c), "", "one probe a day");
		c.now += DAY;
	}
}

static void
only_the_probe_convicts(void **state)
{
	struct club c = club_of(state);

	lose_mail(&c, FAILURE_REMOTE, "5.1.1", 2);
	CHECK_STR(go_round(&c), "suspected probed", "suspected");
	probe_is(&c, OUTBOX_BOUNCED);
	CHECK_STR(go_round(&c), "paused", "its own bounce");
	CHECK(is_failing(&c), "fails");
	CHECK_STR(mails(&c), "target-probe ann@mailbox.example",
	    "nobody can be told");
	CHECK(health_of(&c).told == 0, "not told");
}

/* It takes each probe, and sends it back after a while. */
static void
who_bounces_later_waits_longer_each_time(void **state)
{
	static const int64_t hours[] = {1, 2, 4, 8, 16, 16, 16};
	struct club c = club_of(state);

	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	CHECK_STR(go_round(&c), "paused", "dead");
	for (size_t i = 0; i < COUNT(hours); i++) {
		c.now += DAY;
		CHECK_STR(go_round(&c), "probed", "tried");
		probe_is(&c, OUTBOX_SENT);
		c.now += hours[i] * 3600 - 1;
		CHECK_STR(go_round(&c), "", "not yet");
		c.now += 1;
		CHECK_STR(go_round(&c), "resumed", "believed");
		probe_is(&c, OUTBOX_BOUNCED);
		CHECK_STR(go_round(&c), "paused", "later");
		assert_int_equal(health_of(&c).pauses, i + 2);
	}
}

static void
what_was_tried_for_days_is_waited_for(void **state)
{
	struct club c = club_of(state);

	lose_mail(&c, FAILURE_SOFT, "4.4.1", 2);
	CHECK_STR(go_round(&c), "paused", "dead");
	c.now += DAY;
	CHECK_STR(go_round(&c), "probed", "tried");
	probe_is(&c, OUTBOX_SENT);
	c.now += 6 * DAY - 1;
	CHECK_STR(go_round(&c), "", "it may be in the queue");
	c.now += 1;
	CHECK_STR(go_round(&c), "resumed", "believed");
}

/* Our own trouble says nothing about the target. */
static void
a_probe_that_was_not_sent_proves_nothing(void **state)
{
	struct club c = club_of(state);

	lose_mail(&c, FAILURE_POLICY, "5.7.1", 2);
	CHECK_STR(go_round(&c), "suspected probed", "suspected");
	c.now += 3601;
	CHECK_STR(go_round(&c), "", "it waits for the MTA");
	probe_is(&c, OUTBOX_FAILED);
	c.now += 61;
	CHECK_STR(go_round(&c), "", "not sent");
	CHECK(!is_failing(&c), "gets mail");
	c.now += DAY;
	CHECK_STR(go_round(&c), "probed", "another one");
	CHECK(outbox_expire(c.w->db, 0, NULL) == RC_NONE, "nothing");
	probe_is(&c, OUTBOX_SENT);
	CHECK(outbox_expire(c.w->db, c.now + 1, NULL) == RC_OK, "forgotten");
	c.now += 3601;
	CHECK_STR(go_round(&c), "", "what it was, nobody knows");
	c.now += DAY;
	CHECK_STR(go_round(&c), "probed", "another one");
}

/* Others are paused: n at that domain, since then. */
static void
pause_others(struct club *c, const char *domain, unsigned n, int64_t since)
{
	for (unsigned i = 0; i < n; i++) {
		struct forward forward = {.account = ann,
		    .target = arena_printf(c->arena, "%u-%u@%s",
			(unsigned)(since - BEGIN + DAY), i, domain),
		    .state = FORWARD_ACTIVE};
		struct target_health health = {.account = ann,
		    .id = forward.target,
		    .target = forward.target,
		    .state = TARGET_PAUSED,
		    .since = since,
		    .next_try = c->now + 10 * DAY};

		CHECK(forward_add(c->w->db, &forward, NULL) == RC_OK,
		    forward.target);
		CHECK(target_health_insert(c->w->db, &health, NULL) == RC_OK,
		    forward.target);
	}
}

/* A receiver that refuses us all, or is ill, says nothing of one mailbox. */
static void
not_all_of_a_domain_are_paused_at_once(void **state)
{
	struct club c = club_of(state);

	settings.pauses_per_day = 3;
	pause_others(&c, "MAILBOX.example", 2, BEGIN);
	pause_others(&c, "mailbox.example", 1, BEGIN + 100);
	pause_others(&c, "xmailbox.example", 5, BEGIN);
	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	CHECK_STR(go_round(&c), "", "the fourth");
	CHECK(!is_failing(&c), "gets mail");
	assert_int_equal(held_back, 1);
	lose_mail(&c, FAILURE_HARD, "5.1.1", 2);
	CHECK_STR(go_round(&c), "", "once more");
	c.now += DAY + 1;
	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	CHECK_STR(go_round(&c), "paused", "the next day");
	CHECK(is_failing(&c), "fails");
	assert_int_equal(held_back, 0);
	settings.pauses_per_day = 0;
}

static void
not_all_in_the_world_are_paused_at_once(void **state)
{
	struct club c = club_of(state);

	settings.pauses_per_day = 2;
	for (unsigned i = 0; i < 5; i++)
		pause_others(&c, arena_printf(c.arena, "%u.example", i), 2,
		    BEGIN);
	lose_mail(&c, FAILURE_SOFT, "4.4.1", 2);
	CHECK_STR(go_round(&c), "", "the eleventh");
	CHECK(!is_failing(&c), "gets mail");
	settings.pauses_per_day = 0;
	CHECK_STR(go_round(&c), "paused", "without a limit");
}

/* The probe came back: it is suspected as long as too many are. */
static void
nor_those_whose_probe_came_back(void **state)
{
	struct club c = club_of(state);

	settings.pauses_per_day = 1;
	pause_others(&c, "mailbox.example", 1, BEGIN);
	lose_mail(&c, FAILURE_POLICY, "5.7.1", 2);
	CHECK_STR(go_round(&c), "suspected probed", "suspected");
	probe_is(&c, OUTBOX_BOUNCED);
	CHECK_STR(go_round(&c), "", "held back");
	CHECK(!is_failing(&c), "gets mail");
	assert_int_equal(held_back, 1);
	settings.pauses_per_day = 0;
	CHECK_STR(go_round(&c), "paused", "without a limit");
}

static void
the_code_of_a_probe_ends_it(void **state)
{
	struct club c = club_of(state);
	struct target_health health;
	struct outbox_mail mail;
	const char *code;

	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	go_round(&c);
	c.now += DAY;
	CHECK_STR(go_round(&c), "probed", "tried");
	health = health_of(&c);
	CHECK(outbox_by_id(c.w->db, c.arena, health.probe, &mail, NULL) ==
		  RC_OK,
	    "mail");
	code = strstr(mail.values, "\"code\":\"");
	CHECK(code != NULL, mail.values);
	code = arena_copy_bytes(c.arena, code + 8, 11);
	CHECK(targets_verify(c.w->db, c.arena, &health, NULL, "00000-00000",
		  NULL) == RC_NONE,
	    "another code");
	CHECK(is_failing(&c), "fails");
	CHECK(targets_verify(c.w->db, c.arena, &health, NULL, code, NULL) ==
		  RC_OK,
	    code);
	CHECK(!is_failing(&c), "works");
	CHECK(health_of(&c).id == NULL, "forgotten");
	CHECK_STR(go_round(&c), "", "no probes");
}

static void
tells_the_administrator_once_a_day(void **state)
{
	struct club c = club_of(state);
	static const char digest[] = "targets-digest root@remotes.club";

	CHECK_STR(go_round(&c), "", "nothing");
	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	go_round(&c);
	CHECK_STR(mails(&c), "", "not the same day");
	c.now += DAY - 10;
	go_round(&c);
	CHECK_STR(mails(&c), "", "still that day");
	c.now += 5;
	c.now = BEGIN + DAY;
	go_round(&c);
	CHECK(strstr(mails(&c), digest) != NULL, mails(&c));
	/* Another mailer. */
	c.digest_day = 0;
	go_round(&c);
	CHECK(strstr(strstr(mails(&c), digest) + 1, digest) == NULL, mails(&c));
	c.now += DAY;
	go_round(&c);
	CHECK(strstr(strstr(mails(&c), digest) + 1, digest) == NULL,
	    "nothing new");
}

/* A machine that begins in 1970 until it has asked for the time: the pause
   would seem to last for years, and mail be refused at once. */
static void
a_clock_that_is_behind_pauses_nobody(void **state)
{
	struct club c = club_of(state);

	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	c.now = DAY;
	CHECK_STR(go_round(&c), "", "behind");
	CHECK(!is_failing(&c), "failing");
	c.now = BEGIN;
	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	CHECK_STR(go_round(&c), "paused", "right again");
}

static void
a_clock_that_was_ahead_is_forgotten(void **state)
{
	struct club c = club_of(state);

	c.now = BEGIN + 400 * DAY;
	lose_mail(&c, FAILURE_HARD, "5.1.1", 3);
	c.now = BEGIN;
	CHECK_STR(go_round(&c), "", "right again");
	lose_mail(&c, FAILURE_HARD, "5.1.1", 2);
	CHECK_STR(go_round(&c), "", "two are not three");
}

static void
nothing_is_counted_in_vain(void **state)
{
	struct club c = club_of(state);
	struct target_failure failure = {.account = ann,
	    .target = "ANN@mailbox.example",
	    .message = "4A",
	    .kind = FAILURE_HARD,
	    .at = BEGIN};
	struct store *store = c.w->temp->store;
	const struct target_settings never = {.probe_every_ms = 1};
	bool elsewhere;

#define COUNTS(settings)                                                       \
	targets_count(store, settings, c.arena, &failure, &elsewhere, NULL)
	CHECK(COUNTS(&never) == RC_NONE, "never");
	CHECK(COUNTS(&settings) == RC_OK, "first");
	CHECK(COUNTS(&settings) == RC_NONE, "again");
	lose_mail(&c, FAILURE_HARD, "5.1.1", 11);
	failure.message = "one too many";
	CHECK(COUNTS(&settings) == RC_NONE, "enough");
	CHECK_STR(go_round(&c), "paused", "paused");
	CHECK(COUNTS(&settings) == RC_NONE && !elsewhere, "paused");
	failure.target = "x@y.example";
	CHECK(COUNTS(&settings) == RC_NONE && elsewhere, "no such forward");
	CHECK(COUNTS(&never) == RC_NONE && !elsewhere, "never of others");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_dead_target_is_paused_and_tried_and_back),
	    NEEDS_DB(what_others_write_pauses_nobody),
	    NEEDS_DB(only_the_probe_convicts),
	    NEEDS_DB(who_bounces_later_waits_longer_each_time),
	    NEEDS_DB(what_was_tried_for_days_is_waited_for),
	    NEEDS_DB(a_probe_that_was_not_sent_proves_nothing),
	    NEEDS_DB(not_all_of_a_domain_are_paused_at_once),
	    NEEDS_DB(not_all_in_the_world_are_paused_at_once),
	    NEEDS_DB(nor_those_whose_probe_came_back),
	    NEEDS_DB(the_code_of_a_probe_ends_it),
	    NEEDS_DB(tells_the_administrator_once_a_day),
	    NEEDS_DB(a_clock_that_is_behind_pauses_nobody),
	    NEEDS_DB(a_clock_that_was_ahead_is_forgotten),
	    NEEDS_DB(nothing_is_counted_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
