/* SPDX-License-Identifier: MIT */
#include "members/registration.h"

#include "members/registrations.h"
#include "outbox/code_hash.h"

enum event {
	RIGHT,
	WRONG,
	RESEND,
	APPROVE,
	REFUSE,
	DELETE
};

static const char *const event_names[] = {
    "right code",
    "wrong code",
    "resend",
    "approve",
    "refuse",
    "delete",
};

#define MAILBOX "ann@mailbox.example"

/* Request number n in that state, none of its mail sent. */
static const char *
bring_to(struct requests *r, int n, enum registration_state state)
{
	const char *name = arena_printf(r->arena, "u%d", n), *code;

	CHECK(ask(r, n, name, NOW) == RC_OK, name);
	code = code_of(r, n);
	if (state == REGISTRATION_PROVEN || state == REGISTRATION_APPROVED)
		CHECK(prove(r, n, code, NOW) == RC_OK, name);
	if (state == REGISTRATION_APPROVED)
		CHECK(approve(r, n, NULL) == RC_OK, name);
	if (state == REGISTRATION_REFUSED)
		CHECK(registration_refuse(r->store, &r->settings, r->arena,
			  id_of(r, n), NULL, NOW, NULL) == RC_OK,
		    name);
	return code;
}

static void
drop_all_mail(struct requests *r)
{
	struct db *db = temp_store_take(r->temp);

	db_run(db, NULL, "DELETE FROM outbox", "");
	store_give(r->store, db);
}

static enum rc
happen(struct requests *r, int n, enum event event, const char *code,
    struct err *err)
{
	const char *id = id_of(r, n);

	switch (event) {
	case RIGHT:
		return registration_verify(r->store, &r->settings, r->arena, id,
		    code, "192.0.2.1", NOW + 99, err);
	case WRONG:
		return registration_verify(r->store, &r->settings, r->arena, id,
		    "0000000000", "192.0.2.1", NOW + 99, err);
	case RESEND:
		return registration_resend(r->store, &r->settings, r->arena, id,
		    NOW + 60, err);
	case APPROVE:
		return registration_approve(r->store, &r->settings, r->arena,
		    id, NOW + 99, err);
	case REFUSE:
		return registration_refuse(r->store, &r->settings, r->arena, id,
		    "full\r\nBcc: all", NOW + 99, err);
	default:
		return registration_delete(r->store, r->arena, id, err);
	}
}

static void
goes_from_state_to_state(void **state)
{
	static const struct {
		enum registration_state from;
		enum event event;
		enum rc rc;
		const char *to, *mail, *why;
	} rows[] = {
	    {REGISTRATION_ASKED, RIGHT, RC_OK, "proven", "", ""},
	    {REGISTRATION_ASKED, WRONG, RC_PERM, "asked", "", "wrong"},
	    {REGISTRATION_ASKED, RESEND, RC_OK, "asked", "verify " MAILBOX "\n",
		""},
	    {REGISTRATION_ASKED, APPROVE, RC_PERM, "asked", "", "not proven"},
	    {REGISTRATION_ASKED, REFUSE, RC_OK, "refused", "", ""},
	    {REGISTRATION_ASKED, DELETE, RC_OK, "none", "", ""},
	    {REGISTRATION_PROVEN, RIGHT, RC_OK, "proven", "", ""},
	    {REGISTRATION_PROVEN, WRONG, RC_PERM, "proven", "", "wrong"},
	    {REGISTRATION_PROVEN, RESEND, RC_PERM, "proven", "",
		"proven already"},
	    {REGISTRATION_PROVEN, APPROVE, RC_OK, "approved",
		"welcome " MAILBOX "\n", ""},
	    {REGISTRATION_PROVEN, REFUSE, RC_OK, "refused",
		"refused " MAILBOX "\n", ""},
	    {REGISTRATION_PROVEN, DELETE, RC_OK, "none", "", ""},
	    {REGISTRATION_APPROVED, RIGHT, RC_OK, "approved", "", ""},
	    {REGISTRATION_APPROVED, WRONG, RC_PERM, "approved", "", "wrong"},
	    {REGISTRATION_APPROVED, RESEND, RC_PERM, "approved", "",
		"proven already"},
	    {REGISTRATION_APPROVED, APPROVE, RC_PERM, "approved", "",
		"approved already"},
	    {REGISTRATION_APPROVED, REFUSE, RC_PERM, "approved", "",
		"approved already"},
	    {REGISTRATION_APPROVED, DELETE, RC_OK, "none", "", ""},
	    {REGISTRATION_REFUSED, RIGHT, RC_PERM, "refused", "",
		"was refused"},
	    {REGISTRATION_REFUSED, WRONG, RC_PERM, "refused", "",
		"was refused"},
	    {REGISTRATION_REFUSED, RESEND, RC_PERM, "refused", "",
		"was refused"},
	    {REGISTRATION_REFUSED, APPROVE, RC_PERM, "refused", "",
		"refused already"},
	    {REGISTRATION_REFUSED, REFUSE, RC_PERM, "refused", "",
		"refused already"},
	    {REGISTRATION_REFUSED, DELETE, RC_OK, "none", "", ""},
	};
	struct requests *r = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = arena_printf(r->arena, "%s, %s",
		    registration_state_name(rows[i].from),
		    event_names[rows[i].event]);
		struct err err = {""};
		const char *code = bring_to(r, (int)i, rows[i].from);

		drop_all_mail(r);
		CHECK(happen(r, (int)i, rows[i].event, code, &err) ==
			  rows[i].rc,
		    name);
		CHECK_STR(state_of(r, (int)i), rows[i].to, name);
		CHECK_STR(unsent(r), rows[i].mail, name);
		CHECK(strstr(err.text, rows[i].why) != NULL, err.text);
	}
}

