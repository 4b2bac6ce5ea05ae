/* SPDX-License-Identifier: MIT */
#include "policy/dns_list.h"

#include "base/str.h"

#include <string.h>

#define CODE_1 0x7f000001 /* 127.0.0.1 */

/* Operators who have an answer of their own for clients that they do not serve,
   which is no entry. */
static const struct {
	const char *zones; /* below */
	uint32_t code;
	enum list_fault fault;
} refusals[] = {
    {".uribl.com", CODE_1, LIST_BLOCKED},
    {".surbl.org", CODE_1, LIST_BLOCKED},
    {".dnswl.org", 0x7f0000ff, LIST_TOO_MANY},
};

static uint32_t
number_of(const struct ip *ip)
{
	return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
	       (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

bool
dns_list_has_code(const struct dns_list *list, const struct ip *ip)
{
	for (size_t i = 0; i < list->n_codes; i++)
		if (!list->codes[i].refused &&
		    list_code_has(&list->codes[i], ip))
			return true;
	return false;
}

static bool
fits_any(const struct list_code *code, const struct dns_record *answers,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list_code_has(code, &answers[i].ip))
			return true;
	return false;
}

size_t
dns_list_hits(const struct dns_list *list, const struct dns_record *answers,
    size_t n, struct dns_list_hit *out)
{
	size_t hits = 0;
	bool plain = false;

	for (size_t i = 0; i < list->n_codes; i++) {
		const struct list_code *code = &list->codes[i];

		if (code->refused || (plain && !code->own) ||
		    !fits_any(code, answers, n))
			continue;
		plain |= !code->own;
		out[hits++] = (struct dns_list_hit){
		    code, list_code_settings(code, &list->settings)};
	}
	return hits;
}

bool
dns_list_is_white(const struct dns_list *list, const struct dns_record *answers,
    size_t n)
{
	bool any = false;

	for (size_t i = 0; i < list->n_codes; i++) {
		const struct list_code *code = &list->codes[i];
		struct check_settings settings =
		    list_code_settings(code, &list->settings);

		if (code->refused || !fits_any(code, answers, n))
			continue;
		if (!list_code_is_white(&settings))
			return false;
		any = true;
	}
	return any;
}

bool
dns_list_knows_white(const struct dns_list *list)
{
	for (size_t i = 0; i < list->n_codes; i++) {
		struct check_settings settings =
		    list_code_settings(&list->codes[i], &list->settings);

		if (!list->codes[i].refused && list_code_is_white(&settings))
			return true;
	}
	return false;
}

const char *
dns_list_answers_text(struct arena *a, const struct dns_record *answers,
    size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n && i < DNS_LIST_SHOWN_MAX; i++)
		text = arena_printf(a, "%s%s%s", text, i == 0 ? "" : ", ",
		    ip_text(a, &answers[i].ip));
	return text;
}

bool
dns_list_code_1(const struct ip *ip)
{
	return ip->version == 4 && number_of(ip) == CODE_1;
}

/* An entry that names just this address knows better than we. */
static bool
is_named_entry(const struct dns_list *list, const struct ip *answer)
{
	for (size_t i = 0; i < list->n_codes; i++)
		if (!list->codes[i].refused &&
		    list_code_is_exact(&list->codes[i]) &&
		    list_code_has(&list->codes[i], answer))
			return true;
	return false;
}

/* The refusal of the configuration, or of an operator that we know. */
static enum list_fault
refusal_of(const struct dns_list *list, const struct ip *answer)
{
	for (size_t i = 0; i < list->n_codes; i++)
		if (list->codes[i].refused &&
		    list_code_has(&list->codes[i], answer))
			return LIST_REFUSES;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (number_of(answer) == refusals[i].code &&
		    str_ends_fold(list->zone, refusals[i].zones) &&
		    !is_named_entry(list, answer))
			return refusals[i].fault;
	return LIST_WELL;
}

enum list_fault
dns_list_fault_of(const struct dns_list *list, const struct ip *answer)
{
	enum list_fault refusal;

	/* RFC 5782 2.1: entries are in 127/8. */
	if (answer->bytes[0] != 127)
		return LIST_OUTSIDE;
	refusal = refusal_of(list, answer);
	if (refusal != LIST_WELL)
		return refusal;
	/* 127.255.255/24 is how Spamhaus and others answer whom they do not
	   serve. */
	if (number_of(answer) >> 8 != 0x7fffff)
		return LIST_WELL;
	switch (answer->bytes[3]) {
	case 252:
		return LIST_TYPING_ERROR;
	case 254:
		return LIST_PUBLIC_RESOLVER;
	case 255:
		return LIST_TOO_MANY;
	default:
		return LIST_REFUSES;
	}
}

enum dns_list_answer
dns_list_read(const struct dns_list *list, const struct dns_query *query,
    const struct ip **code)
{
	*code = NULL;
	if (query->rc == RC_TEMP)
		return DNS_LIST_NO_ANSWER;
	if (query->rc != RC_OK)
		return DNS_LIST_NOT_LISTED;
	for (size_t i = 0; i < query->n; i++) {
		if (dns_list_fault_of(list, &query->records[i].ip) == LIST_WELL)
			continue;
		*code = &query->records[i].ip;
		return DNS_LIST_NONSENSE;
	}
	for (size_t i = 0; i < query->n; i++) {
		if (!dns_list_has_code(list, &query->records[i].ip))
			continue;
		*code = &query->records[i].ip;
		return DNS_LIST_LISTED;
	}
	return DNS_LIST_NOT_LISTED;
}

struct list_health *
dns_list_health(struct dns_list *list)
{
	return list->health != NULL ? list->health : &list->own;
}
