/* SPDX-License-Identifier: MIT */
/*
 * list_name - the name of a DNS list in replies, logs, metrics and tables.
 *
 * The zone of a list that is paid for may hold the customer's key
 * ("KEY.zen.dq.spamhaus.net").  It is asked under that zone and called by its
 * name wherever others read: replies, logs, metrics, tables.  Pure.
 */
#pragma once

#include "policy/dns_list.h"

/* The zone without the labels that are a key, or seem to be: those before the
   list's own at an operator known for keys, and any that is long and mixes
   letters and digits as only a machine does.  The zone itself if there is
   none; never empty. */
const char *list_name_of_zone(struct arena *a, const char *zone);

/* True: by those rules the zone holds a key. */
bool list_name_zone_has_key(const char *zone);

/* Fit for a name: letters, digits and -._/ as no log needs quotes for. */
bool list_name_valid(const char *text);

/* The list's name; its zone if it has none. */
const char *list_name(const struct dns_list *list);

/* The text, with the name of each list in place of its zone, and "***" in place
   of its key alone, in any case.  Texts of DNS, and what is made of them. */
const char *list_name_scrub(struct arena *a, const struct dns_list *lists,
    size_t n, const char *text);
