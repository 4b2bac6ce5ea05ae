/* SPDX-License-Identifier: MIT */
#include "import.h"

#include "base/str.h"
#include "import_reader.h"

#include <string.h>

static const char *const format_names[IMPORT_FORMATS] = {
    [IMPORT_ALIASES] = "aliases",
    [IMPORT_VIRTUAL] = "virtual",
    [IMPORT_POSTFIXADMIN] = "postfixadmin",
    [IMPORT_CSV] = "csv",
};

const char *
import_format_name(enum import_format format)
{
	return format_names[format];
}

bool
import_format_read(const char *word, enum import_format *out)
{
	for (size_t i = 0; i < IMPORT_FORMATS; i++)
		if (strcmp(word, format_names[i]) == 0) {
			*out = (enum import_format)i;
			return true;
		}
	return false;
}

const char import_too_many[] = "one target too many";

static const struct import_target *
find_import_target(const struct import_entry *entry, const char *text)
{
	for (size_t i = 0; i < entry->n; i++)
		if (str_equal_fold(entry->targets[i].text, text))
			return &entry->targets[i];
	return NULL;
}

/* A file that knows no paused targets speaks of the others alone. */
static bool
same_import_targets(const struct import_entry *said,
    const struct import_entry *have, bool says_paused)
{
	size_t n = 0;

	for (size_t i = 0; i < have->n; i++) {
		const struct import_target *t;

		if (have->targets[i].paused && !says_paused)
			continue;
		t = find_import_target(said, have->targets[i].text);
		if (t == NULL || t->paused != have->targets[i].paused)
			return false;
		n++;
	}
	return n == said->n;
}

static bool
same_import_word(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
import_same(const struct import_says *says, const struct import_entry *said,
    const struct import_entry *have)
{
	if (says->suspended && said->suspended != have->suspended)
		return false;
	if (says->strategy && !same_import_word(said->strategy, have->strategy))
		return false;
	return same_import_targets(said, have, says->paused);
}

const char *
import_gather(struct arena *a, enum import_format format,
    struct import_entry *first, const struct import_entry *entry)
{
	static const struct import_says all = {true, true, true};
	struct import_entry more = *entry;

	if (format != IMPORT_CSV)
		return import_same(&all, entry, first)
			   ? NULL
			   : "its targets are others";
	more.targets = first->targets;
	more.n = first->n;
	if (!import_same(&all, &more, first))
		return "its state or strategy is another";
	for (size_t i = 0; i < entry->n; i++) {
		struct import_target *t = &first->targets[first->n];

		if (find_import_target(first, entry->targets[i].text) != NULL)
			return "it has that target already";
		if (first->n == FORWARDS_TARGETS_MAX)
			return import_too_many;
		*t = entry->targets[i];
		t->text = arena_copy_text(a, t->text);
		first->n++;
	}
	return NULL;
}

char *
import_twice(struct arena *a, const struct import_entry *first,
    const struct import_entry *entry, const char *why)
{
	return arena_printf(a, "%s: is in line %zu, and %s", entry->account,
	    first->line, why);
}
