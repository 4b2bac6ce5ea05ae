/* SPDX-License-Identifier: MIT */
/*
 * mail_server - what the Postfix of this machine says of itself.
 */
#pragma once

#include "auth/survival.h"
#include "base/arena.h"

/* Does smtp(8) send bodies as they are?  Asks postconf(1), which looks where
   MAIL_CONFIG says or else in its own folder.  Not known: there is no Postfix,
   or it does not answer within ten seconds. */
struct survival_server mail_server_ask(struct arena *a);

/* From lines "name = value", as postconf writes them.  Pure. */
struct survival_server mail_server_read(const char *lines);
