/* SPDX-License-Identifier: MIT */
#include "members/private/registration_tx.h"

#include "base/str.h"
#include "base/token.h"
#include "base/typed.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/mailbox.h"
#include "members/private/client_limits.h"
#include "members/private/user_name.h"
#include "members/ssh_key.h"
#include "store/account_table.h"
#include "store/limit_table.h"

#include <string.h>

/* RFC 5321 4.5.3.1.1 and, without its angle brackets, .3 */
#define LOCAL_MAX   64
#define MAILBOX_MAX 254

#define DAY 86400

struct asking {
	struct arena *arena;
	const struct registration_settings *settings;
	const struct registration_form *form;
	struct registration
	    registration; /* in the form in which it would be stored */
	const char *code;
	bool is_taken; /* taken, whatever the store says */
	int64_t now;
	struct registration_complaint *complaint;
};

static const char taken[] = "This user id is taken or asked for already.";

static const char *
check_userid(const char *userid)
{
	if (userid == NULL || userid[0] == '\0')
		return "Please choose a user id.";
	if (!user_name_is_valid(userid))
		return "A user id has small letters and digits only, begins "
		       "with a letter and is at most 31 long.";
	return NULL;
}

static const char *
check_email(const struct asking *k, const char *text, const char **out)
{
	static const char none[] = "This is no valid mail address.";
	const char *problem;
	struct address address;
	struct err err;
	enum rc rc;

	text = typed_trim(k->arena, text == NULL ? "" : text);
	if (strlen(text) > MAILBOX_MAX)
		return "This mail address is too long.";
	rc = mailbox_read(k->arena, text, &address, &err);
	if (rc == RC_NONE)
		return "Please give your mail address.";
	if (address.local == NULL)
		return none;
	if (address.domain[0] == '\0' || address.domain[0] == '[')
		return "The part after the @ must be a domain name with a dot.";
	problem = rc == RC_OK ? mailbox_forward_problem(&address) : err.text;
	if (problem != NULL)
		return arena_printf(k->arena,
		    "We cannot send mail to this address: %s.", problem);
	if (strlen(address.local) > LOCAL_MAX)
		return "The part before the @ is too long.";
	if (address.domain[0] == '[' || strchr(address.domain, '.') == NULL ||
	    !domain_is_host_name(k->arena, address.domain))
		return "The part after the @ must be a domain name with a dot.";
	if (registration_is_ours(NULL, k->settings, address.domain, &err) ==
	    RC_OK)
		return "Please give an address outside our domains: mail will "
		       "be forwarded there.";
	*out = address_text(k->arena, &address);
	return strlen(*out) > MAILBOX_MAX ? none : NULL;
}

static const char *
check_pubkey(const struct asking *k, const char *text, const char **out)
{
	struct ssh_key key;
	struct err err;

	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
		return k->settings->provision
			   ? "Please paste your SSH public key."
			   : NULL;
	if (strlen(text) > REGISTRATION_PUBKEY_MAX)
		return "This key is too long.";
	if (ssh_key_read(k->arena, text, &key, &err) != RC_OK)
		return arena_copy_text(k->arena, err.text);
	*out = key.line;
	return NULL;
}

static const char *
check_note(const struct asking *k, const char *text, const char **out)
{
	const char *note;

	if (text == NULL)
		return NULL;
	note = typed_line(k->arena, text);
	if (note == NULL)
		return "The note holds characters that are no text.";
	if (strlen(note) > REGISTRATION_NOTE_MAX)
		return arena_printf(k->arena,
		    "The note is too long: at most %d characters, please.",
		    REGISTRATION_NOTE_MAX);
	*out = note[0] != '\0' ? note : NULL;
	return NULL;
}

