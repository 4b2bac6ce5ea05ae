/* SPDX-License-Identifier: MIT */
#include "policy/greylist.h"

#include "auth/crypto.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/memory.h"
#include "store/together.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SETS        ((size_t)16384) /* a power of two */
#define WAYS        4
#define REMEMBER_MS ((int64_t)3600 * 1000)
#define DAY_S       ((int64_t)24 * 3600)

#define IPV4_BITS 24
#define IPV6_BITS 64

/* Who has passed: the start of his hash. */
struct passed {
	uint64_t start[2];
	int64_t until; /* of clock_ms; 0: nobody */
};

struct greylist {
	struct together *together;
	pthread_mutex_t lock;
	/* 0: the store answers; else it does not, and is asked again at that
	   time of clock_ms. */
	_Atomic int64_t ask_at;
	struct passed sets[SETS][WAYS];
};

static const char *const labels[GREYLIST_ANSWERS] = {
    [GREYLIST_NEW] = "result=\"new\"",
    [GREYLIST_EARLY] = "result=\"early\"",
    [GREYLIST_PASSED] = "result=\"passed\"",
    [GREYLIST_KNOWN] = "result=\"known\"",
    [GREYLIST_NETWORK] = "result=\"network\"",
    [GREYLIST_FULL] = "result=\"full\"",
    [GREYLIST_UNKNOWN] = "result=\"store\"",
};

static struct metric_cell cells[GREYLIST_ANSWERS];

struct metric_family greylist_answers = {
    .name = "postward_greylist_total",
    .help = "Questions whether somebody is known to greylisting, by result.",
    .n = GREYLIST_ANSWERS,
    .labels = labels,
    .cells = cells,
};

/* ---- pure */

enum greylist_answer
greylist_state(const struct greylist_settings *settings,
    const struct greylist_row *row, int64_t now, int64_t *wait)
{
	*wait = settings->delay_ms / 1000;
	if (row->name == NULL || row->expires <= now)
		return GREYLIST_NEW;
	if (row->passes > 0)
		return GREYLIST_KNOWN;
	*wait += row->first_seen - now;
	return *wait <= 0 || row->first_seen > now + GREYLIST_CLOCKS_S
		   ? GREYLIST_PASSED
		   : GREYLIST_EARLY;
}

/* VERP and extensions, BATV and SRS come after a "+" or a "=", and the number
   of a mail begins with a digit. */
const char *
greylist_sender(struct arena *a, const char *key)
{
	const char *at = strrchr(key, '@');
	size_t len = strcspn(key, "+=0123456789");

	if (at == NULL || key + len >= at)
		return key;
	return arena_printf(a, "%.*s#%s", (int)len, key, at);
}

const char *
greylist_network(struct arena *a, const struct ip *client)
{
	unsigned bits = client->version == 6 ? IPV6_BITS : IPV4_BITS;
	struct ip network = ip_network(client, bits);

	return arena_printf(a, "%s/%u", ip_text(a, &network), bits);
}

/* ---- what is remembered */

struct greylist *
greylist_new(void)
{
	struct greylist *g = memory_zeroed(1, sizeof(*g));

	pthread_mutex_init(&g->lock, NULL);
	g->together = together_new();
	return g;
}

void
greylist_free(struct greylist *g)
{
	if (g == NULL)
		return;
	pthread_mutex_destroy(&g->lock);
	together_free(g->together);
	free(g);
}

struct hashed {
	const char *name; /* NULL: OpenSSL cannot, or there is nobody */
	uint64_t start[2];
};

static struct hashed
hash_of(struct arena *a, const char *who)
{
	unsigned char bytes[CRYPTO_SHA256_LEN];
	struct digest *d;
	struct hashed h = {0};

	if (who == NULL)
		return h;
	d = digest_new();
	digest_add(d, who, strlen(who));
	if (digest_end(d, bytes) == RC_OK) {
		h.name = encode_base64url(a, bytes, sizeof(bytes));
		memcpy(h.start, bytes, sizeof(h.start));
	}
	digest_free(d);
	return h;
}

