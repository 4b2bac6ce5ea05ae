/* SPDX-License-Identifier: MIT */
/*
 * daemon - what the programs that stay have in common: options, signals,
 * reload and an orderly stop.
 *
 *	-c FILE	the configuration
 *	-t	check it and leave
 *	-V	print the version and leave
 *
 * SIGHUP re-reads the configuration: a wrong one is logged and the old one
 * kept.  SIGTERM and SIGINT finish what is in flight.
 */
#pragma once

#include "program/session.h"

struct daemon_program {
	const char *name;  /* "policyd": of postward-policyd */
	const char *about; /* one line of -h */
	const struct protocol *protocol;
};

/* The program's main; what it returns is the exit status: 0, 1 trouble,
   2 usage. */
int daemon_main(const struct daemon_program *program, int argc, char **argv);
