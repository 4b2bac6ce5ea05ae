/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/temp_store.h"

#include <stdio.h>

#define START    1767225600
#define ID       "0123456789abcdefghijklmnop"
#define HOUR     3600
#define FAR_AWAY (START + 24 * HOUR)

static uint32_t
no_jitter(uint32_t most)
{
	(void)most;
	return 0;
}

static struct settings
usual(void)
{
	return (struct settings){
	    .mailer = {.from = "postmaster@remotes.club",
		.from_domain = "remotes.club",
		.smtp = "smtp://127.0.0.1:1", /* nobody is there */
		.user = "",
		.templates = "/nonexistent",
		.timeout_ms = 10000,
		.outbox = {.retry_min_ms = 30000,
		    .retry_max_ms = 1800000,
		    .lease_ms = 25000,
		    .keep_ms = 3600000,
		    .random = no_jitter}},
	    .signup = {.title = "The Club", .url = "https://remotes.club//"},
	    .registration = {.domain = "remotes.club"},
	    .hostname = "mx.remotes.club",
	};
}

/* An MTA that says what it is told to, and keeps the last message. */
struct mta {
	struct smtp_answer answer;
	unsigned sent;
	char sender[100], recipient[100], helo[100], text[4000];
	struct temp_store *lock; /* lost while it answers */
	struct db *locked;
};

static void
take(void *context, const struct mailer_settings *settings, struct arena *a,
    const struct smtp_message *m, struct smtp_answer *out)
{
	struct mta *mta = context;

	(void)settings;
	(void)a;
	mta->sent++;
	snprintf(mta->sender, sizeof(mta->sender), "%s", m->sender);
	snprintf(mta->recipient, sizeof(mta->recipient), "%s", m->recipient);
	snprintf(mta->helo, sizeof(mta->helo), "%s", m->helo);
	snprintf(mta->text, sizeof(mta->text), "%.*s", (int)m->len, m->text);
	*out = mta->answer;
	if (mta->lock != NULL) {
		mta->locked = temp_store_take(mta->lock);
		CHECK(db_begin(mta->locked, NULL) == RC_OK, "lock");
		mta->lock = NULL;
	}
}

static void
put(struct temp_store *t, const char *template, const char *values)
{
	const struct outbox_mail mail = {
	    .id = ID,
	    .dedup_key = "once",
	    .about = "request:1",
	    .recipient = "ann@mail.example",
	    .template = template,
	    .values = values,
	    .state = OUTBOX_NEW,
	    .created = START,
	    .next_try = START,
	    .deadline = FAR_AWAY,
	};
	struct db *db = temp_store_take(t);

	CHECK(outbox_insert(db, &mail, NULL) == RC_OK, "insert");
	store_give(t->store, db);
}

static struct outbox_mail
row(struct temp_store *t)
{
	struct outbox_mail mail;
	struct db *db = temp_store_take(t);

	CHECK(outbox_by_id(db, t->arena, ID, &mail, NULL) == RC_OK, "row");
	store_give(t->store, db);
	return mail;
}

static const struct smtp_answer ok = {OUTBOX_TAKEN, "Q1", "250 Ok", false};

static void
sends_a_mail(void **state)
{
	struct temp_store *t = *state;
	struct settings settings = usual();
	struct mta mta = {.answer = ok};
	struct worker *w = worker_new("me", take, &mta);
	struct outbox_mail mail;

	clock_set(START + 7, 0);
	assert_int_equal(worker_step(w, t->store, &settings, NULL),
	    WORKER_IDLE);
	put(t, "verify",
	    "{\"code\":\"01234-56789\",\"request\":\"r1\",\"title\":\"no\"}");
	assert_int_equal(worker_step(w, t->store, &settings, NULL),
	    WORKER_DONE);
	assert_int_equal(worker_step(w, t->store, &settings, NULL),
	    WORKER_IDLE);
	worker_free(w);
	assert_int_equal(mta.sent, 1);
	assert_string_equal(mta.helo, "mx.remotes.club");
	assert_string_equal(mta.sender, "bounce+" ID "@remotes.club");
	assert_string_equal(mta.recipient, "ann@mail.example");
	assert_true(str_starts(mta.text,
	    "From: \"The Club\" <postmaster@remotes.club>\r\n"));
	/* The date is that of the row. */
	assert_non_null(strstr(mta.text,
	    "\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n"));
	assert_non_null(strstr(mta.text,
	    "\r\nMessage-ID: <" ID "@remotes.club>\r\n"));
	assert_non_null(strstr(mta.text, "\r\n    01234-56789\r\n"));
	assert_non_null(strstr(mta.text,
	    "\r\n\r\nhttps://remotes.club/request/r1\r\n\r\n"));
	mail = row(t);
	assert_int_equal(mail.state, OUTBOX_SENT);
	assert_string_equal(mail.queue_id, "Q1");
	assert_string_equal(mail.values, "{}");
	assert_int_equal(mail.sent, START + 7);
}

