/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_programs.h"

const struct probe programs_probes[] = {
    {"signup", NEED_NOTHING, REPORT_BROKEN, probe_signup,
	"whether postward-signup answers", "newcomers cannot ask",
	"postward-signup(8)"},
    {"policyd", NEED_NOTHING, REPORT_BROKEN, probe_policyd,
	"whether postward-policyd answers", "without it all mail waits",
	"postward-policyd(8)"},
    {"forwarder", NEED_NOTHING, REPORT_BROKEN, probe_forwarder,
	"whether postward-forwarder answers", "without it all mail waits",
	"postward-forwarder(8)"},
    {"milter", NEED_NOTHING, REPORT_BROKEN, probe_milter,
	"whether postward-milter answers", "without it all mail waits",
	"postward-milter(8)"},
};

const size_t programs_probes_n =
    sizeof(programs_probes) / sizeof(*programs_probes);
