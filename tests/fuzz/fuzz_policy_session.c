/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "fuzz_session.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CUTS 4

/* What Postfix gets are attributes "action", each ended by an empty line, in
   UTF-8 without control characters. */
static void
check_actions(const char *p)
{
	while (*p != '\0') {
		fuzz_must(str_starts(p, "action="));
		for (size_t n; *p != '\n'; p += n)
			fuzz_must((n = str_character(p)) > 0);
		fuzz_must(str_starts(p, "\n\n"));
		p += 2;
	}
}

/* How it is cut; then what Postfix sends to policyd. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_connection connection = {.cuts = data, .n_cuts = CUTS};
	struct arena *a;
	const char *answers;
	size_t len;

	if (size < CUTS)
		return 0;
	connection.bytes = (const char *)data + CUTS;
	connection.len = size - CUTS;
	a = arena_new();
	answers = fuzz_session_answers(&policyd_protocol, a, &connection, &len);
	fuzz_must(strlen(answers) == len);
	check_actions(answers);
	arena_free(a);
	return 0;
}
