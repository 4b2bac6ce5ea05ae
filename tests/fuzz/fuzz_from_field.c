/* SPDX-License-Identifier: MIT */
/* Whatever stands in From: there is one domain or a reason, and what is read
   is the same when it is written and read again. */
#include "base/str.h"
#include "mail/domain.h"
#include "mail/from_field.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void
try_again(struct arena *a, const struct address *address)
{
	const char *text = address_text(a, address);
	struct mail_field field = {"From", text, strlen(text)};
	struct from_field from;

	from_field_read(a, &field, 1, &from);
	must(from.kind == FROM_FIELD_ONE);
	must(strcmp(from.domain, address->domain) == 0);
	must(from.n == 1);
	must(strcmp(from.mailboxes[0].address.local, address->local) == 0);
}

static void
try_mailbox(struct arena *a, const struct from_field *from,
    const struct from_mailbox *mailbox)
{
	const char *domain;

	if (from->kind != FROM_FIELD_ONE)
		return;
	must(strcmp(mailbox->address.domain, from->domain) == 0);
	must(domain_read(a, from->domain, &domain, NULL) == RC_OK);
	must(strcmp(domain, from->domain) == 0);
	if (is_plain(mailbox->address.local))
		try_again(a, &mailbox->address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();
	struct mail_field field = {
	    "From", arena_copy_bytes(a, bytes, size), size};
	struct from_field from;

	from_field_read(a, &field, 1, &from);
	must((from.kind == FROM_FIELD_ONE) == (from.domain != NULL));
	must((from.kind == FROM_FIELD_ONE) == (from.problem == NULL));
	must(from.problem == NULL || is_plain(from.problem));
	must(from.kind != FROM_FIELD_ONE || from.n > 0);
	must(from.n <= FROM_FIELD_MAILBOXES_MAX);
	for (size_t i = 0; i < from.n; i++)
		try_mailbox(a, &from, &from.mailboxes[i]);
	arena_free(a);
	return 0;
}
