/* SPDX-License-Identifier: MIT */
#include "program/private/decision_queue.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct decision_queue {
	pthread_mutex_t lock; /* guards the next three */
	struct decision_waiting *first, **last;
	bool awake;
	atomic_size_t rows, bytes; /* written under the lock */
};

struct decision_queue *
decision_queue_new(void)
{
	struct decision_queue *q = memory_zeroed(1, sizeof(*q));

	pthread_mutex_init(&q->lock, NULL);
	q->last = &q->first;
	return q;
}

void
decision_queue_free(struct decision_queue *q)
{
	struct decision_waiting *w;

	if (q == NULL)
		return;
	while ((w = q->first) != NULL) {
		q->first = w->next;
		free(w);
	}
	pthread_mutex_destroy(&q->lock);
	free(q);
}

size_t
decision_queue_rows(const struct decision_queue *q)
{
	return atomic_load_explicit(&q->rows, memory_order_relaxed);
}

bool
decision_queue_has_room(const struct decision_queue *q, size_t rows)
{
	size_t taken = decision_queue_rows(q);

	/* So that what has more rows than there is room for has some, once. */
	return taken == 0 ||
	       (rows <= DECISION_QUEUE_ROWS &&
		   taken <= DECISION_QUEUE_ROWS - rows &&
		   atomic_load_explicit(&q->bytes, memory_order_relaxed) <=
		       DECISION_QUEUE_BYTES);
}

static size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

static size_t
waiting_size(const struct decision_waiting *w)
{
	size_t size = sizeof(*w) + w->n_accounts * sizeof(*w->accounts) +
		      text_size(w->sender) + text_size(w->queue_id) +
		      text_size(w->record);

	for (size_t i = 0; i < w->n_accounts; i++)
		size += text_size(w->accounts[i]);
	return size;
}

/* Copies the text to *to, and moves that behind it. */
static const char *
text_put(char **to, const char *text)
{
	size_t size = text_size(text);
	char *at = *to;

	if (text == NULL)
		return NULL;
	memcpy(at, text, size);
	*to += size;
	return at;
}

static struct decision_waiting *
waiting_copy(const struct decision_waiting *w)
{
	size_t size = waiting_size(w);
	struct decision_waiting *copy = memory_zeroed(1, size);
	char *text;

	*copy = *w;
	copy->next = NULL;
	copy->bytes = size;
	copy->accounts = (const char **)(copy + 1);
	text = (char *)(copy->accounts + w->n_accounts);
	for (size_t i = 0; i < w->n_accounts; i++)
		copy->accounts[i] = text_put(&text, w->accounts[i]);
	copy->sender = text_put(&text, w->sender);
	copy->queue_id = text_put(&text, w->queue_id);
	copy->record = text_put(&text, w->record);
	return copy;
}

/* The caller holds the lock. */
static bool
queue_append(struct decision_queue *q, struct decision_waiting *w, bool *woken)
{
	if (!decision_queue_has_room(q, w->n_accounts))
		return false;
	*q->last = w;
	q->last = &w->next;
	atomic_fetch_add(&q->bytes, w->bytes);
	atomic_fetch_add(&q->rows, w->n_accounts);
	*woken = !q->awake;
	q->awake = true;
	return true;
}

bool
decision_queue_add(struct decision_queue *q, const struct decision_waiting *w,
    bool *woken)
{
	struct decision_waiting *copy = waiting_copy(w);
	bool added;

	pthread_mutex_lock(&q->lock);
	added = queue_append(q, copy, woken);
	pthread_mutex_unlock(&q->lock);
	if (!added)
		free(copy);
	return added;
}

struct decision_waiting *
decision_queue_take(struct decision_queue *q)
{
	struct decision_waiting *all;

	pthread_mutex_lock(&q->lock);
	all = q->first;
	q->first = NULL;
	q->last = &q->first;
	q->awake = all != NULL;
	pthread_mutex_unlock(&q->lock);
	return all;
}

void
decision_queue_leave(struct decision_queue *q, struct decision_waiting *taken)
{
	pthread_mutex_lock(&q->lock);
	atomic_fetch_sub(&q->bytes, taken->bytes);
	atomic_fetch_sub(&q->rows, taken->n_accounts);
	pthread_mutex_unlock(&q->lock);
	free(taken);
}
