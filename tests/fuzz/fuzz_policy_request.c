/* SPDX-License-Identifier: MIT */
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct arena *a = arena_new();
	struct facts facts;
	struct err err;

	while (size > 0) {
		enum rc rc = RC_OK;
		size_t whole = request_whole(bytes, size, &rc, &err);

		if (whole == 0)
			break;
		if (request_read(a, bytes, whole, &facts, &err) == RC_OK)
			facts_complete(&facts, a, "+", "mx.remotes.club");
		bytes += whole;
		size -= whole;
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}
