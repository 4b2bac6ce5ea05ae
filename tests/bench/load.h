/* SPDX-License-Identifier: MIT */
/*
 * load - requests over many unix connections, one in flight on each, and how
 * long their answers take.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct load_answer {
	bool good; /* as it should be */
	bool refused;
};

/* What one connection says and hears next. */
struct load_protocol {
	/* The n-th request; *len bytes that stay until the next call. */
	const char *(*request)(size_t n, size_t *len);
	/* Is that a whole answer to the n-th request?  *out starts zeroed. */
	bool (*answered)(size_t n, const char *bytes, size_t len,
	    struct load_answer *out);
};

struct load_plan {
	const char *place; /* a path, or 127.0.0.1:PORT */
	unsigned connections;
	/* 0: until requests are sent.  Otherwise the clock starts when each
	   connection has had one answer, so that a server that starts a
	   process for a connection is not measured by its start. */
	double seconds;
	size_t requests; /* 0: until the seconds are over */
};

/* Prints "requests=N seconds=S rate=R p50=µs p95=µs p99=µs max=µs
   refused=N bad=N".  Returns an exit status. */
int load_run(const struct load_plan *plan, const struct load_protocol *p);
