/* SPDX-License-Identifier: MIT */
/*
 * received_spf - the results of an SPF check for the header of a message: the
 * field Received-SPF (RFC 7208 9.1) and a part of Authentication-Results (RFC
 * 8601 2.7.2).  Both are ASCII whatever the sender is: the message may need no
 * SMTPUTF8 but for them (RFC 8616 4).  Pure.
 */
#pragma once

#include "auth/spf.h"
#include "base/arena.h"

/* "Received-SPF: pass (mx.example: domain of ...) receiver=mx.example; ...",
   without an end of line.  Where a line is full it goes on after `fold`,
   "\n\t" in a message; a policy server's answer is one line: " ". */
char *received_spf_field(struct arena *a, const struct spf_request *request,
    const struct spf_result *result, const char *fold);

/* "spf=pass smtp.mailfrom=ann@example.org", to be put after "; ". */
char *received_spf_authres(struct arena *a, const struct spf_request *request,
    const struct spf_result *result);
