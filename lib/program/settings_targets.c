/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"
#include "program/private/settings_wrong.h"

#include "targets/target_rules.h"

/* Postfix tries for so long (maximal_queue_lifetime), in seconds. */
#define QUEUE_LIFETIME ((int64_t)5 * 86400)

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
	/* Else a decision may be gone when its failure is looked at. */
	s->targets.decided_only =
	    s->decisions.keep_ms / 1000 >=
	    target_failures_kept(&s->targets) + QUEUE_LIFETIME;
}
