/* SPDX-License-Identifier: MIT */
#include "probe.h"

const struct probe_group probe_groups[] = {
    {"site", site_probes, &site_probes_n},
    {"store", store_probes, &store_probes_n},
    {"members", members_probes, &members_probes_n},
    {"programs", programs_probes, &programs_probes_n},
    {"machine", machine_probes, &machine_probes_n},
    {"postfix", postfix_probes, &postfix_probes_n},
    {"dns", dns_probes, &dns_probes_n},
    {"lists", lists_probes, &lists_probes_n},
    {"outside", outside_probes, &outside_probes_n},
};

const size_t probe_groups_n = sizeof(probe_groups) / sizeof(*probe_groups);
