/* SPDX-License-Identifier: MIT */
/* Whatever a stranger pastes: a key that is accepted is one line without
   control characters, and the same key when it is read again. */
#include "base/str.h"
#include "members/ssh_key.h"

#include <stdbool.h>
#include <stdint.h>
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
try_key(struct arena *a, const char *text)
{
	struct err err = {""};
	struct ssh_key first, second;
	enum rc rc = ssh_key_read(a, text, &first, &err);
	size_t len;

	if (rc != RC_OK) {
		must(rc == RC_PERM && err.text[0] != '\0');
		return;
	}
	len = strlen(first.line);
	must(strcmp(str_printable(a, first.line, len, 4 * len), first.line) ==
	     0);
	must(str_starts(first.line, first.type));
	must(ssh_key_read(a, first.line, &second, NULL) == RC_OK);
	must(strcmp(first.line, second.line) == 0);
	must(strcmp(first.fingerprint, second.fingerprint) == 0);
	must(first.bits == second.bits);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();

	try_key(a, arena_copy_bytes(a, bytes, size));
	arena_free(a);
	return 0;
}