static void
settles_what_was_said(void **state)
{
	static const struct {
		const char *name;
		struct smtp_answer answer;
		enum worker_step step;
		enum outbox_state state;
	} cases[] = {
	    {"later", {OUTBOX_LATER, NULL, "450 no", false}, WORKER_DONE,
		OUTBOX_NEW},
	    {"nobody there", {OUTBOX_LATER, NULL, "no way", true},
		WORKER_UNREACHABLE, OUTBOX_NEW},
	    {"refused", {OUTBOX_REFUSED, NULL, "550 no", false}, WORKER_DONE,
		OUTBOX_FAILED},
	};
	struct settings settings = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mta mta = {.answer = cases[i].answer};
		struct worker *w = worker_new("me", take, &mta);
		struct temp_store *t = temp_store_new();
		struct outbox_mail mail;

		temp_store_make(t);
		clock_set(START, 0);
		put(t, "refused", "{\"address\":\"a\",\"reason\":\"b\"}");
		CHECK(worker_step(w, t->store, &settings, NULL) ==
			  cases[i].step,
		    cases[i].name);
		mail = row(t);
		CHECK(mail.state == cases[i].state, cases[i].name);
		CHECK_STR(mail.error, cases[i].answer.reply, cases[i].name);
		worker_free(w);
		temp_store_free(t);
	}
}

