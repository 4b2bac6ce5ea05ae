/* SPDX-License-Identifier: MIT */
/*
 * public_address - addresses that the world reaches, and those of resolvers
 * that serve all the world; pure.
 */
#pragma once

#include "base/ip.h"

/* False: of a network of RFC 6890 that is nobody's or everybody's own. */
bool public_address_is(const struct ip *ip);

/* Who runs a resolver for everybody at that address: "Google"; NULL: nobody
   that is known.  Lists refuse to answer those who ask through one. */
const char *public_address_resolver(const struct ip *ip);
