/* SPDX-License-Identifier: MIT */
#include "members/registration.h"

#include "members/registrations.h"

#include <pthread.h>

/* Request n, of a name and mailbox of its own unless told otherwise. */
static enum rc
ask_from(struct requests *r, int n, const char *client, const char *email,
    int64_t now, const char **why)
{
	struct registration_form form =
	    form_of(r, n, arena_printf(r->arena, "u%d", n));
	struct registration_complaint c;
	enum rc rc;

	form.client = client;
	form.email = email != NULL
			 ? email
			 : arena_printf(r->arena, "u%d@mailbox.example", n);
	rc = registration_ask(r->store, &r->settings, r->arena, &form, now, &c,
	    NULL);
	if (why != NULL)
		*why = c.general != NULL ? c.general : "";
	return rc;
}

static void
open_again(struct requests *r)
{
	store_close(r->store);
	CHECK(store_open(r->temp->url, NULL, &r->store, NULL) == RC_OK,
	    "store");
	r->temp->store = r->members->store = r->store;
}

/* Whoever has a /48 has 65,536 clients, and a newcomer elsewhere has none. */
static void
one_network_does_not_use_up_the_hour(void **state)
{
	struct requests *r = *state;
	const char *why;
	int n = 0, taken = 0;

	r->settings.limits.client = 5;
	r->settings.limits.all = 100;
	for (int i = 0; i < 100; i++, n++)
		taken +=
		    ask_from(r, n,
			arena_printf(r->arena, "2001:db8:bad:%x::1", i / 2),
			NULL, NOW, &why) == RC_OK;
	assert_int_equal(taken, 20);
	CHECK(strstr(why, "from your network") != NULL, why);
	/* Others who ask more than once leave the last quarter. */
	for (int i = 0; i < 100; i++, n++)
		taken += ask_from(r, n,
			     arena_printf(r->arena, "198.51.%d.%d", i / 10, i),
			     NULL, NOW, &why) == RC_OK;
	assert_int_equal(taken, 75 + 4); /* networks 6 to 9, once */
	CHECK(strstr(why, "at this time") != NULL, why);
	for (int i = 0; i < 21; i++, n++)
		CHECK(ask_from(r, n, arena_printf(r->arena, "10.0.%d.1", i),
			  NULL, NOW, &why) == RC_OK,
		    why);
	CHECK(ask_from(r, n, "10.1.0.1", NULL, NOW, &why) == RC_NONE, "full");
}

static void
limits_clients(void **state)
{
	static const struct {
		const char *client;
		enum rc rc;
	} rows[] = {
	    {"192.0.2.1", RC_OK},
	    {"192.0.2.1", RC_OK},
	    {"192.0.2.1", RC_NONE},
	    {"::ffff:192.0.2.1", RC_NONE},
	    {"192.0.2.2", RC_OK},
	    {"2001:db8:1:2::1", RC_OK},
	    {"2001:db8:1:2:3:4:5:6", RC_OK},
	    {"2001:DB8:1:2:ffff::", RC_NONE},
	    {"2001:db8:1:3::1", RC_OK},
	    {"unix", RC_OK},
	    {NULL, RC_OK},
	    {"", RC_NONE},
	};
	struct requests *r = *state;
	const char *why;
	int n = 0;

	r->settings.limits.client = 2;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(ask_from(r, n++, rows[i].client, NULL, NOW, &why) ==
			  rows[i].rc,
		    rows[i].client != NULL ? rows[i].client : "NULL");
		if (rows[i].rc == RC_NONE)
			CHECK_STR(why,
			    "Too many requests from your network: please try "
			    "again in 60 minutes.",
			    rows[i].client);
	}
	open_again(r);
	CHECK(ask_from(r, n, "192.0.2.1", NULL, NOW + HOUR - 1, &why) ==
		  RC_NONE,
	    "in an hour");
	CHECK(strstr(why, "again in 1 minute.") != NULL, why);
	CHECK(ask_from(r, n, "192.0.2.1", NULL, NOW + HOUR, NULL) == RC_OK,
	    "after an hour");
}

static void
limits_all_together(void **state)
{
	struct requests *r = *state;
	const char *why;

	r->settings.limits.all = 2;
	r->settings.limits.client = 1;
	CHECK(ask_from(r, 1, "192.0.2.1", NULL, NOW, NULL) == RC_OK, "1");
	CHECK(ask_from(r, 2, "192.0.2.2", NULL, NOW, NULL) == RC_OK, "2");
	open_again(r);
	CHECK(ask_from(r, 3, "192.0.2.3", NULL, NOW, &why) == RC_NONE, "3");
	CHECK(strstr(why, "at this time") != NULL, why);
	r->settings.limits.all = 3;
	CHECK(ask_from(r, 3, "192.0.2.3", NULL, NOW, NULL) == RC_OK,
	    "a request that was not taken does not count for its client");
	CHECK(ask_from(r, 4, "192.0.2.4", NULL, NOW + HOUR, NULL) == RC_OK,
	    "after an hour");
}

