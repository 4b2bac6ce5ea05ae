/* SPDX-License-Identifier: MIT */
/* What test_ssh_key.py asks: the key that comes on standard input as
   ssh-keygen -l tells it, and its line; or why it is none, status 1. */
#include "members/ssh_key.h"

#include <stdio.h>

int
main(void)
{
	static char text[65536];
	size_t len = fread(text, 1, sizeof(text) - 1, stdin);
	struct arena *a = arena_new();
	struct ssh_key key;
	struct err err = {""};
	enum rc rc;

	text[len] = '\0';
	rc = ssh_key_read(a, text, &key, &err);
	if (rc == RC_OK)
		printf("%u %s\n%s\n", key.bits, key.fingerprint, key.line);
	else
		puts(err.text);
	arena_free(a);
	return rc != RC_OK;
}
