/* SPDX-License-Identifier: MIT */
#include "fate_tally.h"

#include "base/pairs.h"
#include "base/str.h"
#include "policy/check.h"

#include <cjson/cJSON.h>

#include <ctype.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What of a line counts. */
struct told {
	const char *action, *check, *author, *fate, *mode, *what, *at;
};

static const struct {
	const char *key;
	size_t at;
} told_keys[] = {
    {"action", offsetof(struct told, action)},
    {"check", offsetof(struct told, check)},
    {"author", offsetof(struct told, author)},
    {"fate", offsetof(struct told, fate)},
    {"fate_mode", offsetof(struct told, mode)},
    {"fate_case", offsetof(struct told, what)},
    {"at", offsetof(struct told, at)},
};

#define TOLD_KEYS (sizeof(told_keys) / sizeof(*told_keys))

struct fate_tally *
fate_tally_new(struct arena *a)
{
	struct fate_tally *t = arena_take(a, sizeof(*t));

	t->arena = a;
	return t;
}

/* Its memory is the arena's. */
static void
leave_sender(void *sender)
{
	(void)sender;
}

void
fate_tally_end(struct fate_tally *t)
{
	tdestroy(t->senders, leave_sender);
	t->senders = NULL;
}

/* ---- lines */

/* What the milter has written of a line of syslog, or of one without its tag;
   NULL: it is somebody else's, whatever strangers made him write. */
static const char *
text_of_milter(const char *line)
{
	static const char tag[] = "postward/milter[";
	const char *end = strstr(line, "]: "), *at = end;
	size_t len = sizeof(tag) - 1;

	if (str_starts(line, "queue_id=") || line[0] == '{')
		return line;
	if (end == NULL)
		return NULL;
	while (at > line && isdigit((unsigned char)at[-1]))
		at--;
	if ((size_t)(at - line) < len || strncmp(at - len, tag, len) != 0 ||
	    (at - len > line && at[-(ptrdiff_t)len - 1] != ' '))
		return NULL;
	return end + 3;
}

static void
told_set(struct told *told, const char *key, const char *value)
{
	for (size_t i = 0; i < TOLD_KEYS; i++)
		if (strcmp(told_keys[i].key, key) == 0)
			memcpy((char *)told + told_keys[i].at, &value,
			    sizeof(value));
}

static void
told_by_json(struct arena *a, const char *text, struct told *out)
{
	cJSON *object = cJSON_Parse(text);
	const char *program =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object,
		"program"));

	for (size_t i = 0;
	     i < TOLD_KEYS && program != NULL && strcmp(program, "milter") == 0;
	     i++)
		told_set(out, told_keys[i].key,
		    arena_copy_text(a,
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			    object, told_keys[i].key))));
	cJSON_Delete(object);
}

/* A line that was cut ends with no pair: what it tells before stands. */
static void
told_by_line(struct arena *a, const char *line, struct told *out)
{
	const char *text = text_of_milter(line);
	struct pair pair;

	*out = (struct told){0};
	if (text == NULL)
		return;
	if (text[0] == '{') {
		told_by_json(a, text, out);
		return;
	}
	if (!str_starts(text, "queue_id="))
		return;
	while (pairs_next(a, &text, &pair, NULL) == RC_OK)
		told_set(out, pair.key, pair.value);
}

/* ---- words */

/* The i-th word of a few; they are fewer than n. */
typedef const char *word_fn(unsigned i);

static const char *
action_word(unsigned i)
{
	return fate_action_name((enum fate_action)i);
}

static const char *
case_word(unsigned i)
{
	return fate_case_name((enum fate_case)i);
}

static const char *
receiver_word(unsigned i)
{
	return fate_receiver_name((enum fate_receiver)i);
}

/* n: nobody of this version knows that word. */
static unsigned
word_index(word_fn *word, unsigned n, const char *text, size_t len)
{
	for (unsigned i = 0; text != NULL && i < n; i++)
		if (strlen(word(i)) == len && strncmp(word(i), text, len) == 0)
			return i;
	return n;
}

static unsigned
whole_word_index(word_fn *word, unsigned n, const char *text)
{
	return word_index(word, n, text, text == NULL ? 0 : strlen(text));
}

/* ---- counting */

bool
fate_sender_acts(enum fate_action action)
{
	return action == FATE_REWRITE || action == FATE_HOLD ||
	       action == FATE_REJECT;
}

