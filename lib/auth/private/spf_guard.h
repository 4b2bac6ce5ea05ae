/* SPDX-License-Identifier: MIT */
/*
 * spf_guard - lets libspf2 evaluate.  It sees nothing from the network but
 * addresses.  Internal to spf; spf.h tells who does what.
 *
 * libspf2 knows every term by a token, "t0-3.x" for term 3 of level 0, and
 * "t0-3-1.x" for host 1 of that term, an mx.  The records it reads are written
 * here, of tokens.  It calls back for DNS answers and for the records of
 * include and redirect, with a token, and is given what spf_eval finds.
 */
#pragma once

#include "auth/private/spf_eval.h"

struct SPF_server_struct;

/* What libspf2 keeps; never changed afterwards, so for all threads. */
struct SPF_server_struct *spf_guard_open(void);
void spf_guard_close(struct SPF_server_struct *server);

/* Evaluates that level, the first one: e->verdict is the result, e->term the
   mechanism that decided, or NULL. */
void spf_guard_run(const struct SPF_server_struct *server, struct spf_eval *e,
    struct spf_level *level);
