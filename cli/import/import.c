/* SPDX-License-Identifier: MIT */
#include "import.h"

#include "base/str.h"
#include "base/unicode.h"
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
import_same(const struct import *import, const struct import_entry *entry,
    const struct import_entry *have)
{
	if (import->says_suspended && entry->suspended != have->suspended)
		return false;
	if (import->says_strategy &&
	    !same_import_word(entry->strategy, have->strategy))
		return false;
	return same_import_targets(entry, have, import->says_paused);
}

void
import_read(struct arena *a, enum import_format format,
    const struct import_settings *settings, const char *text, size_t len,
    struct import *out)
{
	struct import_reader r = {
	    .arena = a,
	    .scratch = arena_new(),
	    .settings = settings,
	    .text = text + unicode_bom(text, len),
	    .end = text + len,
	    .line = 1,
	    .out = out,
	};

	*out = (struct import){0};
	if (unicode_is_wide(text, len))
		import_problem(&r, 1, "this is UTF-16: save it as UTF-8");
	else if (format == IMPORT_ALIASES)
		import_read_aliases(&r);
	else if (format == IMPORT_VIRTUAL)
		import_read_virtual(&r);
	else
		import_read_table(&r, format);
	arena_free(r.scratch);
}
