/* SPDX-License-Identifier: MIT */
/*
 * serve - the web form's socket, signals, reload and orderly stop.
 */
#pragma once

#include "program/settings.h"

int serve(const char *path, struct settings *settings);
