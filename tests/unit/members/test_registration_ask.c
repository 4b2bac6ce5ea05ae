/* SPDX-License-Identifier: MIT */
#include "members/registration.h"

#include "members/registrations.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X254                                                                   \
	X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		    "x"

static void
makes_ids(void **state)
{
	struct requests *r = *state;
	const char *first, *second;

	CHECK(registration_id(r->arena, &first, NULL) == RC_OK, "id");
	CHECK(registration_id(r->arena, &second, NULL) == RC_OK, "id");
	CHECK(strlen(first) == 26, first);
	CHECK(strcmp(first, second) != 0, first);
}

static void
stores_a_request_and_mails_its_code(void **state)
{
	struct requests *r = *state;
	struct registration_form form = form_of(r, 1, "ann");
	struct registration stored;
	struct outbox_mail mail;

	form.email = "Ann@MAILBOX.example";
	form.pubkey = KEY "\r\n";
	form.note = " hello,\r\n\tI am Ann ";
	CHECK(ask_form(r, &form, NOW) == RC_OK, "ask");
	stored = found(r, 1);
	CHECK_STR(stored.userid, "ann", "userid");
	CHECK_STR(stored.address, "ann@remotes.club", "address");
	CHECK_STR(stored.email, "Ann@mailbox.example", "email");
	CHECK_STR(stored.pubkey, KEY, "key");
	CHECK_STR(stored.note, "hello, I am Ann", "note");
	CHECK(stored.state == REGISTRATION_ASKED, "state");
	CHECK(stored.created == NOW && stored.code_sent == NOW, "times");
	CHECK(stored.code_expires == NOW + DAY, "expires");
	CHECK(stored.codes == 1 && stored.code_wrong == 0, "counts");
	mail = mail_about(r, 1);
	CHECK_STR(mail.template, "verify", "mail");
	CHECK_STR(mail.recipient, "Ann@mailbox.example", "mail");
	CHECK(mail.deadline == NOW + DAY, "deadline");
	CHECK(strstr(mail.values, id_of(r, 1)) != NULL, mail.values);
	CHECK(strstr(mail.values, "ann") == NULL, mail.values);
	CHECK(strstr(mail.values, "hello") == NULL, mail.values);
	CHECK(code_of(r, 1)[5] == '-', mail.values);
	CHECK(count_rows(r, "SELECT COUNT(*) FROM account") == 0, "account");
}

