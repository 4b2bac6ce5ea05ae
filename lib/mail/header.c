/* SPDX-License-Identifier: MIT */
#include "mail/header.h"

#include "base/str.h"
#include "mail/address.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n"

bool
header_is(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);

	return strncasecmp(name, wanted, len) == 0 &&
	       name[len + strspn(name + len, SPACE)] == '\0';
}

char *
header_unfold(struct arena *a, const char *value)
{
	struct str s;

	str_init(&s, a);
	value += strspn(value, SPACE);
	while (*value != '\0') {
		size_t line = strcspn(value, "\r\n");

		while (line > 0 && strchr(SPACE, value[line - 1]) != NULL)
			line--;
		if (line > 0 && s.len > 0)
			str_add(&s, " ");
		str_add_bytes(&s, value, line);
		value += line;
		value += strspn(value, SPACE);
	}
	return s.text;
}

static void
add_delivered(struct header_trace *t, const char *value)
{
	struct address address;
	const char *text = header_unfold(t->arena, value);

	if (t->n_delivered++ >= HEADER_DELIVERED_MAX)
		return;
	t->delivered[t->n_delivered - 1] =
	    address_read(t->arena, text, &address, NULL) == RC_OK
		? address_key(t->arena, &address)
		: "";
}

void
header_trace_add(struct header_trace *t, const char *name, const char *value)
{
	if (header_is(name, "Received"))
		t->received++;
	else if (header_is(name, "Delivered-To"))
		add_delivered(t, value);
}

bool
header_trace_has(const struct header_trace *t, const char *key)
{
	for (size_t i = 0; i < t->n_delivered && i < HEADER_DELIVERED_MAX; i++)
		if (strcmp(t->delivered[i], key) == 0)
			return true;
	return false;
}
