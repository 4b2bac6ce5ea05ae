/* SPDX-License-Identifier: MIT */
/*
 * caa - may that authority issue certificates for a name (RFC 8659)?  Pure.
 */
#pragma once

#include "net/dns.h"

/* The names that an authority goes by in CAA records, from the organization in
   its own certificate ("Let's Encrypt"): the first of them; NULL: it is not
   known here. */
const char *caa_name_of_issuer(const char *organization);

/* Do the records of an answer (RFC 8659 4.1, as dns.h keeps them) let it issue?
   issuer: as caa_name_of_issuer gives it.  A record of another property says
   nothing; one that is malformed or critical and unknown forbids it. */
bool caa_allows(const struct dns_query *answer, const char *issuer);
