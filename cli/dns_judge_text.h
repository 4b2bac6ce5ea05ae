/* SPDX-License-Identifier: MIT */
/*
 * dns_judge_text - SPF, DMARC and TLS-RPT records: does what they say fit this
 * host?
 */
#pragma once

#include "dns_judge.h"

struct dns_judged dns_judge_spf(const struct dns_judging *judging,
    struct arena *a, const struct dns_wanted *wanted,
    const struct dns_query *answer);

struct dns_judged dns_judge_dmarc(const struct dns_judging *judging,
    struct arena *a, const struct dns_wanted *wanted,
    const struct dns_query *answer);

/* Adds the questions whether those at other domains want its reports (RFC 9990
   4). */
void dns_judge_add_receivers(struct dns_judging *judging, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer);

struct dns_judged dns_judge_tls_report(struct arena *a,
    const struct dns_query *answer);
