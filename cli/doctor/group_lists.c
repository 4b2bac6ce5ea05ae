/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_lists.h"
#include "probes_resolver.h"

const struct probe lists_probes[] = {
    {"lists", NEED_NOTHING, REPORT_WARNING, probe_lists,
	"whether the keys of DNS lists are kept from others",
	"who has a key can use what you pay for",
	"postward.conf(5), section dnsbl"},
    {"lists-answer", NEED_DNS, REPORT_BROKEN, probe_lists_answer,
	"whether each DNS list answers this resolver as lists do",
	"a list that does not is not asked, or lists everybody",
	"postward(1), dnsbl"},
    {"listed", NEED_DNS | NEED_RECORDS, REPORT_BROKEN, probe_listed,
	"whether our own addresses and domains are on the lists that we ask",
	"others ask them too, and refuse our mail", "postward(1), dnsbl"},
};

const size_t lists_probes_n = sizeof(lists_probes) / sizeof(*lists_probes);
