/* SPDX-License-Identifier: MIT */
#include "postfix_canonical.h"

#include "base/str.h"

#include <string.h>

#define SPACE " \t\r\n,"

/* Of 1.x, as Debian's README has it, and of 2.x. */
static bool
is_postsrsd(const char *entry)
{
	if (strstr(entry, "postward") != NULL)
		return false;
	if (strstr(entry, "postsrsd") != NULL)
		return true;
	if (str_starts(entry, "tcp:"))
		return str_ends_fold(entry, ":10001") ||
		       str_ends_fold(entry, ":10002");
	return str_starts(entry, "socketmap:") &&
	       (str_ends_fold(entry, ":forward") ||
		   str_ends_fold(entry, ":reverse"));
}

const char *
postfix_canonical_without(struct arena *a, const char *value)
{
	bool found = false;
	struct str kept;

	str_init(&kept, a);
	for (const char *p = value + strspn(value, SPACE); *p != '\0';
	     p += strspn(p, SPACE)) {
		size_t len = strcspn(p, SPACE);
		const char *entry = arena_copy_bytes(a, p, len);

		if (is_postsrsd(entry))
			found = true;
		else
			str_addf(&kept, "%s%s", kept.len == 0 ? "" : ", ",
			    entry);
		p += len;
	}
	return found ? kept.text : NULL;
}
