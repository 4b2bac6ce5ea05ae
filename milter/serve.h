/* SPDX-License-Identifier: MIT */
/*
 * serve - the milter as a daemon: libmilter's thread and socket, and their
 * orderly stop.
 *
 * libmilter opens the socket itself, runs in a thread beside the main one, and
 * has another that waits for SIGHUP and SIGTERM, and stops at either.  That
 * thread is given a sigwait(3) that never returns, so that the signals, which
 * every thread blocks, are left for daemon.c.
 */
#pragma once

#include "program/daemon.h"

extern const struct daemon_program milter_program;
