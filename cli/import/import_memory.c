/* SPDX-License-Identifier: MIT */
#include "import_memory.h"

#include "store/db.h"

#include <stdint.h>
#include <string.h>

/* FNV-1a. */
static size_t
hash_of_account(const char *account)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *account != '\0'; account++)
		hash =
		    (hash ^ (unsigned char)*account) * UINT64_C(1099511628211);
	return (size_t)hash;
}

/* Where the index of that account is, or would be. */
static size_t *
import_place(const struct import_memory *m, const char *account)
{
	size_t i = hash_of_account(account) & (m->n_places - 1);

	while (m->places[i] != 0 &&
	       strcmp(m->got.entries[m->places[i] - 1].account, account) != 0)
		i = (i + 1) & (m->n_places - 1);
	return &m->places[i];
}

/* At least half of them stay free. */
static void
make_import_places(struct import_memory *m)
{
	if (m->got.n * 2 < m->n_places)
		return;
	m->n_places = m->n_places == 0 ? 64 : m->n_places * 2;
	m->places = arena_take_array(m->arena, m->n_places, sizeof(*m->places));
	for (size_t i = 0; i < m->got.n; i++)
		*import_place(m, m->got.entries[i].account) = i + 1;
}

static void
keep_import_entry(struct import_memory *m, const struct import_entry *entry)
{
	size_t room = m->format == IMPORT_CSV ? FORWARDS_TARGETS_MAX : entry->n;
	struct import_entry *kept;

	m->got.entries = db_more(m->arena, m->got.entries, m->got.n,
	    sizeof(*m->got.entries));
	kept = &m->got.entries[m->got.n++];
	*kept = *entry;
	kept->account = arena_copy_text(m->arena, entry->account);
	kept->targets =
	    arena_take_array(m->arena, room, sizeof(*kept->targets));
	for (size_t i = 0; i < entry->n; i++)
		kept->targets[i] = (struct import_target){
		    arena_copy_text(m->arena, entry->targets[i].text),
		    entry->targets[i].paused};
}

static enum rc
keep_import_remark(void *context, enum import_remark_kind kind, size_t line,
    const char *text, struct err *err)
{
	struct import_memory *m = context;
	bool problem = kind == IMPORT_PROBLEM;
	struct import_remark **all = problem ? &m->got.problems : &m->got.notes;
	size_t *n = problem ? &m->got.n_problems : &m->got.n_notes;

	(void)err;
	*all = db_more(m->arena, *all, *n, sizeof(**all));
	(*all)[(*n)++] =
	    (struct import_remark){line, arena_copy_text(m->arena, text)};
	return RC_OK;
}

static enum rc
add_to_import_memory(void *context, const struct import_entry *entry,
    struct err *err)
{
	struct import_memory *m = context;
	struct import_entry *first;
	const char *why;
	size_t *place;

	make_import_places(m);
	place = import_place(m, entry->account);
	if (*place == 0) {
		keep_import_entry(m, entry);
		*place = m->got.n;
		return RC_OK;
	}
	first = &m->got.entries[*place - 1];
	why = import_gather(m->arena, m->format, first, entry);
	return why == NULL
		   ? RC_OK
		   : keep_import_remark(m, IMPORT_PROBLEM, entry->line,
			 import_twice(m->arena, first, entry, why), err);
}

struct import_sink
import_memory_sink(struct import_memory *memory)
{
	return (struct import_sink){
	    .add = add_to_import_memory,
	    .remark = keep_import_remark,
	    .context = memory,
	};
}

void
import_read(struct arena *a, enum import_format format,
    const struct import_settings *settings, const char *text, size_t len,
    struct import *out)
{
	struct import_memory m = {.arena = a, .format = format};
	struct import_sink sink = import_memory_sink(&m);
	struct import_reader *r = import_reader_new(a, format, settings, &sink);

	import_reader_read(r, text, len, NULL);
	m.got.says = *import_reader_says(r);
	*out = m.got;
	import_reader_free(r);
}
