/* SPDX-License-Identifier: MIT */
#include "mail/quoted_string.h"

#include "base/str.h"

char *
quoted_string(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	str_add(&s, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			str_add(&s, "\\");
		str_add_bytes(&s, text, 1);
	}
	str_add(&s, "\"");
	return s.text;
}
