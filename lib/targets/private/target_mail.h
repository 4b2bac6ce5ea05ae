/* SPDX-License-Identifier: MIT */
/*
 * target_mail - the mail about targets that fail, written into the outbox
 * within the transaction that is the reason for it.  Seen by lib/targets only.
 */
#pragma once

#include "targets/targets_round.h"

/* To another mailbox of the owner, which is proven and does not fail; sets
   told. If there is none, nobody is told. */
enum rc target_mail_paused(struct db *db, const struct targets_round *round,
    struct target_health *health, struct err *err);

/* To the target itself, with a code; sets probe and the fields of the code. */
enum rc target_mail_probe(struct db *db, const struct targets_round *round,
    struct target_health *health, struct err *err);

/* To the administrator, if a target was paused the day before that is paused
   still; once a day. */
enum rc target_mail_digest(struct db *db, const struct targets_round *round,
    struct err *err);
