/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "listing.h"

#include <string.h>

struct report_line {
	const char *what, *state, *words;
};

struct report {
	struct arena *arena;
	struct report_line *lines;
	size_t n, room;
	bool to_fix, to_retry;
};

struct report *
report_new(struct arena *a)
{
	struct report *r = arena_take(a, sizeof(*r));

	*r = (struct report){.arena = a};
	return r;
}

void
report_add(struct report *r, enum report_state state, const char *what,
    const char *words)
{
	static const char *const names[] = {[REPORT_FINE] = "ok",
	    [REPORT_WARN] = "note",
	    [REPORT_FIX] = "fix",
	    [REPORT_RETRY] = "fix"};

	r->to_fix |= state == REPORT_FIX;
	r->to_retry |= state == REPORT_RETRY;
	if (r->n == r->room) {
		struct report_line *more;

		r->room = r->room * 2 + 16;
		more = arena_take_array(r->arena, r->room, sizeof(*more));
		if (r->n > 0)
			memcpy(more, r->lines, r->n * sizeof(*more));
		r->lines = more;
	}
	r->lines[r->n++] = (struct report_line){what, names[state], words};
}

int
report_print(const struct report *r, const struct invocation *in)
{
	static const struct listing_column columns[] = {
	    {.name = "State"}, {.name = "What"}, {.name = "Details"}};
	const char **cells =
	    arena_take_array(r->arena, r->n * 3 + 1, sizeof(*cells));

	for (size_t i = 0; i < r->n; i++) {
		cells[i * 3] = r->lines[i].state;
		cells[i * 3 + 1] = r->lines[i].what;
		cells[i * 3 + 2] = r->lines[i].words;
	}
	listing_print(in, columns, 3, cells, r->n);
	return r->to_fix ? EXIT_NO : r->to_retry ? EXIT_TRY_LATER : EXIT_DONE;
}
