/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

struct report {
	struct arena *arena;
	struct report_line *findings;
	size_t n, room;
	size_t counts[REPORT_STATES];
};

struct report *
report_new(struct arena *a)
{
	struct report *r = arena_take(a, sizeof(*r));

	*r = (struct report){.arena = a};
	return r;
}

void
report_add(struct report *r, const struct report_line *finding)
{
	if (r->n == r->room) {
		struct report_line *more;

		r->room = r->room * 2 + 16;
		more = arena_take_array(r->arena, r->room, sizeof(*more));
		if (r->n > 0)
			memcpy(more, r->findings, r->n * sizeof(*more));
		r->findings = more;
	}
	r->counts[finding->state]++;
	r->findings[r->n] = *finding;
	r->findings[r->n].cures = NULL;
	r->findings[r->n++].n_cures = 0;
}

void
report_cure(struct report *r, const char *command)
{
	struct report_line *last = &r->findings[r->n - 1];
	const char **more =
	    arena_take_array(r->arena, last->n_cures + 1, sizeof(*more));

	if (last->n_cures > 0)
		memcpy(more, last->cures, last->n_cures * sizeof(*more));
	more[last->n_cures++] = command;
	last->cures = more;
}

const struct report_line *
report_findings(const struct report *r, size_t *n)
{
	*n = r->n;
	return r->findings;
}

const char *
report_state_name(enum report_state state)
{
	static const char *const names[REPORT_STATES] = {[REPORT_OK] = "ok",
	    [REPORT_NOTE] = "note",
	    [REPORT_WARNING] = "warning",
	    [REPORT_BROKEN] = "broken",
	    [REPORT_UNKNOWN] = "unknown"};

	return names[state];
}

int
report_status(const struct report *r)
{
	if (r->counts[REPORT_BROKEN] > 0)
		return EXIT_BROKEN;
	if (r->counts[REPORT_WARNING] > 0)
		return EXIT_WARNING;
	return r->counts[REPORT_UNKNOWN] > 0 ? EXIT_UNKNOWN : EXIT_DONE;
}
