/* SPDX-License-Identifier: MIT */
/*
 * site_uses - which parts of Postward a site uses, as far as its configuration
 * tells; what it does not use need not be there.
 */
#pragma once

#include "program/settings.h"

/* Does somebody have to answer as policyd?  Not where the milter runs the
   checks in its place (enforce), unless policyd is configured or enabled all
   the same. */
bool site_uses_policyd(const struct settings *s);

/* Are newcomers asked in: is the form configured? */
bool site_uses_form(const struct settings *s);

/* Are newcomers asked in, or is it said where our own mail is handed in? */
bool site_uses_mail(const struct settings *s);

/* Is something done for members who are approved? */
bool site_uses_provision(const struct settings *s);
