/* SPDX-License-Identifier: MIT */
/*
 * import_options - the options that import and export share.
 */
#pragma once

#include "command.h"
#include "import.h"

/* EXIT_DONE: they can be used.  *format stays as it is if none is named. */
int import_options_read(struct invocation *in, struct import_settings *out,
    enum import_format *format);