static void
keeps_what_it_cannot_write(void **state)
{
	static const struct {
		const char *name, *template, *values, *domain, *want;
	} cases[] = {
	    {"no such template", "invoice", "{}", "remotes.club",
		"there is no template \"invoice\""},
	    {"a value is missing", "verify", "{\"code\":\"1\"}", "remotes.club",
		"there is no value for {{request}}"},
	    {"no text", "verify", "{\"code\":1,\"request\":\"2\"}",
		"remotes.club", "there is no value for {{code}}"},
	    {"no JSON", "verify", "{", "remotes.club",
		"its values are no JSON object"},
	    {"a list", "verify", "[]", "remotes.club",
		"its values are no JSON object"},
	    {"no sender", "verify", "{\"code\":\"1\",\"request\":\"2\"}", "",
		"there is no sender: set domains or mailer.from"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings settings = usual();
		struct mta mta = {.answer = ok};
		struct worker *w = worker_new("me", take, &mta);
		struct temp_store *t = temp_store_new();
		struct outbox_mail mail;

		temp_store_make(t);
		clock_set(START, 0);
		settings.mailer.from_domain = cases[i].domain;
		put(t, cases[i].template, cases[i].values);
		CHECK(worker_step(w, t->store, &settings, NULL) == WORKER_DONE,
		    cases[i].name);
		CHECK(mta.sent == 0, cases[i].name);
		mail = row(t);
		CHECK(mail.state == OUTBOX_NEW, cases[i].name);
		CHECK_STR(mail.error, cases[i].want, cases[i].name);
		worker_free(w);
		temp_store_free(t);
	}
}

static void
send_by_smtp(void *context, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out)
{
	smtp_send(context, settings, a, message, out);
}

/* Steps of two seconds, as the mailer pauses: through libcurl, which is
   refused. */
static void
waits_an_hour_for_an_mta_that_is_down(void **state)
{
	struct temp_store *t = *state;
	struct settings settings = usual();
	struct mta mta = {.answer = ok};
	struct worker *down, *back;
	struct smtp *smtp;
	unsigned tries = 0;

	assert_int_equal(smtp_open(NULL, &smtp, NULL), RC_OK);
	down = worker_new("me", send_by_smtp, smtp);
	back = worker_new("me", take, &mta);
	clock_set(START, 0);
	put(t, "refused", "{\"address\":\"a\",\"reason\":\"b\"}");
	for (; clock_now() < START + HOUR; clock_advance(2000))
		switch (worker_step(down, t->store, &settings, NULL)) {
		case WORKER_UNREACHABLE:
			tries++;
			break;
		case WORKER_IDLE:
			break;
		case WORKER_DONE:
		case WORKER_STORE_DOWN:
			fail();
		}
	/* At 0 s, 30, 90, 210, 450, 930 and 1,890; then half an hour. */
	assert_int_equal(tries, 7);
	assert_true(row(t).attempts == tries);
	assert_int_equal(row(t).state, OUTBOX_NEW);
	while (worker_step(back, t->store, &settings, NULL) == WORKER_IDLE)
		clock_advance(2000);
	assert_int_equal(row(t).state, OUTBOX_SENT);
	assert_true(clock_now() <= START + HOUR + HOUR / 2);
	worker_free(down);
	worker_free(back);
	smtp_close(smtp);
}

/* It was sent: whatever happens to the store, it is not sent again. */
static void
settles_when_the_store_is_back(void **state)
{
	struct temp_store *t = *state;
	struct settings settings = usual();
	struct mta mta = {.answer = ok, .lock = t};
	struct worker *w;
	struct store *store;
	struct err err;

	needs_a_file();
	w = worker_new("me", take, &mta);
	clock_set(START, 0);
	put(t, "refused", "{\"address\":\"a\",\"reason\":\"b\"}");
	assert_int_equal(store_open(t->url, NULL, &store, NULL), RC_OK);
	store_set_wait(store, 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(worker_step(w, store, &settings, &err),
		    WORKER_STORE_DOWN);
		assert_string_not_equal(err.text, "");
	}
	db_abandon(mta.locked);
	store_give(t->store, mta.locked);
	assert_int_equal(worker_step(w, store, &settings, &err), WORKER_DONE);
	assert_int_equal(row(t).state, OUTBOX_SENT);
	assert_int_equal(mta.sent, 1);
	worker_free(w);
	store_close(store);
}

static void
leaves_a_mail_to_who_has_taken_it_over(void **state)
{
	struct temp_store *t = *state;
	struct settings settings = usual();
	struct mta mta = {.answer = ok, .lock = t};
	struct mta other = {.answer = {OUTBOX_REFUSED, NULL, "550 no", false}};
	struct worker *w, *heir;
	struct store *store;
	struct err err;

	needs_a_file();
	w = worker_new("me", take, &mta);
	heir = worker_new("another", take, &other);
	clock_set(START, 0);
	put(t, "refused", "{\"address\":\"a\",\"reason\":\"b\"}");
	assert_int_equal(store_open(t->url, NULL, &store, NULL), RC_OK);
	store_set_wait(store, 10);
	assert_int_equal(worker_step(w, store, &settings, &err),
	    WORKER_STORE_DOWN);
	db_abandon(mta.locked);
	store_give(t->store, mta.locked);
	assert_int_equal(worker_step(heir, store, &settings, &err),
	    WORKER_IDLE);
	clock_advance(settings.mailer.outbox.lease_ms);
	assert_int_equal(worker_step(heir, store, &settings, &err),
	    WORKER_DONE);
	assert_int_equal(worker_step(w, store, &settings, &err), WORKER_DONE);
	assert_int_equal(row(t).state, OUTBOX_FAILED);
	assert_int_equal(other.sent, 1);
	assert_string_equal(mta.text, other.text);
	worker_free(w);
	worker_free(heir);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_STORE(sends_a_mail),
	    cmocka_unit_test(settles_what_was_said),
	    cmocka_unit_test(keeps_what_it_cannot_write),
	    NEEDS_STORE(waits_an_hour_for_an_mta_that_is_down),
	    NEEDS_STORE(settles_when_the_store_is_back),
	    NEEDS_STORE(leaves_a_mail_to_who_has_taken_it_over),
	};
	static const struct log_settings log = {"stderr", "error", "text"};

	log_open("test", &log);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
