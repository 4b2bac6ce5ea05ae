/* SPDX-License-Identifier: MIT */
/* Who sends a mail when: leases, waits, and several at once. */
#include "outbox/outbox.h"

#include "outbox/mails.h"

#include <pthread.h>

static uint32_t
all_jitter(uint32_t most)
{
	return most;
}

static void
one_owner_has_two_leases(void **state)
{
	struct temp_store *t = *state;
	struct outbox_mail first, second;
	size_t n;

	CHECK(put(t, "key", 100, 1000) == RC_OK, "put");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 100, &first,
		  NULL) == RC_OK,
	    "first");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 130, &second,
		  NULL) == RC_OK,
	    "second");
	CHECK(outbox_settle(t->store, &settings, t->arena, &first,
		  OUTBOX_REFUSED, "550", 131, NULL) == RC_NONE,
	    "lost");
	CHECK(outbox_settle(t->store, &settings, t->arena, &second,
		  OUTBOX_TAKEN, NULL, 131, NULL) == RC_OK,
	    "held");
	CHECK(all_mail(t, &n)->state == OUTBOX_SENT, "sent");
}

static void
goes_on_past_what_is_too_late(void **state)
{
	struct temp_store *t = *state;
	struct outbox_mail mail;
	size_t n;
	int failed = 0;

	CHECK(put(t, "1", 10, 50) == RC_OK, "late");
	CHECK(put(t, "2", 20, 60) == RC_OK, "late too");
	CHECK(put(t, "3", 30, 500) == RC_OK, "in time");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 100, &mail,
		  NULL) == RC_OK,
	    "claim");
	CHECK_STR(mail.dedup_key, "3", "the third");
	all_mail(t, &n);
	for (size_t i = 0; i < n; i++)
		failed += all_mail(t, &n)[i].state == OUTBOX_FAILED;
	CHECK(failed == 2, "settled on the way");
}

/* What was put when the clock was ten years ahead. */
static void
tries_nothing_for_years(void **state)
{
	static const int64_t years = 300000000, month = 30 * 86400;
	struct temp_store *t = *state;
	struct outbox_mail mail;
	size_t n;

	CHECK(put(t, "key", years, years + 1000) == RC_OK, "put");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 100, &mail,
		  NULL) == RC_OK,
	    "due at once");
	CHECK(outbox_settle(t->store, &settings, t->arena, &mail, OUTBOX_LATER,
		  "x", 101, NULL) == RC_OK,
	    "later");
	CHECK(all_mail(t, &n)->next_try < 200, "soon again");
	CHECK(all_mail(t, &n)->deadline == 100 + month, "a month at most");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 100 + month,
		  &mail, NULL) == RC_NONE,
	    "no longer");
	CHECK(all_mail(t, &n)->state == OUTBOX_FAILED, "given up");
}

/* The lease is read by a clock that is a little wrong, too. */
static void
clocks_may_differ_by_less_than_a_lease(void **state)
{
	struct temp_store *t = *state;
	struct outbox_mail mail;

	CHECK(put(t, "key", 1000, 5000) == RC_OK, "put");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 1000, &mail,
		  NULL) == RC_OK,
	    "the one");
	CHECK(outbox_claim(t->store, &settings, t->arena, "b", 1029, &mail,
		  NULL) == RC_NONE,
	    "the other, ahead");
	CHECK(outbox_claim(t->store, &settings, t->arena, "b", 100, &mail,
		  NULL) == RC_NONE,
	    "the other, behind");
}

static void
write_mail(struct temp_store *t, const struct outbox_mail *mail)
{
	struct db *db = temp_store_take(t);

	CHECK(outbox_update(db, mail, NULL, NULL) == RC_OK, "write");
	store_give(t->store, db);
}

