/* SPDX-License-Identifier: MIT */
#include "policy/check.h"

#include "policy/private/check_rows.h"

#include <string.h>

#define CHECK_ROW(id, name) [CHECK_##id] = &check_##name,

const struct check *const checks[CHECKS] = {CHECKS_IN_ORDER(CHECK_ROW)};

#define CHECK_NAME(id, name) [CHECK_##id] = #name,

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
	    .passed = run->passes && run->settings->may_pass[id],
	    .why = why,
	};
	if (outcome == FINDING_HIT || outcome == FINDING_TEMP)
		f->reply =
		    (struct reply){451, "4.3", "Temporary lookup failure"};
	return f;
}

void
check_put_off(struct check_run *run, enum check_id id, const struct err *err)
{
	run->trouble = arena_copy_text(run->arena, err->text);
	check_found(run, id, FINDING_TEMP, run->trouble)->reply =
	    (struct reply){451, "3.0", "Temporary lookup failure"};
}
