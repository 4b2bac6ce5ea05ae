/* SPDX-License-Identifier: MIT */
/*
 * dns_driver - who answers questions that the cache of dns.c cannot.
 * Internal to lib/net.
 */
#pragma once

#include "net/dns.h"
#include "net/dns_answer.h"

/* name is valid; answer is the driver's to write. */
struct dns_question {
	const char *name;
	enum dns_type type;
	struct dns_answer answer;
};

/* Both functions get `state`.  Any number of threads may ask. */
struct dns_driver {
	void *state;
	void (*ask)(void *state, struct arena *a,
	    struct dns_question *questions, size_t n, int64_t deadline);
	void (*close)(void *state);
};

enum rc dns_cares_open(const struct dns_settings *settings,
    struct dns_driver *out, struct err *err);
enum rc dns_zone_open(const char *path, struct dns_driver *out,
    struct err *err);
