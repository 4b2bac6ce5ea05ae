/* SPDX-License-Identifier: MIT */
/*
 * decision_record - a decision as text, and back.  One table says what it is
 * made of; the line of the log, the pairs that are kept, and the JSON that
 * `postward explain --json` prints come from its rows.
 *
 *	line   what an administrator reads in the log; some facts are left out
 *	pairs  everything, one line of key=value (base/pairs.h), for the store
 *	JSON   everything, {"facts":{}, "findings":[], "verdict":{},
 *	       "without-shadow":{}, "done":{}}
 *
 * In pairs an action of reject, mode of enforce and the like, which a finding
 * has that is read without them, are left out.
 *
 * What decision_record_read and decision_record_read_json give back equals what
 * was written: facts as told, findings, both verdicts, what was done.  Texts of
 * any bytes survive.
 */
#pragma once

#include "base/log.h"
#include "policy/decision.h"

#include <cjson/cJSON.h>

/* Pairs that one line of the log has at most. */
#define DECISION_LINE_MAX 40

/* The pairs of the log's line, in order; a pair with nothing to say has the
   value NULL.  Returns how many. */
size_t decision_record_line(struct arena *a, const struct decision *d,
    struct log_pair pairs[static DECISION_LINE_MAX]);

/* One line, in the arena. */
const char *decision_record_pairs(struct arena *a, const struct decision *d);

/* RC_PERM: not a record; err says where.  A key that is not known is passed
   over, so that an older program reads what a newer one wrote. */
enum rc decision_record_read(struct arena *a, const char *pairs,
    struct decision *out, struct err *err);

/* The caller deletes the object.  A text with a byte that is no UTF-8, or with
   a backslash, is escaped (pairs_escape); every other one stands as it is. */
cJSON *decision_record_json(struct arena *a, const struct decision *d);
enum rc decision_record_read_json(struct arena *a, const cJSON *record,
    struct decision *out, struct err *err);

/* The facts by the names that JSON gives them, for who reads text; those with
   nothing to say have the value NULL.  Returns how many. */
size_t decision_record_facts(struct arena *a, const struct decision *d,
    struct log_pair pairs[static DECISION_LINE_MAX]);
