/* SPDX-License-Identifier: MIT */
/*
 * list_code - one entry of `codes` of a DNS list: which answers it is about,
 * and what they lead to.  Pure.
 *
 *	127.0.0.2                       one address
 *	127.0.0.2-127.0.0.11            from one to another
 *	127.0.[2..20].[2;3]             by octets, as Postfix has it
 *	127.*.*.&64                     any octet; one that has that bit
 *
 * Behind it may stand what it leads to, and words for the client:
 *
 *	127.0.0.2: reject               or defer, score, off
 *	127.0.0.2: -3                   score, with so many points
 *	127.0.0.3: pass                 what lists have against it does not
 *count 127.0.0.1: refused              no listing: the list does not answer us
 *	127.*.*.&8: 4 (phishing)
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "policy/finding.h"

#include <stdbool.h>
#include <stdint.h>

#define LIST_CODE_POINTS_MAX 1000
#define LIST_CODE_WORDS_MAX  60

struct list_code {
	uint32_t first, last; /* 127.0.0.2 is 0x7f000002 */
	/* Instead of these: for each octet, the values that it may have, a bit
	   for each; NULL: first and last count. */
	const struct list_code_octets *octets;
	bool own;     /* it says what it leads to, or has words */
	bool refused; /* such an answer refuses our question */
	bool has_action, has_points;
	enum action action;
	int points;
	const char *words; /* NULL: none */
};

/* Returns NULL, or what is wrong, as "expected ...".  Texts in the arena. */
const char *list_code_read(struct arena *a, const char *text,
    struct list_code *out);

/* ip: of IPv4. */
bool list_code_has(const struct list_code *code, const struct ip *ip);

/* True: it is about one address alone. */
bool list_code_is_exact(const struct list_code *code);

/* The list's settings, with what the entry says otherwise. */
struct check_settings list_code_settings(const struct list_code *code,
    const struct check_settings *of_list);

/* Do such settings speak for who is listed? */
bool list_code_is_white(const struct check_settings *settings);
