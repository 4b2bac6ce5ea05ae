/* SPDX-License-Identifier: MIT */
#include "cookie.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789-_";

const char *
cookie_find(struct arena *a, const char *header, const char *name, size_t len)
{
	const char *found = NULL;
	size_t name_len = strlen(name);

	while (header != NULL && *header != '\0') {
		size_t size;

		header += strspn(header, " \t;");
		size = strcspn(header, ";");
		if (size > name_len && header[name_len] == '=' &&
		    memcmp(header, name, name_len) == 0) {
			const char *value = header + name_len + 1;

			if (found != NULL || size != name_len + 1 + len ||
			    strspn(value, letters) != len)
				return NULL;
			found = arena_copy_bytes(a, value, len);
		}
		header += size;
	}
	return found;
}

const char *
cookie_set(struct arena *a, const char *name, const char *value, bool secure)
{
	return arena_printf(a, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
	    name, value, secure ? "; Secure" : "",
	    value[0] == '\0' ? "; Max-Age=0" : "");
}
