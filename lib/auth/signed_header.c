/* SPDX-License-Identifier: MIT */
#include "auth/private/signed_header.h"

#include "auth/private/dkim_signature.h"
#include "base/str.h"
#include "mail/header.h"

#include <string.h>

/* In any case, without white space at its end (RFC 5322 4.5).  FNV-1a: what
   is equal is compared once more. */
static uint32_t
header_name_hash(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0' && *name != ' ' && *name != '\t'; name++)
		hash =
		    (hash ^ (unsigned char)str_lower_char(*name)) * 16777619u;
	return hash;
}

enum rc
header_index_make(struct arena *a, const struct mail_field *fields, size_t n,
    struct header_index *out, struct err *err)
{
	uint32_t *hashes;
	size_t bytes = 0;

	*out = (struct header_index){.fields = fields};
	if (n > HEADER_FIELDS_MAX)
		return err_set(err, RC_PERM, "more than %d header fields",
		    HEADER_FIELDS_MAX);
	hashes = arena_take_array(a, n, sizeof(*hashes));
	for (size_t i = 0; i < n; i++) {
		bytes += strlen(fields[i].name) + 1 + fields[i].len;
		hashes[i] = header_name_hash(fields[i].name);
	}
	if (bytes > HEADER_BYTES_MAX)
		return err_set(err, RC_PERM, "a header of more than %d KB",
		    HEADER_BYTES_MAX / 1024);
	out->hashes = hashes;
	out->n = n;
	return RC_OK;
}

/* The last field of that name above the field `below`. */
static size_t
header_index_above(const struct header_index *header, uint32_t hash,
    const char *name, size_t below, size_t own)
{
	for (size_t i = below; i-- > 0;)
		if (header->hashes[i] == hash && i != own &&
		    header_is(header->fields[i].name, name))
			return i;
	return HEADER_NO_FIELD;
}

const size_t *
signed_header_choose(struct arena *a, const struct header_index *header,
    const char *const *names, size_t n, size_t own)
{
	size_t *chosen = arena_take_array(a, n, sizeof(*chosen));
	uint32_t *hashes = arena_take_array(a, n, sizeof(*hashes));

	for (size_t i = 0; i < n; i++) {
		size_t below = header->n;

		hashes[i] = header_name_hash(names[i]);
		for (size_t j = i; j-- > 0;)
			if (hashes[j] == hashes[i] &&
			    str_equal_fold(names[j], names[i])) {
				below = chosen[j];
				break;
			}
		chosen[i] = below == HEADER_NO_FIELD
				? HEADER_NO_FIELD
				: header_index_above(header, hashes[i],
				      names[i], below, own);
	}
	return chosen;
}

static void
signed_header_sink(void *to, const char *bytes, size_t len)
{
	digest_add(to, bytes, len);
}

void
signed_header_add(struct digest *d, const struct header_index *header,
    const size_t *chosen, size_t n, enum canon canon)
{
	for (size_t i = 0; i < n; i++) {
		if (chosen[i] == HEADER_NO_FIELD)
			continue;
		canon_field(canon, &header->fields[chosen[i]],
		    signed_header_sink, d);
		digest_add(d, "\r\n", 2);
	}
}

void
signed_header_add_own(struct digest *d, const struct mail_field *own,
    enum canon canon)
{
	canon_field(canon, own, signed_header_sink, d);
}

static const char *const author_names[] = {"from", "to", "cc", "subject",
    "date", "message-id", "reply-to", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "content-id",
    "content-description", "content-language"};

#define AUTHOR_NAMES (sizeof(author_names) / sizeof(*author_names))

static size_t
author_name_count(const struct mail_field *fields, size_t n, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += header_is(fields[i].name, name);
	return count;
}

enum rc
signed_header_of_author(struct arena *a, const struct mail_field *fields,
    size_t n_fields, const char *const **names, size_t *n, struct err *err)
{
	const char **out = arena_take_array(a, DKIM_NAMES_MAX, sizeof(*out));

	*names = out;
	*n = 0;
	for (size_t i = 0; i < AUTHOR_NAMES; i++) {
		size_t count =
		    author_name_count(fields, n_fields, author_names[i]) + 1;

		if (count > DKIM_NAMES_MAX - *n)
			return err_set(err, RC_PERM,
			    "too many header fields %s to sign",
			    author_names[i]);
		while (count-- > 0)
			out[(*n)++] = author_names[i];
	}
	return RC_OK;
}
