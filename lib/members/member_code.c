/* SPDX-License-Identifier: MIT */
#include "members/private/member_code.h"

#include "base/token.h"
#include "outbox/code_hash.h"
#include "outbox/outbox.h"
#include "store/due.h"
#include "store/limit_table.h"

#include <string.h>

/* So many mails are written for anybody, so that the time of an answer does not
   tell how many mailboxes a member has.  Those for nobody are dropped. */
#define MAILS_LEAST 4

static const char nobody[] = "member:-";

const char *
member_code_about(struct arena *a, const char *account)
{
	return arena_printf(a, "member:%s", account);
}

enum rc
member_code_make(struct member_mail *mail, struct err *err)
{
	char *code;
	enum rc rc = keyed_secrets_usable(mail->secrets, err);

	if (rc == RC_OK)
		rc = token_make(mail->arena, &code, err);
	if (rc == RC_OK)
		rc = outbox_id(mail->arena, &mail->id, err);
	if (rc == RC_OK)
		mail->code = code;
	return rc;
}

static enum rc
put_mail(struct db *db, const struct member_mail *mail, size_t number,
    const char *recipient, const char *about, struct err *err)
{
	const char *const values[] = {"code",
	    arena_printf(mail->arena, "%.*s-%s", TOKEN_LEN / 2, mail->code,
		mail->code + TOKEN_LEN / 2),
	    "account", mail->account, NULL};
	const struct outbox_new row = {
	    .dedup_key =
		arena_printf(mail->arena, "member:%s:%zu", mail->id, number),
	    .about = about,
	    .recipient = recipient,
	    .template = mail->template,
	    .values = values,
	    .deadline = mail->now + SIGN_IN_CODE_SECONDS,
	    .now = mail->now,
	};

	return outbox_put(db, mail->arena, &row, err);
}

static enum rc
put_mails(struct db *db, const struct member_mail *mail,
    const struct forward *targets, size_t n, struct err *err)
{
	const char *about = member_code_about(mail->arena, mail->account);
	enum rc rc = RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = put_mail(db, mail, i, targets[i].target, about, err);
	for (size_t i = n; i < MAILS_LEAST && rc == RC_OK; i++)
		rc = put_mail(db, mail, i, mail->account, nobody, err);
	if (rc == RC_OK)
		rc = outbox_drop(db, nobody, err);
	return rc == RC_NONE ? RC_OK : rc;
}

static const char *
hash_of_code(const struct member_mail *mail)
{
	return code_hash(mail->arena, mail->secrets,
	    (const char *const[]){mail->account, mail->purpose, NULL},
	    mail->code);
}

enum rc
member_code_mail_tx(struct db *db, const struct member_mail *mail,
    const struct forward *targets, size_t n, bool silent, struct err *err)
{
	const char *hash = hash_of_code(mail);
	struct member_code code = {
	    .account = mail->account,
	    .purpose = mail->purpose,
	    .hash = silent ? code_hash_of_none : hash,
	    .expires = mail->now + SIGN_IN_CODE_SECONDS,
	};
	struct member_code old;
	enum rc rc = member_code_find(db, mail->arena, mail->account,
	    mail->purpose, &old, err);

	if (rc == RC_OK && silent)
		code = old;
	if (rc == RC_OK || rc == RC_NONE)
		rc = member_code_put(db, &code, err);
	/* RC_PERM: nobody has that address. */
	if (rc == RC_OK || rc == RC_PERM)
		rc = put_mails(db, mail, targets, silent ? 0 : n, err);
	return rc;
}

/* Without a secret no keyed hash can be compared: one of no code is then as if
   it had been made without. */
static const char *
comparable_hash(const struct member_mail *mail, const char *hash)
{
	bool has_secret = mail->secrets != NULL && mail->secrets->n > 0;
	const char *colon = strchr(hash, ':');

	return !has_secret && colon != NULL && code_hash_is_of_none(hash)
		   ? colon + 1
		   : hash;
}

/* Where there is no code to count at, as much is written elsewhere: the time of
   the answer does not tell whether there is one. */
static enum rc
count_for_nobody(struct db *db, const struct member_mail *mail, struct err *err)
{
	const struct limit limit = {
	    arena_printf(mail->arena, "wrong:%s", mail->purpose), INT64_MAX,
	    SIGN_IN_CODE_SECONDS};
	int64_t wait;

	return limit_take(db, &limit, mail->now, &wait, err);
}

enum rc
member_code_use_tx(struct db *db, const struct member_mail *mail,
    const char *typed, struct err *err)
{
	const char *const bound_to[] = {mail->account, mail->purpose, NULL};
	struct member_code code = {.hash = code_hash_of_none};
	enum rc fits, rc = member_code_find(db, mail->arena, mail->account,
			  mail->purpose, &code, err);

	if (rc != RC_OK && rc != RC_NONE)
		return rc;
	fits = code_hash_check(mail->arena, mail->secrets, bound_to, typed,
	    comparable_hash(mail, code.hash), err);
	if (fits == RC_TEMP)
		return fits;
	if (fits == RC_OK && code.wrong < SIGN_IN_CODE_WRONG &&
	    !due_code_is_over(code.expires, mail->now))
		return member_code_remove(db, mail->account, mail->purpose,
		    err);
	rc = member_code_count_wrong(db, mail->account, mail->purpose, err);
	if (rc == RC_NONE)
		rc = count_for_nobody(db, mail, err);
	return rc == RC_OK ? RC_NONE : rc;
}
