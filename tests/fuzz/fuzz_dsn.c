/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_ours(const void *context, const char *domain)
{
	return strcmp(domain, context) == 0;
}

/* Content-Type on the first line, then the body.  What it says about a failure
   is printable, and of one line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dsn_ours ours = {is_ours, "remotes.club"};
	const char *bytes = (const char *)data;
	const char *newline = size > 0 ? memchr(bytes, '\n', size) : NULL;
	const char *body, *why, *hidden;
	size_t len, hidden_len;
	struct arena *a;
	char *type;

	if (newline == NULL)
		return 0;
	a = arena_new();
	body = newline + 1;
	len = (size_t)(bytes + size - body);
	type = arena_copy_bytes(a, bytes, (size_t)(newline - bytes));
	why = dsn_failure(a,
	    &(struct dsn_message){
		.header = {.type = type, .encoding = "quoted-printable"},
		.failed_recipients = len % 2 != 0,
		.body = body,
		.len = len});
	if (why != NULL && (why[0] == '\0' || strlen(why) > DSN_FAILURE_MAX ||
			       strcmp(why, str_printable(a, why, strlen(why),
					       DSN_FAILURE_MAX)) != 0))
		abort();
	dsn_hide_targets(a,
	    &(struct dsn_message){
		.header = {.type = type}, .body = body, .len = len},
	    &ours, &hidden, &hidden_len);
	arena_free(a);
	return 0;
}
