/* SPDX-License-Identifier: MIT */
/*
 * postconf - what postconf(1) says of the Postfix of this machine, or of the
 * folder that --postfix-config names.
 */
#pragma once

#include "command.h"

/* Lines "name = value" of the parameters of main.cf, expanded.  RC_NONE: there
   is no Postfix to ask, or it does not answer; err says why. */
enum rc postconf_parameters(const struct invocation *in,
    const char *const *names, size_t n, const char **lines, struct err *err);

/* The value that stands in such lines; NULL: this Postfix does not know it. */
const char *postconf_value(struct arena *a, const char *lines,
    const char *name);

/* Does a service of master.cf that runs one of these programs ("smtpd") see the
   queue as its root?  What cannot be asked is taken for Debian's default: yes.
   In master.cf, "-" is no (compatibility_level 1 and more). */
bool postconf_is_chrooted(const struct invocation *in,
    const char *const *programs, size_t n);
