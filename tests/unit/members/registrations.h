/* SPDX-License-Identifier: MIT */
/*
 * requests - a store where addresses are asked for, and what stands in it.
 */
#pragma once

#include "forwarding/members.h"

#include "members/registration.h"
#include "outbox/outbox.h"
#include "store/provision_table.h"

#define DAY  ((int64_t)86400)
#define HOUR ((int64_t)3600)
#define NOW  ((int64_t)1767225600)

#define KEY                                                                    \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIBXXlQ4wpCtnoNfz0fqp2pg5gbe9Q1czEg279LJRgLn1"

static const char *const secret_texts[] = {"new", "old"};
static const struct keyed_secrets secrets = {
    secret_texts, COUNT(secret_texts), NULL};
static const char *const reserved[] = {"club"};
static const char *const srs_domains[] = {"srs.example"};

struct requests {
	struct members *members;
	struct temp_store *temp;
	struct store *store;
	struct arena *arena;
	struct registration_settings settings;
};

/* Unix users of these tests. */
static inline enum rc
only_joe(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	(void)a;
	*out = (struct unix_user){"/", 1};
	if (strcmp(user, "nsswitch") == 0)
		return err_set(err, RC_TEMP, "no users now");
	return strcmp(user, "joe") == 0 ? RC_OK : RC_NONE;
}

static inline int
requests_set_up(void **state)
{
	struct requests *r;
	struct members *m;

	members_set_up(state);
	m = *state;
	r = arena_take(m->arena, sizeof(*r));
	*r = (struct requests){
	    .members = m,
	    .temp = m->temp,
	    .store = m->store,
	    .arena = m->arena,
	    .settings =
		{
		    .forwards = &m->settings,
		    .domain = "remotes.club",
		    .reserved = reserved,
		    .n_reserved = COUNT(reserved),
		    .srs_domains = srs_domains,
		    .n_srs_domains = COUNT(srs_domains),
		    .limits = {1000, 1000, 1000, 1000},
		    .user_of = only_joe,
		    .codes = &secrets,
		    .approvals = &secrets,
		},
	};
	*state = r;
	return 0;
}

static inline int
requests_tear_down(void **state)
{
	struct requests *r = *state;

	temp_store_free(r->temp);
	return 0;
}

#define WITH_REQUESTS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, requests_set_up, requests_tear_down)

/* An id that tests can tell from others. */
static inline const char *
id_of(struct requests *r, int n)
{
	return arena_printf(r->arena, "%026d", n);
}

static inline struct registration_form
form_of(struct requests *r, int n, const char *userid)
{
	return (struct registration_form){
	    .id = id_of(r, n),
	    .userid = userid,
	    .email = "ann@mailbox.example",
	    .pubkey = "",
	    .note = "",
	    .client = "192.0.2.1",
	};
}

static inline enum rc
ask_form(struct requests *r, const struct registration_form *form, int64_t now)
{
	struct registration_complaint complaint;

	return registration_ask(r->store, &r->settings, r->arena, form, now,
	    &complaint, NULL);
}

static inline enum rc
ask(struct requests *r, int n, const char *userid, int64_t now)
{
	struct registration_form form = form_of(r, n, userid);

	return ask_form(r, &form, now);
}

static inline struct registration
found(struct requests *r, int n)
{
	struct registration request = {0};

	CHECK(registration_find(r->store, r->arena, id_of(r, n), &request,
		  NULL) == RC_OK,
	    "find");
	return request;
}

static inline const char *
state_of(struct requests *r, int n)
{
	struct registration request;
	enum rc rc =
	    registration_find(r->store, r->arena, id_of(r, n), &request, NULL);

	return rc == RC_OK ? registration_state_name(request.state)
			   : rc_name(rc);
}

/* Mail that is to be sent: "template recipient\n"... */
static inline const char *
unsent(struct requests *r)
{
	struct db *db = temp_store_take(r->temp);
	struct outbox_mail *all;
	struct str s;
	size_t n;

	CHECK(outbox_list(db, r->arena, NULL, &all, &n, NULL) == RC_OK, "list");
	store_give(r->store, db);
	str_init(&s, r->arena);
	for (size_t i = 0; i < n; i++)
		if (all[i].state == OUTBOX_NEW)
			str_addf(&s, "%s %s\n", all[i].template,
			    all[i].recipient);
	return s.text;
}

/* The newest mail about a request. */
static inline struct outbox_mail
mail_about(struct requests *r, int n)
{
	const char *about = arena_printf(r->arena, "request:%s", id_of(r, n));
	struct db *db = temp_store_take(r->temp);
	struct outbox_mail *all;
	size_t count;

	CHECK(outbox_list(db, r->arena, about, &all, &count, NULL) == RC_OK,
	    "list");
	store_give(r->store, db);
	CHECK(count > 0, "no mail");
	return all[count - 1];
}

/* The code in it. */
static inline const char *
code_of(struct requests *r, int n)
{
	const char *values = mail_about(r, n).values;
	const char *code = strstr(values, "\"code\":\"");

	CHECK(code != NULL, values);
	return arena_printf(r->arena, "%.11s", code + strlen("\"code\":\""));
}

static inline enum rc
prove(struct requests *r, int n, const char *code, int64_t now)
{
	return registration_verify(r->store, &r->settings, r->arena,
	    id_of(r, n), code, "192.0.2.1", now, NULL);
}

static inline enum rc
approve(struct requests *r, int n, struct err *err)
{
	return registration_approve(r->store, &r->settings, r->arena,
	    id_of(r, n), NOW + 7, err);
}

static inline int64_t
count_rows(struct requests *r, const char *sql)
{
	struct db *db = temp_store_take(r->temp);
	struct db_row *row;
	int64_t n;

	CHECK(db_start(db, sql, "", &row, NULL) == RC_OK, sql);
	CHECK(db_next(row, NULL) == RC_OK, sql);
	n = db_integer(row, 0);
	db_end(row);
	store_give(r->store, db);
	return n;
}
