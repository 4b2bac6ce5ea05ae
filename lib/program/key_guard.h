/* SPDX-License-Identifier: MIT */
/*
 * key_guard - one thread that asks each of the configured resolvers for the
 * records of keys that wait for them, once a minute, and logs which key begins
 * to sign.
 *
 * Where a key stands alone there is nothing to ask.  What was seen once counts
 * for as long as the program runs; after a start, until the resolvers have
 * answered, the older key signs, whose record is there still.
 */
#pragma once

#include "program/signing_records.h"
#include "program/snapshot.h"

struct key_guard;

/* RC_TEMP: there can be no more threads. */
enum rc key_guard_open(struct snapshots *snapshots, struct key_guard **out,
    struct err *err);

/* Asks now, in the snapshot that is present. */
void key_guard_look(struct key_guard *guard);

/* Ends it, without waiting for DNS.  False: it still waits for an answer, and
   uses the snapshots: leave those be. */
bool key_guard_close(struct key_guard *guard);

/* One round, over the keys that are due.  What was found is not taken over if
 *stop. */
void key_guard_round(const struct signing_keys *keys,
    const struct signing_servers *servers, int64_t timeout_ms,
    const atomic_bool *stop);
