/* SPDX-License-Identifier: MIT */
#include "store/outbox_table.h"

#include "base/str.h"
#include "store/with_db.h"

static struct outbox_mail
mail_of(const char *id, const char *dedup_key)
{
	return (struct outbox_mail){
	    .id = id,
	    .dedup_key = dedup_key,
	    .about = "request:1",
	    .recipient = "ann@mailbox.example",
	    .template = "code",
	    .values = "{\"code\":\"1\"}",
	    .created = 10,
	    .next_try = 10,
	    .deadline = 100,
	};
}

static void
put(struct with_db *w, const struct outbox_mail *mail)
{
	struct err err = {""};

	CHECK(outbox_insert(w->db, mail, &err) == RC_OK, err.text);
}

static struct outbox_mail
get(struct with_db *w, const char *id)
{
	struct outbox_mail got = {0};

	CHECK(outbox_by_id(w->db, w->arena, id, &got, NULL) == RC_OK, id);
	return got;
}

static const char *
listed(struct with_db *w, const char *about)
{
	struct outbox_mail *all;
	struct str s;
	size_t n;

	CHECK(outbox_list(w->db, w->arena, about, &all, &n, NULL) == RC_OK,
	    "list");
	str_init(&s, w->arena);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s ", all[i].id);
	return s.text;
}

static void
check_same(const struct outbox_mail *got, const struct outbox_mail *want,
    const char *name)
{
	CHECK_STR(got->id, want->id, name);
	CHECK_STR(got->dedup_key, want->dedup_key, name);
	CHECK_STR(got->about, want->about, name);
	CHECK_STR(got->recipient, want->recipient, name);
	CHECK_STR(got->template, want->template, name);
	CHECK_STR(got->values, want->values, name);
	CHECK_STR(got->lease_owner, want->lease_owner, name);
	CHECK_STR(got->queue_id, want->queue_id, name);
	CHECK_STR(got->error, want->error, name);
	CHECK(got->state == want->state, name);
	CHECK(got->created == want->created, name);
	CHECK(got->next_try == want->next_try, name);
	CHECK(got->deadline == want->deadline, name);
	CHECK(got->lease_until == want->lease_until, name);
	CHECK(got->sent == want->sent, name);
	CHECK(got->attempts == want->attempts, name);
}

static void
names_the_states(void **state)
{
	(void)state;
	CHECK_STR(outbox_state_name(OUTBOX_NEW), "new", "new");
	CHECK_STR(outbox_state_name(OUTBOX_SENT), "sent", "sent");
	CHECK_STR(outbox_state_name(OUTBOX_FAILED), "failed", "failed");
	CHECK_STR(outbox_state_name(OUTBOX_BOUNCED), "bounced", "bounced");
}

static void
gives_back_what_was_written(void **state)
{
	static const enum outbox_state states[] = {
	    OUTBOX_NEW, OUTBOX_SENT, OUTBOX_FAILED, OUTBOX_BOUNCED};
	struct with_db *w = *state;
	struct outbox_mail mail = mail_of("bare", "bare"), got;

	put(w, &mail);
	got = get(w, "bare");
	check_same(&got, &mail, "bare");
	mail.values = arena_printf(w->arena, "{\"note\":\"%09000d\"}", 0);
	mail.lease_until = 5000000000;
	mail.lease_owner = "mx:1";
	mail.sent = 3;
	mail.attempts = 4;
	mail.queue_id = "4Xy";
	mail.error = "421 4.3.2 J\xc3\xb6rg";
	for (size_t i = 0; i < COUNT(states); i++) {
		mail.id = mail.dedup_key = outbox_state_name(states[i]);
		mail.state = states[i];
		put(w, &mail);
		got = get(w, mail.id);
		check_same(&got, &mail, mail.id);
	}
	CHECK(outbox_by_id(w->db, w->arena, "NEW", &got, NULL) == RC_NONE,
	    "another");
}

static void
one_reason_is_one_mail(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail mail = mail_of("1", "key");

	CHECK(outbox_has(w->db, "key", NULL) == RC_NONE, "none");
	put(w, &mail);
	CHECK(outbox_has(w->db, "key", NULL) == RC_OK, "there");
	CHECK(outbox_has(w->db, "KEY", NULL) == RC_NONE, "another");
	mail = mail_of("2", "key");
	CHECK(outbox_insert(w->db, &mail, NULL) == RC_PERM, "same key");
	mail = mail_of("1", "other");
	CHECK(outbox_insert(w->db, &mail, NULL) == RC_PERM, "same id");
	mail = mail_of("2", arena_printf(w->arena, "%0701d", 1));
	CHECK(outbox_insert(w->db, &mail, NULL) == RC_PERM, "too long");
	mail = mail_of("2", arena_printf(w->arena, "%0700d", 1));
	put(w, &mail);
}

