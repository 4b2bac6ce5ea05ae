/* SPDX-License-Identifier: MIT */
#include "policy/rate.h"

#include "auth/crypto.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/memory.h"
#include "store/together.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SETS  ((size_t)2048) /* a power of two */
#define WAYS  4
#define TRIES 3            /* while others change the same bucket */
#define TURNS ((size_t)64) /* a power of two */

#define LOT_SHARE 50 /* of all */
#define LOT_MAX   20

#define MOST_MAX       ((int64_t)1000000)
#define SPAN_MAX       ((int64_t)30 * 24 * 3600 * 1000)
#define NAME_MAX_BYTES 390

/* Times are of clock_ms. */
struct held {
	uint64_t start[2]; /* of the hash of the name */
	int64_t used_at;
	int64_t left, left_until; /* of a lot */
	int64_t empty_until;      /* the store has none before */
	struct token_bucket own;  /* while the store does not answer */
};

struct rates {
	struct together *together;
	pthread_mutex_t lock;
	_Atomic int64_t ask_at; /* as in greylist.c */
	struct held sets[SETS][WAYS];
	/* Whether a thread asks the store for a lot of one of these buckets;
	   the lock guards it. */
	bool asking[TURNS];
	pthread_cond_t asked;
};

static const char *const words[RATES] = {
    [RATE_SENDER] = "sender",
    [RATE_MEMBER] = "member",
    [RATE_TARGET] = "target",
};

#define LABELS(of)                                                             \
	"of=\"" of "\",result=\"taken\"", "of=\"" of "\",result=\"over\"",     \
	    "of=\"" of "\",result=\"store\""

static const char *const labels[RATES * RATE_ANSWERS] = {
    LABELS("sender"), LABELS("member"), LABELS("target")};

static struct metric_cell cells[RATES * RATE_ANSWERS];

struct metric_family rate_answers = {
    .name = "postward_rate_total",
    .help = "Mail that was counted against a limit, by whose it is and result.",
    .n = RATES * RATE_ANSWERS,
    .labels = labels,
    .cells = cells,
};

/* ---- pure */

