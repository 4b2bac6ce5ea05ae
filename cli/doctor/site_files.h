/* SPDX-License-Identifier: MIT */
/*
 * site_files - what the programs read when they start, and at each reload.
 */
#pragma once

#include "program/settings.h"

/* One of the files of the configuration, the secrets of SRS or, with keys,
   those that mail is signed with, or a folder of theirs, that was changed after
   that time (milliseconds since 1970).  NULL: none. */
const char *site_files_newer(const struct settings *s, struct arena *a,
    int64_t since, bool keys);