static void
counts_no_form_with_a_wrong_field(void **state)
{
	struct requests *r = *state;

	r->settings.limits.client = r->settings.limits.all = 1;
	r->settings.limits.mailbox = 1;
	for (int i = 0; i < 5; i++) {
		CHECK(ask(r, 1, "Ann", NOW) == RC_PERM, "syntax");
		CHECK(ask(r, 1, "joe", NOW) == RC_PERM, "taken");
	}
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "right");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "mail");
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "the same once more");
	CHECK(ask(r, 2, "bob", NOW) == RC_NONE, "another");
}

/* To who asks it looks the same, now and when codes are typed. */
static void
mails_a_mailbox_no_more_than_so_often(void **state)
{
	struct requests *r = *state;
	struct registration_complaint c;
	struct registration_form form = form_of(r, 2, "bob");
	struct err err;

	r->settings.limits.mailbox = 1;
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "first");
	form.email = "Ann@Mailbox.Example";
	CHECK(registration_ask(r->store, &r->settings, r->arena, &form, NOW, &c,
		  NULL) == RC_OK,
	    "second");
	CHECK(c.userid == NULL && c.email == NULL && c.general == NULL,
	    "no complaint");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "one mail");
	CHECK_STR(state_of(r, 2), "asked", "stored");
	CHECK(found(r, 2).codes == 1 && found(r, 2).code_sent == NOW, "equal");
	CHECK(registration_verify(r->store, &r->settings, r->arena, id_of(r, 2),
		  "0123456789", "192.0.2.1", NOW, &err) == RC_PERM,
	    "no code");
	CHECK_STR(err.text, "This code is wrong.", "no code");
	CHECK(found(r, 2).code_wrong == 1, "counted");
	CHECK(registration_resend(r->store, &r->settings, r->arena, id_of(r, 2),
		  NOW + 60, NULL) == RC_OK,
	    "resend");
	CHECK(found(r, 2).codes == 2, "resend");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "still one");
	CHECK(ask_from(r, 3, "192.0.2.1", "ann@mailbox.example", NOW + DAY,
		  NULL) == RC_OK,
	    "next day");
	CHECK_STR(unsent(r),
	    "verify ann@mailbox.example\nverify ann@mailbox.example\n",
	    "next day");
}

static enum rc
type(struct requests *r, int n, const char *code, const char *client,
    struct err *err)
{
	return registration_verify(r->store, &r->settings, r->arena,
	    id_of(r, n), code, client, NOW, err);
}

static void
limits_codes_of_a_client(void **state)
{
	struct requests *r = *state;
	const char *code;
	struct err err;

	r->settings.limits.tries = 3;
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	CHECK(ask(r, 2, "bob", NOW) == RC_OK, "ask");
	code = code_of(r, 1);
	for (int i = 0; i < 3; i++)
		CHECK(type(r, 2, "0123456789", "2001:db8::1", &err) == RC_PERM,
		    "wrong");
	CHECK_STR(err.text, "This code is wrong.", "third");
	open_again(r);
	CHECK(type(r, 1, code, "2001:db8::2", &err) == RC_PERM, "fourth");
	CHECK_STR(err.text,
	    "Too many codes from your network: please try again in 60 "
	    "minutes.",
	    "fourth");
	CHECK(type(r, 2, "0123456789", "2001:db8::2", &err) == RC_PERM,
	    "fifth");
	CHECK(found(r, 2).code_wrong == 3, "not looked at");
	CHECK(type(r, 1, code, "192.0.2.1", &err) == RC_OK, "another client");
	CHECK(type(r, 1, code, "2001:db8::2", &err) == RC_OK, "done already");
}

struct crowd {
	struct requests *r;
	const char *userid, *code;
	int n;
	enum rc rc;
};

#define CROWD 20