static void
check_form(struct asking *k)
{
	const struct registration_form *form = k->form;
	struct registration_complaint *complaint = k->complaint;
	struct registration *r = &k->registration;

	complaint->userid = check_userid(form->userid);
	complaint->email = check_email(k, form->email, &r->email);
	complaint->pubkey = check_pubkey(k, form->pubkey, &r->pubkey);
	complaint->note = check_note(k, form->note, &r->note);
	if (complaint->userid != NULL)
		return;
	r->userid = form->userid;
	r->address =
	    arena_printf(k->arena, "%s@%s", form->userid, k->settings->domain);
}

static bool
has_complaint(const struct registration_complaint *c)
{
	return c->userid != NULL || c->email != NULL || c->pubkey != NULL ||
	       c->note != NULL;
}

/* Whoever has the address in the directory would lose his mail to the
   newcomer. */
static enum rc
check_directory(const struct asking *k, struct err *err)
{
	const struct address address = {
	    k->registration.userid, k->settings->domain};

	return forwards_in_directory(k->settings->forwards, k->arena, &address,
	    err);
}

/* Looks at the Unix users of this machine, where a command may make some, and
   into the directory.  A name that nobody may have is answered like one that
   somebody has, so that nobody finds out the names of the machine. */
static enum rc
check_names(struct asking *k, struct err *err)
{
	struct unix_user user;
	enum rc rc = RC_NONE, listed;

	if (k->settings->user_of != NULL)
		rc = k->settings->user_of(k->arena, k->registration.userid,
		    &user, err);
	if (rc == RC_TEMP)
		return rc;
	listed = check_directory(k, err);
	k->is_taken =
	    rc == RC_OK || listed == RC_OK ||
	    registration_is_reserved(k->settings, k->registration.userid);
	return listed == RC_TEMP ? listed : RC_OK;
}

/* Asks the same questions for every name, so that all take the same time. */
static enum rc
check_taken(struct db *db, const struct asking *k, struct err *err)
{
	struct account account;
	struct registration other;
	bool is_taken = k->is_taken;
	enum rc rc;

	rc = account_find(db, k->arena, k->registration.address, &account, err);
	is_taken |= rc == RC_OK;
	if (rc == RC_OK || rc == RC_NONE)
		rc = registration_by_address(db, k->arena,
		    k->registration.address, &other, err);
	is_taken |= rc == RC_OK && other.state != REGISTRATION_REFUSED;
	if (is_taken)
		k->complaint->userid = taken;
	return rc == RC_NONE ? RC_OK : rc;
}

static const char *
counted_mailbox(const struct asking *k)
{
	struct address address;

	return address_read(k->arena, k->registration.email, &address, NULL) ==
		       RC_OK
		   ? mailbox_counted_as(k->arena, &address)
		   : k->registration.email;
}

/* What is counted here is forgotten when the transaction ends with another
   answer than RC_OK. */
static enum rc
take_limits(struct db *db, const struct asking *k, bool *silent,
    struct err *err)
{
	const struct registration_limits *limits = &k->settings->limits;
	const struct client_limits most = {"ask", limits->client, limits->all};
	const struct limit of_mailbox = {
	    arena_printf(k->arena, "ask:mailbox:%s", counted_mailbox(k)),
	    limits->mailbox, DAY};
	struct client_refusal refusal;
	int64_t wait;
	enum rc rc = client_limits_take(db, k->arena, &most, k->form->client,
	    k->now, &refusal, err);

	if (rc == RC_NONE)
		k->complaint->general =
		    client_limits_sentence(k->arena, "requests", &refusal);
	if (rc != RC_OK)
		return rc;
	rc = limit_take(db, &of_mailbox, k->now, &wait, err);
	*silent = rc == RC_NONE;
	return rc == RC_NONE ? RC_OK : rc;
}

static bool
is_same_text(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other
					    : strcmp(one, other) == 0;
}

static enum rc
put_right(struct db *db, const struct asking *k, struct registration *old,
    struct err *err)
{
	struct registration_complaint *c = k->complaint;
	enum rc rc;

