/* SPDX-License-Identifier: MIT */
/*
 * sealing_key - which of the keys that mail is signed with seals what is
 * forwarded (RFC 8617).
 */
#pragma once

#include "program/settings.h"
#include "program/signing_keys.h"

/* The keys of the domain under which forwarded mail leaves, the first of
   srs.domain; if neither it nor one above has a key, those of the next one, and
   then of `domains`.  The first of them seals: RSA, if there is one, which
   everybody can verify.  Whatever was found is to be given back
   (signing_keys_give).
   RC_NONE  none of them has a key
   RC_TEMP  there is one, but in trouble */
enum rc sealing_key_find(const struct settings *s,
    const struct signing_keys *keys, struct signing_choice *out,
    struct err *err);
