/* SPDX-License-Identifier: MIT */
/*
 * client - who is asking: the peer, or whom a proxy of ours names.  Pure.
 */
#pragma once

#include "base/ip.h"
#include "program/settings.h"

/* A peer on a unix socket has no address, and is a proxy if there is any. */
#define CLIENT_LOCAL "local"

/* peer: its address; NULL: a unix socket.  forwarded: all X-Forwarded-For
   fields, with commas between them; or NULL.  Each proxy adds whom it sees at
   the right, so it is the right-most address that is no proxy; what stands
   left of it anybody may have written.  With nonsense there it is the peer. */
const char *client_address(struct arena *a,
    const struct signup_settings *settings, const char *peer,
    const char *forwarded);