static void
let_all(struct crowd *crowd, void *(*do_it)(void *))
{
	pthread_t threads[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		CHECK(pthread_create(&threads[i], NULL, do_it, &crowd[i]) == 0,
		    "thread");
	for (size_t i = 0; i < CROWD; i++)
		CHECK(pthread_join(threads[i], NULL) == 0, "thread");
}

static int
count_answers(const struct crowd *crowd, enum rc rc)
{
	int n = 0;

	for (size_t i = 0; i < CROWD; i++)
		n += crowd[i].rc == rc;
	return n;
}

static void *
ask_in_parallel(void *context)
{
	struct crowd *c = context;
	struct arena *a = arena_new();
	struct requests r = *c->r;

	r.arena = a;
	c->rc = ask(&r, c->n, c->userid, NOW);
	arena_free(a);
	return NULL;
}

static void *
guess_in_parallel(void *context)
{
	struct crowd *c = context;
	struct arena *a = arena_new();
	struct requests r = *c->r;

	r.arena = a;
	c->rc = prove(&r, c->n, c->code, NOW);
	arena_free(a);
	return NULL;
}

static void *
approve_in_parallel(void *context)
{
	struct crowd *c = context;
	struct arena *a = arena_new();
	struct requests r = *c->r;

	r.arena = a;
	c->rc = approve(&r, c->n, NULL);
	arena_free(a);
	return NULL;
}

static void
takes_a_form_sent_twenty_times_at_once(void **state)
{
	struct requests *r = *state;
	struct crowd crowd[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = (struct crowd){.r = r, .n = 1, .userid = "ann"};
	let_all(crowd, ask_in_parallel);
	CHECK(count_answers(crowd, RC_OK) == CROWD, "answers");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM request") == 1, "one");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "one mail");
}

static void
gives_a_name_to_one_of_many(void **state)
{
	struct requests *r = *state;
	struct crowd crowd[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = (struct crowd){.r = r, .n = (int)i, .userid = "ann"};
	let_all(crowd, ask_in_parallel);
	CHECK(count_answers(crowd, RC_OK) == 1, "one");
	CHECK(count_answers(crowd, RC_PERM) == CROWD - 1, "others");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "one mail");
}

static void
holds_limits_in_parallel(void **state)
{
	struct requests *r = *state;
	struct crowd crowd[CROWD];

	r->settings.limits.client = 7;
	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = (struct crowd){.r = r,
		    .n = (int)i,
		    .userid = arena_printf(r->arena, "u%d", (int)i)};
	let_all(crowd, ask_in_parallel);
	CHECK(count_answers(crowd, RC_OK) == 7, "taken");
	CHECK(count_answers(crowd, RC_NONE) == CROWD - 7, "too many");
}

/* The right code is good only if fewer than five wrong ones came before. */
static void
lets_five_wrong_codes_be_typed_in_parallel(void **state)
{
	struct requests *r = *state;
	struct crowd crowd[CROWD];
	const char *code;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	code = code_of(r, 1);
	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = (struct crowd){.r = r, .n = 1, .code = "0000000000"};
	let_all(crowd, guess_in_parallel);
	CHECK(count_answers(crowd, RC_PERM) == CROWD, "all wrong");
	CHECK(found(r, 1).code_wrong == 5, "five counted");
	CHECK(prove(r, 1, code, NOW) == RC_PERM, "spoilt");
}

static void
proves_and_approves_once_in_parallel(void **state)
{
	struct requests *r = *state;
	struct crowd crowd[CROWD];

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	for (size_t i = 0; i < CROWD; i++)
		crowd[i] =
		    (struct crowd){.r = r, .n = 1, .code = code_of(r, 1)};
	let_all(crowd, guess_in_parallel);
	CHECK(count_answers(crowd, RC_OK) == CROWD, "all right");
	let_all(crowd, approve_in_parallel);
	CHECK(count_answers(crowd, RC_OK) == 1, "one");
	CHECK(count_answers(crowd, RC_PERM) == CROWD - 1, "others");
	CHECK_STR(unsent(r), "welcome ann@mailbox.example\n", "one mail");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM forward") == 1, "forward");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_REQUESTS(limits_clients),
	    WITH_REQUESTS(one_network_does_not_use_up_the_hour),
	    WITH_REQUESTS(limits_all_together),
	    WITH_REQUESTS(counts_no_form_with_a_wrong_field),
	    WITH_REQUESTS(mails_a_mailbox_no_more_than_so_often),
	    WITH_REQUESTS(limits_codes_of_a_client),
	    WITH_REQUESTS(takes_a_form_sent_twenty_times_at_once),
	    WITH_REQUESTS(gives_a_name_to_one_of_many),
	    WITH_REQUESTS(holds_limits_in_parallel),
	    WITH_REQUESTS(lets_five_wrong_codes_be_typed_in_parallel),
	    WITH_REQUESTS(proves_and_approves_once_in_parallel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
