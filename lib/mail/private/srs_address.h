/* SPDX-License-Identifier: MIT */
/*
 * srs_address - how an SRS address begins.  Seen by lib/mail only.
 */
#pragma once

#include "mail/srs.h"

#define SRS_SEPARATORS "=+-"

/* NULL, or what follows the separator after "SRS0" or "SRS1". */
const char *srs_past_tag(const char *local, const char *tag);
