/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"
#include "program/private/settings_wrong.h"

#include "targets/target_rules.h"

const char *
settings_wrong_threshold(struct arena *a, const char *value)
{
	struct target_threshold unused;

	(void)a;
	return target_threshold_read(value, &unused)
		   ? NULL
		   : "expected a number up to 100 and a time, such as "
		     "\"5 in 3d\", or \"never\"";
}

void
settings_read_targets(struct settings *s)
{
	static const char *const keys[FAILURE_KINDS] = {
	    [FAILURE_HARD] = "pause-after",
	    [FAILURE_SOFT] = "soft-after",
	    [FAILURE_POLICY] = "policy-after",
	    [FAILURE_REMOTE] = "remote-after",
	};

	for (size_t i = 0; i < FAILURE_KINDS; i++)
		target_threshold_read(config_text(s->config, "targets", NULL,
					  keys[i]),
		    &s->targets.after[i]);
}
