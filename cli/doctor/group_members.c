/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_members.h"

const struct probe members_probes[] = {
    {"postmaster", NEED_STORE, REPORT_WARNING, probe_postmaster,
	"whether postmaster of each domain has a forward",
	"every domain must take mail for it (RFC 5321 4.5.1)",
	"postward(1), account add"},
    {"codes", NEED_STORE, REPORT_BROKEN, probe_codes,
	"whether the secret of codes is there",
	"without it no mailbox can be verified",
	"postward.conf(5), section secrets"},
    {"approvals", NEED_STORE, REPORT_BROKEN, probe_approvals,
	"whether the secret of approvals is there",
	"without it nobody can be approved",
	"postward.conf(5), section secrets"},
    {"templates", NEED_STORE, REPORT_BROKEN, probe_templates,
	"whether the texts of mail can be read",
	"mail whose text cannot be read is not sent",
	"postward.conf(5), section mailer"},
    {"mailer.from", NEED_STORE, REPORT_WARNING, probe_mail_from,
	"whether somebody gets the answers to our own mail",
	"what comes back is refused otherwise",
	"postward.conf(5), section mailer"},
    {"outbox", NEED_STORE, REPORT_WARNING, probe_outbox,
	"whether mail of our own waits for long",
	"codes and welcomes do not reach newcomers", "postward-mailer(8)"},
    {"mailer.smtp", NEED_STORE, REPORT_BROKEN, probe_smtp,
	"whether the server answers that takes our own mail",
	"codes and welcomes do not reach newcomers",
	"postward.conf(5), section mailer"},
    {"provision", NEED_STORE, REPORT_BROKEN, probe_provision,
	"whether the command of provisioning is there, and where it failed",
	"members who are approved wait for what they were promised",
	"postward.conf(5), section provision"},
};

const size_t members_probes_n =
    sizeof(members_probes) / sizeof(*members_probes);
