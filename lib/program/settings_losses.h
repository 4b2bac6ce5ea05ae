/* SPDX-License-Identifier: MIT */
/*
 * settings_losses - what a new configuration takes away.  The reload does it
 * all the same; but if the file was half written or wrongly edited, somebody
 * must see that before the first member complains.  Pure.
 */
#pragma once

#include "program/settings.h"

typedef void settings_say_fn(const char *line);

/* Says a line for each domain that is no longer served, for each SRS domain and
   secret that is gone (without naming the secret), and if the store is another
   one. */
void settings_losses(const struct settings *old, const struct settings *next,
    settings_say_fn *say);

/* Says a line for each place where `program` will not listen any more. */
void settings_losses_of_sockets(const char *program,
    const struct service_settings *old, const struct service_settings *next,
    settings_say_fn *say);
