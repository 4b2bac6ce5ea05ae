/* SPDX-License-Identifier: MIT */
#include "members/sign_in.h"

#include "base/encode.h"
#include "base/str.h"
#include "base/token.h"
#include "base/typed.h"
#include "mail/mailbox.h"
#include "members/private/client_limits.h"
#include "members/private/member_code.h"
#include "store/due.h"
#include "store/limit_table.h"
#include "store/member_session_table.h"

#include <openssl/sha.h>
#include <string.h>

#define HOUR      3600
#define TYPED_MAX 320

static const char no_token[] =
    "This is no code: it has ten letters and digits, such as ABCDE-FGHJK.";
static const char wrong_code[] =
    "This code is not right, or not any more: it is good for ten minutes, "
    "once, and in the browser in which you have asked for it.";

/* The browser is part of the purpose: a stranger who asks for codes does not
   make worthless the one that the member has asked for. */
static const char *
sign_in_purpose(struct arena *a, const char *secret)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)secret, strlen(secret), hash);
	return arena_printf(a, "in:%.13s",
	    encode_base32hex(a, hash, sizeof(hash)));
}

/* RC_PERM: nobody can have that address. */
static enum rc
read_address(const struct member_settings *settings, struct arena *a,
    const char *typed, const char **out, struct err *err)
{
	const char *text = typed_trim(a, typed);
	struct address address;

	if (text[0] == '\0')
		return err_set(err, RC_PERM, "Please write your address here.");
	if (strchr(text, '@') == NULL)
		text = arena_printf(a, "%s@%s", text,
		    settings->registration->domain);
	if (strlen(text) > TYPED_MAX ||
	    mailbox_read(a, text, &address, NULL) != RC_OK ||
	    address.domain[0] == '\0')
		return err_set(err, RC_PERM, "This is no valid mail address.");
	*out = address_key(a, &address);
	return RC_OK;
}

struct sign_in_work {
	const struct member_settings *settings;
	const struct sign_in *in;
	struct member_mail mail;
	const char *typed; /* the code */
	struct signed_in session;
	bool is_wrong;
};

static enum rc
begin_work(const struct member_settings *settings, struct arena *a,
    const struct sign_in *in, struct sign_in_work *k, struct err *err)
{
	*k = (struct sign_in_work){
	    .settings = settings,
	    .in = in,
	    .mail =
		{
		    .arena = a,
		    .secrets = settings->registration->codes,
		    .purpose = sign_in_purpose(a, in->secret),
		    .template = "member-code",
		    .now = in->now,
		},
	};
	return read_address(settings, a, in->address, &k->mail.account, err);
}

/* Finds the mailboxes that get the code.  None: nobody has that address, or
   nobody who may sign in. */
static enum rc
find_active_targets(struct db *db, const struct member_mail *mail,
    struct forward **out, size_t *n, struct err *err)
{
	struct account account;
	struct forward *all;
	size_t n_all;
	bool may;
	enum rc rc =
	    account_find(db, mail->arena, mail->account, &account, err);

	*n = 0;
	if (rc != RC_OK && rc != RC_NONE)
		return rc;
	may = rc == RC_OK && !account.suspended;
	rc = forward_list(db, mail->arena, mail->account, &all, &n_all, err);
	for (size_t i = 0; i < n_all && may; i++)
		if (all[i].state == FORWARD_ACTIVE)
			all[(*n)++] = all[i];
	*out = all;
	return rc;
}

