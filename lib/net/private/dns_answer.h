/* SPDX-License-Identifier: MIT */
/*
 * dns_answer - what one question was answered, and reading that from a
 * message off the wire (RFC 1035 4).  Pure: no I/O.
 */
#pragma once

#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A chain of CNAMEs is followed over no more links than this. */
#define DNS_ALIASES_MAX 10

/* rc to n mean what they mean in struct dns_query. */
struct dns_answer {
	enum rc rc;
	bool no_such_name, authenticated;
	const char *problem;
	const struct dns_record *records;
	size_t n;
	uint32_t ttl; /* how long the cache may keep it, in seconds; 0: not */
	int64_t
	    until; /* the same as a time of clock_ms, where it is known; else
		      0 */
	/* With RC_TEMP: the thread that asked ran out of time, which says
	   nothing about the name. */
	bool given_up;
};

/* Reads the answer to the question (name, type), without trust in its sender: a
   message that is cut off, garbled, or answers another question is RC_TEMP.
   CNAMEs are followed inside the message.  Records past the 500th are left
   out. */
struct dns_answer dns_answer_read(struct arena *a, const unsigned char *message,
    size_t len, const char *name, enum dns_type type);

/* Makes an answer RC_TEMP that must not be cached.  The pointer `problem` is
   kept, the text is not copied. */
struct dns_answer dns_answer_failed(const char *problem);

/* Copies the answer into `to`, which has dns_answer_size bytes and is aligned
   for any type. */
size_t dns_answer_size(const struct dns_answer *answer);
struct dns_answer dns_answer_copy(const struct dns_answer *answer, void *to);

/* Returns the name as records hold it: lower case, no dot at the end, odd bytes
   escaped as ns_name_ntop does; NULL if text is no domain name. */
const char *dns_answer_name(struct arena *a, const char *text);
