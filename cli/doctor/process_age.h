/* SPDX-License-Identifier: MIT */
/*
 * process_age - since when processes run, and from which file (proc(5)).
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Is it there, under that name? */
bool process_is_called(struct arena *a, long pid, const char *name);

/* Milliseconds since 1970 at which it began; 0: there is none. */
int64_t process_began_ms(struct arena *a, long pid);

/* The same of a child of that name; 0: there is none. */
int64_t process_child_began_ms(struct arena *a, long parent, const char *name);

/* Calls visit for each process of that name. */
void process_each(struct arena *a, const char *name,
    void (*visit)(void *context, long pid), void *context);

/* Was the file of that name replaced, moved or removed from which it runs? */
bool process_is_outdated(struct arena *a, long pid, const char *name);

/* When a file was changed, milliseconds since 1970; 0: there is none. */
int64_t file_changed_ms(const char *path);
