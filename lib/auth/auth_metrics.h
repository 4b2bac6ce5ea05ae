/* SPDX-License-Identifier: MIT */
/*
 * auth_metrics - counters of authentication.
 */
#pragma once

#include "base/metric.h"

/* Cells of auth_spf_results: where a result came from. */
enum {
	AUTH_SPF_KEPT, /* it was that of another sender of the domain */
	AUTH_SPF_EVALUATED
};

extern struct metric_family auth_spf_results;
