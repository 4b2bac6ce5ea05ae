/* SPDX-License-Identifier: MIT */
/*
 * milter_metrics - what the milter counts: what became of messages, and who had
 * written them.
 */
#pragma once

#include "base/metric.h"
#include "policy/decision.h"
#include "program/snapshot.h"
#include "store/target_failure_table.h"

/* Ended by NULL. */
extern struct metric_family *const milter_metrics[];

/* What is only known when it is asked for: whether DNS lists are well, and how
   many keys sign, wait and so on.  With the domains in it a page of one who
   signs for many would be long; `postward check` names them. */
void milter_metrics_add(struct str *page, struct snapshot *snapshot);

/* Of a message that a forward's target did not take; elsewhere: the forward is
   none of the store. */
void milter_metrics_count_failure(enum failure_kind kind, bool elsewhere);

/* Of a message that has ended. */
void milter_metrics_count(const struct decision *decision);
