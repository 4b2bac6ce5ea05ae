/* SPDX-License-Identifier: MIT */
/* Whatever a stranger calls himself: what is accepted has no control bytes,
   and is the same when it is written and read again. */
#include "base/arena.h"
#include "base/str.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/postfix_address.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

/* Whoever shows it makes it printable; but no control character is ever part
   of an address. */
static bool
is_text(const char *text)
{
	for (size_t size; *text != '\0'; text += size) {
		size = str_character(text);
		if (size == 0)
			return false;
	}
	return true;
}

/* A mailbox that is given can be written, and is read as the same. */
static void
try_path(struct arena *a, const char *path)
{
	struct postfix_address address;
	struct address again;
	const char *text;

	if (postfix_address_unquote(a, path, &text, NULL) != RC_OK)
		text = path;
	postfix_address_read(a, text, "mx.remotes.club", &address);
	if (address.mailbox.local == NULL)
		return;
	text = address_text(a, &address.mailbox);
	must(is_text(text));
	must(address_read(a, text, &again, NULL) == RC_OK);
	must(strcmp(address_text(a, &again), text) == 0);
}

static void
try_address(struct arena *a, const char *text)
{
	struct address first, second;
	const char *again;
	enum rc rc = address_read(a, text, &first, NULL);

	must(rc != RC_TEMP);
	if (rc != RC_OK)
		return;
	must(is_text(first.local));
	address_key(a, &first);
	address_is_role(&first, "+");
	again = address_text(a, &first);
	if (strlen(again) > ADDRESS_MAX)
		return;
	must(address_read(a, again, &second, NULL) == RC_OK);
	must(strcmp(first.local, second.local) == 0);
	must(strcmp(first.domain, second.domain) == 0);
}

static void
try_domain(struct arena *a, const char *text)
{
	const char *first, *second;
	struct ip ip;

	must(!domain_literal(text, &ip) || ip.version != 0);
	if (domain_read(a, text, &first, NULL) != RC_OK) {
		must(!domain_is_host_name(a, text));
		return;
	}
	must(domain_read(a, first, &second, NULL) == RC_OK);
	must(strcmp(first, second) == 0);
	must(strlen(first) <= 253);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_copy_bytes(a, bytes, size);

	try_address(a, text);
	try_path(a, text);
	try_domain(a, text);
	arena_free(a);
	return 0;
}