static void
names_what_is_wrong_with_a_field(void **state)
{
	static const struct {
		const char *userid, *email, *pubkey, *note;
		const char *why; /* of the field that is not the usual */
	} rows[] = {
	    {"", NULL, NULL, NULL, "choose a user id"},
	    {"Ann", NULL, NULL, NULL, "small letters"},
	    {"1nn", NULL, NULL, NULL, "small letters"},
	    {"a.b", NULL, NULL, NULL, "small letters"},
	    {"ann\r\nBcc: x@example.org", NULL, NULL, NULL, "small letters"},
	    {"ann\t", NULL, NULL, NULL, "small letters"},
	    {"abcdefghijklmnopqrstuvwxyz012345", NULL, NULL, NULL, "31"},
	    {"postmaster", NULL, NULL, NULL, "taken"},
	    {"bounce", NULL, NULL, NULL, "taken"},
	    {"club", NULL, NULL, NULL, "taken"},
	    {"joe", NULL, NULL, NULL, "taken or asked for"},
	    {"sue", NULL, NULL, NULL, "taken or asked for"},
	    {"bob", NULL, NULL, NULL, "taken or asked for"},
	    {NULL, "", NULL, NULL, "your mail address"},
	    {NULL, "ann", NULL, NULL, "no valid"},
	    {NULL, "postmaster", NULL, NULL, "domain name"},
	    {NULL, "@example.org", NULL, NULL, "valid"},
	    {NULL, "-dash@example.org", NULL, NULL, "a hyphen first"},
	    {NULL, "a\xe2\x80\x8bnn@example.org", NULL, NULL, "U+200B"},
	    {NULL, "\"a b\"@example.org", NULL, NULL, "needs quotes"},
	    {NULL, "|cmd@example.org", NULL, NULL, "as a command"},
	    {NULL, "/etc/passwd@example.org", NULL, NULL, "like a file"},
	    {NULL, "Ann <ann@example.org>", NULL, NULL, "valid"},
	    {NULL, "ann@example.org, bob@example.org", NULL, NULL, "valid"},
	    {NULL, "ann@example.org\r\nBcc: x@example.org", NULL, NULL,
		"valid"},
	    {NULL, "a\tnn@example.org", NULL, NULL, "valid"},
	    {NULL, "\"a\r\nb\"@example.org", NULL, NULL, "valid"},
	    {NULL, "ann@[192.0.2.1]", NULL, NULL, "domain name"},
	    {NULL, "ann@192.0.2.1", NULL, NULL, "domain name"},
	    {NULL, "ann@localhost", NULL, NULL, "domain name"},
	    {NULL, "x" X64 "@example.org", NULL, NULL, "before the @"},
	    {NULL, X254 "@example.org", NULL, NULL, "too long"},
	    {NULL, "ann@remotes.club", NULL, NULL, "outside our domains"},
	    {NULL, "ann@SECOND.example", NULL, NULL, "outside our domains"},
	    {NULL, "ann@srs.example.", NULL, NULL, "outside our domains"},
	    {NULL, NULL, "ssh-rsa AAAA", NULL, "damaged"},
	    {NULL, NULL, "hello", NULL, "no public key"},
	    {NULL, NULL, NULL, "\033[2J", "no text"},
	    {NULL, NULL, NULL, "\xff", "no text"},
	    {NULL, NULL, NULL, "a\x7f", "no text"},
	};
	struct requests *r = *state;

	give_accounts(r->members, "sue=");
	CHECK(ask(r, 100, "bob", NOW) == RC_OK, "bob");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct registration_form form = form_of(r, 1, "ann");
		struct registration_complaint c = {0};
		const char *said, *name = rows[i].why;

		if (rows[i].userid != NULL)
			form.userid = rows[i].userid;
		if (rows[i].email != NULL)
			form.email = rows[i].email;
		if (rows[i].pubkey != NULL)
			form.pubkey = rows[i].pubkey;
		if (rows[i].note != NULL)
			form.note = rows[i].note;
		CHECK(registration_ask(r->store, &r->settings, r->arena, &form,
			  NOW, &c, NULL) == RC_PERM,
		    name);
		CHECK((c.userid != NULL) == (rows[i].userid != NULL), name);
		CHECK((c.email != NULL) == (rows[i].email != NULL), name);
		CHECK((c.pubkey != NULL) == (rows[i].pubkey != NULL), name);
		CHECK((c.note != NULL) == (rows[i].note != NULL), name);
		CHECK(c.general == NULL, name);
		said = c.userid != NULL   ? c.userid
		       : c.email != NULL  ? c.email
		       : c.pubkey != NULL ? c.pubkey
					  : c.note;
		if (strstr(said, name) == NULL)
			fail_msg("%zu: \"%s\" has no \"%s\"", i, said, name);
	}
	CHECK(count_rows(r, "SELECT COUNT(*) FROM request") == 1, "stored");
}

static void
takes_unusual_fields(void **state)
{
	static const char *const mailboxes[] = {"o'neil+x@example.org",
	    "\"a..b\"@example.org", "a@sub.remotes.club",
	    "a@xn--bcher-kva.example", "<b@example.org>",
	    ("\xe2\x80\x8b"
	     "c@example.org\xc2\xa0\n"),
	    "a@\xc3\xbcx.example", "ann@my-remotes.club"};
	struct requests *r = *state;

	for (size_t i = 0; i < COUNT(mailboxes); i++) {
		const char *name = arena_printf(r->arena, "u%d", (int)i);
		struct registration_form form = form_of(r, (int)i, name);

		form.email = mailboxes[i];
		form.pubkey = i == 0 ? NULL : "\r\n ";
		form.note = i == 0 ? NULL : "\n";
		CHECK(ask_form(r, &form, NOW) == RC_OK, mailboxes[i]);
		CHECK_STR(found(r, (int)i).pubkey, NULL, "key");
		CHECK_STR(found(r, (int)i).note, NULL, "note");
	}
}

