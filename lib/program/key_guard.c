/* SPDX-License-Identifier: MIT */
#include "program/key_guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "program/rounds.h"

#include <stdlib.h>

struct key_guard {
	struct snapshots *snapshots;
	struct rounds *rounds;
};

static bool
key_guard_is_among(const struct signing_file *file,
    const struct signing_file *const *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (files[i] == file)
			return true;
	return false;
}

/* Once for each time that somebody else's key appears there. */
static void
key_guard_say_other(const struct signing_question *q)
{
	if (q->record == DKIM_RECORD_OTHER &&
	    atomic_load(&q->file->record) != DKIM_RECORD_OTHER)
		log_warn("dkim: the record of key %s of %s is wrong: %s; the "
			 "key does not sign before it is right",
		    q->file->selector, q->domain->name, q->why);
}

/* Takes over what was found about one domain. */
static void
key_guard_learn(struct signing_domain *d,
    const struct signing_question *questions, size_t n)
{
	const struct signing_file *before[SIGNING_FILES_MAX],
	    *after[SIGNING_FILES_MAX];
	size_t n_before, n_after;

	signing_domain_choose(d, before, &n_before, NULL);
	for (size_t i = 0; i < n; i++)
		key_guard_say_other(&questions[i]);
	signing_records_note(questions, n);
	for (size_t i = 0; i < n; i++)
		atomic_store(&questions[i].file->ask_ms,
		    clock_ms() + SIGNING_RECORDS_AGAIN_MS);
	signing_domain_choose(d, after, &n_after, NULL);
	for (size_t i = 0; i < n_after; i++)
		if (!key_guard_is_among(after[i], before, n_before))
			log_info("dkim: key %s signs mail of %s from now on",
			    after[i]->selector, d->name);
}

void
key_guard_round(const struct signing_keys *keys,
    const struct signing_servers *servers, int64_t timeout_ms,
    const atomic_bool *stop)
{
	struct arena *a = arena_new();
	struct signing_question *questions;
	size_t n_domains;
	struct signing_domain **domains =
	    signing_keys_take_read(keys, a, &n_domains);
	size_t n = signing_records_due(domains, n_domains, a, &questions);

	signing_records_ask(servers, a, timeout_ms, questions, n);
	/* What is given up because all ends says nothing. */
	for (size_t i = 0, end; i < n && !atomic_load(stop); i = end) {
		end = i;
		while (end < n && questions[end].domain == questions[i].domain)
			end++;
		key_guard_learn(questions[i].domain, &questions[i], end - i);
	}
	signing_keys_give_read(keys, domains, n_domains);
	arena_free(a);
}

static void
key_guard_ask_servers(const struct settings *settings,
    const struct signing_keys *keys, const atomic_bool *stop)
{
	struct signing_servers servers;
	struct err err;

	if (signing_servers_open(&settings->resolver, &servers, &err) !=
	    RC_OK) {
		log_warn("dkim: no record can be asked for: %s", err.text);
		return;
	}
	key_guard_round(keys, &servers, settings->resolver.timeout_ms, stop);
	signing_servers_close(&servers);
}

static int64_t
key_guard_look_at_due(void *own, bool asked, const atomic_bool *stop)
{
	struct key_guard *g = own;
	struct snapshot *snapshot = snapshots_acquire(g->snapshots, NULL);
	const struct signing_keys *keys = snapshot->signing_keys;
	int64_t next = signing_records_next(keys);

	/* After a reload all are due: the files are new ones. */
	(void)asked;
	if (next <= clock_ms()) {
		key_guard_ask_servers(snapshot->settings, keys, stop);
		next = signing_records_next(keys);
	}
	snapshots_release(g->snapshots, snapshot);
	return rounds_next(next, SIGNING_RECORDS_AGAIN_MS);
}

enum rc
key_guard_open(struct snapshots *snapshots, struct key_guard **out,
    struct err *err)
{
	struct key_guard *g = memory_zeroed(1, sizeof(*g));
	enum rc rc;

	g->snapshots = snapshots;
	rc =
	    rounds_open("key-guard", key_guard_look_at_due, g, &g->rounds, err);
	if (rc == RC_OK)
		*out = g;
	else
		free(g);
	return rc;
}

void
key_guard_look(struct key_guard *guard)
{
	rounds_ask(guard->rounds);
}

bool
key_guard_close(struct key_guard *guard)
{
	if (guard == NULL)
		return true;
	if (!rounds_close(guard->rounds))
		return false;
	free(guard);
	return true;
}