static void
knows_no_other_request(void **state)
{
	struct requests *r = *state;

	for (enum event event = RIGHT; event <= DELETE; event++)
		CHECK(happen(r, 1, event, "0123456789", NULL) == RC_NONE,
		    event_names[event]);
}

static void
drops_the_mail_of_what_is_over(void **state)
{
	static const enum event events[] = {APPROVE, REFUSE, DELETE};
	struct requests *r = *state;

	for (size_t i = 0; i < COUNT(events); i++) {
		bring_to(r, (int)i, REGISTRATION_PROVEN);
		CHECK_STR(unsent(r), "verify " MAILBOX "\n", "before");
		happen(r, (int)i, events[i], NULL, NULL);
		CHECK(strstr(unsent(r), "verify") == NULL, unsent(r));
		drop_all_mail(r);
	}
	bring_to(r, 9, REGISTRATION_ASKED);
	happen(r, 9, RESEND, NULL, NULL);
	CHECK_STR(unsent(r), "verify " MAILBOX "\n", "only the newer");
	happen(r, 9, DELETE, NULL, NULL);
	CHECK_STR(unsent(r), "", "deleted");
}

static void
approves_all_at_once(void **state)
{
	struct requests *r = *state;
	struct outbox_mail mail;
	struct provision p;
	struct forward *forwards;
	struct db *db;
	size_t n;

	r->settings.provision = true;
	{
		struct registration_form form = form_of(r, 1, "ann");

		form.pubkey = KEY;
		form.note = "please";
		CHECK(ask_form(r, &form, NOW) == RC_OK, "ask");
	}
	CHECK(prove(r, 1, code_of(r, 1), NOW + 5) == RC_OK, "prove");
	CHECK(approve(r, 1, NULL) == RC_OK, "approve");
	CHECK(approve(r, 1, NULL) == RC_PERM, "twice");
	CHECK(found(r, 1).proven == NOW + 5, "proven");
	CHECK(found(r, 1).decided == NOW + 7, "decided");
	db = temp_store_take(r->temp);
	CHECK(forward_list(db, r->arena, NULL, &forwards, &n, NULL) == RC_OK,
	    "forwards");
	CHECK(n == 1 && forwards[0].state == FORWARD_ACTIVE, "active");
	CHECK_STR(forwards[0].account, "ann@remotes.club", "account");
	CHECK_STR(forwards[0].target, MAILBOX, "target");
	CHECK(forwards[0].verified == NOW + 7, "verified");
	CHECK(provision_by_request(db, r->arena, id_of(r, 1), &p, NULL) ==
		  RC_OK,
	    "provision");
	store_give(r->store, db);
	mail = mail_about(r, 1);
	CHECK_STR(mail.values,
	    "{\"userid\":\"ann\",\"address\":\"ann@remotes.club\","
	    "\"mailbox\":\"" MAILBOX "\"}",
	    "values");
}