	*c = (struct registration_complaint){
	    .pubkey = c->pubkey, .note = c->note};
	if (c->pubkey != NULL || c->note != NULL)
		return RC_PERM;
	old->pubkey = k->registration.pubkey;
	old->note = k->registration.note;
	rc = registration_update(db, old, err);
	return rc == RC_NONE ? RC_OK : rc;
}

/* Answers a form that comes once more, as a browser sends it when its user is
   in doubt or has gone back to put the key right.  Whoever knows the id of the
   form is the one who asked. */
static enum rc
answer_again(struct db *db, const struct asking *k, struct registration *old,
    struct err *err)
{
	const struct registration *r = &k->registration;
	bool same = r->userid != NULL && r->email != NULL &&
		    is_same_text(r->userid, old->userid) &&
		    is_same_text(r->email, old->email);

	if (same && old->state == REGISTRATION_ASKED)
		return put_right(db, k, old, err);
	*k->complaint = (struct registration_complaint){0};
	if (same && is_same_text(r->pubkey, old->pubkey) &&
	    is_same_text(r->note, old->note))
		return RC_OK;
	k->complaint->general = "Please load the page again.";
	return RC_PERM;
}

static enum rc
store_request(struct db *db, struct asking *k, struct err *err)
{
	bool silent = false;
	enum rc rc = take_limits(db, k, &silent, err);

	if (rc != RC_OK)
		return rc;
	registration_renew_code(k->arena, k->settings->codes, &k->registration,
	    k->code, silent, k->now);
	rc = registration_insert(db, &k->registration, err);
	return rc == RC_OK ? registration_mail_code(db, k->arena,
				 &k->registration, k->code, k->now, err)
			   : rc;
}

static enum rc
ask_tx(struct db *db, void *context, struct err *err)
{
	struct asking *k = context;
	const struct registration_complaint before = *k->complaint;
	struct registration old;
	enum rc rc = registration_expire(db, k->now, err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = registration_by_id(db, k->arena, k->registration.id, &old,
		    err);
	if (rc == RC_OK)
		return answer_again(db, k, &old, err);
	if (rc == RC_NONE)
		rc = check_taken(db, k, err);
	if (rc == RC_OK && has_complaint(k->complaint))
		rc = RC_PERM;
	k->registration.codes = 0;
	if (rc == RC_OK)
		rc = store_request(db, k, err);
	if (rc == RC_TEMP) /* the store may call the work once more */
		*k->complaint = before;
	return rc;
}

static const char *
first_complaint(const struct registration_complaint *c)
{
	const char *const all[] = {
	    c->general, c->userid, c->email, c->pubkey, c->note};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] != NULL)
			return all[i];
	return "This cannot be taken.";
}

enum rc
registration_ask(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const struct registration_form *form, int64_t now,
    struct registration_complaint *complaint, struct err *err)
{
	struct asking k = {
	    .arena = a,
	    .settings = settings,
	    .form = form,
	    .registration = {.id = form->id,
		.state = REGISTRATION_ASKED,
		.created = now},
	    .now = now,
	    .complaint = complaint,
	};
	char *code;
	enum rc rc;

	*complaint = (struct registration_complaint){0};
	if (form->id == NULL || !registration_id_is_valid(form->id)) {
		complaint->general = "Please load the page again.";
		return err_set(err, RC_PERM, "%s", complaint->general);
	}
	check_form(&k);
	/* For a form with a mistake the store is asked nothing, and nothing of
	   it is told. */
	if (has_complaint(complaint))
		return err_set(err, RC_PERM, "%s", first_complaint(complaint));
	rc = check_names(&k, err);
	if (rc == RC_OK)
		rc = token_make(a, &code, err);
	if (rc != RC_OK)
		return rc;
	k.code = code;
	rc = store_change(store, ask_tx, &k, err);
	if (rc == RC_PERM && !has_complaint(complaint) &&
	    complaint->general == NULL) /* a UNIQUE rule of the table */
		complaint->userid = taken;
	return rc == RC_PERM || rc == RC_NONE
		   ? err_set(err, rc, "%s", first_complaint(complaint))
		   : rc;
}