uint64_t
fate_sender_acted(const struct fate_sender *sender)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		if (fate_sender_acts((enum fate_action)i))
			n += sender->n[i];
	return n;
}

static int
compare_authors(const void *one, const void *other)
{
	const struct fate_sender *a = one, *b = other;

	return strcmp(a->author == NULL ? "" : a->author,
	    b->author == NULL ? "" : b->author);
}

/* NULL: there are too many. */
static struct fate_sender *
sender_of(struct fate_tally *t, const char *author)
{
	struct fate_sender key = {.author = author}, *new;
	void *found = tfind(&key, &t->senders, compare_authors);

	if (found != NULL)
		return *(struct fate_sender **)found;
	if (t->n_senders == FATE_AUTHORS_MAX)
		return NULL;
	new = arena_take(t->arena, sizeof(*new));
	new->author = arena_copy_text(t->arena, author);
	tsearch(new, &t->senders, compare_authors);
	t->n_senders++;
	return new;
}

/* "gmail:5.7.26,outlook:unsure": who may take it all the same is not counted.
 */
static void
count_receivers(struct fate_tally *t, struct fate_sender *sender,
    enum fate_action action, const char *at)
{
	while (at != NULL && *at != '\0') {
		size_t one = strcspn(at, ","), name = strcspn(at, ":,");
		unsigned r =
		    word_index(receiver_word, FATE_RECEIVERS, at, name);

		if (r < FATE_RECEIVERS && !str_starts(at + name, ":unsure")) {
			if (sender != NULL)
				sender->at[r]++;
			t->at[r][action]++;
		}
		at += one + (at[one] == ',');
	}
}

static bool
is_of_another_check(const struct told *told)
{
	return told->action != NULL && strcmp(told->action, "accept") != 0 &&
	       (told->check == NULL ||
		   strcmp(told->check, check_name(CHECK_FATE)) != 0);
}

static bool
count_told(struct fate_tally *t, const struct told *told)
{
	unsigned action =
	    whole_word_index(action_word, FATE_ACTIONS, told->fate);
	unsigned what = whole_word_index(case_word, FATE_CASES, told->what);
	struct fate_sender *sender;

	if (action == FATE_ACTIONS || is_of_another_check(told))
		return false;
	(told->mode == NULL ? t->done : t->shadow)[action]++;
	sender = sender_of(t, told->author);
	(sender != NULL ? sender->n : t->more)[action]++;
	if (!fate_sender_acts((enum fate_action)action))
		return true;
	if (what < FATE_CASES && sender != NULL)
		sender->cases[what]++;
	count_receivers(t, sender, (enum fate_action)action, told->at);
	return true;
}

bool
fate_tally_line(struct fate_tally *t, const char *line)
{
	struct arena *scratch = arena_new();
	struct told told;
	bool counted;

	told_by_line(scratch, line, &told);
	counted = told.fate != NULL && count_told(t, &told);
	arena_free(scratch);
	return counted;
}

uint64_t
fate_tally_messages(const struct fate_tally *t)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		n += t->shadow[i] + t->done[i];
	return n;
}

uint64_t
fate_tally_more(const struct fate_tally *t)
{
	struct fate_sender all = {.author = NULL};

	memcpy(all.n, t->more, sizeof(all.n));
	return fate_sender_acted(&all);
}

/* ---- senders */

struct senders_found {
	const struct fate_sender **all;
	size_t n;
};

static void
add_found_sender(const void *node, VISIT visit, void *context)
{
	struct senders_found *found = context;
	const struct fate_sender *sender =
	    *(const struct fate_sender *const *)node;

	if ((visit == postorder || visit == leaf) &&
	    fate_sender_acted(sender) > 0)
		found->all[found->n++] = sender;
}

static int
compare_acted(const void *one, const void *other)
{
	const struct fate_sender *a = *(const struct fate_sender *const *)one;
	const struct fate_sender *b = *(const struct fate_sender *const *)other;
	uint64_t n = fate_sender_acted(a), m = fate_sender_acted(b);

	return n != m ? (n < m) - (n > m) : compare_authors(a, b);
}

const struct fate_sender **
fate_tally_senders(const struct fate_tally *t, size_t *n)
{
	struct senders_found found = {
	    .all = arena_take_array(t->arena, t->n_senders + 1,
		sizeof(struct fate_sender *)),
	};

	twalk_r(t->senders, add_found_sender, &found);
	if (found.n > 0)
		qsort(found.all, found.n, sizeof(*found.all), compare_acted);
	*n = found.n;
	return found.all;
}
