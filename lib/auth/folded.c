/* SPDX-License-Identifier: MIT */
#include "auth/private/folded.h"

#include <string.h>

/* With the tab: 72 digits of base64, as most who sign have it, and less than
   RFC 5322 2.1.1 asks for. */
#define FOLDED_WIDTH 73

void
folded_init(struct folded *f, struct arena *a, const char *name)
{
	str_init(&f->text, a);
	f->column = strlen(name) + 2;
}

void
folded_break(struct folded *f)
{
	str_add(&f->text, "\n\t");
	f->column = 1;
}

void
folded_add(struct folded *f, const char *separator, const char *part)
{
	size_t len = strlen(part), space = strlen(separator);

	if (f->column + space + len > FOLDED_WIDTH) {
		folded_break(f);
	} else {
		str_add(&f->text, separator);
		f->column += space;
	}
	str_add_bytes(&f->text, part, len);
	f->column += len;
}

void
folded_add_base64(struct folded *f, const char *digits)
{
	size_t left = strlen(digits);

	while (left > 0) {
		size_t room =
		    f->column < FOLDED_WIDTH ? FOLDED_WIDTH - f->column : 0;
		size_t n = left < room ? left : room;

		str_add_bytes(&f->text, digits, n);
		f->column += n;
		digits += n;
		left -= n;
		if (left > 0)
			folded_break(f);
	}
}

void
folded_add_names(struct folded *f, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		folded_add(f, i == 0 ? " " : "",
		    arena_printf(f->text.arena, "%s%s%s", i == 0 ? "h=" : "",
			names[i], i + 1 < n ? ":" : ";"));
}