static struct passed *
passed_set_of(struct greylist *g, const struct hashed *h)
{
	return g->sets[h->start[0] & (SETS - 1)];
}

static bool
is_same(const struct passed *p, const struct hashed *h)
{
	return p->start[0] == h->start[0] && p->start[1] == h->start[1];
}

static bool
remembers(struct greylist *g, const struct hashed *h)
{
	int64_t now = clock_ms();
	struct passed *set;
	bool found = false;

	if (g == NULL || h->name == NULL)
		return false;
	set = passed_set_of(g, h);
	pthread_mutex_lock(&g->lock);
	for (size_t w = 0; w < WAYS; w++)
		found |= set[w].until > now && is_same(&set[w], h);
	pthread_mutex_unlock(&g->lock);
	return found;
}

/* In place of whoever will be forgotten first. */
static void
remember(struct greylist *g, const struct hashed *h)
{
	struct passed *set, *oldest;

	if (g == NULL)
		return;
	set = oldest = passed_set_of(g, h);
	pthread_mutex_lock(&g->lock);
	for (size_t w = 0; w < WAYS; w++) {
		if (is_same(&set[w], h)) {
			oldest = &set[w];
			break;
		}
		if (set[w].until < oldest->until)
			oldest = &set[w];
	}
	*oldest = (struct passed){
	    {h->start[0], h->start[1]}, clock_ms() + REMEMBER_MS};
	pthread_mutex_unlock(&g->lock);
}

/* ---- the store */

/* True: this request may ask it, on behalf of the others, while it is down. */
static bool
greylist_may_ask(struct greylist *g)
{
	int64_t now = clock_ms(), at;

	if (g == NULL)
		return true;
	at = atomic_load(&g->ask_at);
	return at == 0 ||
	       (now >= at && atomic_compare_exchange_strong(&g->ask_at, &at,
				 now + GREYLIST_PAUSE_MS));
}

struct greylist_walk {
	const struct greylist_question *question;
	struct arena *arena;
	struct hashed who, network;
	int64_t now;
	struct greylist_row rows[GREYLIST_FIND_MAX];
	const char *passes; /* whose pass is noted, and whose that makes one
			       more */
	const char *counts; /* or NULL */
};

enum {
	OF_WHO,
	OF_NETWORK,
	OF_COUNT
};

static enum rc
look_tx(struct db *db, void *context, struct err *err)
{
	struct greylist_walk *w = context;
	const char *const names[GREYLIST_FIND_MAX] = {[OF_WHO] = w->who.name,
	    [OF_NETWORK] = w->network.name,
	    [OF_COUNT] = GREYLIST_COUNT};
	enum rc rc = db_clock(db, &w->now, err);

	return rc == RC_OK ? greylist_find(db, w->arena, names, w->rows, err)
			   : rc;
}

/* If another host was faster, it has put him off as we do. */
static enum rc
note_tx(struct db *db, void *context, struct err *err)
{
	struct greylist_walk *w = context;
	const struct greylist_row row = {
	    .name = w->who.name,
	    .first_seen = w->now,
	    .last_seen = w->now,
	    .expires = w->now + w->question->settings->window_ms / 1000,
	};
	enum rc rc = greylist_add(db, &row, err);

	return rc == RC_PERM ? RC_OK : rc;
}

static enum rc
pass_tx(struct db *db, void *context, struct err *err)
{
	struct greylist_walk *w = context;
	int64_t expires = w->now + w->question->settings->keep_ms / 1000;
	enum rc rc = greylist_pass(db, w->passes, w->now, expires, err);

	if (rc == RC_OK && w->counts != NULL)
		rc = greylist_pass(db, w->counts, w->now, expires, err);
	return rc == RC_PERM ? RC_OK : rc;
}

static enum rc
greylist_write(struct greylist_walk *w, store_work *work, struct err *err)
{
	const struct greylist_question *q = w->question;

	if (!q->note)
		return RC_OK;
	return q->memory != NULL ? together_add(q->memory->together, q->store,
				       work, w, GREYLIST_WAIT_MS, err)
				 : store_add(q->store, work, w, err);
}

