/* SPDX-License-Identifier: MIT */
#include "postfix_words.h"

#include "base/str.h"

#include <string.h>

#define BETWEEN " \t\r\n,"

bool
postfix_word_next(const char **at, struct postfix_word *out)
{
	const char *p = *at + strspn(*at, BETWEEN);
	int depth = 0;

	out->begin = p;
	while (*p != '\0' && (depth > 0 || strchr(BETWEEN, *p) == NULL)) {
		depth += *p == '{';
		depth -= *p == '}';
		p++;
	}
	*at = out->end = p;
	return out->end > out->begin;
}

bool
postfix_word_is(const struct postfix_word *word, const char *text)
{
	size_t len = (size_t)(word->end - word->begin);

	if (strlen(text) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (str_lower_char(word->begin[i]) != str_lower_char(text[i]))
			return false;
	return true;
}

bool
postfix_words_have(const char *value, const char *text)
{
	struct postfix_word word;

	while (postfix_word_next(&value, &word))
		if (postfix_word_is(&word, text))
			return true;
	return false;
}

const char *
postfix_words_insert(struct arena *a, const char *value, const char *at,
    const char *more)
{
	size_t before = (size_t)(at - value);

	while (before > 0 && strchr(BETWEEN, value[before - 1]) != NULL)
		before--;
	at += strspn(at, BETWEEN);
	return arena_printf(a, "%.*s%s%s%s%s", (int)before, value,
	    before > 0 ? ", " : "", more, *at == '\0' ? "" : ", ", at);
}

const char *
postfix_words_append(struct arena *a, const char *value, const char *more)
{
	struct postfix_word word, last = {NULL, NULL};

	for (const char *at = value; postfix_word_next(&at, &word);)
		last = word;
	if (last.begin != NULL && (postfix_word_is(&last, "permit") ||
				      postfix_word_is(&last, "reject")))
		return postfix_words_insert(a, value, last.begin, more);
	return postfix_words_insert(a, value, value + strlen(value), more);
}
