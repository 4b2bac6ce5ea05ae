/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_site.h"

const struct probe site_probes[] = {
    {"configuration", NEED_NOTHING, REPORT_BROKEN, probe_configuration,
	"which configuration is read", "what is not in it has its default",
	"postward.conf(5)"},
    {"domains", NEED_NOTHING, REPORT_BROKEN, probe_domains,
	"whether there is a domain of ours", "without one no recipient is ours",
	"postward.conf(5)"},
    {"srs", NEED_NOTHING, REPORT_BROKEN, probe_srs,
	"whether envelope senders are rewritten, and with which secrets",
	"without SRS, SPF refuses at the next host what we forward",
	"postward.conf(5), section srs"},
    {"forwarding", NEED_NOTHING, REPORT_BROKEN, probe_forwarding,
	"whether forwarded copies can be signed",
	"what nobody has signed, strict receivers refuse",
	"postward.conf(5), section forwarding"},
    {"dkim", NEED_NOTHING, REPORT_BROKEN, probe_signing_keys,
	"whether keys are there, the milter can read them, and DNS has their "
	"records",
	"a signature that nobody can verify is worth nothing",
	"postward.conf(5), section dkim"},
    {"held", NEED_NOTHING, REPORT_WARNING, probe_held,
	"whether somebody looks after what Postfix holds",
	"senders are not told of mail that is held", "postward(1), held list"},
};

const size_t site_probes_n = sizeof(site_probes) / sizeof(*site_probes);
