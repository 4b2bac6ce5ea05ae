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
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT,
	    .applies = check_srs_sender_applies,
	    .judge = check_srs_sender_judge,
	},
    [CHECK_RECIPIENT] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT_DEFER,
	    .applies_to_trusted = true,
	    .applies = check_recipient_applies,
	    .judge = check_recipient_judge,
	},
    [CHECK_HELO_SYNTAX] =
	{
	    .stage = CHECK_AT_CONNECT,
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_syntax_applies,
	    .judge = check_helo_syntax_judge,
	},
    [CHECK_HELO_SELF] =
	{
	    .stage = CHECK_AT_CONNECT,
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_applies,
	    .judge = check_helo_self_judge,
	},
    [CHECK_HELO_UNKNOWN] =
	{
	    .stage = CHECK_AT_CONNECT,
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_helo_unknown_applies,
	    .ask = check_helo_unknown_ask,
	    .judge = check_helo_unknown_judge,
	},
    [CHECK_SENDER_SYNTAX] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT,
	    .applies = check_sender_syntax_applies,
	    .judge = check_sender_syntax_judge,
	},
    [CHECK_SENDER_UNKNOWN] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT_DEFER,
	    .applies = check_sender_applies,
	    .ask = check_sender_unknown_ask,
	    .judge = check_sender_unknown_judge,
	},
    [CHECK_SENDER_NULL_MX] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT,
	    .applies = check_sender_applies,
	    .ask = check_sender_null_mx_ask,
	    .judge = check_sender_null_mx_judge,
	},
    [CHECK_SPF] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT_DEFER,
	    .exempts_roles = true,
	    .applies = check_spf_applies,
	    .ask = check_spf_ask,
	    .judge = check_spf_judge,
	},
    [CHECK_SENDER_OURS] =
	{
	    .stage = CHECK_AT_RECIPIENT,
	    .def = REJECT_DEFER,
	    .applies = check_sender_ours_applies,
	    .ask = check_sender_ours_ask,
	    .judge = check_sender_ours_judge,
	},
    [CHECK_HEADER_LIMIT] =
	{
	    .stage = CHECK_AT_MESSAGE,
	    .def = REJECT,
	    .applies_to_trusted = true,
	    .applies = check_header_limit_applies,
	    .judge = check_header_limit_judge,
	},
    [CHECK_LOOP] =
	{
	    .stage = CHECK_AT_MESSAGE,
	    .def = REJECT,
	    .applies_to_trusted = true,
	    .applies = check_loop_applies,
	    .judge = check_loop_judge,
	},
    [CHECK_RETURN_PATH] =
	{
	    .stage = CHECK_AT_MESSAGE,
	    .def = REJECT,
	    .applies_to_trusted = true,
	    .applies = check_return_path_applies,
	    .judge = check_return_path_judge,
	},
    [CHECK_DNSBL] =
	{
	    .stage = CHECK_AT_CONNECT,
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_dnsbl_applies,
	    .ask = check_dnsbl_ask,
	    .judge = check_dnsbl_judge,
	},
    [CHECK_RHSBL] =
	{
	    .stage = CHECK_AT_CONNECT,
	    .def = REJECT,
	    .exempts_roles = true,
	    .applies = check_rhsbl_applies,
	    .ask = check_rhsbl_ask,
	    .judge = check_rhsbl_judge,
	},
};

#define CHECK_NAME(id, name) [CHECK_##id] = name,

static const char *const check_names[CHECKS] = {CHECKS_IN_ORDER(CHECK_NAME)};

const char *
check_name(enum check_id id)
{
	return check_names[id];
}

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
	    .check = check_name(id),
	    .outcome = outcome,
	    .settings = run->settings->checks[id],
	    .why = why,
	    .reply = {451, "4.3", "Temporary lookup failure"},
	};
	return f;
}
