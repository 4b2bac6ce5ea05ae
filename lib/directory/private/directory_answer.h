/* SPDX-License-Identifier: MIT */
/*
 * directory_answer - what a server has said.  Seen by lib/directory only.
 */
#pragma once

#include "directory/private/directory_connection.h"

/* Waits for the result of an operation that has no other answer.  Returns its
   code, one of the library's; *why says what it means, with the server's own
   words. */
int directory_answer_wait(struct directory_connection *c, int id,
    struct err *why);

/* Says why the library could not send, or has no answer. */
void directory_answer_lost(const struct directory_connection *c, int code,
    struct err *why);

/* As directory_find: reads all that comes in answer to a search. */
enum rc directory_answer_read(struct directory_connection *c,
    struct directory_try *t, const struct directory_search *search, int id,
    struct directory_entry *out, struct err *err);
