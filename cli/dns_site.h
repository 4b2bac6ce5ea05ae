/* SPDX-License-Identifier: MIT */
/*
 * dns_site - whose records `postward dns` and `postward check` are about: the
 * names in the configuration, and the addresses of this host.
 */
#pragma once

#include "command.h"
#include "dns_wanted.h"

/* Names and addresses: those of --address or, if there is none, of the
   interfaces that the world reaches, without those that change by themselves
   (RFC 8981).  keys is left as it is.  RC_PERM: an --address is none. */
enum rc dns_site_read(const struct invocation *in, struct dns_wanted_of *out,
    struct err *err);
