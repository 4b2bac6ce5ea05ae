/* SPDX-License-Identifier: MIT */
#include "policy/dns_list.h"

#include "base/str.h"

#include <string.h>

#define CODE_1 0x7f000001 /* 127.0.0.1 */

/* Operators whose lists have no entry with 127.0.0.1, but give it as the answer
   to clients that they do not serve. */
static const char *const refuse_by_1[] = {".uribl.com", ".surbl.org"};

static uint32_t
number_of(const struct ip *ip)
{
	return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
	       (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

static bool
code_read(const char *text, size_t len, uint32_t *out)
{
	char address[16];
	struct ip ip;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!ip_parse(address, &ip) || !ip_is_loopback(&ip) || ip.version != 4)
		return false;
	*out = number_of(&ip);
	return true;
}

bool
dns_list_codes_read(const char *text, struct dns_list_codes *out)
{
	const char *dash = strchrnul(text, '-');

	if (!code_read(text, (size_t)(dash - text), &out->first))
		return false;
	out->last = out->first;
	if (*dash == '-' && !code_read(dash + 1, strlen(dash + 1), &out->last))
		return false;
	return out->first <= out->last;
}

bool
dns_list_has_code(const struct dns_list *list, const struct ip *ip)
{
	uint32_t code = number_of(ip);

	for (size_t i = 0; i < list->n_codes; i++)
		if (code >= list->codes[i].first && code <= list->codes[i].last)
			return true;
	return false;
}

bool
dns_list_code_1(const struct ip *ip)
{
	return ip->version == 4 && number_of(ip) == CODE_1;
}

static bool
refuses_by_1(const struct dns_list *list)
{
	for (size_t i = 0; i < sizeof(refuse_by_1) / sizeof(*refuse_by_1); i++)
		if (str_ends_fold(list->zone, refuse_by_1[i]))
			return true;
	return false;
}

enum list_fault
dns_list_fault_of(const struct dns_list *list, const struct ip *answer)
{
	/* RFC 5782 2.1: entries are in 127/8. */
	if (answer->bytes[0] != 127)
		return LIST_OUTSIDE;
	if (dns_list_code_1(answer) && refuses_by_1(list) &&
	    !dns_list_has_code(list, answer))
		return LIST_BLOCKED;
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
