/* SPDX-License-Identifier: MIT */
#include "probe.h"

const struct probe probes[] = {
    {"configuration", PROBE_SETTINGS, probe_configuration},
    {"domains", PROBE_SETTINGS, probe_domains},
    {"postmaster", PROBE_STORE, probe_postmaster},
    /* Their lines follow the store's, and mean nothing without it. */
    {"codes", PROBE_STORE, probe_codes},
    {"approvals", PROBE_STORE, probe_approvals},
    {"templates", PROBE_STORE, probe_templates},
    {"mailer.from", PROBE_STORE, probe_mail_from},
    {"outbox", PROBE_STORE, probe_outbox},
    {"mailer.smtp", PROBE_STORE, probe_smtp},
    {"provision", PROBE_STORE, probe_provision},
    {"signup", PROBE_STORE, probe_signup},
    {"srs", PROBE_SETTINGS, probe_srs},
    {"policyd", PROBE_SETTINGS, probe_policyd},
    {"forwarder", PROBE_SETTINGS, probe_forwarder},
    {"milter", PROBE_SETTINGS, probe_milter},
    {"MX", PROBE_DNS, probe_our_mx},
    {"SPF", PROBE_DNS, probe_our_spf},
    {"DKIM", PROBE_SETTINGS, probe_signing_keys},
    {"forwarding", PROBE_SETTINGS, probe_forwarding},
    {"held", PROBE_SETTINGS, probe_held},
    {"lists", PROBE_SETTINGS, probe_lists},
    {"postfix", PROBE_SETTINGS, probe_postfix},
};

const size_t probes_n = sizeof(probes) / sizeof(*probes);

void
probe_saw(const struct probe_run *run, enum report_state state,
    const char *words)
{
	report_add(run->report, state, run->probe->name, words);
}
