/* SPDX-License-Identifier: MIT */
/*
 * iprev - does the reverse name of a client lead back to its address (RFC 8601
 * 2.7.3 and 3)?  Pure: the caller asks the questions.
 *
 * The PTR record tells the names, and one of them must have the address.  A
 * name alone proves nothing: who runs a network may write any name.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "net/dns.h"

/* So many names of one address are looked at, as RFC 7208 4.6.4 has it for
   SPF: whoever runs a network can give an address any number. */
#define IPREV_NAMES_MAX 10

enum iprev_verdict {
	IPREV_PASS,      /* a name leads back */
	IPREV_FAIL,      /* there are names, and none leads back */
	IPREV_TEMPERROR, /* nobody can tell at the moment */
	IPREV_PERMERROR, /* the address has no name */
};

struct iprev_result {
	enum iprev_verdict verdict;
	/* That leads back, or the first that does not; NULL: there is none. */
	const char *name;
	const char *problem; /* of a temperror; else NULL */
};

/* The type of the records that hold addresses as the client's. */
enum dns_type iprev_address_type(const struct ip *client);

/* The names that the answer to the PTR question tells, as far as DNS can be
   asked about them; returns their number. */
size_t iprev_names(const struct dns_query *ptr,
    const char *out[static IPREV_NAMES_MAX]);

/* What the answers mean; addresses: those about each of the n names. */
struct iprev_result iprev_evaluate(const struct ip *client,
    const struct dns_query *ptr, const struct dns_query *const *addresses,
    size_t n);

/* "pass", "fail", "temperror", "permerror" */
const char *iprev_verdict_name(enum iprev_verdict verdict);
