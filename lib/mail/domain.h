/* SPDX-License-Identifier: MIT */
/*
 * domain - domain names as mail uses them: host names, U-labels, address
 * literals.  Pure: nothing is looked up.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>

/* A domain in the one form that all of Postward compares and asks DNS about:
   lower case, U-labels as A-labels (IDNA 2008, RFC 5891), no dot at the end.
   RC_PERM: not a domain name (labels of 1 to 63 letters, digits, hyphens and
   underscores, no hyphen at either end, 253 bytes in all). */
enum rc domain_read(struct arena *a, const char *text, const char **out,
    struct err *err);

/* True: a client may use this name in HELO (RFC 5321 2.3.5).  A domain name in
   ASCII or UTF-8 whose last label is not all digits; underscores are let pass,
   as Postfix does. */
bool domain_is_host_name(struct arena *a, const char *text);

/* The same for a name that domain_read has returned. */
bool domain_is_host(const char *name);

/* Reads an address literal, "[192.0.2.1]" or "[IPv6:2001:db8::1]"
   (RFC 5321 4.1.3). */
bool domain_literal(const char *text, struct ip *out);

/* Is name the domain parent, or below it?  Both as domain_read gives them. */
bool domain_within(const char *name, const char *parent);
