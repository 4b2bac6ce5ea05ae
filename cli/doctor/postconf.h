/* SPDX-License-Identifier: MIT */
/*
 * postconf - what postconf(1) says of the Postfix of this machine, or of the
 * folder that --postfix-config names.
 */
#pragma once

#include "command.h"

#include "postfix_view.h"

/* All of main.cf and master.cf, expanded.  RC_NONE: there is no Postfix to ask;
   RC_TEMP: it does not answer.  err says why. */
enum rc postconf_view(const struct invocation *in, struct postfix_view **out,
    struct err *err);

/* What it prints, asked with these words; errors: and what it warns of.
   Returns as postconf_view does. */
enum rc postconf_run(const struct invocation *in, const char *const *words,
    size_t n, bool errors, const char **lines, struct err *err);