static void
waits_with_jitter_within_limits(void **state)
{
	static const struct {
		const char *name;
		int64_t attempts, min_ms, max_ms;
		int64_t least, most; /* seconds */
		uint32_t jitter;
	} rows[] = {
	    {"first", 1, 60000, 3600000, 60, 75, 15000},
	    {"second", 2, 60000, 3600000, 120, 150, 30000},
	    {"seventh", 7, 60000, 3600000, 3600, 3600, 900000},
	    {"under the limit", 6, 60000, 3600000, 1920, 2400, 480000},
	    {"cut to the limit", 6, 100000, 3600000, 3200, 3600, 800000},
	    {"very many", 1000000, 60000, 3600000, 3600, 3600, 900000},
	    {"least over most", 1, 7000, 5000, 5, 5, 1250},
	    {"no wait", 5, 0, 5000, 0, 0, 0},
	    {"years", 80, 60000, INT64_MAX / 2, INT64_MAX / 2 / 1000 + 1,
		INT64_MAX / 2 / 1000 + 1, UINT32_MAX},
	};
	struct temp_store *t = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int jitter = 0; jitter < 2; jitter++) {
			struct outbox_settings s = settings;
			struct outbox_mail mail;
			size_t n;

			s.retry_min_ms = rows[i].min_ms;
			s.retry_max_ms = rows[i].max_ms;
			s.random = jitter ? all_jitter : no_jitter;
			empty(t);
			CHECK(put(t, "key", 0, INT64_MAX) == RC_OK, "put");
			CHECK(outbox_claim(t->store, &s, t->arena, "a", 0,
				  &mail, NULL) == RC_OK,
			    rows[i].name);
			mail.attempts = rows[i].attempts;
			mail.deadline = INT64_MAX;
			write_mail(t, &mail);
			CHECK(outbox_settle(t->store, &s, t->arena, &mail,
				  OUTBOX_LATER, "x", 0, NULL) == RC_OK,
			    rows[i].name);
			CHECK(all_mail(t, &n)->next_try ==
				  (jitter ? rows[i].most : rows[i].least),
			    rows[i].name);
			CHECK(jitter_asked == rows[i].jitter, rows[i].name);
		}
	}
}

static void
draws_its_own_jitter(void **state)
{
	struct temp_store *t = *state;
	struct outbox_settings s = settings;
	bool some = false;

	s.random = NULL;
	s.retry_min_ms = 4000000;
	s.retry_max_ms = 10000000;
	for (int i = 0; i < 16; i++) {
		struct outbox_mail mail;
		size_t n;
		int64_t next;

		empty(t);
		CHECK(put(t, "key", 0, 100000) == RC_OK, "put");
		CHECK(outbox_claim(t->store, &s, t->arena, "a", 0, &mail,
			  NULL) == RC_OK,
		    "claim");
		CHECK(outbox_settle(t->store, &s, t->arena, &mail, OUTBOX_LATER,
			  "x", 0, NULL) == RC_OK,
		    "later");
		next = all_mail(t, &n)->next_try;
		CHECK(next >= 4000 && next <= 5000, "a quarter");
		some |= next != 4000;
	}
	CHECK(some, "jitter");
}

#define MAILS   40
#define THREADS 4

struct sender {
	struct store *store;
	const char *name;
	char ids[MAILS][OUTBOX_ID_LEN + 1];
	size_t n;
	const char *failed;
};

static void *
send_all(void *context)
{
	struct sender *s = context;
	struct arena *a = arena_new();
	struct outbox_mail mail;
	enum rc rc;

	while ((rc = outbox_claim(s->store, &settings, a, s->name, 100, &mail,
		    NULL)) == RC_OK &&
	       s->n < MAILS) {
		strcpy(s->ids[s->n++], mail.id);
		if (outbox_settle(s->store, &settings, a, &mail, OUTBOX_TAKEN,
			NULL, 100, NULL) != RC_OK)
			s->failed = "settle";
	}
	if (rc != RC_NONE)
		s->failed = "claim";
	arena_free(a);
	return NULL;
}

static void
no_mail_is_claimed_twice(void **state)
{
	static const char *const names[THREADS] = {"a", "b", "c", "d"};
	struct temp_store *t = *state;
	struct sender *senders =
	    arena_take_array(t->arena, THREADS, sizeof(*senders));
	pthread_t threads[THREADS];
	const char *ids[MAILS];
	size_t n = 0;

	for (int i = 0; i < MAILS; i++)
		CHECK(put(t, arena_printf(t->arena, "%d", i), 100, 1000) ==
			  RC_OK,
		    "put");
	for (size_t i = 0; i < THREADS; i++) {
		senders[i].store = t->store;
		senders[i].name = names[i];
		CHECK(pthread_create(&threads[i], NULL, send_all,
			  &senders[i]) == 0,
		    "start");
	}
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0, "join");
	for (size_t i = 0; i < THREADS; i++) {
		CHECK_STR(senders[i].failed, NULL, names[i]);
		for (size_t k = 0; k < senders[i].n; k++) {
			const char *id = senders[i].ids[k];

			CHECK(n < MAILS, "too many");
			for (size_t m = 0; m < n; m++)
				CHECK(strcmp(ids[m], id) != 0, "twice");
			ids[n++] = id;
		}
	}
	CHECK(n == MAILS, "all of them");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_STORE(one_owner_has_two_leases),
	    NEEDS_STORE(goes_on_past_what_is_too_late),
	    NEEDS_STORE(tries_nothing_for_years),
	    NEEDS_STORE(clocks_may_differ_by_less_than_a_lease),
	    NEEDS_STORE(waits_with_jitter_within_limits),
	    NEEDS_STORE(draws_its_own_jitter),
	    NEEDS_STORE(no_mail_is_claimed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
