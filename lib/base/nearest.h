/* SPDX-License-Identifier: MIT */
/*
 * nearest - finds the word that a person most likely meant.
 */
#pragma once

#include <stddef.h>

/* The candidate that is fewest single-character edits away from word, or
   NULL when none is near enough to be worth a hint. */
const char *nearest(const char *word, const char *const *candidates, size_t n);
