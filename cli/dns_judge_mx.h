/* SPDX-License-Identifier: MIT */
/*
 * dns_judge_mx - does mail for a domain come to this host (RFC 5321 5.1)?
 */
#pragma once

#include "dns_judge.h"

/* answer: to the question for its MX records. */
struct dns_judged dns_judge_mx(const struct dns_judging *judging,
    struct arena *a, const struct dns_wanted *wanted,
    const struct dns_query *answer);
