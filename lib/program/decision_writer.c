/* SPDX-License-Identifier: MIT */
#include "program/private/decision_writer.h"

#include "base/encode.h"
#include "base/str.h"
#include "program/decision_keeper.h"

#include <stdio.h>
#include <sys/random.h>

/* 26 digits: the first 48 bits are the time, so that later ones sort later; the
   others are random, so that two hosts never choose the same. */
static bool
make_id(struct decision_waiting *d)
{
	struct arena *a;
	unsigned char bytes[16];

	if (d->id[0] != '\0')
		return true;
	if (getrandom(bytes + 6, sizeof(bytes) - 6, 0) != sizeof(bytes) - 6)
		return false;
	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)((uint64_t)d->at_ms >> (40 - 8 * i));
	a = arena_new();
	snprintf(d->id, sizeof(d->id), "%s",
	    str_lower(a, encode_base32hex(a, bytes, sizeof(bytes))));
	arena_free(a);
	return true;
}

struct batch {
	struct decision_waiting *first;
	const char *host;
	size_t rows; /* that were written */
};

/* A row that is there already is one of ours, whose commit was in doubt. */
static enum rc
write_rows_of(struct db *db, struct batch *b, struct decision_waiting *d,
    struct err *err)
{
	struct decision_row row = {
	    .id = d->id,
	    .at = d->at_ms / 1000,
	    .action = d->action,
	    .sender = d->sender,
	    .queue_id = d->queue_id,
	    .host = b->host,
	    .record = d->record,
	};

	if (!make_id(d))
		return err_set(err, RC_TEMP, "no random bytes");
	for (size_t i = d->done;
	     i < d->n_accounts && b->rows < DECISION_BATCH_ROWS;
	     i++, b->rows++) {
		row.account = d->accounts[i];
		if (decision_insert(db, &row, err) == RC_TEMP)
			return RC_TEMP;
	}
	return RC_OK;
}

static enum rc
write_batch_tx(struct db *db, void *context, struct err *err)
{
	struct batch *b = context;
	enum rc rc = RC_OK;

	b->rows = 0;
	for (struct decision_waiting *d = b->first;
	     d != NULL && b->rows < DECISION_BATCH_ROWS && rc == RC_OK;
	     d = d->next)
		rc = write_rows_of(db, b, d, err);
	return rc;
}

/* So many rows are done with. */
static void
writer_advance(struct decision_writer *w, size_t rows)
{
	w->failures = 0;
	while (rows > 0) {
		struct decision_waiting *d = w->taken;
		size_t left = d->n_accounts - d->done;

		if (rows < left) {
			d->done += rows;
			return;
		}
		rows -= left;
		w->taken = d->next;
		decision_queue_leave(w->queue, d);
	}
}

/* As many rows as the next batch has. */
static size_t
batch_size(const struct decision_writer *w)
{
	size_t rows = 0;

	for (const struct decision_waiting *d = w->taken;
	     d != NULL && rows < DECISION_BATCH_ROWS; d = d->next)
		rows += d->n_accounts - d->done;
	return rows < DECISION_BATCH_ROWS ? rows : DECISION_BATCH_ROWS;
}

enum rc
decision_writer_batch(struct decision_writer *w, struct store *store,
    const char *host, struct err *err)
{
	struct batch batch = {.host = host};
	enum rc rc;

	if (w->taken == NULL)
		w->taken = decision_queue_take(w->queue);
	if (w->taken == NULL)
		return RC_NONE;
	batch.first = w->taken;
	rc = store_add(store, write_batch_tx, &batch, err);
	if (rc == RC_OK) {
		metric_add(&decisions_kept, 0, (int64_t)batch.rows);
		writer_advance(w, batch.rows);
	} else if (++w->failures >= DECISION_TRIES) {
		batch.rows = batch_size(w);
		metric_add(&decisions_lost, DECISIONS_LOST_STORE,
		    (int64_t)batch.rows);
		writer_advance(w, batch.rows);
	}
	return rc;
}

size_t
decision_writer_drop(struct decision_writer *w, size_t lost)
{
	size_t all = 0, rows;

	do {
		while ((rows = batch_size(w)) > 0) {
			all += rows;
			writer_advance(w, rows);
		}
		w->taken = decision_queue_take(w->queue);
	} while (w->taken != NULL);
	metric_add(&decisions_lost, lost, (int64_t)all);
	return all;
}
