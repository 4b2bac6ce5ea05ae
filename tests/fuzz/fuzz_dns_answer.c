/* SPDX-License-Identifier: MIT */
/*
 * The first byte says which type was asked for; the rest is the message that
 * came back to the question for "a.test".
 */
#include "net/private/dns_answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

static void
check_record(const struct dns_record *record, enum dns_type type)
{
	if (type == DNS_A || type == DNS_AAAA)
		check(record->ip.version == (type == DNS_A ? 4 : 6));
	else if (type == DNS_TXT || type == DNS_TLSA || type == DNS_CAA)
		check(record->text[record->text_len] == '\0');
	else
		check(strlen(record->name) < 1025);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = {DNS_A, DNS_AAAA, DNS_MX, DNS_PTR,
	    DNS_TXT, DNS_CNAME, DNS_TLSA, DNS_CAA};
	struct arena *a = arena_new();
	struct dns_answer answer, copy;
	enum dns_type type;

	if (size > 0) {
		type = types[data[0] % (sizeof(types) / sizeof(*types))];
		answer = dns_answer_read(a, data + 1, size - 1, "a.test", type);
		copy = dns_answer_copy(&answer,
		    arena_take(a, dns_answer_size(&answer)));
		check((answer.rc == RC_OK) == (answer.n > 0));
		check((answer.rc == RC_TEMP) == (answer.problem != NULL));
		check(answer.rc != RC_PERM && answer.ttl <= 86400);
		for (size_t i = 0; i < copy.n; i++)
			check_record(&copy.records[i], type);
	}
	arena_free(a);
	return 0;
}
