/* SPDX-License-Identifier: MIT */
/*
 * worker - takes one mail of the outbox, has it sent, and writes down what
 * became of it.  This module knows no signals and never waits.
 */
#pragma once

#include "program/settings.h"
#include "smtp.h"

/* As smtp_send, whose smtp is the context. */
typedef void worker_send(void *context, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out);

struct worker;

/* owner: a name that no other mailer has; kept, not copied. */
struct worker *worker_new(const char *owner, worker_send *send, void *context);
void worker_free(struct worker *w);

enum worker_step {
	WORKER_DONE,        /* there may be more */
	WORKER_IDLE,        /* nothing is due */
	WORKER_UNREACHABLE, /* nor would the next mail be taken now */
	WORKER_STORE_DOWN   /* err says why */
};

/* What was sent while the store went down is settled in the next step, before
   anything else is done. */
enum worker_step worker_step(struct worker *w, struct store *store,
    const struct settings *settings, struct err *err);
