/* SPDX-License-Identifier: MIT */
/*
 * account_choices - checks that a member has switched on or off
 * (account_check_table.h), as one text that is kept with the member's forwards:
 * "+greylist -dnsbl".  Pure, but for account_choices_load.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/account_check_table.h"

#include <stddef.h>

enum account_choice {
	CHOICE_DEFAULT, /* as for everybody */
	CHOICE_ON,
	CHOICE_OFF,
};

/* "default", "on", "off" */
const char *account_choice_name(enum account_choice choice);

/* NULL: nothing is chosen. */
const char *account_choices_text(struct arena *a,
    const struct account_check *choices, size_t n);

enum account_choice account_choices_find(const char *choices,
    const char *check);

/* Those that are in both texts. */
const char *account_choices_common(struct arena *a, const char *x,
    const char *y);

/* Reads the choices of an account from the store. */
enum rc account_choices_load(struct store *store, struct arena *a,
    const char *account, const char **out, struct err *err);
