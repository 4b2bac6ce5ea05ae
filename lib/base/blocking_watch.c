/* SPDX-License-Identifier: MIT */
#include "base/blocking_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#ifdef POSTWARD_WATCH_BLOCKING
#define WATCHES true
#else
#define WATCHES false
#endif

#define MOMENT_NS 1000000
#define TRIES     100

/* Nanoseconds of the clock, and those in which this thread was awake: it ran,
   or waited for a processor. `sleeps` counts how often the thread went to
   sleep. */
struct moment {
	int64_t clock, awake;
	long sleeps;
};

static _Thread_local struct watch {
	bool watching, known;
	struct moment from; /* in the stretch that is measured */
	int64_t asleep;     /* in the stretches before */
} watch;

static int64_t
nanoseconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
read_delay(int64_t *delay)
{
	char text[80];
	long long ran, waited;
	int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%lld %lld", &ran, &waited) != 2)
		return false;
	*delay = waited;
	return true;
}

/* Reads the two clocks until both are of one moment: the thread may lose its
   processor in between. */
static bool
moment_now(struct moment *now)
{
	for (int i = 0; WATCHES && i < TRIES; i++) {
		int64_t began = nanoseconds_of(CLOCK_MONOTONIC), delay;
		struct rusage usage;

		if (!read_delay(&delay) ||
		    getrusage(RUSAGE_THREAD, &usage) != 0)
			return false;
		now->sleeps = usage.ru_nvcsw;
		now->awake = nanoseconds_of(CLOCK_THREAD_CPUTIME_ID) + delay;
		now->clock = nanoseconds_of(CLOCK_MONOTONIC);
		if (now->clock - began < MOMENT_NS)
			return true;
	}
	return false;
}

/* Time that a hypervisor takes away is in neither clock.  But a thread sleeps
   only by a switch that it asked for. */
static void
end_stretch(void)
{
	struct moment now;

	if (!watch.known || !moment_now(&now) ||
	    now.sleeps == watch.from.sleeps)
		return;
	watch.asleep +=
	    now.clock - watch.from.clock - (now.awake - watch.from.awake);
}

void
blocking_watch_begin(void)
{
	watch.watching = true;
	watch.asleep = 0;
	watch.known = moment_now(&watch.from);
}

int64_t
blocking_watch_end(void)
{
	end_stretch();
	watch.watching = false;
	return watch.asleep / 1000000;
}

void
blocking_watch_pause(void)
{
	if (watch.watching)
		end_stretch();
}

void
blocking_watch_resume(void)
{
	if (watch.watching)
		watch.known = moment_now(&watch.from);
}

bool
blocking_watch_works(void)
{
	struct moment now;

	return moment_now(&now);
}
