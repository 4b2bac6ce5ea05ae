/* SPDX-License-Identifier: MIT */
#include "auth/body_hash.h"

#include "base/memory.h"

#include <stdlib.h>

struct body_hash_run {
	struct body_hash hash;
	struct digest *digest;
};

/* One canonical form, for all hashes of it. */
struct body_form {
	struct body_hashes *all;
	struct canon_body body;
	bool wanted;
	uint64_t len;
};

struct body_hashes {
	struct body_form forms[CANON_RELAXED + 1];
	struct body_hash_run runs[BODY_HASHES_MAX];
	size_t n;
};

static void
body_form_sink(void *to, const char *bytes, size_t len)
{
	struct body_form *form = to;
	struct body_hashes *all = form->all;

	for (size_t i = 0; i < all->n; i++) {
		const struct body_hash *hash = &all->runs[i].hash;
		uint64_t left = hash->limit - form->len;

		if (hash->canon != form->body.canon || hash->limit <= form->len)
			continue;
		digest_add(all->runs[i].digest, bytes,
		    left < len ? (size_t)left : len);
	}
	form->len += len;
}

struct body_hashes *
body_hashes_new(void)
{
	struct body_hashes *hashes = memory_zeroed(1, sizeof(*hashes));

	for (enum canon c = CANON_SIMPLE; c <= CANON_RELAXED; c++) {
		hashes->forms[c].all = hashes;
		canon_body_init(&hashes->forms[c].body, c, body_form_sink,
		    &hashes->forms[c]);
	}
	return hashes;
}

void
body_hashes_free(struct body_hashes *hashes)
{
	if (hashes == NULL)
		return;
	for (size_t i = 0; i < hashes->n; i++)
		digest_free(hashes->runs[i].digest);
	free(hashes);
}

const struct body_hash *
body_hashes_want(struct body_hashes *hashes, enum canon canon, uint64_t limit)
{
	struct body_hash_run *run;

	for (size_t i = 0; i < hashes->n; i++) {
		run = &hashes->runs[i];
		if (run->hash.canon == canon && run->hash.limit == limit)
			return &run->hash;
	}
	if (hashes->n == BODY_HASHES_MAX)
		return NULL;
	run = &hashes->runs[hashes->n++];
	run->hash =
	    (struct body_hash){.canon = canon, .limit = limit, .rc = RC_TEMP};
	run->digest = digest_new();
	hashes->forms[canon].wanted = true;
	return &run->hash;
}

bool
body_hashes_wanted(const struct body_hashes *hashes)
{
	return hashes->n > 0;
}

void
body_hashes_add(struct body_hashes *hashes, const char *bytes, size_t len)
{
	for (enum canon c = CANON_SIMPLE; c <= CANON_RELAXED; c++)
		if (hashes->forms[c].wanted)
			canon_body_add(&hashes->forms[c].body, bytes, len);
}

void
body_hashes_end(struct body_hashes *hashes)
{
	for (enum canon c = CANON_SIMPLE; c <= CANON_RELAXED; c++)
		if (hashes->forms[c].wanted)
			canon_body_end(&hashes->forms[c].body);
	for (size_t i = 0; i < hashes->n; i++) {
		struct body_hash *hash = &hashes->runs[i].hash;

		hash->rc = digest_end(hashes->runs[i].digest, hash->sha256);
		hash->len = hashes->forms[hash->canon].len;
	}
}
