/* SPDX-License-Identifier: MIT */
/*
 * callbacks - libmilter's side of a session: turns what libmilter says into
 * calls of session.h, and their answers into what libmilter wants to hear.
 */
#pragma once

#include "session.h"

/* Registers them.  RC_PERM: this libmilter does not take them. */
enum rc callbacks_register(struct milter *milter, struct err *err);

/* Once they are registered: see handlers.h. */
bool callbacks_are_alive(int64_t patience_ms);
