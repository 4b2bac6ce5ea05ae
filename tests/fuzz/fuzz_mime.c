/* SPDX-License-Identifier: MIT */
#include "mail/mime.h"
#include "mail/private/decode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

struct walk {
	struct arena *arena;
	size_t parts, most; /* bytes of a part */
	unsigned sum;       /* of bytes: so that each is read */
};

/* Any part is read as the fields of a report, too. */
static bool
visit(void *context, const struct mime_part *part)
{
	struct walk *walk = context;
	const char *p = part->text, *end = p + part->len, *field;
	size_t len;

	must(++walk->parts <= MIME_PARTS_MAX && part->len <= walk->most);
	must(strchr(part->type, ';') == NULL);
	for (const char *q = p; q < end; q++)
		walk->sum += (unsigned char)*q;
	while ((field = mime_field(&p, end, &len)) != NULL)
		mime_field_value(walk->arena, field, len, "Status");
	must(p == end);
	return true;
}

static const char *
take_line(struct arena *a, const char **p, const char *end)
{
	const char *start = *p;
	const char *newline =
	    start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;

	*p = newline != NULL ? newline + 1 : end;
	return arena_copy_bytes(a, start,
	    (size_t)((newline != NULL ? newline : end) - start));
}

/* Content-Type, Content-Transfer-Encoding, a field of text, then the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	struct arena *a = arena_new();
	struct walk walk = {.arena = a, .most = size};
	struct mime_header header;
	const char *text;

	header.type = take_line(a, &p, end);
	header.encoding = take_line(a, &p, end);
	text = take_line(a, &p, end);
	must(strlen(decode_words(a, text)) <= 4 * strlen(text));
	mime_parameter(a, header.type, "boundary");
	mime_parameter(a, header.type, "report-type");
	mime_walk(a, &header, p, (size_t)(end - p), visit, &walk);
	arena_free(a);
	return 0;
}
