/* SPDX-License-Identifier: MIT */
/*
 * daemon_print - what a program that stays says to who starts it by hand.
 */
#pragma once

#include "program/daemon.h"

#include <stdio.h>

/* Prints which files were read beside the first, and which were not though they
   lie with them. */
void daemon_print_files(const struct settings *settings);

void daemon_print_usage(const struct daemon_program *program, FILE *to);
