/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "fuzz_session.h"
#include "net/netstring.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CUTS 4

static bool
is_reply(const char *text)
{
	static const char *const beginnings[] = {
	    "OK ", "NOTFOUND ", "TEMP ", "PERM "};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (str_starts(text, beginnings[i]))
			return true;
	return false;
}

/* What Postfix gets are whole netstrings, each a reply in UTF-8 without
   control characters. */
static void
check_replies(struct arena *a, const char *answers, size_t len)
{
	while (len > 0) {
		size_t whole, text_len;
		const char *text, *reply;

		fuzz_must(netstring_read(answers, len, len, &whole, &text,
			      &text_len, NULL) == RC_OK);
		reply = arena_copy_bytes(a, text, text_len);
		fuzz_must(strlen(reply) == text_len && is_reply(reply));
		for (size_t n; *reply != '\0'; reply += n)
			fuzz_must((n = str_character(reply)) > 0);
		answers += whole;
		len -= whole;
	}
}

/* How it is cut; then what Postfix sends to the forwarder. */
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
	answers =
	    fuzz_session_answers(&forwarder_protocol, a, &connection, &len);
	check_replies(a, answers, len);
	arena_free(a);
	return 0;
}
