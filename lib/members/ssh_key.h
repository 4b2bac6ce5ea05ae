/* SPDX-License-Identifier: MIT */
/*
 * ssh_key - OpenSSH public keys, one line of authorized_keys(5) without
 * options (RFC 4253 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f of OpenSSH).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define SSH_KEY_RSA_MIN 2048
#define SSH_KEY_RSA_MAX 16384

struct ssh_key {
	const char *type; /* "ssh-ed25519" */
	unsigned bits;
	const char *fingerprint; /* "SHA256:..." as ssh-keygen -l has it */
	const char *line; /* type, base64 and comment, one space between */
};

/* CR and LF are taken out first, as browsers and terminals put them in, and so
   are lines that begin with "#"; a TAB is a blank.
   RC_PERM: err is a sentence for who typed it: no key, a private one, DSA, RSA
   of too few bits, damaged. */
enum rc ssh_key_read(struct arena *a, const char *text, struct ssh_key *out,
    struct err *err);
