/* SPDX-License-Identifier: MIT */
/*
 * serve - the mailer's loop: work while there is some, signals, reload.
 */
#pragma once

#include "program/settings.h"

int mailer_serve(const char *path, struct settings *settings);
