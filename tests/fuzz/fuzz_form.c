/* SPDX-License-Identifier: MIT */
#include "form.h"

#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read is UTF-8 without a NUL, and each name is there once. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct form form;
	struct err err;

	if (form_read(a, (const char *)data, size, &form, &err) == RC_OK)
		for (size_t i = 0; i < form.n; i++) {
			const char *p = form.fields[i].value;

			form_word(a, &form, form.fields[i].name);
			if (form_text(&form, form.fields[i].name) != p)
				abort();
			for (size_t n; *p != '\0'; p += n)
				if ((n = str_utf8(p, strlen(p))) == 0)
					abort();
		}
	arena_free(a);
	return 0;
}
