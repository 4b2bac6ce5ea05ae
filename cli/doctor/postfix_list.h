/* SPDX-License-Identifier: MIT */
/*
 * postfix_list - the entries of a list in main.cf: apart by blanks or commas,
 * or between braces (postconf(5)); pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_list {
	const char **words; /* with their braces */
	size_t n;
};

struct postfix_list postfix_list_read(struct arena *a, const char *value);

/* As it is written in main.cf, with commas. */
const char *postfix_list_text(struct arena *a, const struct postfix_list *list);

/* Whatever the case. */
bool postfix_list_has(const struct postfix_list *list, const char *word);

/* The list without those of its words for which unwanted says so. */
struct postfix_list postfix_list_without(struct arena *a,
    const struct postfix_list *list,
    bool (*unwanted)(void *context, const char *word), void *context);

/* A table ("hash:/etc/x"), not the name of a parameter or a host. */
bool postfix_is_table(const char *word);