static void
approves_nothing_by_halves(void **state)
{
	struct requests *r = *state;
	struct err err = {""};

	bring_to(r, 1, REGISTRATION_PROVEN);
	drop_all_mail(r);
	give_accounts(r->members, "u1=");
	CHECK(approve(r, 1, &err) == RC_PERM, "account");
	CHECK(strstr(err.text, "account already") != NULL, err.text);
	give_accounts(r->members, "");
	r->settings.reserved = (const char *const[]){"u1"};
	r->settings.n_reserved = 1;
	CHECK(approve(r, 1, &err) == RC_PERM, "reserved");
	CHECK(strstr(err.text, "reserved") != NULL, err.text);
	r->settings.n_reserved = 0;
	r->members->settings.domains = (const char *const[]){"other.example"};
	r->members->settings.n_domains = 1;
	CHECK(approve(r, 1, &err) == RC_PERM, "domain");
	CHECK(strstr(err.text, "served") != NULL, err.text);
	r->members->settings.domains =
	    (const char *const[]){"remotes.club", "mailbox.example"};
	r->members->settings.n_domains = 2;
	CHECK(approve(r, 1, &err) == RC_PERM, "mailbox");
	CHECK(strstr(err.text, "of ours now") != NULL, err.text);
	CHECK(count_rows(r, "SELECT COUNT(*) FROM account") == 0, "accounts");
	CHECK_STR(unsent(r), "", "mail");
	r->members->settings.n_domains = 1;
	CHECK(approve(r, 1, &err) == RC_OK, err.text);
	CHECK(count_rows(r, "SELECT COUNT(*) FROM account") == 1, "accounts");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM forward") == 1, "forwards");
}

/* What is added last fails; what was added before is not there. */
static void
rolls_an_approval_back(void **state)
{
	struct requests *r = *state;
	struct db *db;

	bring_to(r, 1, REGISTRATION_PROVEN);
	drop_all_mail(r);
	r->settings.provision = true;
	db = temp_store_take(r->temp);
	CHECK(provision_insert(db, id_of(r, 1), NOW, NULL) == RC_OK, "insert");
	store_give(r->store, db);
	CHECK(approve(r, 1, NULL) != RC_OK, "approve");
	CHECK_STR(state_of(r, 1), "proven", "state");
	CHECK_STR(unsent(r), "", "mail");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM account") == 0, "accounts");
}

static void
tells_the_reason_in_one_line(void **state)
{
	struct requests *r = *state;
	const char *id = id_of(r, 1);

	bring_to(r, 1, REGISTRATION_PROVEN);
	CHECK(registration_refuse(r->store, &r->settings, r->arena, id, "\033",
		  NOW, NULL) == RC_PERM,
	    "control");
	CHECK(registration_refuse(r->store, &r->settings, r->arena, id,
		  arena_printf(r->arena, "%0501d", 0), NOW, NULL) == RC_PERM,
	    "long");
	CHECK(happen(r, 1, REFUSE, NULL, NULL) == RC_OK, "refuse");
	CHECK_STR(mail_about(r, 1).values,
	    "{\"address\":\"u1@remotes.club\",\"reason\":\"full Bcc: all\"}",
	    "values");
	CHECK_STR(found(r, 1).reason, "full Bcc: all", "reason");
	bring_to(r, 2, REGISTRATION_PROVEN);
	CHECK(registration_refuse(r->store, &r->settings, r->arena, id_of(r, 2),
		  NULL, NOW, NULL) == RC_OK,
	    "no reason");
	CHECK_STR(mail_about(r, 2).values,
	    "{\"address\":\"u2@remotes.club\",\"reason\":\"\"}", "values");
}

static enum rc
resend(struct requests *r, int64_t now)
{
	return registration_resend(r->store, &r->settings, r->arena,
	    id_of(r, 1), now, NULL);
}

static void
lets_a_code_expire(void **state)
{
	struct requests *r = *state;
	const char *code = bring_to(r, 1, REGISTRATION_ASKED);

	CHECK(prove(r, 1, code, NOW + DAY) == RC_PERM, "expired");
	CHECK(prove(r, 1, code, NOW - 7 * DAY) == RC_PERM,
	    "made by a clock that was ahead");
	CHECK(prove(r, 1, code, NOW + DAY - 1) == RC_OK, "in time");
	CHECK(registration_clean(r->store, NOW + 9 * DAY, NULL) == RC_OK,
	    "clean");
	CHECK_STR(state_of(r, 1), "proven", "proven ones stay");
	bring_to(r, 2, REGISTRATION_ASKED);
	CHECK(registration_clean(r->store, NOW + DAY, NULL) == RC_OK, "clean");
	CHECK_STR(state_of(r, 2), "asked", "not yet");
	CHECK(registration_clean(r->store, NOW + DAY + 1, NULL) == RC_OK,
	    "clean");
	CHECK_STR(state_of(r, 2), "none", "unproven ones go");
	CHECK(registration_clean(r->store, NOW + DAY + 1, NULL) == RC_OK,
	    "none");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM rate_limit") == 0, "limits");
}

static void
counts_no_try_without_a_code(void **state)
{
	struct requests *r = *state;
	const char *code = bring_to(r, 1, REGISTRATION_ASKED);
	const char *pasted = arena_printf(r->arena,
	    "Code:\xc2\xa0%.5s\xe2\x80\x91%s.\r\n", code, code + 5);

	for (int i = 0; i < 9; i++)
		CHECK(prove(r, 1, "ABCDE", NOW) == RC_PERM, "half a code");
	CHECK(prove(r, 1, pasted, NOW) == RC_OK, pasted);
	CHECK_STR(state_of(r, 1), "proven", "proven");
}

