/* SPDX-License-Identifier: MIT */
#include "stamp.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line, without its end; at the end of all an empty one. */
static const char *
take_line(struct arena *a, const char **p, const char *end)
{
	const char *start = *p;
	const char *newline =
	    start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;

	if (newline == NULL)
		newline = end;
	*p = newline < end ? newline + 1 : end;
	return arena_copy_bytes(a, start, (size_t)(newline - start));
}

/* Lines: sender, recipient, fields as "name:value" until an empty one; what is
   left is the body.  The recipient is a forward of ours. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const domains[] = {"remotes.club"};
	static const struct forwards_settings forwards = {
	    .domains = domains, .n_domains = 1, .delimiter = "+"};
	const struct message_rules rules = {.hostname = "mx.remotes.club",
	    .hide_targets = true,
	    .from_here = size % 2 == 0,
	    .forwards = &forwards};
	static const char *const parts[] = {"spf=pass"};
	const struct stamp_results results = {
	    parts, 1, "pass (mx.remotes.club)"};
	struct arena *a = arena_new();
	const char *p = (const char *)data, *end = p + size, *line;
	const struct message_path from = {take_line(a, &p, end), NULL};
	const struct message_path to = {take_line(a, &p, end), NULL};
	struct message *l = message_new(a, &rules, &from, false);
	struct message_recipient *r = message_add_recipient(l, &to);

	r->found = true;
	r->forwards.known = FORWARDS_FOUND;
	while (*(line = take_line(a, &p, end)) != '\0') {
		const char *colon = strchr(line, ':');

		if (colon != NULL)
			message_add_field(l,
			    arena_copy_bytes(a, line, (size_t)(colon - line)),
			    colon + 1);
	}
	if (message_wants_body(l))
		message_add_body(l, p, (size_t)(end - p));
	message_sender_is_foreign(l);
	message_facts(l);
	stamp_message(l, &results);
	arena_free(a);
	return 0;
}
