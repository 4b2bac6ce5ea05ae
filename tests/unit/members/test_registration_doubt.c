/* SPDX-License-Identifier: MIT */
/* The answer to a COMMIT is lost: each step is done once all the same, and
   answered as if nothing had been. */
#include "members/registration.h"

#include "members/provision.h"
#include "members/registrations.h"
#include "store/private/db_driver.h"

static struct db_driver deaf;
static const struct db_driver *real;

static enum rc
execute(struct db *db, const char *sql, struct err *err)
{
	enum rc rc = real->execute(db, sql, err);

	if (rc != RC_OK || sql != real->commit)
		return rc;
	db->broken = db->again = true;
	return err_set(err, RC_TEMP, "lost");
}

/* The next transaction is committed, and its answer lost. */
static void
lose_an_answer(struct requests *r)
{
	struct db *db = temp_store_take(r->temp);

	real = db->driver;
	deaf = *real;
	deaf.execute = execute;
	db->driver = &deaf;
	store_give(r->store, db);
}

static void
does_each_step_once(void **state)
{
	struct requests *r = *state;
	const char *id = id_of(r, 1);
	const struct registration_settings *settings = &r->settings;

	r->settings.limits.client = r->settings.limits.all = 1;
	r->settings.limits.mailbox = 1;
	lose_an_answer(r);
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "ask");
	lose_an_answer(r);
	CHECK(registration_resend(r->store, settings, r->arena, id, NOW + 60,
		  NULL) == RC_OK,
	    "resend");
	CHECK(found(r, 1).codes == 2, "resend");
	CHECK_STR(unsent(r), "verify ann@mailbox.example\n", "resend");
	lose_an_answer(r);
	CHECK(prove(r, 1, code_of(r, 1), NOW + 61) == RC_OK, "prove");
	r->settings.provision = true;
	lose_an_answer(r);
	CHECK(approve(r, 1, NULL) == RC_OK, "approve");
	CHECK(approve(r, 1, NULL) == RC_PERM, "no doubt");
	CHECK_STR(unsent(r), "welcome ann@mailbox.example\n", "approve");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM provision") == 1, "command");
	lose_an_answer(r);
	CHECK(registration_delete(r->store, r->arena, id, NULL) == RC_OK,
	    "delete");
	CHECK(registration_delete(r->store, r->arena, id, NULL) == RC_NONE,
	    "no doubt");
	lose_an_answer(r);
	CHECK(registration_clean(r->store, NOW + 9 * DAY, NULL) == RC_OK,
	    "clean");
}

static void
refuses_once(void **state)
{
	struct requests *r = *state;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	CHECK(prove(r, 1, code_of(r, 1), NOW) == RC_OK, "prove");
	lose_an_answer(r);
	CHECK(registration_refuse(r->store, &r->settings, r->arena, id_of(r, 1),
		  "full", NOW, NULL) == RC_OK,
	    "refuse");
	CHECK_STR(unsent(r), "refused ann@mailbox.example\n", "mail");
}

static void
counts_a_wrong_code(void **state)
{
	struct requests *r = *state;

	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	lose_an_answer(r);
	CHECK(prove(r, 1, "0000000000", NOW) == RC_PERM, "wrong");
	CHECK(found(r, 1).code_wrong >= 1, "counted");
}

static void
mails_an_invitation_once(void **state)
{
	struct requests *r = *state;
	struct forwards_code invitation = {
	    .account = "ann@remotes.club",
	    .target = "new@mailbox.example",
	    .now = NOW,
	    .replace = true,
	    .mail = true,
	};

	give_accounts(r->members, "ann=a@mailbox.example");
	lose_an_answer(r);
	CHECK(forwards_invite(r->store, r->settings.forwards, r->arena,
		  &invitation, NULL) == RC_OK,
	    "invite");
	CHECK_STR(unsent(r), "confirm new@mailbox.example\n", "mail");
	lose_an_answer(r);
	CHECK(forwards_verify(r->store, r->arena, &invitation, NULL) == RC_OK,
	    "confirm");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM forward") == 1, "one");
}

/* The answer that is lost is that of the next transaction: the settling. */
static void
lose_the_next(void *context, const char *userid, const char *line)
{
	(void)userid, (void)line;
	lose_an_answer(context);
}

/* It is in doubt whether the command is leased to us: it is left alone until
   the lease is over.  That it has been run is not forgotten. */
static void
runs_a_command_no_more_than_it_must(void **state)
{
	static const char *const argv[] = {"/bin/echo", "done"};
	const struct provision_settings settings = {
	    argv, COUNT(argv), 1000, 1000, 1000, &secrets};
	struct requests *r = *state;
	const char *userid;

	r->settings.provision = false;
	CHECK(ask(r, 1, "ann", NOW) == RC_OK, "ask");
	CHECK(prove(r, 1, code_of(r, 1), NOW) == RC_OK, "prove");
	r->settings.provision = true;
	CHECK(approve(r, 1, NULL) == RC_OK, "approve");
	lose_an_answer(r);
	CHECK(provision_run_one(r->store, &settings, r->arena, "here", NOW + 7,
		  NULL, NULL, &userid, NULL) == RC_NONE,
	    "in doubt");
	CHECK(provision_run_one(r->store, &settings, r->arena, "here",
		  NOW + HOUR, lose_the_next, r, &userid, NULL) == RC_OK,
	    "later");
	CHECK(provision_run_one(r->store, &settings, r->arena, "here",
		  NOW + 2 * HOUR, NULL, NULL, &userid, NULL) == RC_NONE,
	    "once");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_REQUESTS(does_each_step_once),
	    WITH_REQUESTS(refuses_once),
	    WITH_REQUESTS(counts_a_wrong_code),
	    WITH_REQUESTS(mails_an_invitation_once),
	    WITH_REQUESTS(runs_a_command_no_more_than_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
