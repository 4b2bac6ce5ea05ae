/* SPDX-License-Identifier: MIT */
#include "members/private/user_name.h"

#include "base/str.h"
#include "members/private/reserved_names.h"

#include <string.h>

#define USER_NAME_MAX 31

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool
user_name_is_valid(const char *name)
{
	size_t n = 0;

	while (is_lower(name[n]) || (n > 0 && name[n] >= '0' && name[n] <= '9'))
		n++;
	return n > 0 && n <= USER_NAME_MAX && name[n] == '\0';
}

bool
user_name_is_role(const char *name)
{
	size_t len = strlen(name), n;

	for (const char *at = reserved_names[1]; *at != '\0';
	     at += n + strspn(at + n, " \n")) {
		n = strcspn(at, *at == '#' ? "\n" : " \n");
		if (*at != '#' && n == len && str_starts_fold(at, name))
			return true;
	}
	return false;
}
