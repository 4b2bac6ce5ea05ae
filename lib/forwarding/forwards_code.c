/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/str.h"
#include "base/token.h"
#include "forwarding/forwards_tx.h"
#include "outbox/code_hash.h"
#include "outbox/outbox.h"
#include "store/due.h"
#include "store/limit_key.h"
#include "store/limit_table.h"
#include "store/target_health_table.h"
#include "targets/targets.h"

#include <string.h>

/* How often a code may be typed wrongly: from one network, so that no stranger
   uses up a member's tries; and from all networks, which suffices for a code of
   50 bits. */
#define CODE_WRONG_MAX 5
#define CODE_WRONG_ALL 100000
/* So many digits of its hash tell a code from others. */
#define CODE_NAME_LEN 32

struct invitation {
	struct forwards_change change;
	struct arena *arena;
	const char *target, *about, *dedup_key;
	bool mail;
};

/* The code of the target before this one is worthless: its unsent mail is
   dropped.  Mail that is on its way stays as it is. */
static enum rc
drop_older(struct db *db, const struct invitation *c, struct err *err)
{
	struct outbox_mail *all;
	size_t n;
	enum rc rc = outbox_list(db, c->arena, c->about, &all, &n, err);

	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		if (all[i].state != OUTBOX_NEW ||
		    strcmp(all[i].dedup_key, c->dedup_key) == 0 ||
		    !str_equal_fold(all[i].recipient, c->target))
			continue;
		all[i].state = OUTBOX_FAILED;
		all[i].values = "{}";
		all[i].error = "a newer code has taken its place";
		rc = outbox_update(db, &all[i], NULL, err);
	}
	return rc;
}

static enum rc
mail_code(struct db *db, const struct invitation *c, struct err *err)
{
	const struct forwards_change *change = &c->change;
	const char *code = change->code;
	const char *const values[] = {"code",
	    arena_printf(c->arena, "%.*s-%s", TOKEN_LEN / 2, code,
		code + TOKEN_LEN / 2),
	    "account", change->account, "target", c->target, NULL};
	const struct outbox_new mail = {
	    .dedup_key = c->dedup_key,
	    .about = c->about,
	    .recipient = c->target,
	    .template = "confirm",
	    .values = values,
	    .deadline = change->now + FORWARDS_CODE_SECONDS,
	    .now = change->now,
	};

	return outbox_put(db, c->arena, &mail, err);
}

static enum rc
invite_tx(struct db *db, void *context, struct err *err)
{
	struct invitation *c = context;
	enum rc rc = forwards_change_tx(db, &c->change, err);

	if (rc == RC_OK)
		rc = drop_older(db, c, err);
	return rc == RC_OK && c->mail ? mail_code(db, c, err) : rc;
}

enum rc
forwards_invite(struct store *store, const struct forwards_settings *settings,
    struct arena *a, struct forwards_code *invitation, struct err *err)
{
	struct invitation c = {
	    .change =
		{
		    .settings = settings,
		    .arena = a,
		    .account = invitation->account,
		    .targets = &invitation->target,
		    .n = 1,
		    .secrets = invitation->secrets,
		    .replace_then = invitation->replace,
		    .now = invitation->now,
		},
	    .arena = a,
	    .about = arena_printf(a, "forward:%s", invitation->account),
	    .mail = invitation->mail,
	};
	const char *id;
	char *code;
	enum rc rc = forwards_read_target(a, invitation->target,
	    &invitation->target, err);

	if (rc == RC_OK)
		rc = keyed_secrets_usable(invitation->secrets, err);
	if (rc == RC_OK)
		rc = token_make(a, &code, err);
	if (rc == RC_OK)
		rc = outbox_id(a, &id, err);
	if (rc != RC_OK)
		return rc;
	invitation->code = c.change.code = code;
	c.target = invitation->target;
	c.dedup_key = arena_printf(a, "confirm:%s:%s", invitation->account, id);
	return store_change(store, invite_tx, &c, err);
}

struct verification {
	struct arena *arena;
	const struct forwards_code *typed;
	enum rc answer; /* for the caller; the transaction is committed even
			   after a wrong code */
	struct err why;
};

static enum rc
remove_others(struct db *db, const struct verification *c,
    const struct forward *forward, struct err *err)
{
	struct forward *all;
	size_t n;
	enum rc rc =
	    forward_list(db, c->arena, forward->account, &all, &n, err);

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (!str_equal_fold(all[i].target, forward->target))
			rc = forward_remove(db, all[i].account, all[i].target,
			    err);
	return rc;
}

static enum rc
verify_target(struct db *db, const struct verification *c,
    const struct forward *forward, struct err *err)
{
	enum rc rc = forward_verify(db, forward->account, forward->target,
	    c->typed->now, err);

	return rc == RC_OK && forward->replaces
		   ? remove_others(db, c, forward, err)
		   : rc;
}

/* The key names the code by its hash, so that a new code has tries of its
   own. */
