/* SPDX-License-Identifier: MIT */
/*
 * config_confuse - the text of a configuration, read by libconfuse.
 */
#pragma once

#include "base/private/config_data.h"

/* The whole of text, put into c over what other files have said; `name` becomes
   the last of c->files.  What it returns, and err, are as for config_read. */
enum rc config_parse(struct config *c, const char *text, const char *name,
    struct err *err);
