/* SPDX-License-Identifier: MIT */
#include "mail/private/srs_address.h"

#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

const char *
srs_past_tag(const char *local, const char *tag)
{
	size_t len = strlen(tag);

	/* strchr finds the NUL too: "srs0" alone is somebody's name. */
	if (!str_starts_fold(local, tag) || local[len] == '\0' ||
	    strchr(SRS_SEPARATORS, local[len]) == NULL)
		return NULL;
	return local + len + 1;
}

bool
srs_looks_like(const char *local)
{
	return srs_past_tag(local, "SRS0") != NULL ||
	       srs_past_tag(local, "SRS1") != NULL;
}

/* The local part is what stands before the last "@", as it is. */
static enum rc
read_address_as_is(struct arena *a, const char *text, struct address *out)
{
	const char *at = strrchr(text, '@');
	size_t len = at == NULL ? 0 : (size_t)(at - text);

	if (len == 0 || len > ADDRESS_LOCAL_MAX)
		return RC_PERM;
	for (size_t i = 0, size; i < len; i += size) {
		size = str_character(text + i);
		if (size == 0)
			return RC_PERM;
	}
	out->local = arena_copy_bytes(a, text, len);
	return domain_read(a, at + 1, &out->domain, NULL);
}

enum rc
srs_read_address(struct arena *a, const char *text, struct address *out,
    struct err *err)
{
	enum rc rc = address_read(a, text, out, err);
	size_t len = strlen(text);

	if (rc != RC_PERM || len > ADDRESS_MAX)
		return rc;
	if (text[0] == '<' && text[len - 1] == '>')
		text = arena_copy_bytes(a, text + 1, len - 2);
	if (srs_past_tag(text, "SRS0") == NULL &&
	    srs_past_tag(text, "SRS1") == NULL)
		return rc;
	if (read_address_as_is(a, text, out) == RC_OK)
		return RC_OK;
	*out = (struct address){0};
	return rc;
}
