/* SPDX-License-Identifier: MIT */
/*
 * targets - do the targets of forwards take their mail?  What is counted
 * against one (target_failure_table) leads to a mail that tries it, or to a
 * pause, in which it gets no mail (target_health_table).
 */
#pragma once

#include "base/err.h"
#include "store/db.h"

/* Forgets, within a transaction, what is known against a target: it gets mail
   again, and nothing was counted.  RC_OK too if nothing was known. */
enum rc targets_forget(struct db *db, const char *account, const char *target,
    struct err *err);
