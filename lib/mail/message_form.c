/* SPDX-License-Identifier: MIT */
#include "mail/message_form.h"

#include <stdint.h>
#include <string.h>

#define EIGHTH_BITS UINT64_C(0x8080808080808080)

/* The name and its colon stand on the first one. */
static size_t
longest_line_of_field(const struct mail_field *field)
{
	const char *p = field->value, *end = p + field->len, *lf;
	size_t before = strlen(field->name) + 1, longest = 0, len;

	do {
		lf = memchr(p, '\n', (size_t)(end - p));
		len = before + (size_t)((lf == NULL ? end : lf) - p);
		if (lf != NULL && lf > p && lf[-1] == '\r')
			len--;
		longest = len > longest ? len : longest;
		before = 0;
		p = lf == NULL ? end : lf + 1;
	} while (p < end);
	return longest;
}

void
message_form_add_field(struct message_form *form,
    const struct mail_field *field)
{
	if (field->len > MESSAGE_FORM_FIELD_MAX)
		form->long_field = true;
	if (longest_line_of_field(field) > MESSAGE_FORM_LINE_MAX)
		form->long_line = true;
}

static bool
has_eighth_bit(const char *bytes, size_t len)
{
	uint64_t all = 0, eight;
	size_t i = 0;

	for (; i + sizeof(eight) <= len; i += sizeof(eight)) {
		memcpy(&eight, bytes + i, sizeof(eight));
		all |= eight;
	}
	for (; i < len; i++)
		all |= (uint64_t)(unsigned char)bytes[i];
	return (all & EIGHTH_BITS) != 0;
}

static bool
has_bare_cr(struct message_form *form, const char *bytes, size_t len)
{
	const char *end = bytes + len, *cr = bytes;

	if (form->after_cr && bytes[0] != '\n')
		return true;
	form->after_cr = bytes[len - 1] == '\r';
	while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL) {
		if (++cr == end)
			return false;
		if (*cr != '\n')
			return true;
	}
	return false;
}

/* A CR at the end of a line counts as part of it until the LF is there. */
static void
measure_lines(struct message_form *form, const char *bytes, size_t len)
{
	const char *end = bytes + len, *lf;

	for (; (lf = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL;
	     bytes = lf + 1) {
		form->line_len += (size_t)(lf - bytes);
		if (form->line_len > MESSAGE_FORM_LINE_MAX + 1)
			form->long_line = true;
		form->line_len = 0;
	}
	form->line_len += (size_t)(end - bytes);
	if (form->line_len > MESSAGE_FORM_LINE_MAX + 1)
		form->long_line = true;
}

void
message_form_add_body(struct message_form *form, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	form->eight_bit = form->eight_bit || has_eighth_bit(bytes, len);
	form->bare_cr = form->bare_cr || has_bare_cr(form, bytes, len);
	if (!form->long_line)
		measure_lines(form, bytes, len);
}