static void
names_all_that_is_wrong(void **state)
{
	struct requests *r = *state;
	struct registration_form form = {
	    .id = id_of(r, 1), .client = "192.0.2.1"};
	struct registration_complaint c;
	struct err err = {""};

	r->settings.provision = true;
	form.note = arena_printf(r->arena, "%01001d", 0);
	CHECK(registration_ask(r->store, &r->settings, r->arena, &form, NOW, &c,
		  &err) == RC_PERM,
	    "ask");
	CHECK(c.userid != NULL && c.email != NULL && c.note != NULL, "all");
	CHECK_STR(c.pubkey, "Please paste your SSH public key.", "key");
	CHECK_STR(err.text, c.userid, "err");
	form = form_of(r, 1, "ann");
	form.pubkey = arena_printf(r->arena, KEY " %09000d", 0);
	CHECK(registration_ask(r->store, &r->settings, r->arena, &form, NOW, &c,
		  NULL) == RC_PERM,
	    "ask");
	CHECK_STR(c.pubkey, "This key is too long.", "key");
	form.pubkey = KEY;
	form.note = arena_printf(r->arena, "%01000d", 0);
	CHECK(ask_form(r, &form, NOW) == RC_OK, "right");
}

static void
wants_an_id_of_its_own(void **state)
{
	static const char *const ids[] = {NULL, "", "1",
	    "0123456789012345678901234", "012345678901234567890123456",
	    "0123456789012345678901234w", "0123456789012345678901234V",
	    "0123456789012345678901234\n", "'0123456789012345678901234"};
	struct requests *r = *state;
	struct registration_form form = form_of(r, 1, "ann");
	struct registration_complaint c;

	for (size_t i = 0; i < COUNT(ids); i++) {
		form.id = ids[i];
		CHECK(registration_ask(r->store, &r->settings, r->arena, &form,
			  NOW, &c, NULL) == RC_PERM,
		    "ask");
		CHECK_STR(c.general, "Please load the page again.", "general");
	}
}

static void
takes_the_same_form_twice_as_once(void **state)
{
	struct requests *r = *state;
	struct registration_form form = form_of(r, 1, "ann");
	struct registration_complaint c;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "first");
	CHECK(ask(r, 1, "ann", NOW + 9) == RC_OK, "second");
	CHECK(found(r, 1).created == NOW, "created");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "mail");
	CHECK(prove(r, 1, code_of(r, 1), NOW) == RC_OK, "prove");
	CHECK(approve(r, 1, NULL) == RC_OK, "approve");
	CHECK(ask(r, 1, "ann", NOW + DAY) == RC_OK, "approved");
	form.email = "bob@mailbox.example";
	CHECK(registration_ask(r->store, &r->settings, r->arena, &form, NOW, &c,
		  NULL) == RC_PERM,
	    "other content");
	CHECK_STR(c.general, "Please load the page again.", "general");
	CHECK(c.userid == NULL && c.email == NULL, "only that");
	CHECK(ask(r, 1, "bob", NOW) == RC_PERM, "other name");
	CHECK(ask(r, 1, "", NOW) == RC_PERM, "no name");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM request") == 1, "one");
}

/* Its user has gone back in the browser. */
static void
puts_the_key_and_the_note_right_until_it_is_proven(void **state)
{
	struct requests *r = *state;
	struct registration_form form = form_of(r, 1, "ann");
	struct registration_complaint c;

	CHECK(ask_form(r, &form, NOW) == RC_OK, "first");
	form.pubkey = KEY;
	form.note = "hello";
	CHECK(ask_form(r, &form, NOW + 1) == RC_OK, "key");
	CHECK_STR(found(r, 1).pubkey, KEY, "key");
	CHECK_STR(found(r, 1).note, "hello", "note");
	form.pubkey = "ssh-dss AAAA";
	CHECK(registration_ask(r->store, &r->settings, r->arena, &form, NOW, &c,
		  NULL) == RC_PERM,
	    "wrong key");
	CHECK(c.pubkey != NULL && c.userid == NULL && c.general == NULL,
	    "only that");
	CHECK_STR(found(r, 1).pubkey, KEY, "kept");
	CHECK(prove(r, 1, code_of(r, 1), NOW) == RC_OK, "prove");
	form.pubkey = KEY " other";
	CHECK(ask_form(r, &form, NOW + 2) == RC_PERM, "proven");
	CHECK_STR(found(r, 1).pubkey, KEY, "proven");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "one mail");
}

