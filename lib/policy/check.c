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

enum account_choice
check_choice(const struct check_run *run, enum check_id id)
{
	enum account_choice choice;

	if (run->choices == NULL)
		return CHOICE_DEFAULT;
	choice = account_choices_find(run->choices, check_name(id));
	if (choice == CHOICE_OFF && run->settings->may_switch[id])
		return choice;
	return choice == CHOICE_ON && run->settings->may_switch_on[id]
		   ? choice
		   : CHOICE_DEFAULT;
}

bool
check_shadowed(const struct check_run *run, enum check_id id, bool shadow)
{
	return shadow &&
	       (run->settings->shadow || check_choice(run, id) != CHOICE_ON);
}

struct check_settings
check_settings_of(const struct check_run *run, enum check_id id)
{
	struct check_settings s = run->settings->checks[id];

	s.shadow = check_shadowed(run, id, s.shadow);
	if (s.action == ACTION_OFF && check_choice(run, id) == CHOICE_ON)
		s.action = ACTION_REJECT;
	return s;
}

static bool
finding_passes(const struct check_run *run, enum check_id id)
{
	return (run->passes && run->settings->may_pass[id]) ||
	       check_choice(run, id) == CHOICE_OFF;
}

/* With every check and a few lists there are two dozen. */
#define FINDINGS_ROOM 32

struct finding *
check_found(struct check_run *run, enum check_id id,
    enum finding_outcome outcome, const char *why)
{
	struct finding *f;

	if (run->n_findings == run->findings_room) {
		size_t room = run->findings_room == 0 ? FINDINGS_ROOM
						      : run->findings_room * 2;

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
	    .settings = check_settings_of(run, id),
	    .passed = finding_passes(run, id),
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
