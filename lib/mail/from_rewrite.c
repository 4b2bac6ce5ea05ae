/* SPDX-License-Identifier: MIT */
#include "mail/from_rewrite.h"

#include "base/str.h"
#include "mail/display_name.h"

#include <string.h>

#define ORIGINAL_LINE_MAX (998 - sizeof("X-Original-From: "))

bool
from_rewrite_is_possible(struct arena *a, const struct from_mailbox *author)
{
	struct address read;

	return address_read(a, address_text(a, &author->address), &read,
		   NULL) == RC_OK &&
	       strcmp(read.local, author->address.local) == 0 &&
	       strcmp(read.domain, author->address.domain) == 0;
}

const char *
from_rewrite_value(struct arena *a, const struct from_mailbox *author,
    const char *address, const char *via)
{
	const char *instead = arena_printf(a, "%s@%s", author->address.local,
	    author->address.domain);

	return arena_printf(a, "%s\n <%s>",
	    display_name_phrase(a, author->name, instead,
		arena_printf(a, "via %s", via)),
	    address);
}

static bool
is_line_too_long(const char *text)
{
	for (;; text++) {
		size_t len = strcspn(text, "\n");

		if (len > ORIGINAL_LINE_MAX)
			return true;
		text += len;
		if (*text == '\0')
			return false;
	}
}

const char *
from_rewrite_original(struct arena *a, const struct mail_field *field,
    const struct from_mailbox *author)
{
	const char *p = field->value, *end = field->value + field->len;
	struct str s;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	str_init(&s, a);
	for (; p < end; p++) {
		if (*p != '\r' && *p != '\0')
			str_add_bytes(&s, p, 1);
		/* Or it would end the field. */
		if (*p == '\n' &&
		    (p + 1 == end || (p[1] != ' ' && p[1] != '\t')))
			str_add(&s, " ");
	}
	return is_line_too_long(s.text)
		   ? arena_printf(a, "<%s>", address_text(a, &author->address))
		   : s.text;
}

const char *
from_rewrite_reply_to(struct arena *a, const struct from_mailbox *author)
{
	const char *name = display_name_phrase(a, author->name, NULL, NULL);

	return arena_printf(a, "%s%s<%s>", name == NULL ? "" : name,
	    name == NULL ? "" : "\n ", address_text(a, &author->address));
}
