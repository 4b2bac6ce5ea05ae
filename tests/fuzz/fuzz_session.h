/* SPDX-License-Identifier: MIT */
/*
 * fuzz_session - a connection of Postfix's, whose bytes come in pieces, and the
 * program that answers it: its real session and protocol in fuzz_world.  There
 * is no socket: recv, send and poll are those here (ld --wrap).
 */
#pragma once

#include "base/str.h"
#include "fuzz_world.h"
#include "program/session.h"

/* What is answered to a connection on which the bytes come and which then ends.
   Its pieces are as long as the bytes of cuts say, which are used in turn; 0,
   and no cuts at all, is all that is left. */
struct fuzz_connection {
	const char *bytes;
	size_t len;
	const uint8_t *cuts;
	size_t n_cuts;
};

/* The same however the bytes are cut, or it aborts. */
const char *fuzz_session_answers(const struct protocol *protocol,
    struct arena *a, const struct fuzz_connection *connection, size_t *len);
