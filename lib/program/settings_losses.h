/* SPDX-License-Identifier: MIT */
/*
 * settings_losses - what a new configuration takes away from the old one: it is
 * done, but if the file was half written or wrongly edited somebody must see it
 * before the first member complains.  Pure.
 */
#pragma once

#include "program/settings.h"

typedef void settings_say_fn(const char *line);

/* A line for each domain that is served no more, each SRS domain and secret
   that is gone (no secret is named), and another store. */
void settings_losses(const struct settings *old, const struct settings *next,
    settings_say_fn *say);

/* A line for each place where `program` waits no more. */
void settings_losses_of_sockets(const char *program,
    const struct service_settings *old, const struct service_settings *next,
    settings_say_fn *say);
