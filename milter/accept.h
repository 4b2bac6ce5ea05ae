/* SPDX-License-Identifier: MIT */
/*
 * accept - what becomes of a message that is accepted: its fields, its sender,
 * signatures and seal, and what the store is told of it.
 */
#pragma once

#include "session.h"

#include "policy/judge.h"

#define ACCEPT_STORE_TROUBLE "the store is in trouble"

struct acceptance {
	const struct snapshot *snapshot;
	struct arena *arena;
	struct message *message;               /* its recipients are found */
	struct authentication *authentication; /* its body is over; or NULL */
	const struct judgement *judgement;
	struct ip client;
	const char *helo; /* NULL: none */
	bool signs_own;   /* whoever sends it sends in our name */
};

/* RC_TEMP: it is to be put off, for what e->trouble says; it was logged.
   RC_PERM, with e->unsignable: it is to be refused. */
enum rc accept_message(const struct acceptance *q, struct session_end *e);

/* May copies of others' mail need a signature of ours? */
bool accept_signs_copies(const struct settings *settings);
