/* SPDX-License-Identifier: MIT */
#include "members/approval.h"

#define TEXTS_MOST 8

static const char *const *
texts_of(struct arena *a, const struct request *r)
{
	const char **texts = arena_take_array(a, TEXTS_MOST, sizeof(*texts));

	texts[0] = r->id;
	texts[1] = r->userid;
	texts[2] = r->address;
	texts[3] = r->email;
	texts[4] = r->pubkey != NULL ? r->pubkey : "";
	texts[5] = arena_printf(a, "%lld", (long long)r->decided);
	return texts;
}

const char *
approval_sign(struct arena *a, const struct keyed_secrets *secrets,
    const struct request *request)
{
	return keyed_hash(a, secrets, texts_of(a, request));
}

enum approval
approval_of(struct arena *a, const struct keyed_secrets *secrets,
    const struct request *request)
{
	if (request->state != REQUEST_APPROVED)
		return APPROVAL_NONE;
	if (request->approval == NULL)
		return APPROVAL_MISSING;
	if (secrets == NULL || secrets->n == 0)
		return APPROVAL_UNKNOWN;
	return keyed_hash_fits(a, secrets, texts_of(a, request),
		   request->approval)
		   ? APPROVAL_SIGNED
		   : APPROVAL_FORGED;
}
