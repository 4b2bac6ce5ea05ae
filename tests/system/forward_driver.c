/* SPDX-License-Identifier: MIT */
/* What test_dot_forward.py asks: prints the targets of a ~/.forward that comes
   on standard input; the domain of bare names is the argument. */
#include "forwarding/dot_forward.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	static char text[65536];
	size_t len = fread(text, 1, sizeof(text), stdin);
	struct arena *a = arena_new();
	struct dot_forward got =
	    dot_forward_parse(a, text, len, argc > 1 ? argv[1] : "");

	for (size_t i = 0; i < got.n; i++)
		puts(got.targets[i]);
	arena_free(a);
	return 0;
}
