/* SPDX-License-Identifier: MIT */
#include "export.h"

#include "mail/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is exported says what was imported. */
static void
export_and_read(struct arena *a, enum import_format format,
    const struct import_settings *settings, const struct import_entry *entry)
{
	const char *left_out, *header = export_header(format);
	struct export e;
	struct import got;
	char *text;

	export_begin(a, format, settings, &e);
	text = export_text(&e, a, entry, &left_out);
	export_end(&e);
	if (text == NULL && format == IMPORT_CSV)
		abort();
	if (text == NULL)
		return;
	text = arena_printf(a, "%s%s", header, text);
	import_read(a, format, settings, text, strlen(text), &got);
	if (got.n != 1 || !import_same(&got.says, &got.entries[0], entry))
		abort();
}

/* The first byte is the format. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const domains[] = {"remotes.club"};
	struct forwards_settings f = {.domains = domains, .n_domains = 1};
	struct import_settings settings = {&f, domains[0], true};
	struct arena *a = arena_new();
	struct address address;
	struct import got;
	const char *text;

	if (size > 0) {
		text = arena_copy_bytes(a, data + 1, size - 1);
		import_read(a, (enum import_format)(data[0] % IMPORT_FORMATS),
		    &settings, text, size - 1, &got);
		for (size_t i = 0; i < got.n && i < 100; i++) {
			const struct import_entry *e = &got.entries[i];

			for (size_t k = 0; k < e->n; k++)
				if (address_read(a, e->targets[k].text,
					&address, NULL) != RC_OK)
					abort();
			for (int k = 0; k < IMPORT_FORMATS; k++)
				export_and_read(a, (enum import_format)k,
				    &settings, e);
		}
	}
	arena_free(a);
	return 0;
}
