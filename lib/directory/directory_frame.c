/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_frame.h"

#define SEQUENCE 0x30
#define INTEGER  0x02

static uint32_t
big_endian(const uint8_t *p, size_t n)
{
	uint32_t value = 0;

	while (n-- > 0)
		value = value << 8 | *p++;
	return value;
}

enum rc
directory_frame_read(const uint8_t *head, size_t len,
    struct directory_frame *out)
{
	size_t at = 2, more, size, id;

	*out = (struct directory_frame){.wanted = at};
	if (len < at)
		return RC_NONE;
	more = head[1] < 0x80 ? 0 : head[1] & 0x7f;
	if (head[0] != SEQUENCE || more > 4 || head[1] == 0x80)
		return RC_PERM;
	at += more + 2;
	out->wanted = at;
	if (len < at)
		return RC_NONE;
	size = more == 0 ? head[1] : big_endian(head + 2, more);
	id = head[at - 1];
	if (head[at - 2] != INTEGER || id < 1 || id > 4 || size < 2 + id)
		return RC_PERM;
	out->wanted = at + id;
	if (len < at + id)
		return RC_NONE;
	out->id = big_endian(head + at, id);
	out->body = size - 2 - id;
	return RC_OK;
}
