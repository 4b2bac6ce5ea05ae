/* SPDX-License-Identifier: MIT */
/*
 * fate_change - what other choices in the section forwarding make of a message
 * whose fate is known.  Pure.
 */
#pragma once

#include "policy/fate.h"

/* What was told of it: names, as fate_action_name and so on give them. */
struct fate_told {
	const char *action, *what;
	const char *author; /* NULL: none */
	const char *at;     /* as fate_at; NULL: all would take it */
};

struct fate_change {
	bool changes;
	bool known; /* false: what was told is not enough to say how */
	enum fate_action action;
	struct reply reply; /* of FATE_REJECT; else code 0 */
};

struct fate_change fate_changed(struct arena *a, const struct fate_told *told,
    const struct fate_settings *settings);
