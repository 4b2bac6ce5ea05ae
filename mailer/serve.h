/* SPDX-License-Identifier: MIT */
/*
 * serve - the mailer as a daemon: work while there is some.
 */
#pragma once

#include "program/daemon.h"

extern const struct daemon_program mailer_program;
