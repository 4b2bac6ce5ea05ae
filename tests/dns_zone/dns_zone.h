/* SPDX-License-Identifier: MIT */
/*
 * dns_zone - the driver of net/dns.h for tests: it answers from a zone file.
 */
#pragma once

#include "net/dns.h"

/* The file has lines "name [ttl] TYPE data" as in RFC 1035 5.1, and "name
   TIMEOUT" and "name SERVFAIL" for a name that fails.  Wildcards work.  Nothing
   is cached.  RC_TEMP: the file cannot be read; RC_PERM: a line is wrong. */
enum rc dns_open_zone(const char *path, struct dns **out, struct err *err);
