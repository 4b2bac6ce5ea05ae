/* SPDX-License-Identifier: MIT */
/*
 * fate_form - what is wrong with the header of a message by its form (RFC 5322
 * 3.6).  Pure; seen by fate.c only.
 */
#pragma once

#include "policy/fate.h"

struct fate_form fate_form_of(const struct survival_way *way,
    const struct from_field *from);

/* What a receiver refuses it for, "it has no Message-ID"; NULL: nothing. */
const char *fate_form_fault(struct arena *a, const struct fate_form *form);
