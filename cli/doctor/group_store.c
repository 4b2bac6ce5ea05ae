/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_site.h"
#include "probes_stored.h"

const struct probe store_probes[] = {
    {"store", NEED_STORE, REPORT_BROKEN, probe_store,
	"whether the store can be opened", "without it all mail waits",
	"postward.conf(5), section store"},
    {"stored-domains", NEED_STORE, REPORT_WARNING, probe_stored_domains,
	"how many domains stand in the store, and whether one is something "
	"else, too",
	"what postward.conf says of a name comes before what the store says",
	"postward(1), domain list"},
    {"directory", NEED_NOTHING, REPORT_BROKEN, probe_directory,
	"whether each server of the LDAP directory can be asked: connection, "
	"TLS, bind, base and filter",
	"who has an account there alone has no mail without it",
	"postward.conf(5), section ldap"},
};

const size_t store_probes_n = sizeof(store_probes) / sizeof(*store_probes);
