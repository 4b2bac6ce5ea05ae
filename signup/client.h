/* SPDX-License-Identifier: MIT */
/*
 * client - the address of the client: the peer, or the one that a proxy of ours
 * names.  Pure.
 */
#pragma once

#include "base/ip.h"
#include "program/settings.h"

/* A peer on a unix socket has no address, and is a proxy if there is any. */
#define CLIENT_LOCAL "local"

/* peer: its address; NULL: a unix socket.  forwarded: all X-Forwarded-For
   fields, with commas between them; or NULL.  Each proxy adds whom it sees at
   the right, so it is the right-most address that is no proxy; what stands
   left of it anybody may have written.  An address may have a port, brackets,
   quotes or a zone (RFC 7239 6).  With anything else there it is the peer. */
const char *client_address(struct arena *a,
    const struct signup_settings *settings, const char *peer,
    const char *forwarded);

/* peer: an address. */
bool client_is_proxy(const struct signup_settings *settings, const char *peer);

/* NULL, or why the peer, a proxy of ours, counts as its own client. */
const char *client_not_read(struct arena *a,
    const struct signup_settings *settings, const char *peer,
    const char *forwarded);
