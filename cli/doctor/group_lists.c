/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_ours.h"

const struct probe lists_probes[] = {
    {"lists", NEED_NOTHING, REPORT_WARNING, probe_lists,
	"whether the keys of DNS lists are kept from others",
	"who has a key can use what you pay for",
	"postward.conf(5), section dnsbl"},
};

const size_t lists_probes_n = sizeof(lists_probes) / sizeof(*lists_probes);
