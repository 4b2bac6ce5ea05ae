/* SPDX-License-Identifier: MIT */
/*
 * registration_tx - what registration_ask and the steps after it share.  Seen
 * by lib/members only.
 */
#pragma once

#include "members/registration.h"

#define REGISTRATION_ID_LEN 26

bool registration_id_is_valid(const char *id);

/* "request:ID", which its mail is about. */
const char *registration_about(struct arena *a, const char *id);

/* A user id that nobody may have: a role, or reserved. */
bool registration_is_reserved(const struct registration_settings *settings,
    const char *userid);

/* Is it a domain whose mail comes to us?  db: that of a transaction, or NULL.
   RC_TEMP: nobody can tell now. */
enum rc registration_is_ours(struct db *db,
    const struct registration_settings *settings, const char *domain,
    struct err *err);

/* A new code in the request's fields, unless its mailbox is to get no more:
   code is made before the transaction, which may run twice. */
void registration_renew_code(struct arena *a,
    const struct keyed_secrets *secrets, struct registration *registration,
    const char *code, bool silent, int64_t now);

/* Drops the mail of an older code and puts that of this one into the outbox,
   or does as much and leaves none there. */
enum rc registration_mail_code(struct db *db, struct arena *a,
    const struct registration *registration, const char *code, int64_t now,
    struct err *err);
