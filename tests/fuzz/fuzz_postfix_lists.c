/* SPDX-License-Identifier: MIT */
#include "postfix_canonical.h"
#include "postfix_entries.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(struct arena *a, const char *value, const struct postfix_entries *wanted)
{
	const char *mended = NULL, *again;

	if (postfix_entries_look(a, value, wanted, &mended) == POSTFIX_ASTRAY &&
	    postfix_entries_look(a, mended, wanted, &again) != POSTFIX_RIGHT)
		abort();
	mended = postfix_entries_first(a, value, wanted);
	if (mended != NULL && postfix_entries_first(a, mended, wanted) != NULL)
		abort();
}

/* A list of main.cf, whoever has written it: what we would have instead of it
   is right. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const listen[] = {
	    "unix:/var/spool/postfix/postward/milter", "inet:127.0.0.1:10040"};
	static const char *const maps[] = {"forward", "domain", NULL};
	const struct postfix_entries milter = {.listen = listen,
	    .n_listen = 2,
	    .program = "milter",
	    .queue = "/var/spool/postfix",
	    .chrooted = size % 2 == 0,
	    .maps = maps,
	    .right = "unix:postward/milter"};
	const struct postfix_entries table = {.listen = listen + 1,
	    .n_listen = 1,
	    .program = "forwarder",
	    .map = "forward",
	    .maps = maps,
	    .right = "socketmap:inet:127.0.0.1:10040:forward"};
	struct arena *a = arena_new();
	const char *value = arena_copy_bytes(a, (const char *)data, size);

	look(a, value, &milter);
	look(a, value, &table);
	postfix_canonical_without(a, value);
	arena_free(a);
	return 0;
}
