/* SPDX-License-Identifier: MIT */
/*
 * serve - the web form as a daemon: its socket, and its orderly stop.
 */
#pragma once

#include "program/daemon.h"

extern const struct daemon_program signup_program;
