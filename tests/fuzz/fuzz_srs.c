/* SPDX-License-Identifier: MIT */
/* Whoever the sender says he is: what is rewritten is an address that fits,
   and leads back to him, also in lower case; and whatever comes to us is
   reversed to an address or refused. */
#include "base/str.h"
#include "mail/srs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const int64_t now = 1767225600;

static void
must(bool so)
{
	if (!so)
		abort();
}

static bool
same_key(struct arena *a, const struct address *x, const struct address *y)
{
	return strcmp(address_key(a, x), address_key(a, y)) == 0;
}

/* An SRS1 leads to the first hop, and not to the sender before us. */
static void
try_forward(const struct srs *srs, struct arena *a, const struct address *from)
{
	struct address as, again;
	struct srs_reversed r;
	const char *token;

	if (srs_forward(srs, a, from, now, &as, &token) != RC_OK)
		return;
	must(strlen(as.local) <= SRS_LOCAL_MAX);
	must(address_read(a, str_lower(a, address_text(a, &as)), &again,
		 NULL) == RC_OK);
	r = srs_reverse(srs, a, &again, now);
	if (token != NULL) {
		must(r.answer == SRS_STORED && strcmp(r.token, token) == 0);
		return;
	}
	must(r.answer == SRS_REVERSED ||
	     str_starts(as.local, "SRS1")); /* by way of us */
	if (str_starts(as.local, "SRS0"))
		must(same_key(a, &r.sender, from));
}

static void
try_reverse(const struct srs *srs, struct arena *a, const struct address *to)
{
	struct srs_reversed r = srs_reverse(srs, a, to, now);
	struct address again;
	const char *text;

	must(srs_answer_text(r.answer) != NULL);
	if (r.answer != SRS_REVERSED)
		return;
	text = address_text(a, &r.sender);
	must(address_read(a, text, &again, NULL) == RC_OK);
	must(same_key(a, &r.sender, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const domains[] = {"fwd.example"};
	static const char *const secrets[] = {"secret", "older"};
	const struct srs srs = {
	    domains, 1, {NULL, NULL}, NULL, secrets, 2, 21, 4, 4};
	struct arena *a = arena_new();
	struct address address;

	if (srs_read_address(a, arena_copy_bytes(a, bytes, size), &address,
		NULL) == RC_OK) {
		try_forward(&srs, a, &address);
		try_reverse(&srs, a, &address);
		/* Most inputs name another domain. */
		address.domain = domains[0];
		try_reverse(&srs, a, &address);
	}
	arena_free(a);
	return 0;
}
