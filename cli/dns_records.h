/* SPDX-License-Identifier: MIT */
/*
 * dns_records - the records of an answer as a zone file has them, printable.
 */
#pragma once

#include "net/dns.h"

typedef bool dns_records_fn(const char *text, size_t len);

/* All of them, with commas between; of texts those that `of` takes (NULL: all).
   NULL: there are none. */
const char *dns_records_text(struct arena *a, const struct dns_query *answer,
    dns_records_fn *of);

/* How many texts `of` takes, and the last of them. */
size_t dns_records_count(const struct dns_query *answer, dns_records_fn *of,
    const struct dns_record **last);
