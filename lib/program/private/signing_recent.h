/* SPDX-License-Identifier: MIT */
/*
 * signing_recent - the keys of those of very many domains whose mail was signed
 * lately, for all threads.  Seen by lib/program only.
 *
 * Of more than SIGNING_KEYS_RECENT_MAX the one used longest ago is forgotten,
 * unless somebody has taken it; those with several keys last, as it was
 * learnt of DNS which of them signs.
 */
#pragma once

#include "program/private/signing_index.h"

struct signing_recent;

/* The index must outlive it. */
struct signing_recent *signing_recent_new(const struct signing_index *index);
void signing_recent_free(struct signing_recent *recent);

/* Reads what is not known; *out stays until it is given back. */
struct signing_domain *signing_recent_take(struct signing_recent *recent,
    const char *domain);
void signing_recent_give(struct signing_recent *recent,
    const struct signing_domain *domain);

/* All of them, each of which is to be given back. */
struct signing_domain **signing_recent_take_all(struct signing_recent *recent,
    struct arena *a, size_t *n);
