/* SPDX-License-Identifier: MIT */
/* Whatever the name: before an address of ours it is a phrase in ASCII on
   short lines, shows no address, and the field has one author. */
#include "base/str.h"
#include "mail/display_name.h"
#include "mail/from_field.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
try_lines(const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		must(len < 600);
		for (size_t i = 0; i < len; i++)
			must(text[i] >= ' ' && text[i] < 0x7f);
	}
}

static void
try_author(struct arena *a, const char *phrase)
{
	const char *value = arena_printf(a, "%s\n <t@fwd.example>", phrase);
	struct mail_field field = {"From", value, strlen(value)};
	struct from_field from;

	from_field_read(a, &field, 1, &from);
	must(from.kind == FROM_FIELD_ONE && from.n == 1);
	must(strcmp(from.domain, "fwd.example") == 0);
	must(strcmp(from.mailboxes[0].address.local, "t") == 0);
	must(strchr(from.mailboxes[0].name, '@') == NULL);
	/* What is written once is not changed again. */
	must(display_name_phrase(a, from.mailboxes[0].name, NULL, NULL) !=
	     NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();
	const char *name = arena_copy_bytes(a, bytes, size), *phrase;

	phrase = display_name_phrase(a, name, name, "via example.org");
	must(phrase != NULL);
	try_lines(phrase);
	try_author(a, phrase);
	phrase = display_name_phrase(a, name, name, NULL);
	if (phrase != NULL)
		try_author(a, phrase);
	arena_free(a);
	return 0;
}