static void
lists_by_age(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail a = mail_of("a", "a"), b = mail_of("b", "b"),
			   c = mail_of("c", "c");

	a.created = 30;
	b.created = 20;
	b.about = "forward:ann@remotes.club";
	c.state = OUTBOX_SENT;
	put(w, &a);
	put(w, &b);
	put(w, &c);
	CHECK_STR(listed(w, NULL), "c b a ", "all");
	CHECK_STR(listed(w, "request:1"), "c a ", "of a request");
	CHECK_STR(listed(w, "request:2"), "", "of none");
}

static void
finds_what_is_due(void **state)
{
	static const struct {
		const char *name;
		struct outbox_mail mail; /* that may go before "other" */
		int64_t now;
		const char *due; /* NULL: none */
	} cases[] = {
	    {"at its time", {.next_try = 10}, 10, "1"},
	    {"before", {.next_try = 11}, 10, NULL},
	    {"the first", {.next_try = 40}, 50, "1"},
	    {"the other first", {.next_try = 46}, 50, "other"},
	    {"leased", {.next_try = 10, .lease_until = 45}, 44, NULL},
	    {"lease is over", {.next_try = 10, .lease_until = 45}, 45, "1"},
	    {"put off", {.next_try = 110}, 10, NULL},
	    {"of a clock that was ahead", {.next_try = 111}, 10, "1"},
	    {"a long lease", {.lease_until = 10 + DUE_LEASE_MAX}, 10, NULL},
	    {"nobody's", {.lease_until = 11 + DUE_LEASE_MAX}, 10, "1"},
	    {"sent", {.state = OUTBOX_SENT}, 44, NULL},
	    {"failed", {.state = OUTBOX_FAILED}, 44, NULL},
	    {"bounced", {.state = OUTBOX_BOUNCED}, 50, "other"},
	};
	struct with_db *w = *state;
	struct outbox_mail other = mail_of("other", "other"), got;
	struct due due = {.next_most = 100};

	other.next_try = 45;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct outbox_mail *row = &cases[i].mail;
		struct outbox_mail mail = mail_of("1", "1");
		enum rc rc;

		mail.next_try = row->next_try;
		mail.lease_until = row->lease_until;
		mail.lease_owner = row->lease_until != 0 ? "mx:1" : NULL;
		mail.state = row->state;
		put(w, &mail);
		put(w, &other);
		due.now = cases[i].now;
		rc = outbox_due(w->db, w->arena, &due, &got, NULL);
		CHECK(rc == (cases[i].due != NULL ? RC_OK : RC_NONE),
		    cases[i].name);
		if (rc == RC_OK)
			CHECK_STR(got.id, cases[i].due, cases[i].name);
		db_run(w->db, NULL, "DELETE FROM outbox", "");
	}
}

static void
updates_for_who_has_the_lease(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail want = mail_of("1", "1"), got;
	const struct outbox_mail other = mail_of("2", "2");

	put(w, &want);
	put(w, &other);
	CHECK(outbox_update(w->db, &want, "mx:1", NULL) == RC_NONE, "no lease");
	want.lease_owner = "mx:1";
	want.lease_until = 20;
	CHECK(outbox_update(w->db, &want, NULL, NULL) == RC_OK, "claim");
	CHECK(outbox_update(w->db, &want, NULL, NULL) == RC_OK, "nothing new");

	want.state = OUTBOX_SENT;
	want.values = "{}";
	want.next_try = 31;
	want.lease_until = 0;
	want.lease_owner = NULL;
	want.attempts = 32;
	want.sent = 33;
	want.queue_id = "4Xy";
	want.error = "why";
	CHECK(outbox_update(w->db, &want, "mx:2", NULL) == RC_NONE,
	    "another's");
	CHECK(get(w, "1").state == OUTBOX_NEW, "another's");
	CHECK(outbox_update(w->db, &want, "mx:1", NULL) == RC_OK, "settle");
	got = get(w, "1");
	check_same(&got, &want, "settled");
	CHECK(outbox_update(w->db, &want, "mx:1", NULL) == RC_NONE, "again");
	got = get(w, "2");
	check_same(&got, &other, "the other stays");
	want.id = "3";
	CHECK(outbox_update(w->db, &want, NULL, NULL) == RC_NONE, "no such");
}

