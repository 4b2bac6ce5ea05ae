/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_site.h"

const struct probe store_probes[] = {
    {"store", NEED_STORE, REPORT_BROKEN, probe_store,
	"whether the store can be opened", "without it all mail waits",
	"postward.conf(5), section store"},
};

const size_t store_probes_n = sizeof(store_probes) / sizeof(*store_probes);
