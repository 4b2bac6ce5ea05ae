/* SPDX-License-Identifier: MIT */
/*
 * own_address - addresses of this machine, and the names by which it knows
 * them.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"

#include <stdbool.h>

/* Could a program listen there?  In doubt true. */
bool own_address_is(const struct ip *ip);

/* Does the name lead to loopback addresses alone, for programs that ask
   /etc/hosts first? */
bool own_address_is_loopback(const char *name);
