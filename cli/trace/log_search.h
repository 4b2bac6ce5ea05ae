/* SPDX-License-Identifier: MIT */
/*
 * log_search - finds a few short texts in very many bytes, in any case of ASCII
 * letters.  Pure.
 *
 * Sixty-four bytes are looked at in one go, by what compilers make of a plain
 * loop: does a text's beginning and end stand at one of them?  Only where that
 * may be so is compared.  That takes as long as reading the bytes; memmem(3)
 * knows one text only, and no other case.
 */
#pragma once

#include <stddef.h>

#define LOG_SEARCH_MAX 4

struct log_search {
	size_t n;
	struct {
		const char *text; /* in lower case, 2 bytes at least */
		size_t len;
	} texts[LOG_SEARCH_MAX];
};

/* A text that is longer than 255 bytes is looked for by those. */
void log_search_add(struct log_search *search, const char *text);

/* The first place where one of them begins; NULL: there is none. */
const char *log_search_next(const struct log_search *search, const char *bytes,
    size_t len);
