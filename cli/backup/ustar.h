/* SPDX-License-Identifier: MIT */
/*
 * ustar - the head of one member of an archive, as tar(1) and POSIX (pax,
 * "ustar Interchange Format") have it.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define USTAR_BLOCK 512

struct ustar {
	const char *name; /* a folder's without a slash at its end */
	bool folder;
	unsigned mode; /* of 07777 */
	uid_t uid;
	gid_t gid;
	const char *user, *group; /* names; "" for none */
	uint64_t size;
	int64_t changed; /* seconds since 1970 */
};

/* False: the name, or the size, is too long for the format. */
bool ustar_write(const struct ustar *member, unsigned char out[USTAR_BLOCK]);

enum ustar_read {
	USTAR_MEMBER,
	USTAR_END,   /* a block of zeroes */
	USTAR_WRONG, /* no head, or one of something else than a file or folder,
			or a name that leads out of where it is unpacked */
};

/* Texts are copied into the arena. */
enum ustar_read ustar_read(struct arena *a,
    const unsigned char block[USTAR_BLOCK], struct ustar *out);
