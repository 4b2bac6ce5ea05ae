/* SPDX-License-Identifier: MIT */
/*
 * decision_line - a decision read from the log's line about it, as another host
 * has written it, or from a line of pairs (decision_record_pairs).
 *
 * A line of the log tells less than a record: of the findings only the one that
 * decided, and the results of SPF and of the fate of copies; of the client no
 * name but the confirmed one; of a message not how many hops.
 */
#pragma once

#include "policy/decision.h"

/* line: text or JSON, with or without what syslog or journalctl(1) puts before
   it; without its end.  RC_OK; RC_NONE: it is no line about a decision of
   policyd or the milter, whatever strangers made them write.  RC_PERM: it
   begins like one and cannot be read: err says where. */
enum rc decision_line_read(struct arena *a, const char *line,
    struct decision *out, struct err *err);
