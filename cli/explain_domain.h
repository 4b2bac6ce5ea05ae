/* SPDX-License-Identifier: MIT */
/*
 * explain_domain - who says that the domains of a step are ours: postward.conf
 * or the store.  That of the recipient, and that of the sender.
 */
#pragma once

#include "command.h"

#include "policy/facts.h"

#include <cjson/cJSON.h>

/* A line for each; none for a sender of others. */
void explain_domains_print(const struct invocation *in,
    const struct facts *facts);

/* Adds the members recipient_domain and sender_domain: name, state and source,
   or null where the step has none. */
void explain_domains_add(const struct invocation *in, cJSON *all,
    const struct facts *facts);
