/* SPDX-License-Identifier: MIT */
/*
 * dns_list - DNS lists of clients (DNSBL) and of domains (RHSBL), as RFC 5782
 * describes them: which answers are a listing, and when a list has stopped
 * making sense.
 *
 * Only the configured codes (list_code.h) are a listing.  An answer outside
 * 127/8, or a code with which the list says "you may not ask" (in
 * 127.255.255/24; at some another), means that we cannot use the list: it is
 * suspended (see list_health.h).
 */
#pragma once

#include "policy/finding.h"
#include "policy/list_code.h"
#include "policy/list_health.h"

enum dns_list_of {
	DNS_LIST_CLIENT = 1, /* a DNSBL; the others are an RHSBL's */
	DNS_LIST_REVERSE_CLIENT = 2,
	DNS_LIST_HELO = 4,
	DNS_LIST_SENDER = 8,
};

struct dns_list {
	const char *zone; /* what is asked; it may hold a key, so that nobody
			     outside is told it: see list_name.h */
	const char *name; /* what is said; NULL: the zone */
	bool named;       /* by the configuration */
	bool keyed;       /* the zone's first label is a key of a file */
	const struct list_code *codes;
	size_t n_codes;
	unsigned of;  /* of enum dns_list_of */
	bool parents; /* of an RHSBL: the domains above a name are asked about,
			 too */
	unsigned resolver;    /* who is asked: see struct dns_query */
	const char *asked_at; /* its servers, for an operator; NULL: those for
				 all */
	struct check_settings settings;
	struct list_health *health; /* shared; NULL: `own` */
	struct list_health own;
};

enum dns_list_answer {
	DNS_LIST_NOT_LISTED,
	DNS_LIST_LISTED,
	DNS_LIST_NO_ANSWER,
	DNS_LIST_NONSENSE, /* it should be suspended */
};

/* Is the address among the codes that are configured? */
bool dns_list_has_code(const struct dns_list *list, const struct ip *ip);

/* True: the address is 127.0.0.1. */
bool dns_list_code_1(const struct ip *ip);

/* What an answer is taken for: an entry of codes, and its settings. */
struct dns_list_hit {
	const struct list_code *code;
	struct check_settings settings;
};

/* The entries of codes that one of the n answers fits, each once; of those that
   say nothing of their own the first alone.  out has room for n_codes; returns
   their number. */
size_t dns_list_hits(const struct dns_list *list,
    const struct dns_record *answers, size_t n, struct dns_list_hit *out);

/* All hits of these answers, of which there is one, speak for who is listed. */
bool dns_list_is_white(const struct dns_list *list,
    const struct dns_record *answers, size_t n);

/* Is there an entry of codes that speaks for who is listed? */
bool dns_list_knows_white(const struct dns_list *list);

/* "127.0.0.4, 127.0.0.10": the first few of them. */
#define DNS_LIST_SHOWN_MAX 8
const char *dns_list_answers_text(struct arena *a,
    const struct dns_record *answers, size_t n);

/* Reads the answer to an A question.  *code is the address that decided, in
   the arena of the query's records; NULL if there is none. */
enum dns_list_answer dns_list_read(const struct dns_list *list,
    const struct dns_query *query, const struct ip **code);

struct list_health *dns_list_health(struct dns_list *list);

/* Returns the fault that an answer shows; LIST_WELL: none. */
enum list_fault dns_list_fault_of(const struct dns_list *list,
    const struct ip *answer);
