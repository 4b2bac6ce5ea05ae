/* SPDX-License-Identifier: MIT */
/*
 * stored_domains - the served domains of the store that `postward check` looks
 * at one by one, as it does at those of postward.conf.
 */
#pragma once

#include "probe.h"

/* There may be a hundred thousand, and each is a dozen questions to DNS. */
#define STORED_DOMAINS_MAX 50

struct stored_domains {
	const char **names; /* the first by name, without those that
			       postward.conf lists, too */
	size_t n;
	const char **srs; /* the SRS domains of these, each once */
	size_t n_srs;
	int64_t all; /* how many the store serves */
};

enum rc stored_domains_read(const struct probe_run *run, struct store *store,
    struct stored_domains *out, struct err *err);

/* *n names and n_more behind them, which *n counts, too. */
const char *const *stored_domains_beside(const struct probe_run *run,
    const char *const *names, size_t *n, const char *const *more,
    size_t n_more);
