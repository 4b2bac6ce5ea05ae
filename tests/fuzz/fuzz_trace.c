/* SPDX-License-Identifier: MIT */
#include "mail/authres.h"
#include "mail/header.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A field's value, in every field that is looked at.  What claims to be of our
   host names it in some way; we claim what we write ourselves. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"Received", "Delivered-To",
	    "X-Original-To", "Return-Path", "Authentication-Results"};
	const char *const results[] = {"spf=pass"};
	struct arena *a = arena_new();
	const char *value = arena_copy_bytes(a, (const char *)data, size);
	struct header_trace trace = {.arena = a};
	const struct authres_result *read;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		header_trace_add(&trace, names[i], value);
		header_is(value, names[i]);
	}
	header_trace_has(&trace, "ann@remotes.club");
	if (strchr(header_unfold(a, value), '\n') != NULL)
		abort();
	authres_claims(a, value, "mx.remotes.club");
	authres_read(a, value, &read);
	authres_spf_claims(a, value, "mx.remotes.club");
	if (!authres_claims(a,
		authres_compose(a, "mx.remotes.club", results, 1),
		"mx.remotes.club"))
		abort();
	arena_free(a);
	return 0;
}
