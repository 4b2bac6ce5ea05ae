/* SPDX-License-Identifier: MIT */
/*
 * completion - what a shell completes of a command line of `postward`:
 * commands, options and files, from the table of commands.
 */
#pragma once

#include "command.h"

#include <stdio.h>

/* Prints the script for that shell, "bash" or "zsh".  False: for no other. */
bool completion_print(const struct command *commands, size_t n,
    const char *shell, FILE *to);
