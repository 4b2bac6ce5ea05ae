/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

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

struct arena *
arena_new(void)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		abort();
	a->newest = block_new(FIRST_BLOCK, NULL);
	a->wipes = false;
	return a;
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
		size_t next = b->size * 2;

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

/* So many pieces are joined without printf. */
#define PIECES_MAX 16

struct piece {
	const char *text;
	size_t len;
};

/* If format only joins texts, finds them and returns how many; otherwise 0.
   *len is that of all.  A missing text becomes the word that glibc's printf
   prints. */
static size_t
find_pieces(struct piece pieces[PIECES_MAX], size_t *len, const char *format,
    va_list args)
{
	size_t n = 0;

	*len = 0;
	for (; *format != '\0'; n++) {
		struct piece *p = &pieces[n];

		if (n == PIECES_MAX)
			return 0;
		p->text = format;
		if (*format != '%') {
			while (*format != '\0' && *format != '%')
				format++;
			p->len = (size_t)(format - p->text);
		} else if (format[1] == 's') {
			p->text = va_arg(args, const char *);
			if (p->text == NULL)
				p->text = "(null)";
			p->len = strlen(p->text);
			format += 2;
		} else {
			return 0;
		}
		*len += p->len;
	}
	return n;
}

static void
join_pieces(char *to, const struct piece *pieces, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		memcpy(to, pieces[i].text, pieces[i].len);
		to += pieces[i].len;
	}
	*to = '\0';
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

/* Most formats only join texts, for which vsnprintf takes ten times as
   long. */
char *
arena_vprintf(struct arena *a, const char *format, va_list args)
{
	struct piece pieces[PIECES_MAX];
	va_list again;
	char *text;
	size_t len, n;

	va_copy(again, args);
	n = find_pieces(pieces, &len, format, again);
	va_end(again);
	if (n == 0)
		return arena_formatted(a, format, args);
	text = take_from_block(a, len + 1);
	join_pieces(text, pieces, n);
	return text;
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
