/* SPDX-License-Identifier: MIT */
/*
 * directory_frame - the beginning of one message of a server (RFC 4511 5.1):
 * how long it is, and which question it answers.  Pure; seen by lib/directory
 * only.
 *
 * The library of LDAP sees no message but answers: what a server says unasked
 * (4.4) it loses, and some of it ends the program.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* SEQUENCE, its length in up to 4 bytes more, INTEGER, its length, the id. */
#define DIRECTORY_FRAME_MAX 12

struct directory_frame {
	size_t wanted; /* bytes of the beginning */
	size_t body;   /* bytes behind those */
	uint32_t id;   /* 0: it answers nothing */
};

/* RC_OK: *out.  RC_NONE: out->wanted bytes are needed to say more.  RC_PERM: no
   such message. */
enum rc directory_frame_read(const uint8_t *head, size_t len,
    struct directory_frame *out);
