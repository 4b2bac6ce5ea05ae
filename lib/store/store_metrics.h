/* SPDX-License-Identifier: MIT */
/*
 * store_metrics - counters of the store.
 */
#pragma once

#include "base/metric.h"

/* Cells of store_work_done. */
enum {
	STORE_WORK_DONE,
	STORE_WORK_FAILED
};

extern struct metric_family store_work_done;