static void
drops_what_is_not_wanted(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail a = mail_of("a", "a"), b = mail_of("b", "b"),
			   c = mail_of("c", "c");

	b.state = OUTBOX_SENT;
	c.about = "request:2";
	put(w, &a);
	put(w, &b);
	put(w, &c);
	CHECK(outbox_drop(w->db, "request:1", NULL) == RC_OK, "new");
	CHECK(outbox_drop(w->db, "request:1", NULL) == RC_NONE, "again");
	CHECK_STR(listed(w, NULL), "b c ", "left");
}

static void
expires_what_is_done_with(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail a = mail_of("a", "a"), b = mail_of("b", "b"),
			   c = mail_of("c", "c"), d = mail_of("d", "d");

	b.state = OUTBOX_SENT;
	c.state = OUTBOX_FAILED;
	d.state = OUTBOX_BOUNCED;
	d.created = 20;
	put(w, &a);
	put(w, &b);
	put(w, &c);
	put(w, &d);
	CHECK(outbox_expire(w->db, 10, NULL) == RC_NONE, "not yet");
	CHECK(outbox_expire(w->db, 11, NULL) == RC_OK, "two");
	CHECK_STR(listed(w, NULL), "a d ", "left");
	CHECK(outbox_expire(w->db, 21, NULL) == RC_OK, "one");
	CHECK_STR(listed(w, NULL), "a ", "new mail stays");
}

/* Much of it goes in parts, so that nobody waits long for the writer. */
static void
bites_off_what_is_much(void **state)
{
	struct with_db *w = *state;
	struct due due = {5000, 10};
	int64_t n, oldest;

	for (int i = 0; i < 2400; i++) {
		const char *id = arena_printf(w->arena, "%04d", i);
		struct outbox_mail mail = mail_of(id, id);

		mail.state = i % 2 == 0 ? OUTBOX_SENT : OUTBOX_NEW;
		mail.created = mail.next_try = mail.deadline = 1 + i / 2;
		put(w, &mail);
	}
	CHECK(outbox_expire(w->db, 1 << 30, NULL) == RC_OK, "a bite");
	CHECK(outbox_by_id(w->db, w->arena, "1998", &(struct outbox_mail){0},
		  NULL) == RC_NONE,
	    "the last of it");
	CHECK(outbox_by_id(w->db, w->arena, "2000", &(struct outbox_mail){0},
		  NULL) == RC_OK,
	    "the next");
	CHECK(outbox_expire(w->db, 1 << 30, NULL) == RC_OK, "the rest");
	CHECK(outbox_expire(w->db, 1 << 30, NULL) == RC_NONE, "all");
	CHECK(outbox_give_up(w->db, &due, "late", NULL) == RC_OK, "late");
	outbox_waiting(w->db, &n, &oldest, NULL);
	CHECK(n == 200 && oldest == 1001, "those that are late still");
	CHECK(outbox_give_up(w->db, &due, "late", NULL) == RC_OK, "others");
	CHECK(outbox_give_up(w->db, &due, "late", NULL) == RC_NONE, "none");
}

/* A time that cannot be right is past, and comes behind those that are. */
static void
finds_wrong_times_behind_the_others(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail a = mail_of("a", "a"), b = mail_of("b", "b"),
			   c = mail_of("c", "c"), out;
	struct due due = {100, 50};

	a.next_try = 1000;
	b.next_try = 90;
	c.next_try = 120;
	put(w, &a);
	put(w, &b);
	put(w, &c);
	CHECK(outbox_due(w->db, w->arena, &due, &out, NULL) == RC_OK, "due");
	CHECK_STR(out.id, "b", "the one that is due");
	b.lease_until = 200;
	CHECK(outbox_update(w->db, &b, NULL, NULL) == RC_OK, "leased");
	CHECK(outbox_due(w->db, w->arena, &due, &out, NULL) == RC_OK, "wrong");
	CHECK_STR(out.id, "a", "the one that is years ahead");
	a.next_try = 110;
	CHECK(outbox_update(w->db, &a, NULL, NULL) == RC_OK, "put off");
	CHECK(outbox_due(w->db, w->arena, &due, &out, NULL) == RC_NONE, "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_the_states),
	    NEEDS_DB(bites_off_what_is_much),
	    NEEDS_DB(finds_wrong_times_behind_the_others),
	    NEEDS_DB(gives_back_what_was_written),
	    NEEDS_DB(one_reason_is_one_mail),
	    NEEDS_DB(lists_by_age),
	    NEEDS_DB(finds_what_is_due),
	    NEEDS_DB(updates_for_who_has_the_lease),
	    NEEDS_DB(drops_what_is_not_wanted),
	    NEEDS_DB(expires_what_is_done_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
