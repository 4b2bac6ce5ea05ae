/* SPDX-License-Identifier: MIT */
#include "log_search.h"

#include "base/str.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define STRIDE   64
#define TEXT_MAX ((size_t)255)

void
log_search_add(struct log_search *search, const char *text)
{
	size_t len = strnlen(text, TEXT_MAX);

	assert(search->n < LOG_SEARCH_MAX && len >= 2);
	search->texts[search->n].text = text;
	search->texts[search->n++].len = len;
}

/* Letters differ in this bit only; other bytes that do are told apart later. */
static unsigned char
folded(char c)
{
	return (unsigned char)c | 0x20;
}

static bool
may_begin(const char *bytes, const char *text, size_t len)
{
	unsigned char first = folded(text[0]), second = folded(text[1]),
		      last = folded(text[len - 1]), any = 0;

	/* Without a branch, so that many bytes are compared at once. */
	for (size_t i = 0; i < STRIDE; i++)
		any |= (unsigned char)(folded(bytes[i]) == first) &
		       (unsigned char)(folded(bytes[i + 1]) == second) &
		       (unsigned char)(folded(bytes[i + len - 1]) == last);
	return any != 0;
}

static bool
begins_here(const char *bytes, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (str_lower_char(bytes[i]) != text[i])
			return false;
	return true;
}

/* Among the first n places; len: bytes that there are. */
static const char *
search_slowly(const struct log_search *search, const char *bytes, size_t n,
    size_t len)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < search->n; k++)
			if (search->texts[k].len <= len - i &&
			    begins_here(bytes + i, search->texts[k].text,
				search->texts[k].len))
				return bytes + i;
	return NULL;
}

static bool
any_may_begin(const struct log_search *search, const char *bytes)
{
	bool any = false;

	for (size_t k = 0; k < search->n; k++)
		any |= may_begin(bytes, search->texts[k].text,
		    search->texts[k].len);
	return any;
}

const char *
log_search_next(const struct log_search *search, const char *bytes, size_t len)
{
	while (len >= STRIDE + TEXT_MAX) {
		if (any_may_begin(search, bytes)) {
			const char *found =
			    search_slowly(search, bytes, STRIDE, len);

			if (found != NULL)
				return found;
		}
		bytes += STRIDE;
		len -= STRIDE;
	}
	return search_slowly(search, bytes, len, len);
}