static enum rc
ask_tx(struct db *db, void *context, struct err *err)
{
	const struct sign_in_work *k = context;
	const struct registration_limits *limits =
	    &k->settings->registration->limits;
	const struct client_limits most = {
	    "sign-in", limits->client, limits->all};
	const struct limit of_account = {
	    arena_printf(k->mail.arena, "sign-in:account:%s", k->mail.account),
	    k->settings->codes, HOUR};
	struct client_refusal refusal;
	struct forward *targets = NULL;
	int64_t wait;
	bool silent;
	size_t n = 0;
	enum rc rc = client_limits_take(db, k->mail.arena, &most, k->in->client,
	    k->mail.now, &refusal, err);

	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "%s",
		    client_limits_sentence(k->mail.arena, "codes", &refusal));
	if (rc == RC_OK)
		rc = find_active_targets(db, &k->mail, &targets, &n, err);
	if (rc == RC_OK)
		rc = limit_take(db, &of_account, k->mail.now, &wait, err);
	silent = rc == RC_NONE || n == 0;
	return rc == RC_TEMP
		   ? rc
		   : member_code_mail_tx(db, &k->mail, targets, n, silent, err);
}

enum rc
sign_in_ask(struct store *store, const struct member_settings *settings,
    struct arena *a, const struct sign_in *in, struct err *err)
{
	struct sign_in_work k;
	enum rc rc = begin_work(settings, a, in, &k, err);

	if (rc == RC_OK)
		rc = member_code_make(&k.mail, err);
	return rc == RC_OK ? store_change(store, ask_tx, &k, err) : rc;
}

/* A member who was suspended after his code was mailed does not come in. */
static enum rc
begin_session_tx(struct db *db, struct sign_in_work *k, struct err *err)
{
	struct account account;
	enum rc rc =
	    account_find(db, k->mail.arena, k->mail.account, &account, err);

	k->is_wrong = rc == RC_NONE || (rc == RC_OK && account.suspended);
	if (k->is_wrong)
		return RC_OK;
	return rc == RC_OK ? signed_in_begin_tx(db, k->mail.arena, &k->session,
				 k->in->browser, k->mail.now, err)
			   : rc;
}

static enum rc
try_tx(struct db *db, void *context, struct err *err)
{
	struct sign_in_work *k = context;
	enum rc rc = member_code_use_tx(db, &k->mail, k->typed, err);

	k->is_wrong = rc == RC_NONE;
	if (rc == RC_OK)
		return begin_session_tx(db, k, err);
	/* The code may have been used up a moment ago, by this very work. */
	if (rc == RC_NONE && db_in_doubt(db)) {
		rc = signed_in_has_begun(db, k->mail.arena, &k->session, err);
		k->is_wrong = rc == RC_NONE;
	}
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
sign_in_try(struct store *store, const struct member_settings *settings,
    struct arena *a, const struct sign_in *in, const char *code,
    struct signed_in *out, struct err *err)
{
	struct sign_in_work k;
	enum rc rc = begin_work(settings, a, in, &k, err);

	if (rc != RC_OK)
		return rc;
	/* A text that is no code was not guessed, and is not counted. */
	if (token_read(a, code) == NULL)
		return err_set(err, RC_PERM, "%s", no_token);
	k.typed = code;
	k.session.account = k.mail.account;
	rc = signed_in_token(a, &k.session.token, err);
	if (rc == RC_OK)
		rc = registration_try(store, settings->registration, a,
		    in->client, in->now, err);
	if (rc == RC_OK)
		rc = store_change(store, try_tx, &k, err);
	if (rc == RC_OK && k.is_wrong)
		return err_set(err, RC_PERM, "%s", wrong_code);
	*out = k.session;
	return rc;
}

struct sign_in_cleaning {
	const struct signed_in_times *times;
	int64_t now;
};

static enum rc
clean_tx(struct db *db, void *context, struct err *err)
{
	const struct sign_in_cleaning *k = context;
	int64_t idle = due_seconds(k->times->idle_ms);
	int64_t most = due_seconds(k->times->most_ms);
	enum rc rc = member_code_expire(db, k->now, err);

	/* Two nodes of a cluster do not agree about the second. */
	if (rc == RC_OK || rc == RC_NONE)
		rc = member_session_expire(db, k->now - idle, k->now - most,
		    k->now + most, err);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
sign_in_clean(struct store *store, const struct member_settings *settings,
    int64_t now, struct err *err)
{
	struct sign_in_cleaning k = {&settings->times, now};

	return store_change(store, clean_tx, &k, err);
}
