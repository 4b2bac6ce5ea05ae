/* SPDX-License-Identifier: MIT */
/* Whatever the fields hold, separated by NUL: it is refused, or no line is too
   long, no byte is a control character, and no field is more than there are. */
#include "base/str.h"
#include "mail/compose.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define FIELDS       10
#define LINE_LEN_MAX 998
#define HEADER_MAX   76

static void
must(bool so)
{
	if (!so)
		abort();
}

/* Returns what follows the header. */
static const char *
check_header(const char *p)
{
	unsigned fields = 0;

	for (; !str_starts(p, "\r\n"); p += strcspn(p, "\n") + 1) {
		must(*p != '\0' && strcspn(p, "\r\n") <= LINE_LEN_MAX);
		fields += *p != ' ';
	}
	must(fields == FIELDS);
	return p + 2;
}

static void
check_body(const char *p)
{
	for (; *p != '\0'; p += strcspn(p, "\n") + 1) {
		size_t line = strcspn(p, "\r\n");

		must(line <= HEADER_MAX && p[line] == '\r' &&
		     p[line + 1] == '\n');
		must(line == 0 || (p[line - 1] != ' ' && p[line - 1] != '\t'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();
	const char *texts[6], *p = arena_copy_bytes(a, bytes, size), *out;
	const char *end = p + size;
	struct compose_message m;
	size_t len;

	for (size_t i = 0; i < 6; i++) {
		texts[i] = p;
		p += p < end ? strlen(p) + (p + strlen(p) < end) : 0;
	}
	m = (struct compose_message){texts[0], texts[1], texts[2], texts[3],
	    texts[4], (int64_t)size, texts[5]};
	if (compose(a, &m, &out, &len, NULL) == RC_OK) {
		must(len == strlen(out));
		check_body(check_header(out));
	}
	arena_free(a);
	return 0;
}
