/* SPDX-License-Identifier: MIT */
/*
 * need_dns - what rows about DNS stand on: resolvers that answer, and our
 * records, asked for once for all rows.
 */
#pragma once

#include "probe.h"

/* Each sets what it is called after in run; all of it lives in its arena, but
   need_records_close closes the keys. */
enum rc need_resolvers(struct probe_run *run, struct err *err);
/* RC_TEMP also where no resolver answers: nothing else is asked then, as each
   question would wait. */
enum rc need_dns(struct probe_run *run, struct err *err);
enum rc need_records(struct probe_run *run, struct err *err);
void need_records_close(struct probe_run *run);
