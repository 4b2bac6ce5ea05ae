/* SPDX-License-Identifier: MIT */
/*
 * mails - a store with some mail to be sent, and how it stands.
 */
#pragma once

#include "store/temp_store.h"

#include "outbox/outbox.h"

static uint32_t jitter_asked;

static inline uint32_t
no_jitter(uint32_t most)
{
	jitter_asked = most;
	return 0;
}

/* Neither of them whole seconds. */
static const struct outbox_settings settings = {
    .retry_min_ms = 9500,
    .retry_max_ms = 60500,
    .lease_ms = 29001,
    .keep_ms = 99001,
    .random = no_jitter,
};

struct given {
	struct temp_store *t;
	const struct outbox_new *mail;
};

static inline enum rc
put_one(struct db *db, void *context, struct err *err)
{
	struct given *g = context;

	return outbox_put(db, g->t->arena, g->mail, err);
}

static inline enum rc
put(struct temp_store *t, const char *key, int64_t now, int64_t deadline)
{
	static const char *const values[] = {
	    "code", "K7P2Q-9XWMZ", "note", "\"J\xc3\xb6rg\"\n", NULL};
	const struct outbox_new mail = {
	    .dedup_key = key,
	    .about = "request:1",
	    .recipient = "ann@mailbox.example",
	    .template = "verify",
	    .values = values,
	    .deadline = deadline,
	    .now = now,
	};
	struct given g = {t, &mail};

	return store_change(t->store, put_one, &g, NULL);
}

static inline struct outbox_mail *
all_mail(struct temp_store *t, size_t *n)
{
	struct db *db = temp_store_take(t);
	struct outbox_mail *all;

	CHECK(outbox_list(db, t->arena, NULL, &all, n, NULL) == RC_OK, "list");
	store_give(t->store, db);
	return all;
}

static inline void
empty(struct temp_store *t)
{
	struct db *db = temp_store_take(t);

	db_run(db, NULL, "DELETE FROM outbox", "");
	store_give(t->store, db);
}