/* He has passed, whether or not that can be written down. */
static void
note_pass(struct greylist_walk *w, struct greylist_told *out)
{
	w->passes = w->who.name;
	w->counts =
	    w->question->settings->allow_after > 0 ? w->network.name : NULL;
	if (greylist_write(w, pass_tx, &out->error) == RC_OK)
		out->error.text[0] = '\0';
}

/* That it was seen is written once a day. */
static void
note_seen(struct greylist_walk *w, const struct greylist_row *row,
    struct greylist_told *out)
{
	if (row->last_seen > w->now - DAY_S && row->last_seen <= w->now + DAY_S)
		return;
	w->passes = row->name;
	w->counts = NULL;
	if (greylist_write(w, pass_tx, &out->error) == RC_OK)
		out->error.text[0] = '\0';
}

static bool
network_passes(const struct greylist_walk *w)
{
	const struct greylist_row *row = &w->rows[OF_NETWORK];
	int64_t after = w->question->settings->allow_after;

	return after > 0 && row->name != NULL && row->passes >= after &&
	       row->expires > w->now;
}

/* Full, or nobody has cleaned up for a day. */
static bool
store_is_full(const struct greylist_walk *w)
{
	const struct greylist_row *row = &w->rows[OF_COUNT];

	return row->name != NULL &&
	       (row->passes >= w->question->settings->rows_max ||
		   row->last_seen < w->now - DAY_S);
}

static enum greylist_answer
note_new(struct greylist_walk *w, struct greylist_told *out)
{
	if (store_is_full(w))
		return GREYLIST_FULL;
	if (greylist_write(w, note_tx, &out->error) != RC_OK)
		return GREYLIST_UNKNOWN;
	out->error.text[0] = '\0';
	return GREYLIST_NEW;
}

static enum greylist_answer
answer_of_rows(struct greylist_walk *w, struct greylist_told *out)
{
	enum greylist_answer answer = greylist_state(w->question->settings,
	    &w->rows[OF_WHO], w->now, &out->wait);

	switch (answer) {
	case GREYLIST_KNOWN:
		note_seen(w, &w->rows[OF_WHO], out);
		return answer;
	case GREYLIST_PASSED:
		note_pass(w, out);
		return answer;
	default:
		break;
	}
	if (network_passes(w)) {
		note_seen(w, &w->rows[OF_NETWORK], out);
		return GREYLIST_NETWORK;
	}
	return answer == GREYLIST_NEW ? note_new(w, out) : answer;
}

static void
ask_store(struct greylist_walk *w, struct greylist_told *out)
{
	struct greylist *g = w->question->memory;
	int64_t deadline = clock_ms() + GREYLIST_WAIT_MS;

	store_set_deadline(deadline < w->question->deadline
			       ? deadline
			       : w->question->deadline);
	if (store_glance(w->question->store, look_tx, w, &out->error) ==
	    RC_OK) {
		out->error.text[0] = '\0';
		out->answer = answer_of_rows(w, out);
	}
	store_set_deadline(w->question->deadline);
	if (g != NULL)
		atomic_store(&g->ask_at, out->error.text[0] == '\0'
					     ? 0
					     : clock_ms() + GREYLIST_PAUSE_MS);
	if (out->answer == GREYLIST_NETWORK)
		remember(g, &w->network);
	else if (out->answer == GREYLIST_KNOWN ||
		 out->answer == GREYLIST_PASSED)
		remember(g, &w->who);
}

void
greylist_ask(const struct greylist_question *q, struct greylist_told *out)
{
	struct arena *a = arena_new();
	struct greylist_walk w = {.question = q, .arena = a};

	w.who = hash_of(a, q->who);
	w.network = hash_of(a, q->network);
	*out = (struct greylist_told){.answer = GREYLIST_UNKNOWN};
	if (remembers(q->memory, &w.who))
		out->answer = GREYLIST_KNOWN;
	else if (remembers(q->memory, &w.network))
		out->answer = GREYLIST_NETWORK;
	else if (w.who.name != NULL && greylist_may_ask(q->memory))
		ask_store(&w, out);
	if (q->note)
		metric_add(&greylist_answers, (size_t)out->answer, 1);
	arena_free(a);
}
