/* SPDX-License-Identifier: MIT */
#include "message_file.h"

#include "stream_bytes.h"

#include <stdlib.h>

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
	size_t len;

	if (!stream_bytes_read(in, path, MESSAGE_FILE_MAX, &out->bytes, &len))
		return false;
	message_text_split(in->arena, out->bytes, len, &out->text);
	out->authentication = authentication_of_text(in->settings, &out->text);
	return true;
}

void
message_file_close(struct message_file *file)
{
	authentication_free(file->authentication);
	free(file->bytes);
}
