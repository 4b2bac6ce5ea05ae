/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/str.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer, memory that is not taken is poisoned: a use after
   arena_reset is found as a use after free would be. */
#if defined(__SANITIZE_ADDRESS__)
#define POISON_ARENAS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ARENAS 1
#endif
#endif

#ifdef POISON_ARENAS
#include <sanitizer/asan_interface.h>
#define poison(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n)   ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

#define FIRST_BLOCK ((size_t)8 * 1024)
#define SMALL_BLOCK ((size_t)2 * 1024 - sizeof(struct block))
#define ALIGNMENT   _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *newest; /* the arena keeps the last block of the list */
	bool wipes;
};

static struct block *
block_new(size_t size, struct block *next)
{
	struct block *b;

	if (size > SIZE_MAX / 2 ||
	    (b = malloc(sizeof(struct block) + size)) == NULL)
		abort();
	b->next = next;
	b->size = size;
	b->used = 0;
	poison(b->bytes, size);
	return b;
}

static void
block_free(struct block *b)
{
	unpoison(b->bytes, b->size);
	free(b);
}

static struct arena *
arena_of_block(size_t size)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		abort();
	a->newest = block_new(size, NULL);
	a->wipes = false;
	return a;
}

struct arena *
arena_new(void)
{
	return arena_of_block(FIRST_BLOCK);
}

struct arena *
arena_new_small(void)
{
	return arena_of_block(SMALL_BLOCK);
}

void
arena_wipe(struct arena *a)
{
	a->wipes = true;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	block_free(a->newest);
	free(a);
}

void
arena_reset(struct arena *a)
{
	while (a->newest->next != NULL) {
		struct block *b = a->newest;

		a->newest = b->next;
		if (a->wipes)
			explicit_bzero(b->bytes, b->used);
		block_free(b);
	}
	if (a->wipes)
		explicit_bzero(a->newest->bytes, a->newest->used);
	a->newest->used = 0;
	poison(a->newest->bytes, a->newest->size);
}

static void *
take_from_block(struct arena *a, size_t size)
{
	struct block *b = a->newest;
	void *taken;

	if (size > SIZE_MAX / 4)
		abort();
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > b->size - b->used) {
		size_t next = b->size < FIRST_BLOCK ? FIRST_BLOCK : b->size * 2;

		b = a->newest = block_new(size > next ? size : next, b);
	}
	taken = b->bytes + b->used;
	b->used += size;
	unpoison(taken, size);
	return taken;
}

void *
arena_take(struct arena *a, size_t size)
{
	return memset(take_from_block(a, size), 0, size);
}

void *
arena_take_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		abort();
	return arena_take(a, total);
}

char *
arena_copy_bytes(struct arena *a, const void *bytes, size_t len)
{
	char *copy = take_from_block(a, len + 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_copy_text(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy_bytes(a, text, strlen(text));
}

char *
arena_join(struct arena *a, const char *const *texts, size_t n)
{
	size_t sizes[ARENA_JOIN_MAX], len = 0;
	char *text, *at;

	assert(n <= ARENA_JOIN_MAX);
	for (size_t i = 0; i < n; i++)
		len += sizes[i] = strlen(texts[i]);
	text = at = take_from_block(a, len + 1);
	for (size_t i = 0; i < n; i++) {
		memcpy(at, texts[i], sizes[i]);
		at += sizes[i];
	}
	*at = '\0';
	return text;
}

/* Where a text is being written. */
struct writing {
	char *at, *end; /* of the room */
};

static bool
write_bytes(struct writing *w, const char *bytes, size_t len)
{
	if (len >= (size_t)(w->end - w->at))
		return false;
	memcpy(w->at, bytes, len);
	w->at += len;
	return true;
}

static bool
write_number(struct writing *w, bool negative, uint64_t n)
{
	if (w->end - w->at <= STR_DIGITS_MAX + 1)
		return false;
	if (negative)
		*w->at++ = '-';
	w->at = str_put_decimal(w->at, negative ? -n : n);
	return true;
}

/* Writes up to the first "%", and returns where that is. */
static const char *
write_plain(struct writing *w, const char *format)
{
	char *at = w->at, *end = w->end; /* w itself could be written to */

	while (*format != '\0' && *format != '%' && at < end)
		*at++ = *format++;
	w->at = at;
	return format;
}

/* What such a conversion stands for.  False: no room, or it is none of those
   that are written here: %s, %u, %zu, %d and %lld. */
static bool
write_converted(struct writing *w, const char **format, va_list *args)
{
	const char *text;
	int64_t n;

	switch (*(*format)++) {
	case 's':
		text = va_arg(*args, const char *);
		if (text == NULL) /* as glibc's printf prints it */
			text = "(null)";
		return write_bytes(w, text, strlen(text));
	case 'u':
		return write_number(w, false, va_arg(*args, unsigned));
	case 'd':
		n = va_arg(*args, int);
		return write_number(w, n < 0, (uint64_t)n);
	case 'z':
		return *(*format)++ == 'u' &&
		       write_number(w, false, va_arg(*args, size_t));
	case 'l':
		if ((*format)[0] != 'l' || (*format)[1] != 'd')
			return false;
		*format += 2;
		n = va_arg(*args, long long);
		return write_number(w, n < 0, (uint64_t)n);
	default:
		return false;
	}
}

/* False: this is work for vsnprintf. */
static bool
write_simply(struct writing *w, const char *format, va_list *args)
{
	for (;;) {
		format = write_plain(w, format);
		if (w->at == w->end)
			return false;
		if (*format == '\0')
			break;
		format++;
		if (!write_converted(w, &format, args))
			return false;
	}
	*w->at = '\0';
	return true;
}

static char *
arena_formatted(struct arena *a, const char *format, va_list args)
{
	char first[256]; /* mostly one pass is enough */
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(first, sizeof(first), format, args);
	if (len < 0)
		abort();
	text = take_from_block(a, (size_t)len + 1);
	if ((size_t)len < sizeof(first))
		memcpy(text, first, (size_t)len + 1);
	else
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

/* Most formats are simple, for which vsnprintf takes ten times as long: they
   are written where there is room. */
char *
arena_vprintf(struct arena *a, const char *format, va_list args)
{
	struct block *b = a->newest;
	struct writing w = {b->bytes + b->used, b->bytes + b->size};
	va_list again;
	bool written;

	unpoison(w.at, b->size - b->used);
	va_copy(again, args);
	written = write_simply(&w, format, &again);
	va_end(again);
	if (!written && a->wipes)
		explicit_bzero(b->bytes + b->used,
		    (size_t)(w.at - (b->bytes + b->used)));
	poison(b->bytes + b->used, b->size - b->used);
	return written ? take_from_block(a,
			     (size_t)(w.at + 1 - (b->bytes + b->used)))
		       : arena_formatted(a, format, args);
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(a, format, args);
	va_end(args);
	return text;
}
