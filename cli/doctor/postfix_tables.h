/* SPDX-License-Identifier: MIT */
/*
 * postfix_tables - what a lookup table of Postfix has for a key, asked with
 * postmap(1).
 */
#pragma once

#include "postfix_list.h"
#include "probe.h"

/* The entries of a file that a list of main.cf names; none: it cannot be
   read. */
struct postfix_list postfix_file_words(const struct probe_run *run,
    const char *path);

/* For postfix_walk and postfix_domain_entry; context is a struct probe_run.
   "/path" is a file with one entry a line, which must be the key.  RC_NONE:
   there is no such key, or the table cannot be asked. */
enum rc postfix_table_look_up(void *context, const char *table, const char *key,
    const char **value);
