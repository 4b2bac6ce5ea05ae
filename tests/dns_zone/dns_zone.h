/* SPDX-License-Identifier: MIT */
/*
 * dns_zone - the driver of net/dns.h for tests: it answers from a zone file.
 */
#pragma once

#include "net/dns.h"

/* In seconds. */
#define DNS_ZONE_TTL         3600 /* of a line that says none */
#define DNS_ZONE_TTL_OF_NONE 60   /* of what is not there, or fails */

/* The file has lines "name [ttl] TYPE data" as in RFC 1035 5.1, and "name
   TIMEOUT" and "name SERVFAIL" for a name that fails.  Wildcards work.  Nothing
   is cached before dns_zone_keep is called.
   RC_TEMP: the file cannot be read; RC_PERM: a line is wrong. */
enum rc dns_open_zone(const char *path, struct dns **out, struct err *err);

/* Gives that dns a cache of so many answers, as programs have one. */
void dns_zone_keep(struct dns *dns, size_t answers);
