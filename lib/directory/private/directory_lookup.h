/* SPDX-License-Identifier: MIT */
/*
 * directory_lookup - the addresses of a server's name, as the machine's
 * resolver knows them, within a time.  Seen by lib/directory only.
 *
 * getaddrinfo(3) has no limit of time: a name server that is silent holds it
 * for as long as resolv.conf says.  A thread asks; who does not wait for it any
 * more leaves it to end by itself.
 */
#pragma once

#include "base/err.h"

#include <netdb.h>
#include <stdint.h>

/* end: a time of clock_us.  RC_OK: *out is for freeaddrinfo.  RC_TEMP: there
   are none, or nobody has said so in time. */
enum rc directory_lookup(const char *host, const char *port, int64_t end,
    struct addrinfo **out, struct err *err);
