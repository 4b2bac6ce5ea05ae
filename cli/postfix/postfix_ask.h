/* SPDX-License-Identifier: MIT */
/*
 * postfix_ask - asks Postfix by SMTP, as a stranger, about recipients of whom
 * it is known what has to be answered.
 *
 * Own machines are not asked what strangers are.  So master.cf gets, for as
 * long as that takes, one more smtpd with the options of the one for everybody,
 * for which nobody is an own machine; it listens at a socket that root and
 * Postfix alone can reach.
 */
#pragma once

#include "postfix_wiring.h"

/* RC_OK: all answers are right.  RC_NONE: one is not; err says which, and what
   was said instead.  RC_TEMP: Postfix could not be asked. */
enum rc postfix_ask(const struct postfix_wiring *w, struct err *err);
