/* SPDX-License-Identifier: MIT */
#include "policy/check.h"

#include "policy/check_rows.h"

#include <string.h>

/* Points count when a configuration says "score". */
#define REJECT                                                                 \
	{                                                                      \
		.action = ACTION_REJECT, .points = CHECK_POINTS                \
	}
#define REJECT_DEFER                                                           \
	{                                                                      \
		.action = ACTION_REJECT, .points = CHECK_POINTS,               \
		.defer_on_temp = true                                          \
	}

const struct check checks[CHECKS] = {
    [CHECK_SRS_SENDER] =
	{
	    .name = "srs_sender",
	    .def = REJECT,
	    .applies = check_srs_sender_applies,
	    .judge = check_srs_sender_judge,
	},
    [CHECK_RECIPIENT] =
	{
	    .name = "recipient",
	    .def = REJECT_DEFER,
	    .applies_to_trusted = true,
	    .applies = check_recipient_applies,
	    .judge = check_recipient_judge,
	},
    [CHECK_HELO_SYNTAX] =
	{
	    .name = "helo_syntax",
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_syntax_applies,
	    .judge = check_helo_syntax_judge,
	},
    [CHECK_HELO_SELF] =
	{
	    .name = "helo_self",
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_applies,
	    .judge = check_helo_self_judge,
	},
    [CHECK_HELO_UNKNOWN] =
	{
	    .name = "helo_unknown",
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_unknown_applies,
	    .ask = check_helo_unknown_ask,
	    .judge = check_helo_unknown_judge,
	},
    [CHECK_SENDER_SYNTAX] =
	{
	    .name = "sender_syntax",
	    .def = REJECT,
	    .applies = check_sender_syntax_applies,
	    .judge = check_sender_syntax_judge,
	},
    [CHECK_SENDER_UNKNOWN] =
	{
	    .name = "sender_unknown",
	    .def = REJECT_DEFER,
	    .applies = check_sender_applies,
	    .ask = check_sender_unknown_ask,
	    .judge = check_sender_unknown_judge,
	},
    [CHECK_SENDER_NULL_MX] =
	{
	    .name = "sender_null_mx",
	    .def = REJECT,
	    .applies = check_sender_applies,
	    .ask = check_sender_null_mx_ask,
	    .judge = check_sender_null_mx_judge,
	},
    [CHECK_SPF] =
	{
	    .name = "spf",
	    .def = REJECT_DEFER,
	    .exempts_roles = true,
	    .applies = check_spf_applies,
	    .ask = check_spf_ask,
	    .judge = check_spf_judge,
	},
    [CHECK_SENDER_OURS] =
	{
	    .name = "sender_ours",
	    .def = REJECT_DEFER,
	    .applies = check_sender_ours_applies,
	    .ask = check_sender_ours_ask,
	    .judge = check_sender_ours_judge,
	},
    [CHECK_DNSBL] =
	{
	    .name = "dnsbl",
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_dnsbl_applies,
	    .ask = check_dnsbl_ask,
	    .judge = check_dnsbl_judge,
	},
    [CHECK_RHSBL] =
	{
	    .name = "rhsbl",
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_rhsbl_applies,
	    .ask = check_rhsbl_ask,
	    .judge = check_rhsbl_judge,
	},
};

struct finding *
check_found(struct check_run *run, enum check_id id,
    enum finding_outcome outcome, const char *why)
{
	struct finding *f;

	if (run->n_findings == run->findings_room) {
		size_t room =
		    run->findings_room == 0 ? 16 : run->findings_room * 2;

		f = arena_take_array(run->arena, room, sizeof(*f));
		if (run->n_findings > 0)
			memcpy(f, run->findings, run->n_findings * sizeof(*f));
		run->findings = f;
		run->findings_room = room;
	}
	f = &run->findings[run->n_findings++];
	*f = (struct finding){
	    .check = checks[id].name,
	    .outcome = outcome,
	    .settings = run->settings->checks[id],
	    .why = why,
	    .reply = {451, "4.3", "Temporary lookup failure"},
	};
	return f;
}