static void
makes_a_new_code_after_a_minute(void **state)
{
	struct requests *r = *state;
	const char *old = bring_to(r, 1, REGISTRATION_ASKED), *code;
	int64_t now = NOW;

	for (int i = 0; i < 5; i++)
		CHECK(prove(r, 1, "0000000000", NOW) == RC_PERM, "wrong");
	CHECK(prove(r, 1, old, NOW) == RC_PERM, "wrong too often");
	CHECK(resend(r, NOW + 59) == RC_PERM, "too soon");
	CHECK(resend(r, NOW + 60) == RC_OK, "second");
	code = code_of(r, 1);
	CHECK(strcmp(code, old) != 0, code);
	CHECK(found(r, 1).code_wrong == 0, "wrong");
	CHECK(found(r, 1).code_expires == NOW + 60 + DAY, "expires");
	for (int i = 3; i <= 5; i++)
		CHECK(resend(r, now += 120) == RC_OK, "more");
	CHECK(resend(r, now + 120) == RC_PERM, "too often");
	CHECK_STR(unsent(r), "verify " MAILBOX "\n", "the last alone");
	CHECK(prove(r, 1, code, now) == RC_PERM, "older");
	CHECK(prove(r, 1, code_of(r, 1), now) == RC_OK, "the last");
}

static void
reads_codes_as_people_type_them(void **state)
{
	struct requests *r = *state;
	const char *code = bring_to(r, 1, REGISTRATION_ASKED);

	CHECK(prove(r, 1, "", NOW) == RC_PERM, "empty");
	CHECK(prove(r, 1, arena_printf(r->arena, "%s0", code), NOW) == RC_PERM,
	    "longer");
	CHECK(prove(r, 1, arena_printf(r->arena, "%.10s", code), NOW) ==
		  RC_PERM,
	    "shorter");
	CHECK(prove(r, 1,
		  arena_printf(r->arena, " %s ", str_lower(r->arena, code)),
		  NOW) == RC_OK,
	    "lower case");
	CHECK(strstr(found(r, 1).code_hash, code) == NULL, "hashed");
	CHECK(strlen(found(r, 1).code_hash) == strlen(code_hash_of_none),
	    "hashed");
}

static void
takes_no_code_of_another_request(void **state)
{
	struct requests *r = *state;
	const char *code = bring_to(r, 1, REGISTRATION_ASKED);

	bring_to(r, 2, REGISTRATION_ASKED);
	CHECK(prove(r, 2, code, NOW) == RC_PERM, "another's");
}

static enum rc
look_up(struct requests *r, const char *which, struct registration *out)
{
	return registration_lookup(r->store, &r->settings, r->arena, which, out,
	    NULL);
}

static void
looks_up_by_name_address_or_id(void **state)
{
	static const char *const none[] = {
	    "u", "u2", "u1@second.example", "", "@", "a b", "u1@"};
	struct requests *r = *state;
	const char *const all[] = {
	    "u1", "U1", "u1@remotes.club", "U1@Remotes.Club", id_of(r, 1)};
	struct registration out;

	bring_to(r, 1, REGISTRATION_REFUSED);
	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK(look_up(r, all[i], &out) == RC_OK, all[i]);
		CHECK_STR(out.id, id_of(r, 1), all[i]);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		CHECK(look_up(r, none[i], &out) == RC_NONE, none[i]);
	CHECK(ask(r, 2, "abcdefghijklmnopqrstuvabcd", NOW) == RC_OK, "26");
	CHECK(look_up(r, "abcdefghijklmnopqrstuvabcd", &out) == RC_OK, "26");
	CHECK_STR(out.id, id_of(r, 2), "26");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_REQUESTS(goes_from_state_to_state),
	    WITH_REQUESTS(knows_no_other_request),
	    WITH_REQUESTS(drops_the_mail_of_what_is_over),
	    WITH_REQUESTS(approves_all_at_once),
	    WITH_REQUESTS(approves_nothing_by_halves),
	    WITH_REQUESTS(rolls_an_approval_back),
	    WITH_REQUESTS(tells_the_reason_in_one_line),
	    WITH_REQUESTS(lets_a_code_expire),
	    WITH_REQUESTS(counts_no_try_without_a_code),
	    WITH_REQUESTS(makes_a_new_code_after_a_minute),
	    WITH_REQUESTS(reads_codes_as_people_type_them),
	    WITH_REQUESTS(takes_no_code_of_another_request),
	    WITH_REQUESTS(looks_up_by_name_address_or_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
