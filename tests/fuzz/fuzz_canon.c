/* SPDX-License-Identifier: MIT */
/*
 * A body in chunks of any sizes becomes what it becomes in one go, and what a
 * plain reading of RFC 6376 3.4 makes of it; and so does a field.  The first
 * bytes of the input are the sizes.
 */
#include "base/str.h"
#include "mail/canon.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZES 4

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
add_text(void *to, const char *bytes, size_t len)
{
	must(len > 0);
	str_add_bytes(to, bytes, len);
}

static void
add_field(void *to, const char *bytes, size_t len)
{
	str_add_bytes(to, bytes, len);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static const char *
line_end(const char *p, const char *end)
{
	for (; end - p >= 2; p++)
		if (p[0] == '\r' && p[1] == '\n')
			return p;
	return NULL;
}

static void
plain_line(struct str *out, enum canon canon, const char *p, const char *end)
{
	if (canon == CANON_SIMPLE) {
		str_add_bytes(out, p, (size_t)(end - p));
		return;
	}
	while (end > p && is_space(end[-1]))
		end--;
	for (; p < end; p++)
		if (!is_space(*p))
			str_add_bytes(out, p, 1);
		else if (!is_space(p[1]))
			str_add(out, " ");
}

/* Line by line, and then what is too much at the end. */
static void
plain_body(struct str *out, enum canon canon, const char *p, const char *end)
{
	const char *stop;

	for (; (stop = line_end(p, end)) != NULL; p = stop + 2) {
		plain_line(out, canon, p, stop);
		str_add(out, "\r\n");
	}
	if (p < end) {
		plain_line(out, canon, p, end);
		str_add(out, "\r\n");
	}
	while (out->len >= 2 &&
	       memcmp(out->text + out->len - 2, "\r\n", 2) == 0 &&
	       (out->len == 2 ||
		   (out->len >= 4 &&
		       memcmp(out->text + out->len - 4, "\r\n", 2) == 0)))
		out->len -= 2;
	if (out->len == 0 && canon == CANON_SIMPLE)
		str_add(out, "\r\n");
}

static void
in_chunks(struct str *out, enum canon canon, const char *p, size_t len,
    const uint8_t sizes[SIZES])
{
	struct canon_body body;
	size_t i = 0;

	canon_body_init(&body, canon, add_text, out);
	while (len > 0) {
		size_t n = sizes[i++ % SIZES] + 1u;
		/* Of this size, so that what is beyond is seen. */
		char *chunk;

		n = n < len ? n : len;
		chunk = malloc(n);
		memcpy(chunk, p, n);
		canon_body_add(&body, chunk, n);
		free(chunk);
		p += n;
		len -= n;
	}
	canon_body_end(&body);
}

static void
try_body(struct arena *a, enum canon canon, const char *p, size_t len,
    const uint8_t sizes[SIZES])
{
	struct str chunks, whole, plain;
	struct canon_body body;

	str_init(&chunks, a);
	str_init(&whole, a);
	str_init(&plain, a);
	in_chunks(&chunks, canon, p, len, sizes);
	canon_body_init(&body, canon, add_text, &whole);
	canon_body_add(&body, p, len);
	canon_body_end(&body);
	plain_body(&plain, canon, p, p + len);
	must(chunks.len == whole.len && plain.len == whole.len);
	must(memcmp(chunks.text, whole.text, whole.len) == 0);
	must(memcmp(plain.text, whole.text, whole.len) == 0);
}

/* A canonical field is its own canonical form. */
static void
try_field(struct arena *a, const char *p, size_t len)
{
	struct mail_field field = {"X-Name ", p, len};
	struct str once, again;

	str_init(&once, a);
	str_init(&again, a);
	canon_field(CANON_RELAXED, &field, add_field, &once);
	field = (struct mail_field){"X-Name", once.text + 7, once.len - 7};
	canon_field(CANON_RELAXED, &field, add_field, &again);
	must(once.len == again.len &&
	     memcmp(once.text, again.text, once.len) == 0);
	str_init(&again, a);
	canon_field(CANON_SIMPLE, &field, add_field, &again);
	must(again.len == once.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	const char *p = (const char *)data + SIZES;

	if (size < SIZES)
		return 0;
	a = arena_new();
	try_body(a, CANON_SIMPLE, p, size - SIZES, data);
	try_body(a, CANON_RELAXED, p, size - SIZES, data);
	try_field(a, p, size - SIZES);
	arena_free(a);
	return 0;
}