static struct limit
tries_of(const struct verification *c, const char *code_hash)
{
	const char *code = code_hash != NULL ? code_hash : "";
	size_t len = strlen(code);

	if (len > CODE_NAME_LEN)
		code += len - CODE_NAME_LEN;
	return (struct limit){
	    limit_key_of_network(c->arena,
		arena_printf(c->arena, "code:%s", code), c->typed->client),
	    CODE_WRONG_MAX, FORWARDS_CODE_SECONDS};
}

static enum rc
verify_pending(struct db *db, struct verification *c,
    const struct forward *forward, struct err *err)
{
	const struct limit tries = tries_of(c, forward->code_hash);
	int64_t wait;
	enum rc rc = limit_look(db, &tries, c->typed->now, &wait, err);

	if (rc == RC_TEMP)
		return rc;
	if (rc == RC_NONE || forward->code_wrong >= CODE_WRONG_ALL)
		return err_set(err, RC_PERM,
		    "too many wrong codes: add the target again");
	if (due_code_is_over(forward->code_expires, c->typed->now))
		return err_set(err, RC_PERM,
		    "the code has expired: add the target again");
	rc = code_hash_check(c->arena, c->typed->secrets,
	    (const char *const[]){forward->account, forward->target, NULL},
	    c->typed->code, forward->code_hash, err);
	if (rc == RC_OK)
		return verify_target(db, c, forward, err);
	if (rc == RC_TEMP)
		return rc;
	c->answer = err_set(&c->why, RC_PERM, "wrong code");
	rc = limit_take(db, &tries, c->typed->now, &wait, err);
	if (rc == RC_TEMP)
		return rc;
	return forward_count_wrong_code(db, forward->account, forward->target,
	    err);
}

/* The code of a probe (lib/targets): whoever has it reads the mailbox. */
static enum rc
verify_failing(struct db *db, struct verification *c,
    const struct target_health *health, struct err *err)
{
	const struct limit tries = tries_of(c, health->code_hash);
	int64_t wait;
	enum rc rc = limit_look(db, &tries, c->typed->now, &wait, err);

	if (rc == RC_TEMP)
		return rc;
	if (rc == RC_NONE || health->code_wrong >= CODE_WRONG_ALL)
		return err_set(err, RC_PERM,
		    "too many wrong codes: wait for the next mail");
	if (due_code_is_over(health->code_expires, c->typed->now))
		return err_set(err, RC_PERM,
		    "the code has expired: wait for the next mail");
	rc = targets_verify(db, c->arena, health, c->typed->secrets,
	    c->typed->code, err);
	if (rc != RC_NONE)
		return rc;
	c->answer = err_set(&c->why, RC_PERM, "wrong code");
	rc = limit_take(db, &tries, c->typed->now, &wait, err);
	return rc == RC_TEMP
		   ? rc
		   : target_health_count_wrong_code(db, health->id, err);
}

/* RC_PERM: the forward waits for no code. */
static enum rc
verify_active(struct db *db, struct verification *c,
    const struct forward *forward, struct err *err)
{
	struct target_health health;
	enum rc rc = target_health_find(db, c->arena, forward->account,
	    forward->target, &health, err);

	if (rc == RC_OK && health.state != TARGET_WELL &&
	    health.code_hash != NULL && forward->state == FORWARD_ACTIVE)
		return verify_failing(db, c, &health, err);
	if (rc == RC_TEMP)
		return rc;
	if (db_in_doubt(db) && (forward->verified == c->typed->now ||
				   forward->state == FORWARD_ACTIVE))
		return RC_OK;
	return err_set(err, RC_PERM, "%s: %s is not pending, but %s",
	    forward->account, forward->target,
	    forward_state_name(forward->state));
}

static enum rc
confirm_tx(struct db *db, void *context, struct err *err)
{
	struct verification *c = context;
	const struct forwards_code *typed = c->typed;
	struct forward forward;
	enum rc rc = forward_find(db, c->arena, typed->account, typed->target,
	    &forward, err);

	c->answer = RC_OK;
	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "%s does not forward to %s",
		    typed->account, typed->target);
	if (rc != RC_OK)
		return rc;
	if (forward.state == FORWARD_PENDING)
		return verify_pending(db, c, &forward, err);
	return verify_active(db, c, &forward, err);
}

enum rc
forwards_verify(struct store *store, struct arena *a,
    const struct forwards_code *typed, struct err *err)
{
	struct verification c = {.arena = a, .typed = typed};
	enum rc rc;

	/* A text that is no code at all was not guessed, and is not counted. */
	if (token_read(a, typed->code) == NULL)
		return err_set(err, RC_PERM,
		    "that is no code: expected ten letters and digits, such "
		    "as ABCDE-FGHJK");
	rc = store_change(store, confirm_tx, &c, err);
	if (rc == RC_OK && c.answer != RC_OK)
		return err_set(err, c.answer, "%s", c.why.text);
	return rc;
}
