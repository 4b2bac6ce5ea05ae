/* SPDX-License-Identifier: MIT */
/*
 * dkim_message - a message of which fewer signatures are verified than dkim.h
 * would.
 */
#pragma once

#include "auth/dkim.h"

struct dkim_message {
	const struct mail_field *fields;
	size_t n;
	const char *author_domain;
	size_t signatures_max; /* from 1 to DKIM_SIGNATURES_MAX */
};

/* Instead of dkim_verify_new. */
struct dkim_verify *dkim_verify_open(struct arena *a,
    const struct dkim_message *message, struct body_hashes *bodies);
