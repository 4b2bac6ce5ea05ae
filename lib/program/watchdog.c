/* SPDX-License-Identifier: MIT */
#include "program/watchdog.h"

#include "base/clock.h"
#include "base/memory.h"
#include "program/notify.h"
#include "program/rounds.h"

#include <stdatomic.h>
#include <stdlib.h>

/* So many times in the time that systemd waits. */
#define BEATS 4

struct watchdog {
	watchdog_alive_fn *alive;
	void *own;
	struct rounds *rounds;
	/* When the main thread must have done its work, in clock_ms. */
	_Atomic int64_t due;
};

static int64_t
watchdog_look(void *own, bool asked, const atomic_bool *stop)
{
	struct watchdog *w = own;

	(void)asked, (void)stop;
	if (clock_ms() <= atomic_load(&w->due) &&
	    (w->alive == NULL || w->alive(w->own, WATCHDOG_PATIENCE_MS)))
		notify_watchdog();
	return clock_ms() + notify_watchdog_ms() / BEATS;
}

enum rc
watchdog_open(watchdog_alive_fn *alive, void *own, struct watchdog **out,
    struct err *err)
{
	struct watchdog *w;
	enum rc rc;

	*out = NULL;
	if (notify_watchdog_ms() == 0)
		return RC_OK;
	w = memory_zeroed(1, sizeof(*w));
	w->alive = alive;
	w->own = own;
	atomic_init(&w->due, INT64_MAX);
	rc = rounds_open("watchdog", watchdog_look, w, &w->rounds, err);
	if (rc == RC_OK)
		*out = w;
	else
		free(w);
	return rc;
}

bool
watchdog_close(struct watchdog *w)
{
	if (w == NULL)
		return true;
	if (!rounds_close(w->rounds))
		return false;
	free(w);
	return true;
}

void
watchdog_work_begins(struct watchdog *w)
{
	if (w != NULL)
		atomic_store(&w->due, clock_ms() + WATCHDOG_PATIENCE_MS);
}

void
watchdog_work_ends(struct watchdog *w)
{
	if (w != NULL)
		atomic_store(&w->due, INT64_MAX);
}
