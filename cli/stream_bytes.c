/* SPDX-License-Identifier: MIT */
#include "stream_bytes.h"

#include "base/memory.h"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)1024 * 1024)

struct read_bytes {
	char *bytes;
	size_t len, room;
};

static void
make_room(struct read_bytes *r)
{
	char *bytes;

	if (r->len + 1 < r->room) /* a NUL comes behind it */
		return;
	r->room = r->room == 0 ? CHUNK : r->room * 2;
	bytes = memory_zeroed(r->room, 1);
	if (r->len > 0)
		memcpy(bytes, r->bytes, r->len);
	free(r->bytes);
	r->bytes = bytes;
}

/* Reads it all; false: it cannot be read, or is too long. */
static bool
read_stream(FILE *stream, size_t most, struct read_bytes *r)
{
	size_t n;

	do {
		make_room(r);
		n = fread(r->bytes + r->len, 1, r->room - r->len - 1, stream);
		r->len += n;
	} while (n > 0 && r->len <= most);
	if (r->len > most)
		errno = EFBIG;
	return !ferror(stream) && r->len <= most;
}

bool
stream_bytes_read(const struct invocation *in, const char *path, size_t most,
    char **out, size_t *len)
{
	bool named = path != NULL && strcmp(path, "-") != 0;
	FILE *stream = named ? fopen(path, "re") : stdin;
	struct read_bytes r = {0};
	bool done = stream != NULL && read_stream(stream, most, &r);

	if (!done)
		output_wrong(in, "%s: %s", named ? path : "standard input",
		    strerror(errno));
	if (stream != NULL && named)
		fclose(stream);
	if (!done) {
		free(r.bytes);
		return false;
	}
	*out = r.bytes;
	*len = r.len;
	return true;
}
