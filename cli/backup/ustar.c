/* SPDX-License-Identifier: MIT */
#include "ustar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ustar_head {
	char name[100], mode[8], uid[8], gid[8], size[12], changed[12],
	    checksum[8], type, link[100], magic[6], version[2], user[32],
	    group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct ustar_head) == USTAR_BLOCK, "a block");

static const char magic[6] = "ustar";

/* n - 1 octal digits and a NUL; false: it does not fit. */
static bool
put_octal(char *to, size_t n, uint64_t value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%0*llo", (int)n - 1,
	    (unsigned long long)value);

	if ((size_t)len != n - 1)
		return false;
	memcpy(to, text, n);
	return true;
}

static bool
get_octal(const char *from, size_t n, uint64_t *out)
{
	*out = 0;
	while (n > 0 && *from >= '0' && *from <= '7') {
		*out = *out << 3 | (uint64_t)(*from++ - '0');
		n--;
	}
	return n == 0 || *from == '\0' || *from == ' ';
}

/* Of all bytes, with blanks in place of the sum itself. */
static unsigned
ustar_checksum(const struct ustar_head *h)
{
	struct ustar_head copy = *h;
	unsigned sum = 0;

	memset(copy.checksum, ' ', sizeof(copy.checksum));
	for (size_t i = 0; i < sizeof(copy); i++)
		sum += ((const unsigned char *)&copy)[i];
	return sum;
}

/* A name of more than 100 bytes is divided at a slash. */
static bool
put_name(struct ustar_head *h, const char *name, bool folder)
{
	char whole[256];
	size_t len = strlen(name), at = 0;

	if (len + folder >= sizeof(whole))
		return false;
	snprintf(whole, sizeof(whole), "%s%s", name, folder ? "/" : "");
	len += folder;
	if (len > sizeof(h->name)) {
		at = len - sizeof(h->name) - 1;
		while (whole[at] != '\0' && whole[at] != '/')
			at++;
		if (whole[at] == '\0' || at > sizeof(h->prefix) ||
		    at + 1 == len)
			return false;
		memcpy(h->prefix, whole, at++);
	}
	memcpy(h->name, whole + at, len - at);
	return true;
}

static void
put_text(char *to, size_t n, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len < n ? len : n - 1);
}

bool
ustar_write(const struct ustar *member, unsigned char out[USTAR_BLOCK])
{
	struct ustar_head h = {
	    .type = member->folder ? '5' : '0', .version = {'0', '0'}};
	bool fits = put_name(&h, member->name, member->folder) &&
		    put_octal(h.mode, sizeof(h.mode), member->mode) &&
		    put_octal(h.uid, sizeof(h.uid), member->uid) &&
		    put_octal(h.gid, sizeof(h.gid), member->gid) &&
		    put_octal(h.size, sizeof(h.size), member->size) &&
		    put_octal(h.changed, sizeof(h.changed),
			member->changed < 0 ? 0 : (uint64_t)member->changed);

	memcpy(h.magic, magic, sizeof(magic));
	put_text(h.user, sizeof(h.user), member->user);
	put_text(h.group, sizeof(h.group), member->group);
	put_octal(h.checksum, sizeof(h.checksum) - 1, ustar_checksum(&h));
	h.checksum[7] = ' ';
	memcpy(out, &h, sizeof(h));
	return fits;
}

static char *
get_text(struct arena *a, const char *from, size_t n)
{
	return arena_copy_bytes(a, from, strnlen(from, n));
}

/* Would it be unpacked below where it is unpacked? */
static bool
is_safe_name(const char *name)
{
	while (true) {
		size_t len = strcspn(name, "/");

		if (len == 0 || (len == 1 && name[0] == '.') ||
		    (len == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		if (name[len] == '\0')
			return true;
		name += len + 1;
	}
}

static char *
get_name(struct arena *a, const struct ustar_head *h)
{
	char *name = get_text(a, h->name, sizeof(h->name));
	size_t len;

	if (h->prefix[0] != '\0')
		name = arena_printf(a, "%s/%s",
		    get_text(a, h->prefix, sizeof(h->prefix)), name);
	len = strlen(name);
	if (h->type == '5' && len > 0 && name[len - 1] == '/')
		name[len - 1] = '\0';
	return name;
}

enum ustar_read
ustar_read(struct arena *a, const unsigned char block[USTAR_BLOCK],
    struct ustar *out)
{
	static const unsigned char nothing[USTAR_BLOCK];
	uint64_t mode, uid, gid, changed, sum;
	struct ustar_head h;

	memcpy(&h, block, sizeof(h));
	if (memcmp(block, nothing, sizeof(nothing)) == 0)
		return USTAR_END;
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 ||
	    (h.type != '0' && h.type != '5') ||
	    !get_octal(h.checksum, sizeof(h.checksum), &sum) ||
	    sum != ustar_checksum(&h) ||
	    !get_octal(h.mode, sizeof(h.mode), &mode) ||
	    !get_octal(h.uid, sizeof(h.uid), &uid) ||
	    !get_octal(h.gid, sizeof(h.gid), &gid) ||
	    !get_octal(h.size, sizeof(h.size), &out->size) ||
	    !get_octal(h.changed, sizeof(h.changed), &changed))
		return USTAR_WRONG;
	out->name = get_name(a, &h);
	out->folder = h.type == '5';
	out->mode = (unsigned)mode & 07777;
	out->uid = (uid_t)uid;
	out->gid = (gid_t)gid;
	out->user = get_text(a, h.user, sizeof(h.user));
	out->group = get_text(a, h.group, sizeof(h.group));
	out->changed = (int64_t)changed;
	return is_safe_name(out->name) ? USTAR_MEMBER : USTAR_WRONG;
}
