/* SPDX-License-Identifier: MIT */
/*
 * targets - do the targets of forwards take their mail?  What is counted
 * against one (target_failure_table) leads to a mail that tries it, or to a
 * pause, in which it gets no mail (target_health_table).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "outbox/keyed_hash.h"
#include "store/db.h"
#include "store/target_health_table.h"
#include "targets/target_rules.h"

/* Counts that a message failed; of the failure, at is now.  The same message
   counts once for a target, whoever tells of it and however often.  RC_NONE:
   nothing was written, because that was counted before, is enough already or of
   a kind that never leads to anything, the target gets no mail, or, with
   *elsewhere, the forward is none of the store: it is one of a directory or a
   ~/.forward, or was taken out meanwhile. */
enum rc targets_count(struct store *store,
    const struct target_settings *settings, struct arena *a,
    const struct target_failure *failure, bool *elsewhere, struct err *err);

/* Forgets, within a transaction, what is known against a target whose code of
   the last probe was typed.  RC_NONE: that is another code. */
enum rc targets_verify(struct db *db, struct arena *a,
    const struct target_health *health, const struct keyed_secrets *secrets,
    const char *typed, struct err *err);

/* Forgets, within a transaction, what is known against a target: it gets mail
   again, and nothing was counted.  RC_OK too if nothing was known. */
enum rc targets_forget(struct db *db, const char *account, const char *target,
    struct err *err);
