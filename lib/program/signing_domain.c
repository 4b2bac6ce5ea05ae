/* SPDX-License-Identifier: MIT */
#include "program/signing_domain.h"

#include <stdlib.h>
#include <string.h>

static int
signing_files_compare(const void *left, const void *right)
{
	const struct signing_file *a = left, *b = right;

	if (a->modified.tv_sec != b->modified.tv_sec)
		return a->modified.tv_sec < b->modified.tv_sec ? 1 : -1;
	if (a->modified.tv_nsec != b->modified.tv_nsec)
		return a->modified.tv_nsec < b->modified.tv_nsec ? 1 : -1;
	return strcmp(b->path, a->path);
}

void
signing_domain_sort(struct signing_domain *d)
{
	if (d->n > 1)
		qsort(d->files, d->n, sizeof(*d->files), signing_files_compare);
}

static bool
signing_file_is_of(const struct signing_file *file, enum crypto_kind kind)
{
	return file->key != NULL && private_key_kind(file->key) == kind;
}

static bool
signing_file_is_missed(const struct signing_file *file)
{
	int record = atomic_load(&file->record);

	return record == DKIM_RECORD_MISSING || record == DKIM_RECORD_OTHER;
}

static const struct signing_file *
signing_domain_newest_seen(const struct signing_domain *d,
    enum crypto_kind kind)
{
	for (size_t i = 0; i < d->n; i++)
		if (signing_file_is_of(&d->files[i], kind) &&
		    atomic_load(&d->files[i].record) == DKIM_RECORD_SEEN)
			return &d->files[i];
	return NULL;
}

/* Of keys none of which was seen.  NULL: it has none of that kind. */
static const struct signing_file *
signing_domain_before_newest(const struct signing_domain *d,
    enum crypto_kind kind)
{
	const struct signing_file *newest = NULL, *before = NULL;

	for (size_t i = 0; i < d->n; i++) {
		const struct signing_file *file = &d->files[i];

		if (!signing_file_is_of(file, kind))
			continue;
		if (newest == NULL)
			newest = file;
		else if (before == NULL || (signing_file_is_missed(before) &&
					       !signing_file_is_missed(file)))
			before = file;
	}
	return before != NULL ? before : newest;
}

static const char *
signing_domain_trouble(const struct signing_domain *d)
{
	if (d->trouble != NULL)
		return d->trouble;
	for (size_t i = 0; i < d->n; i++)
		if (d->files[i].trouble != NULL)
			return d->files[i].trouble;
	return NULL;
}

static bool
signing_domain_has(const struct signing_domain *d, enum crypto_kind kind)
{
	for (size_t i = 0; i < d->n; i++)
		if (signing_file_is_of(&d->files[i], kind))
			return true;
	return false;
}

enum rc
signing_domain_choose(const struct signing_domain *d,
    const struct signing_file *out[static SIGNING_FILES_MAX], size_t *n,
    struct err *err)
{
	const char *trouble = signing_domain_trouble(d);
	enum crypto_kind first =
	    signing_domain_has(d, CRYPTO_RSA) ? CRYPTO_RSA : CRYPTO_ED25519;
	const struct signing_file *file = signing_domain_newest_seen(d, first);

	*n = 0;
	/* What is in trouble may have been the RSA key. */
	if (trouble != NULL && (file == NULL || first != CRYPTO_RSA))
		return err_set(err, RC_TEMP, "%s", trouble);
	if (file == NULL)
		file = signing_domain_before_newest(d, first);
	if (file == NULL)
		return err_set(err, RC_TEMP, "%s: no key to sign with",
		    d->folder);
	out[(*n)++] = file;
	if (first == CRYPTO_RSA) {
		file = signing_domain_newest_seen(d, CRYPTO_ED25519);
		if (file != NULL)
			out[(*n)++] = file;
	}
	return RC_OK;
}

enum signing_state
signing_domain_state(const struct signing_domain *d,
    const struct signing_file *file)
{
	const struct signing_file *chosen[SIGNING_FILES_MAX];
	size_t n;

	if (file->key == NULL)
		return SIGNING_TROUBLE;
	signing_domain_choose(d, chosen, &n, NULL);
	for (size_t i = 0; i < n; i++) {
		if (chosen[i] == file)
			return SIGNING_SIGNS;
		if (signing_file_is_of(file, private_key_kind(chosen[i]->key)))
			return file < chosen[i] ? SIGNING_WAITS
						: SIGNING_RETIRED;
	}
	return SIGNING_WAITS;
}

const char *
signing_state_name(enum signing_state state)
{
	static const char *const names[] = {
	    [SIGNING_SIGNS] = "signs",
	    [SIGNING_WAITS] = "waits",
	    [SIGNING_RETIRED] = "retired",
	    [SIGNING_TROUBLE] = "trouble",
	};

	return names[state];
}

bool
signing_domain_asks(const struct signing_domain *d,
    const struct signing_file *file)
{
	const struct signing_file *seen;

	if (file->key == NULL || d->n < 2)
		return false;
	seen = signing_domain_newest_seen(d, private_key_kind(file->key));
	return seen == NULL || file < seen;
}
