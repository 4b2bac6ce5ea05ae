/* SPDX-License-Identifier: MIT */
/*
 * arena - memory for one request: everything computed for it lives here and
 * is given back at once.
 *
 * Nothing is freed singly.  Out of memory aborts the program: a mail server
 * that cannot allocate a few kilobytes has no better answer, and Postfix
 * tries again.  An arena belongs to one thread.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* For what lives long, and is mostly small: it keeps less while it is empty. */
struct arena *arena_new_small(void);
void arena_free(struct arena *a);

/* From now on, memory taken from the arena is overwritten before it is given
   back.  For arenas that hold secrets or codes. */
void arena_wipe(struct arena *a);

/* Makes everything taken from the arena invalid.  A first block is kept for
   the next request, so that the usual request allocates nothing. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type.  n * size must not overflow: it is
   checked, and aborts. */
void *arena_take(struct arena *a, size_t size);
void *arena_take_array(struct arena *a, size_t n, size_t size);

/* Copies, ended by a NUL.  The source of arena_copy_text may be NULL, and so
   is its copy then. */
char *arena_copy_text(struct arena *a, const char *text);
char *arena_copy_bytes(struct arena *a, const void *bytes, size_t len);

/* The texts, n of them, as one: what arena_printf("%s%s...") makes, in less
   time. */
#define ARENA_JOIN_MAX 16
char *arena_join(struct arena *a, const char *const *texts, size_t n);
#define arena_concat(a, ...)                                                   \
	arena_join(a, (const char *const[]){__VA_ARGS__},                      \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
