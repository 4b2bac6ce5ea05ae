/* SPDX-License-Identifier: MIT */
/*
 * spf_kept - results of SPF checks that hold for every sender of a domain from
 * one client, kept with the answers of DNS.  Internal to spf.
 */
#pragma once

#include "auth/spf.h"

/* Writes all fields but identity, domain and trace.  False: nothing is kept,
   and *out is as it was. */
bool spf_kept_find(struct dns *dns, struct arena *a, const struct ip *client,
    const char *domain, struct spf_result *out);

/* Keeps a result until result->kept_until, which is not 0. */
void spf_kept_add(struct dns *dns, struct arena *a, const struct ip *client,
    const struct spf_result *result);
