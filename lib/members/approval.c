/* SPDX-License-Identifier: MIT */
#include "members/approval.h"

#define TEXTS_MAX 8

static const char *const *
texts_of(struct arena *a, const struct registration *r)
{
	const char **texts = arena_take_array(a, TEXTS_MAX, sizeof(*texts));

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
    const struct registration *registration)
{
	return keyed_hash(a, secrets, texts_of(a, registration));
}

enum approval
approval_of(struct arena *a, const struct keyed_secrets *secrets,
    const struct registration *registration)
{
	if (registration->state != REGISTRATION_APPROVED)
		return APPROVAL_NONE;
	if (registration->approval == NULL)
		return APPROVAL_MISSING;
	if (secrets == NULL || secrets->n == 0)
		return APPROVAL_UNKNOWN;
	return keyed_hash_fits(a, secrets, texts_of(a, registration),
		   registration->approval)
		   ? APPROVAL_SIGNED
		   : APPROVAL_FORGED;
}
