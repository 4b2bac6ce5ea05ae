/* SPDX-License-Identifier: MIT */
#include "program/process_limits.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAPS_MAX           8
#define HEAPS_PER_PROCESSOR 2

/* Limits the heaps: glibc would keep eight for each processor, each of the size
   that its busiest moment needed; with too few, threads wait for one another.
   A block as large as a c-ares channel (76 KB with 1.18) goes back to the
   kernel when it is freed; the 64 KB that libmilter takes for each piece of a
   body do not.  With huge pages the DNS cache would take all its room from the
   first answer on. */
static void
keep_heaps_small(void)
{
	long wanted = HEAPS_PER_PROCESSOR * sysconf(_SC_NPROCESSORS_ONLN);

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	mallopt(M_ARENA_MAX, wanted < 1           ? HEAPS_PER_PROCESSOR
			     : wanted < HEAPS_MAX ? (int)wanted
						  : HEAPS_MAX);
	mallopt(M_MMAP_THRESHOLD, 70 * 1024);
}

/* Each connection needs a descriptor, and each DNS channel a few more. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void
process_limits_set(void)
{
	raise_descriptor_limit();
	keep_heaps_small();
}
