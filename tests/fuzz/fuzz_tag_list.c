/* SPDX-License-Identifier: MIT */
/* What is read is in its order in the text, without white space at its ends,
   and written again it reads as the same. */
#include "auth/tag_list.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
try_tag(struct arena *a, const struct tag_list *list, const struct tag *tag,
    const char *end)
{
	struct tag part;
	size_t parts = 0;

	must(tag_list_find(list, tag->name) == tag);
	must(tag->raw <= tag->value && tag->raw + tag->raw_len <= end);
	must(tag->value + tag->len <= tag->raw + tag->raw_len);
	must(tag->len == 0 || (tag->value[0] > ' ' || tag->value[0] < 0));
	must(strlen(tag_squeezed(a, tag)) <= tag->len);
	for (size_t at = 0; tag_next_part(tag, &at, &part); parts++)
		must(part.value >= tag->value &&
		     part.value + part.len <= tag->value + tag->len);
	must(parts >= 1);
}

static void
try_again(struct arena *a, const struct tag_list *list)
{
	struct tag_list again;
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list->n; i++)
		str_addf(&s, "%s=%.*s;", list->tags[i].name,
		    (int)list->tags[i].len, list->tags[i].value);
	if (s.len > TAG_LIST_MAX)
		return;
	must(tag_list_read(a, s.text, s.len, &again, NULL) == RC_OK);
	must(again.n == list->n);
	for (size_t i = 0; i < list->n; i++)
		must(again.tags[i].len == list->tags[i].len &&
		     memcmp(again.tags[i].value, list->tags[i].value,
			 again.tags[i].len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct tag_list list;
	/* Of this size, so that what is beyond is seen. */
	char *text = malloc(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	if (tag_list_read(a, text, size, &list, NULL) == RC_OK) {
		for (size_t i = 0; i < list.n; i++)
			try_tag(a, &list, &list.tags[i], text + size);
		try_again(a, &list);
	}
	free(text);
	arena_free(a);
	return 0;
}
