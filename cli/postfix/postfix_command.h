/* SPDX-License-Identifier: MIT */
/*
 * postfix_command - what enable, disable and status of `postward postfix` have
 * in common.
 */
#pragma once

#include "postfix_record.h"

/* Reads Postfix' configuration; for a change (not with --dry-run), locks it and
   removes what a run that was killed has left.  RC_PERM: somebody else changes
   it, who is not root may not. */
enum rc postfix_command_begin(struct postfix_wiring *w, struct err *err);
void postfix_command_end(struct postfix_wiring *w);

/* `postfix check`, where Postfix is that of this system. */
enum rc postfix_command_check(const struct postfix_wiring *w, struct err *err);

/* Puts back what has our value still, takes what is ours out of what was
   changed since, and removes the record.  Says what it leaves alone. */
enum rc postfix_command_undo(struct postfix_wiring *w,
    const struct postfix_record *record, struct err *err);

/* For a shell. */
const char *postfix_command_quoted(const struct invocation *in,
    const char *text);
/* NULL is the same as NULL alone. */
bool postfix_command_same(const char *one, const char *other);
