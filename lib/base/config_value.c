/* SPDX-License-Identifier: MIT */
#include "base/private/config_value.h"

#include "base/nearest.h"
#include "base/private/config_include.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
    {"d", 24 * 60 * 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"m", 60 * 1000},
    {"s", 1000},
    {"ms", 1},
};

#define UNITS (sizeof(units) / sizeof(*units))

/* Reads a decimal number at the beginning of text.  Returns what comes after
   it; NULL if there is none. */
static const char *
read_config_digits(const char *text, int64_t *out)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return NULL;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 ? end : NULL;
}

static bool
read_number(const char *text, int64_t *out)
{
	const char *end = read_config_digits(text, out);

	return end != NULL && *end == '\0';
}

static bool
read_duration(const char *text, int64_t *out)
{
	const char *unit = read_config_digits(text, out);

	if (unit == NULL)
		return false;
	for (size_t i = 0; i < UNITS; i++)
		if (strcmp(unit, units[i].name) == 0)
			return !__builtin_mul_overflow(*out, units[i].ms, out);
	return *out == 0 && *unit == '\0'; /* no length needs no unit */
}

static bool
read_yes_no(const char *text, int64_t *out)
{
	static const struct {
		const char *word;
		int64_t meaning;
	} words[] = {{"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}, {"true", 1},
	    {"false", 0}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_equal_fold(text, words[i].word)) {
			*out = words[i].meaning;
			return true;
		}
	return false;
}

static const char *
duration_text(struct arena *a, int64_t ms)
{
	size_t i = 0;

	while (ms % units[i].ms != 0)
		i++;
	return ms == 0 ? "0"
		       : arena_printf(a, "%" PRId64 "%s", ms / units[i].ms,
			     units[i].name);
}

static bool
is_in_key_range(const struct config_key *key, int64_t number)
{
	return number >= key->low && number <= key->high;
}

const char *
config_hint(struct arena *a, const char *meant)
{
	if (meant == NULL)
		return "";
	return arena_printf(a, "; did you mean \"%s\"?", meant);
}

const char *
config_not_among(struct arena *a, const char *word, const char *const *choices)
{
	struct str s;
	size_t n = 0;

	str_init(&s, a);
	for (; choices[n] != NULL; n++) {
		if (strcmp(choices[n], word) == 0)
			return NULL;
		str_addf(&s, "%s%s", n > 0 ? ", " : "", choices[n]);
	}
	return arena_printf(a, "expected one of %s%s", s.text,
	    config_hint(a, nearest(word, choices, n)));
}

void
config_value_add(struct arena *a, struct config_value *v, const char *item)
{
	bool full = (v->n & (v->n - 1)) == 0; /* room is a power of two */

	if (full) {
		const char **more = arena_take_array(a,
		    v->n == 0 ? 1 : v->n * 2, sizeof(*more));

		if (v->n > 0)
			memcpy(more, v->items, v->n * sizeof(*more));
		v->items = more;
	}
	v->items[v->n++] = item;
}

static const char *
read_typed(struct arena *a, const struct config_key *key, const char *text,
    struct config_value *out)
{
	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_CHOICE:
		out->text = text;
		return NULL;
	case CONFIG_FILE:
	case CONFIG_FOLDER:
		out->text = text;
		return text[0] == '\0' || text[0] == '/'
			   ? NULL
			   : arena_printf(a, "expected \"/path/to/%s\"",
				 key->type == CONFIG_FILE ? "file" : "folder");
	case CONFIG_LIST:
		config_value_add(a, out, text);
		return NULL;
	case CONFIG_YES_NO:
		return read_yes_no(text, &out->number) ? NULL
						       : "expected yes or no";
	case CONFIG_NUMBER:
		if (read_number(text, &out->number) &&
		    is_in_key_range(key, out->number))
			return NULL;
		return arena_printf(a,
		    "expected a whole number from %" PRId64 " to %" PRId64,
		    key->low, key->high);
	case CONFIG_DURATION:
		if (read_duration(text, &out->number) &&
		    is_in_key_range(key, out->number))
			return NULL;
		return arena_printf(a,
		    "expected a length of time from %s to %s",
		    duration_text(a, key->low), duration_text(a, key->high));
	}
	return NULL;
}

/* Returns NULL if word is one of the choices; then *out has what it stands
   for. */
static const char *
read_choice(struct arena *a, const struct config_choice *choices,
    const char *text, struct config_value *out)
{
	const char **words;
	size_t n = 0;

	while (choices[n].word != NULL)
		n++;
	words = arena_take_array(a, n + 1, sizeof(*words));
	words[n] = NULL;
	for (size_t i = 0; i < n; i++) {
		words[i] = choices[i].word;
		if (strcmp(text, words[i]) == 0)
			out->number = choices[i].value;
	}
	return config_not_among(a, text, words);
}

const char *
config_value_read(struct arena *a, const struct config_key *key,
    const char *text, struct config_value *out)
{
	const char *wrong = NULL;

	if (key->choices != NULL)
		wrong = read_choice(a, key->choices, text, out);
	if (wrong == NULL && key->wrong != NULL)
		wrong = key->wrong(a, text);
	if (wrong == NULL && key->includes)
		wrong = config_include_wrong(text);
	if (wrong != NULL)
		return wrong;
	return read_typed(a, key, arena_copy_text(a, text), out);
}

struct config_value
config_value_default(struct arena *a, const struct config_key *key)
{
	struct config_key own = *key;
	struct config_value v = {0};
	const char *wrong = NULL;
	char *rest, *item;

	own.wrong = NULL;
	if (key->def == NULL)
		return v;
	if (key->type != CONFIG_LIST)
		wrong = config_value_read(a, &own, key->def, &v);
	else
		for (item = strtok_r(arena_copy_text(a, key->def), ",", &rest);
		     item != NULL && wrong == NULL;
		     item = strtok_r(NULL, ",", &rest))
			wrong = config_value_read(a, &own, item, &v);
	assert(wrong == NULL);
	(void)wrong;
	return v;
}