/* "90s", "1h" */
static bool
read_span(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
	    {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char *end;
	int64_t n = strtol(text, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*ms = n > SPAN_MAX ? 0 : n * units[i].ms;
			return *ms >= 1000 && *ms <= SPAN_MAX;
		}
	return false;
}

bool
rate_limit_read(const char *text, struct rate_limit *out)
{
	char *end;

	*out = (struct rate_limit){0, 0};
	if (text[0] == '\0')
		return true;
	if (text[0] < '1' || text[0] > '9')
		return false;
	out->most = strtol(text, &end, 10);
	return out->most <= MOST_MAX && strncmp(end, " in ", 4) == 0 &&
	       read_span(end + 4, &out->span_ms);
}

int64_t
rate_lot(const struct rate_limit *limit)
{
	int64_t lot = limit->most / LOT_SHARE;

	return lot < 1 ? 1 : lot > LOT_MAX ? LOT_MAX : lot;
}

int64_t
rate_level(const struct rate_limit *limit, const struct token_bucket *bucket,
    int64_t now_ms)
{
	int64_t full = limit->most * 1000, level, elapsed;

	if (bucket == NULL || bucket->level_at > now_ms + RATE_CLOCKS_MS ||
	    now_ms - bucket->level_at >= limit->span_ms)
		return full;
	elapsed = now_ms > bucket->level_at ? now_ms - bucket->level_at : 0;
	level = bucket->level + elapsed * full / limit->span_ms;
	return level < full ? level : full;
}

/* For how many seconds that many are not there. */
static int64_t
wait_for(const struct rate_limit *limit, int64_t level, int64_t tokens)
{
	int64_t missing = tokens * 1000 - level;
	int64_t ms = missing * limit->span_ms / (limit->most * 1000);

	if (ms > limit->span_ms)
		ms = limit->span_ms;
	return ms / 1000 + 1;
}

/* ---- what this process has */

struct rates *
rates_new(void)
{
	struct rates *rates = memory_zeroed(1, sizeof(*rates));

	pthread_mutex_init(&rates->lock, NULL);
	pthread_cond_init(&rates->asked, NULL);
	rates->together = together_new();
	return rates;
}

void
rates_free(struct rates *rates)
{
	if (rates == NULL)
		return;
	pthread_cond_destroy(&rates->asked);
	pthread_mutex_destroy(&rates->lock);
	together_free(rates->together);
	free(rates);
}

struct bucket_name {
	const char *text; /* in the store */
	uint64_t start[2];
};

/* False: OpenSSL cannot. */
static bool
name_of(struct arena *a, const struct rate_question *q, struct bucket_name *out)
{
	unsigned char bytes[CRYPTO_SHA256_LEN];
	struct digest *d = digest_new();
	bool done;

	out->text = arena_printf(a, "%s:%s", words[q->kind], q->name);
	digest_add(d, out->text, strlen(out->text));
	done = digest_end(d, bytes) == RC_OK;
	digest_free(d);
	if (!done)
		return false;
	memcpy(out->start, bytes, sizeof(out->start));
	if (strlen(out->text) > NAME_MAX_BYTES)
		out->text = arena_printf(a, "%s:%s", words[q->kind],
		    encode_base64url(a, bytes, sizeof(bytes)));
	return true;
}

/* In place of the one that was used longest ago.  The caller holds the lock. */
static struct held *
held_of(struct rates *rates, const struct bucket_name *name)
{
	struct held *set = rates->sets[name->start[0] & (SETS - 1)];
	struct held *oldest = &set[0];
	int64_t now = clock_ms();

	for (size_t w = 0; w < WAYS; w++) {
		if (set[w].used_at != 0 && set[w].start[0] == name->start[0] &&
		    set[w].start[1] == name->start[1]) {
			set[w].used_at = now;
			return &set[w];
		}
		if (set[w].used_at < oldest->used_at)
			oldest = &set[w];
	}
	*oldest = (struct held){
	    .start = {name->start[0], name->start[1]},
	    .used_at = now,
	    .own = {0, INT64_MIN / 2}, /* full */
	};
	return oldest;
}

/* True: it is answered without the store. */
static bool
take_held(const struct rate_question *q, const struct bucket_name *name,
    struct rate_told *out)
{
	int64_t now = clock_ms();
	bool answered = true;
	struct held *h;

	pthread_mutex_lock(&q->memory->lock);
	h = held_of(q->memory, name);
	if (h->left >= q->tokens && h->left_until > now) {
		h->left -= q->tokens;
		out->answer = RATE_TAKEN;
	} else if (h->empty_until > now) {
		out->answer = RATE_OVER;
		out->wait = (h->empty_until - now) / 1000 + 1;
	} else {
		answered = false;
	}
	pthread_mutex_unlock(&q->memory->lock);
	return answered;
}

/* What comes of a lot is at most one lot, whatever other threads have had
   meanwhile. */
static void
keep_rest(struct held *h, const struct rate_question *q, int64_t rest)
{
	int64_t lot = rate_lot(q->limit);

	if (h->left_until <= clock_ms())
		h->left = 0;
	h->left = h->left + rest < lot ? h->left + rest : lot;
	h->left_until = clock_ms() + q->limit->span_ms;
}

static void
take_alone(struct held *h, const struct rate_question *q, struct rate_told *out)
{
	int64_t now = clock_ms();
	int64_t level = rate_level(q->limit, &h->own, now);
	bool enough = level >= q->tokens * 1000;

	out->answer = enough ? RATE_ALONE : RATE_OVER;
	out->wait = enough ? 0 : wait_for(q->limit, level, q->tokens);
	h->own = (struct token_bucket){
	    enough ? level - q->tokens * 1000 : level, now};
}

void
rate_give_back(const struct rate_question *q)
{
	struct arena *a = arena_new();
	struct bucket_name name;

	if (q->memory != NULL && name_of(a, q, &name)) {
		pthread_mutex_lock(&q->memory->lock);
		keep_rest(held_of(q->memory, &name), q, q->tokens);
		pthread_mutex_unlock(&q->memory->lock);
	}
	arena_free(a);
}

/* ---- the store */

struct lot {
	const struct rate_question *question;
	const char *name;
	int64_t taken, wait;
	bool again; /* another host has changed the bucket */
};

/* Of what is there, all that is wanted or none. */
static struct token_bucket
take_of(struct lot *lot, const struct token_bucket *found, int64_t now)
{
	const struct rate_question *q = lot->question;
	int64_t level = rate_level(q->limit, found, now);
	int64_t want = rate_lot(q->limit);
	struct token_bucket rest = {.level_at = now};

	if (found != NULL && found->level_at > now &&
	    found->level_at <= now + RATE_CLOCKS_MS)
		rest.level_at = found->level_at;
	want = want > q->tokens ? want : q->tokens;
	lot->taken = level / 1000 < want ? level / 1000 : want;
	if (lot->taken < q->tokens) {
		lot->taken = 0;
		lot->wait = wait_for(q->limit, level, q->tokens);
	}
	rest.level = level - lot->taken * 1000;
	return rest;
}

static enum rc
take_lot_tx(struct db *db, void *context, struct err *err)
{
	struct lot *lot = context;
	struct token_bucket found, rest;
	int64_t now;
	enum rc there, rc = db_clock(db, &now, err);

	lot->again = false;
	if (rc != RC_OK)
		return rc;
	there = token_bucket_find(db, lot->name, &found, err);
	if (there != RC_OK && there != RC_NONE)
		return there;
	rest = take_of(lot, there == RC_OK ? &found : NULL, now * 1000);
	if (lot->taken == 0 || lot->question->memory == NULL)
		return RC_OK;
	rc = token_bucket_put(db, lot->name, there == RC_OK ? &found : NULL,
	    &rest, err);
	lot->again = rc == RC_NONE || rc == RC_PERM;
	return lot->again ? RC_OK : rc;
}

static bool
rates_may_ask(struct rates *rates)
{
	int64_t now = clock_ms(), at = atomic_load(&rates->ask_at);

	return at == 0 ||
	       (now >= at && atomic_compare_exchange_strong(&rates->ask_at, &at,
				 now + RATE_PAUSE_MS));
}

/* RC_TEMP: nobody knows. */
static enum rc
take_lot(struct lot *lot, struct err *err)
{
	const struct rate_question *q = lot->question;
	int64_t deadline = clock_ms() + RATE_WAIT_MS;
	enum rc rc;
	int i = 0;

	store_set_deadline(deadline < q->deadline ? deadline : q->deadline);
	do
		rc = q->memory != NULL
			 ? together_add(q->memory->together, q->store,
			       take_lot_tx, lot, RATE_WAIT_MS, err)
			 : store_add(q->store, take_lot_tx, lot, err);
	while (rc == RC_OK && lot->again && ++i < TRIES);
	store_set_deadline(q->deadline);
	if (rc == RC_OK && lot->again)
		rc = err_set(err, RC_TEMP, "%s: others change it all the time",
		    lot->name);
	return rc == RC_OK ? rc : RC_TEMP;
}

static void
ask_for_lot(const struct rate_question *q, const struct bucket_name *name,
    struct rate_told *out)
{
	struct rates *rates = q->memory;
	struct lot lot = {.question = q, .name = name->text};
	bool asks = rates_may_ask(rates);
	enum rc rc = asks ? take_lot(&lot, &out->error) : RC_TEMP;
	struct held *h;

	if (asks)
		atomic_store(&rates->ask_at,
		    rc == RC_OK || lot.again ? 0 : clock_ms() + RATE_PAUSE_MS);
	pthread_mutex_lock(&rates->lock);
	h = held_of(rates, name);
	if (rc != RC_OK) {
		take_alone(h, q, out);
	} else if (lot.taken == 0) {
		out->answer = RATE_OVER;
		out->wait = lot.wait;
		h->empty_until = clock_ms() + lot.wait * 1000;
	} else {
		out->answer = RATE_TAKEN;
		keep_rest(h, q, lot.taken - q->tokens);
		h->own.level_at = INT64_MIN / 2; /* full again */
	}
	pthread_mutex_unlock(&rates->lock);
	if (rc == RC_OK)
		out->error.text[0] = '\0';
}

/* The caller holds the lock.  True: nobody else asks from now on. */
static bool
take_turn(bool *asking)
{
	bool mine = !*asking;

	*asking = true;
	return mine;
}

/* Waits as long as the store may take, at most.  False: the other one still
   asks. */
static bool
wait_for_turn(const struct rate_question *q, bool *asking)
{
	int64_t left = q->deadline - clock_ms();
	struct timespec end = clock_after(left < 0              ? 0
					  : left < RATE_WAIT_MS ? left
								: RATE_WAIT_MS);
	int late = 0;
	bool mine;

	blocking_begin();
	pthread_mutex_lock(&q->memory->lock);
	while (*asking && late == 0)
		late = pthread_cond_clockwait(&q->memory->asked,
		    &q->memory->lock, CLOCK_MONOTONIC, &end);
	mine = take_turn(asking);
	pthread_mutex_unlock(&q->memory->lock);
	blocking_end();
	return mine;
}

/* Threads that ask for a lot of one bucket at once would get one each, of which
   the host keeps one: the others wait for the first, and take of its. */
static void
ask_in_turn(const struct rate_question *q, const struct bucket_name *name,
    struct rate_told *out)
{
	struct rates *rates = q->memory;
	bool *asking = &rates->asking[name->start[0] & (TURNS - 1)];
	bool mine;

	pthread_mutex_lock(&rates->lock);
	mine = take_turn(asking);
	pthread_mutex_unlock(&rates->lock);
	mine = mine || wait_for_turn(q, asking);
	if (!take_held(q, name, out))
		ask_for_lot(q, name, out);
	if (!mine)
		return;
	pthread_mutex_lock(&rates->lock);
	*asking = false;
	pthread_cond_broadcast(&rates->asked);
	pthread_mutex_unlock(&rates->lock);
}

static void
look_for_lot(const struct rate_question *q, const struct bucket_name *name,
    struct rate_told *out)
{
	struct lot lot = {.question = q, .name = name->text};

	if (take_lot(&lot, &out->error) != RC_OK) {
		out->answer = RATE_ALONE;
		return;
	}
	out->error.text[0] = '\0';
	out->answer = lot.taken == 0 ? RATE_OVER : RATE_TAKEN;
	out->wait = lot.wait;
}

void
rate_take(const struct rate_question *q, struct rate_told *out)
{
	struct arena *a = arena_new();
	struct bucket_name name;

	*out = (struct rate_told){.answer = RATE_ALONE};
	if (!name_of(a, q, &name)) {
		arena_free(a);
		return;
	}
	if (q->memory == NULL)
		look_for_lot(q, &name, out);
	else if (!take_held(q, &name, out))
		ask_in_turn(q, &name, out);
	if (q->memory != NULL)
		metric_add(&rate_answers,
		    (size_t)q->kind * RATE_ANSWERS + (size_t)out->answer, 1);
	arena_free(a);
}
