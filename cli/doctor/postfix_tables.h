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

/* What postmap(1) complains of when it opens the table; NULL: nothing. */
const char *postfix_table_trouble(const struct probe_run *run,
    const char *table);

/* Of an address, as most tables of Postfix are asked: the address, then
   "@domain"; with_domain: then the domain, ".parents" and "*", as transport(5)
   is.  NULL: the table says nothing. */
const char *postfix_table_about(const struct probe_run *run, const char *table,
    const char *address, bool with_domain);

/* Tells which of the keys, one a line, the table has. */
void postfix_table_each(const struct probe_run *run, const char *table,
    const char *keys,
    void (*visit)(void *context, const char *key, const char *value),
    void *context);
