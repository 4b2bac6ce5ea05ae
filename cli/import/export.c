/* SPDX-License-Identifier: MIT */
#include "export.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/quoted_string.h"

#include <string.h>

static const char *const headers[IMPORT_FORMATS] = {
    [IMPORT_ALIASES] = "",
    [IMPORT_VIRTUAL] = "",
    [IMPORT_POSTFIXADMIN] = "address\tgoto\tactive\n",
    [IMPORT_CSV] = "address,target,state,suspended,strategy\n",
};

const char *
export_header(enum import_format format)
{
	return headers[format];
}

/* The key of an account as an address is written. */
static const char *
account_text(struct arena *a, const char *key, const char **local,
    const char **domain)
{
	const char *at = strrchr(key, '@');
	struct address address;

	if (at == NULL || at == key) {
		*local = NULL;
		*domain = key + (at != NULL);
		return key;
	}
	*local = arena_copy_bytes(a, key, (size_t)(at - key));
	*domain = at + 1;
	address = (struct address){*local, *domain};
	return address_text(a, &address);
}

/* aliases(5): quotes where the name has any special character. */
static const char *
alias_name(struct arena *a, const char *local)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._+-";

	return local[strspn(local, plain)] == '\0' ? local
						   : quoted_string(a, local);
}

static const char *
active_targets(struct arena *a, const struct import_entry *entry,
    const char *separator)
{
	const char *between = "";
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < entry->n; i++)
		if (!entry->targets[i].paused) {
			str_add(&s, between);
			str_add(&s, entry->targets[i].text);
			between = separator;
		}
	return s.text;
}

static void
add_csv_field(struct str *s, const char *text, char end)
{
	if (text[strcspn(text, "\",;\r\n ")] == '\0') {
		str_add(s, text);
		str_add_bytes(s, &end, 1);
		return;
	}
	str_add(s, "\"");
	for (; *text != '\0'; text++)
		str_add_bytes(s, *text == '"' ? "\"\"" : text,
		    *text == '"' ? 2 : 1);
	str_addf(s, "\"%c", end);
}

static void
add_csv_record(struct str *s, const char *account,
    const struct import_entry *entry, const struct import_target *target)
{
	add_csv_field(s, account, ',');
	add_csv_field(s, target == NULL ? "" : target->text, ',');
	str_add(s, target == NULL ? "" : target->paused ? "paused" : "active");
	str_add(s, entry->suspended ? ",yes," : ",no,");
	str_add(s, entry->strategy == NULL ? "" : entry->strategy);
	str_add(s, "\n");
}

static char *
csv_text(struct arena *a, const char *account, const struct import_entry *entry)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < entry->n; i++)
		add_csv_record(&s, account, entry, &entry->targets[i]);
	if (entry->n == 0)
		add_csv_record(&s, account, entry, NULL);
	return s.text;
}

static const char *
escaped_field(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	for (; *text != '\0'; text++)
		str_add_bytes(&s, *text == '\\' ? "\\\\" : text,
		    *text == '\\' ? 2 : 1);
	return s.text;
}

/* NULL: the format has no place for it. */
static char *
export_unchecked(struct arena *a, enum import_format format,
    const struct import_entry *entry)
{
	const char *local, *domain;
	const char *account = account_text(a, entry->account, &local, &domain);

	switch (format) {
	case IMPORT_ALIASES:
		return local == NULL
			   ? NULL
			   : arena_printf(a, "%s: %s\n", alias_name(a, local),
				 active_targets(a, entry, ", "));
	case IMPORT_VIRTUAL:
		return arena_printf(a, "%s %s\n", account,
		    active_targets(a, entry, ", "));
	case IMPORT_POSTFIXADMIN:
		return arena_printf(a, "%s\t%s\t%d\n",
		    escaped_field(a, account),
		    escaped_field(a, active_targets(a, entry, ",")),
		    !entry->suspended);
	case IMPORT_CSV:
		return csv_text(a, account, entry);
	}
	return NULL;
}

void
export_begin(struct arena *a, enum import_format format,
    const struct import_settings *settings, struct export *out)
{
	const char *header = headers[format];

	*out = (struct export){
	    .format = format,
	    .memory = {.arena = a, .format = format},
	    .sink = import_memory_sink(&out->memory),
	};
	out->reader = import_reader_new(a, format, settings, &out->sink);
	import_reader_read(out->reader, header, strlen(header), NULL);
}

void
export_end(struct export *e)
{
	import_reader_free(e->reader);
}

static bool
reads_as_the_same(struct export *e, struct arena *a, const char *text,
    const struct import_entry *entry)
{
	const struct import *got = &e->memory.got;

	e->memory = (struct import_memory){.arena = a, .format = e->format};
	import_reader_read(e->reader, text, strlen(text), NULL);
	return got->n_problems == 0 && got->n_notes == 0 && got->n == 1 &&
	       strcmp(got->entries[0].account, entry->account) == 0 &&
	       import_same(import_reader_says(e->reader), &got->entries[0],
		   entry);
}

/* What the format does not say of an account that it can name. */
static const char *
unsaid_of(struct arena *a, enum import_format format,
    const struct import_entry *entry)
{
	if (format == IMPORT_CSV)
		return NULL;
	for (size_t i = 0; i < entry->n; i++)
		if (entry->targets[i].paused)
			return arena_printf(a, "%s: paused",
			    entry->targets[i].text);
	return entry->strategy != NULL
		   ? arena_printf(a, "strategy %s", entry->strategy)
		   : NULL;
}

char *
export_text(struct export *e, struct arena *a, const struct import_entry *entry,
    const char **left_out)
{
	enum import_format format = e->format;
	bool lines = format == IMPORT_ALIASES || format == IMPORT_VIRTUAL;
	char *text;

	*left_out = NULL;
	if (lines && entry->suspended)
		*left_out = "it is suspended";
	else if (lines && active_targets(a, entry, ",")[0] == '\0')
		*left_out = "it has no target in use";
	if (*left_out != NULL)
		return NULL;
	text = export_unchecked(a, format, entry);
	if (text == NULL || !reads_as_the_same(e, a, text, entry)) {
		*left_out = "this format cannot say it";
		return NULL;
	}
	*left_out = unsaid_of(a, format, entry);
	return text;
}
