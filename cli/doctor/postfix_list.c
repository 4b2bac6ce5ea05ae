/* SPDX-License-Identifier: MIT */
#include "postfix_list.h"

#include "base/str.h"
#include "postfix_words.h"

#include <string.h>

struct postfix_list
postfix_list_read(struct arena *a, const char *value)
{
	struct postfix_list list = {.words = arena_take_array(a,
					strlen(value) / 2 + 2, sizeof(char *))};
	struct postfix_word word;

	while (postfix_word_next(&value, &word))
		list.words[list.n++] = arena_copy_bytes(a, word.begin,
		    (size_t)(word.end - word.begin));
	return list;
}

const char *
postfix_list_text(struct arena *a, const struct postfix_list *list)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : ", ", list->words[i]);
	return s.text;
}

bool
postfix_list_has(const struct postfix_list *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_equal_fold(list->words[i], word))
			return true;
	return false;
}

struct postfix_list
postfix_list_without(struct arena *a, const struct postfix_list *list,
    bool (*unwanted)(void *context, const char *word), void *context)
{
	struct postfix_list kept = {
	    .words = arena_take_array(a, list->n + 1, sizeof(char *))};

	for (size_t i = 0; i < list->n; i++)
		if (!unwanted(context, list->words[i]))
			kept.words[kept.n++] = list->words[i];
	return kept;
}

bool
postfix_is_table(const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz");

	return len > 0 && word[len] == ':' && word[len + 1] != '\0';
}
