/* SPDX-License-Identifier: MIT */
/*
 * serve - the web form's socket, signals, reload and orderly stop.
 */
#pragma once

#include "net/listen.h"
#include "program/settings.h"

/* What a start asks for, and where it listens; see daemon.h. */
enum rc signup_check(const char *path, const struct settings *settings,
    struct err *err);
const char *signup_listens(const struct settings *settings,
    struct listen_settings *as);

int signup_serve(const char *path, struct settings *settings);
