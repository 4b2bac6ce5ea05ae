/* SPDX-License-Identifier: MIT */
#include "message_file.h"

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

	if (r->len < r->room)
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
read_stream(FILE *stream, struct read_bytes *r)
{
	size_t n;

	do {
		make_room(r);
		n = fread(r->bytes + r->len, 1, r->room - r->len, stream);
		r->len += n;
	} while (n > 0 && r->len <= MESSAGE_FILE_MAX);
	if (r->len > MESSAGE_FILE_MAX)
		errno = EFBIG;
	return !ferror(stream) && r->len <= MESSAGE_FILE_MAX;
}

static struct authentication *
authentication_of_text(const struct settings *settings,
    const struct message_text *text)
{
	const struct authentication_wanted wanted = {
	    .verify = true, .rules = &settings->authentication};
	struct authentication *au = authentication_new(&wanted);

	for (size_t i = 0; i < text->n; i++)
		authentication_add_field(au, &text->fields[i]);
	authentication_end_header(au);
	authentication_add_body(au, text->body, text->body_len);
	authentication_end_body(au);
	return au;
}

bool
message_file_open(struct invocation *in, const char *path,
    struct message_file *out)
{
	bool named = path != NULL && strcmp(path, "-") != 0;
	FILE *stream = named ? fopen(path, "re") : stdin;
	struct read_bytes r = {0};
	bool done = stream != NULL && read_stream(stream, &r);

	if (!done)
		output_wrong(in, "%s: %s", named ? path : "standard input",
		    strerror(errno));
	if (stream != NULL && named)
		fclose(stream);
	if (!done) {
		free(r.bytes);
		return false;
	}
	out->bytes = r.bytes;
	message_text_split(in->arena, r.bytes, r.len, &out->text);
	out->authentication = authentication_of_text(in->settings, &out->text);
	return true;
}

void
message_file_close(struct message_file *file)
{
	authentication_free(file->authentication);
	free(file->bytes);
}