static void
gives_a_name_back_that_was_asked_for_years_ahead(void **state)
{
	struct requests *r = *state;

	CHECK(ask(r, 1, "ann", NOW + 3650 * DAY) == RC_OK, "a clock ahead");
	CHECK(ask(r, 2, "ann", NOW) == RC_OK, "and right again");
	CHECK_STR(state_of(r, 1), "none", "removed");
}

static void
gives_a_name_back(void **state)
{
	struct requests *r = *state;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "first");
	CHECK(ask(r, 2, "ann", NOW) == RC_PERM, "taken");
	CHECK(ask(r, 2, "ann", NOW + DAY) == RC_PERM, "still");
	CHECK(ask(r, 2, "ann", NOW + DAY + 1) == RC_OK, "expired");
	CHECK_STR(state_of(r, 1), "none", "removed");
	CHECK(registration_refuse(r->store, &r->settings, r->arena, id_of(r, 2),
		  NULL, NOW, NULL) == RC_OK,
	    "refuse");
	CHECK(ask(r, 3, "ann", NOW) == RC_OK, "refused");
	CHECK(registration_delete(r->store, r->arena, id_of(r, 3), NULL) ==
		  RC_OK,
	    "delete");
	CHECK(ask(r, 4, "ann", NOW) == RC_OK, "deleted");
}

/* The page may have been open for days. */
static void
mails_a_form_that_comes_again_after_its_time(void **state)
{
	struct requests *r = *state;
	const struct outbox_settings s = {.lease_ms = 1000};
	struct outbox_mail mail;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "first");
	CHECK(outbox_claim(r->store, &s, r->arena, "me", NOW, &mail, NULL) ==
		  RC_OK,
	    "claim");
	CHECK(outbox_settle(r->store, &s, r->arena, &mail, OUTBOX_TAKEN, NULL,
		  NOW, NULL) == RC_OK,
	    "sent");
	CHECK(ask(r, 1, "ann", NOW + 2 * DAY) == RC_OK, "again");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "mail");
}

static void
is_temporary_while_it_does_not_know(void **state)
{
	struct requests *r = *state;

	CHECK(ask(r, 1, "nsswitch", NOW) == RC_TEMP, "Unix users");
	needs_a_file();
	CHECK(truncate(r->temp->path, 100) == 0, "damage");
	CHECK(ask(r, 1, "ann", NOW) == RC_TEMP, "store");
	CHECK(prove(r, 1, "0123456789", NOW) == RC_TEMP, "prove");
	CHECK(approve(r, 1, NULL) == RC_TEMP, "approve");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_REQUESTS(makes_ids),
	    WITH_REQUESTS(stores_a_request_and_mails_its_code),
	    WITH_REQUESTS(names_what_is_wrong_with_a_field),
	    WITH_REQUESTS(takes_unusual_fields),
	    WITH_REQUESTS(names_all_that_is_wrong),
	    WITH_REQUESTS(wants_an_id_of_its_own),
	    WITH_REQUESTS(takes_the_same_form_twice_as_once),
	    WITH_REQUESTS(puts_the_key_and_the_note_right_until_it_is_proven),
	    WITH_REQUESTS(gives_a_name_back),
	    WITH_REQUESTS(gives_a_name_back_that_was_asked_for_years_ahead),
	    WITH_REQUESTS(mails_a_form_that_comes_again_after_its_time),
	    WITH_REQUESTS(is_temporary_while_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
