/* SPDX-License-Identifier: MIT */
/*
 * sign_ins - members who sign in, and what they are mailed.
 */
#pragma once

#include "members/registrations.h"
#include "members/sign_in.h"

struct sign_ins {
	struct requests *requests;
	struct store *store;
	struct arena *arena;
	struct member_settings settings;
	int n; /* who have signed in */
};

static inline int
sign_ins_set_up(void **state)
{
	struct requests *r;
	struct sign_ins *s;

	requests_set_up(state);
	r = *state;
	s = arena_take(r->arena, sizeof(*s));
	*s = (struct sign_ins){
	    .requests = r,
	    .store = r->store,
	    .arena = r->arena,
	    .settings =
		{
		    .registration = &r->settings,
		    .codes = 5,
		    .times = {1800 * 1000, 8 * HOUR * 1000},
		    .page = true,
		},
	};
	give_accounts(r->members,
	    "ann=a@one.example,-b@two.example,c@three.example "
	    "bob=bob@four.example !sue=sue@five.example joe=-j@six.example");
	*state = s;
	return 0;
}

static inline int
sign_ins_tear_down(void **state)
{
	struct requests *r = ((struct sign_ins *)*state)->requests;

	temp_store_free(r->temp);
	return 0;
}

#define WITH_SIGN_INS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, sign_ins_set_up, sign_ins_tear_down)

static inline struct sign_in
from_browser(const char *address, const char *secret, int64_t now)
{
	return (struct sign_in){
	    address, secret, "Firefox/140", "192.0.2.1", now};
}

static inline enum rc
ask_code(struct sign_ins *s, const char *address, const char *secret,
    int64_t now)
{
	const struct sign_in in = from_browser(address, secret, now);

	return sign_in_ask(s->store, &s->settings, s->arena, &in, NULL);
}

/* The newest code that was mailed about that. */
static inline const char *
mailed_code(struct sign_ins *s, const char *about)
{
	struct db *db = temp_store_take(s->requests->temp);
	struct outbox_mail *all;
	const char *code;
	size_t n;

	CHECK(outbox_list(db, s->arena, about, &all, &n, NULL) == RC_OK,
	    "list");
	store_give(s->store, db);
	CHECK(n > 0, "no mail");
	code = strstr(all[n - 1].values, "\"code\":\"");
	CHECK(code != NULL, all[n - 1].values);
	return arena_printf(s->arena, "%.11s", code + strlen("\"code\":\""));
}

static inline enum rc
try_code(struct sign_ins *s, const char *address, const char *secret,
    const char *code, int64_t now, struct signed_in *out)
{
	const struct sign_in in = from_browser(address, secret, now);
	struct signed_in session;

	return sign_in_try(s->store, &s->settings, s->arena, &in, code,
	    out != NULL ? out : &session, NULL);
}

/* A session of that member, begun now. */
static inline struct signed_in
signed_in(struct sign_ins *s, const char *name, int64_t now)
{
	const char *address = whole(s->requests->members, name);
	struct signed_in session = {0};
	const char *code;

	/* So that the newest is found. */
	s->n++;
	CHECK(ask_code(s, address, "secret", now - 100 + s->n) == RC_OK, "ask");
	code = mailed_code(s, arena_printf(s->arena, "member:%s", address));
	CHECK(try_code(s, address, "secret", code, now, &session) == RC_OK,
	    "sign in");
	return session;
}

static inline enum rc
use(struct sign_ins *s, const struct signed_in *session, const char *browser,
    int64_t now)
{
	struct signed_in found;

	return signed_in_find(s->store, &s->settings.times, s->arena,
	    session->token, browser, now, &found, NULL);
}
