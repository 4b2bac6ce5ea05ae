/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_ours.h"

const struct probe dns_probes[] = {
    {"mx", NEED_DNS, REPORT_WARNING, probe_our_mx,
	"whether each of our domains has an MX record",
	"mail for it will not come here otherwise", "postward(1), dns"},
    {"spf", NEED_DNS, REPORT_WARNING, probe_our_spf,
	"what SPF says of strangers who send in our name",
	"other hosts take what they send", "postward(1), dns"},
};

const size_t dns_probes_n = sizeof(dns_probes) / sizeof(*dns_probes);
