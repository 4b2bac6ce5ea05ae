/* SPDX-License-Identifier: MIT */
/*
 * sealing_key - which of the keys that mail is signed with seals what is
 * forwarded (RFC 8617).
 */
#pragma once

#include "program/settings.h"
#include "program/signing_keys.h"

/* That of the domain under which forwarded mail leaves, the first of
   srs.domain; if neither it nor one above has a key, that of the next one, and
   then of `domains`.  It lives as long as the keys.
   RC_NONE  none of them has a key
   RC_TEMP  there is one, but in trouble */
enum rc sealing_key_find(const struct settings *s,
    const struct signing_keys *keys, struct signing_key *out, struct err *err);
