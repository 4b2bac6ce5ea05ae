/* SPDX-License-Identifier: MIT */
#include "base/token.h"
#include "base/typed.h"
#include "html.h"
#include "mail/mailbox.h"
#include "members/private/user_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

/* What is taken for a code is one, and the same when it is typed again. */
static void
try_token(struct arena *a, const char *text)
{
	const char *token = token_read(a, text);

	if (token == NULL)
		return;
	must(strlen(token) == TOKEN_LEN);
	must(strcmp(token_read(a, token), token) == 0);
}

/* What is taken for a mailbox can be written to, and is the same when it is
   typed again. */
static void
try_mailbox(struct arena *a, const char *text)
{
	struct address first, second;
	enum rc rc = mailbox_read(a, text, &first, NULL);

	must(rc != RC_TEMP);
	if (rc != RC_OK)
		return;
	must(mailbox_problem(a, &first) == NULL);
	mailbox_forward_problem(&first);
	must(mailbox_counted_as(a, &first)[0] != '\0');
	must(mailbox_read(a, address_text(a, &first), &second, NULL) == RC_OK);
	must(strcmp(first.local, second.local) == 0);
	must(strcmp(first.domain, second.domain) == 0);
}

static void
try_text(struct arena *a, const char *text)
{
	const char *trimmed = typed_trim(a, text), *line = typed_line(a, text);
	struct str page;

	must(strcmp(typed_trim(a, trimmed), trimmed) == 0);
	if (line != NULL) {
		must(strpbrk(line, "\r\n\t") == NULL);
		must(strcmp(typed_line(a, line), line) == 0);
	}
	typed_unseen(a, text);
	user_name_is_valid(typed_ascii(a, text));
	user_name_is_role(text);
	str_init(&page, a);
	html_text(&page, text);
	must(strpbrk(page.text, "<>\"'") == NULL);
}

/* What a newcomer types or pastes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_copy_bytes(a, (const char *)data, size);

	try_token(a, text);
	try_mailbox(a, text);
	try_text(a, text);
	arena_free(a);
	return 0;
}
