/* SPDX-License-Identifier: MIT */
#include "forwarding/author_reply.h"

#include "forwarding/members.h"

#define NOW 1767225600

static const char *const domains[] = {"srs.example"};
static const char *const secrets[] = {"secret"}, *const others[] = {"other"};
static const struct srs srs = {
    domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 4, 4};
static const struct srs changed = {
    domains, 1, {NULL, NULL}, NULL, others, 1, 21, 4, 4};
static const struct return_path_settings with_srs = {&srs, NULL, NULL, NULL};
static const struct author_settings authors = {"fwd.remotes.club", &with_srs};

static const struct address sue = {"Sue", "example.org"};

static const char *
address_of_sue(struct members *m, const char **token)
{
	struct author_address address;

	assert_int_equal(author_address_make(&authors, m->arena, &sue, &address,
			     NULL),
	    RC_OK);
	*token = address.token;
	return address.text;
}

static void
an_address_is_of_one_author(void **state)
{
	static const struct return_path_settings other = {
	    &changed, NULL, NULL, NULL};
	static const struct return_path_settings none = {
	    NULL, NULL, NULL, NULL};
	static const struct return_path_settings ill = {
	    &srs, NULL, "unreadable", NULL};
	const struct {
		const char *name;
		struct author_settings settings;
		struct address author;
		enum rc rc;
		bool same;
	} rows[] = {
	    {"as before", authors, {"Sue", "example.org"}, RC_OK, true},
	    {"case", authors, {"sUE", "example.org"}, RC_OK, true},
	    {"another", authors, {"sue", "example.com"}, RC_OK, false},
	    {"another secret", {"fwd.remotes.club", &other},
		{"Sue", "example.org"}, RC_OK, false},
	    {"no secret", {"fwd.remotes.club", &none}, {"Sue", "example.org"},
		RC_TEMP, false},
	    {"one that cannot be read", {"fwd.remotes.club", &ill},
		{"Sue", "example.org"}, RC_TEMP, false},
	};
	struct members *m = *state;
	const char *token, *text = address_of_sue(m, &token);

	assert_int_equal(strlen(token), AUTHOR_TOKEN_LEN);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct author_address got;

		CHECK(author_address_make(&rows[i].settings, m->arena,
			  &rows[i].author, &got, NULL) == rows[i].rc,
		    rows[i].name);
		if (rows[i].rc == RC_OK)
			CHECK((strcmp(got.text, text) == 0) == rows[i].same,
			    rows[i].name);
	}
}

static void
note_accounts(struct members *m, const char *token, const char *const *accounts,
    size_t n)
{
	const struct author_note note = {token, &sue, accounts, n};
	struct err err = {""};

	CHECK(author_address_note(m->store, m->arena, &note, NOW, &err) ==
		  RC_OK,
	    err.text);
}

/* With ann and team (of ann and bob) among those who had mail. */
static void
whose_mailbox_had_mail_may_answer(void **state)
{
	static const struct {
		const char *name, *accounts, *sender, *as;
	} rows[] = {
	    {"a target", "ann=a@x.example", "a@x.example", "ann@remotes.club"},
	    {"case", "ann=A@x.example", "a@X.example", "ann@remotes.club"},
	    {"no target", "ann=a@x.example", "b@x.example", NULL},
	    {"the null sender", "ann=a@x.example", "", NULL},
	    {"the account", "ann=a@x.example", "ann@remotes.club", NULL},
	    {"another's target", "ann=a@x.example eve=e@x.example",
		"e@x.example", NULL},
	    {"paused", "ann=-a@x.example", "a@x.example", NULL},
	    {"pending", "ann=?a@x.example", "a@x.example", NULL},
	    {"suspended", "!ann=a@x.example", "a@x.example", NULL},
	    {"no account any more", "eve=a@x.example", "a@x.example", NULL},
	    {"by way of another", "team=bob bob=b@x.example", "b@x.example",
		"team@remotes.club"},
	    {"not as that one", "bob=b@x.example team=", "b@x.example", NULL},
	    {"a catch-all", "@second.example=c@x.example", "c@x.example",
		"any@second.example"},
	};
	static const char *const accounts[] = {
	    "ann@remotes.club", "team@remotes.club", "any@second.example"};
	struct members *m = *state;
	const struct author_reply_search search = {
	    .store = m->store, .served = &m->settings, .authors = &authors};
	const char *token;
	struct address to;

	address_read(m->arena, address_of_sue(m, &token), &to, NULL);
	note_accounts(m, token, accounts, COUNT(accounts));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct author_reply got;
		struct address sender = {0};
		bool known;
		enum rc rc;

		give_accounts(m, rows[i].accounts);
		address_read(m->arena, rows[i].sender, &sender, NULL);
		rc = author_reply_find(&search, m->arena, &to, &sender, NOW,
		    &got, &known, NULL);
		CHECK(rc == (rows[i].as == NULL ? RC_NONE : RC_OK),
		    rows[i].name);
		CHECK_STR(got.account, rows[i].as, rows[i].name);
		if (rc == RC_OK)
			CHECK_STR(got.author, "Sue@example.org", rows[i].name);
	}
}

static void
nobody_else_has_such_an_address(void **state)
{
	struct members *m = *state;
	const struct author_reply_search search = {
	    .store = m->store, .served = &m->settings, .authors = &authors};
	const struct address sender = {"a", "x.example"};
	static const char *const accounts[] = {"ann@remotes.club"};
	const char *token, *author;
	const struct {
		struct address address;
		enum rc rc;
	} rows[] = {
	    {{address_of_sue(m, &token), "fwd.remotes.club"}, RC_NONE},
	    {{token, "fwd.remotes.club"}, RC_OK},
	    {{"0123456789abcdef0123456789abcdef", "fwd.remotes.club"}, RC_NONE},
	    {{token, "remotes.club"}, RC_NONE},
	    {{token + 1, "fwd.remotes.club"}, RC_NONE},
	    {{"postmaster", "fwd.remotes.club"}, RC_NONE},
	};

	give_accounts(m, "ann=a@x.example");
	note_accounts(m, token, accounts, 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].address.local;
		struct author_reply got;
		bool known;

		CHECK(author_address_find(m->store, &authors, m->arena,
			  &rows[i].address, NOW, &author, NULL) == rows[i].rc,
		    name);
		CHECK(author_reply_find(&search, m->arena, &rows[i].address,
			  &sender, NOW, &got, &known, NULL) == rows[i].rc,
		    name);
		CHECK(known == (rows[i].rc == RC_OK), name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_address_is_of_one_author,
		members_set_up, members_tear_down),
	    cmocka_unit_test_setup_teardown(whose_mailbox_had_mail_may_answer,
		members_set_up, members_tear_down),
	    cmocka_unit_test_setup_teardown(nobody_else_has_such_an_address,
		members_set_up, members_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
