/* SPDX-License-Identifier: MIT */
#include "program/signing_keys.h"

#include "base/memory.h"
#include "base/str.h"
#include "mail/domain.h"
#include "program/private/signing_folder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct signing_keys {
	struct arena *arena;
	pthread_mutex_t *lock;          /* of the arena, while others may ask */
	struct signing_domain *domains; /* by name */
	size_t n;
	const char *const *strays; /* folders that are no domain's */
	size_t n_strays;
};

/* One that cannot be looked at may be one. */
static bool
may_be_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 || S_ISDIR(st.st_mode);
}

static void
signing_domain_read(struct arena *a, struct signing_domain *d)
{
	struct signing_domain read;

	signing_folder_read(a, d->folder, d->name, &read);
	signing_domain_sort(&read);
	d->trouble = read.trouble;
	d->files = read.files;
	d->n = read.n;
	atomic_store(&d->is_read, true);
}

static void
signing_domain_need(const struct signing_keys *keys, struct signing_domain *d)
{
	if (atomic_load(&d->is_read))
		return;
	pthread_mutex_lock(keys->lock);
	if (!atomic_load(&d->is_read))
		signing_domain_read(keys->arena, d);
	pthread_mutex_unlock(keys->lock);
}

static int
signing_domains_compare(const void *left, const void *right)
{
	const struct signing_domain *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->folder, b->folder);
}

/* Two folders of one domain, such as Example.org and example.org. */
static void
signing_domain_merge(struct arena *a, struct signing_domain *d,
    const struct signing_domain *more)
{
	size_t n = d->n + more->n;
	struct signing_file *files = arena_take_array(a, n + 1, sizeof(*files));

	atomic_store(&d->is_read, true);
	if (d->n > 0)
		memcpy(files, d->files, d->n * sizeof(*files));
	if (more->n > 0)
		memcpy(files + d->n, more->files, more->n * sizeof(*files));
	d->files = files;
	d->n = n;
	if (d->trouble == NULL)
		d->trouble = more->trouble;
}

static void
signing_keys_merge(struct signing_keys *keys)
{
	size_t n = 0;

	if (keys->n > 1)
		qsort(keys->domains, keys->n, sizeof(*keys->domains),
		    signing_domains_compare);
	for (size_t i = 0; i < keys->n; i++)
		if (n > 0 && strcmp(keys->domains[n - 1].name,
				 keys->domains[i].name) == 0) {
			signing_domain_need(keys, &keys->domains[n - 1]);
			signing_domain_need(keys, &keys->domains[i]);
			signing_domain_merge(keys->arena, &keys->domains[n - 1],
			    &keys->domains[i]);
		} else {
			keys->domains[n++] = keys->domains[i];
		}
	keys->n = n;
	for (size_t i = 0; i < n; i++)
		signing_domain_sort(&keys->domains[i]);
}

static void
signing_keys_read(struct signing_keys *keys, const char *folder,
    const char *const *names, size_t n)
{
	struct arena *a = keys->arena;
	const char **strays = arena_take_array(a, n + 1, sizeof(*strays));
	bool at_once = n <= SIGNING_KEYS_AT_ONCE_MAX;

	keys->domains = arena_take_array(a, n + 1, sizeof(*keys->domains));
	for (size_t i = 0; i < n; i++) {
		const char *path = arena_printf(a, "%s/%s", folder, names[i]);
		const char *domain;

		if (at_once && !may_be_folder(path))
			continue;
		if (domain_read(a, names[i], &domain, NULL) != RC_OK) {
			strays[keys->n_strays++] = path;
			continue;
		}
		keys->domains[keys->n] =
		    (struct signing_domain){.name = domain, .folder = path};
		if (at_once)
			signing_domain_read(a, &keys->domains[keys->n]);
		keys->n++;
	}
	keys->strays = strays;
	signing_keys_merge(keys);
}

enum rc
signing_keys_open(const char *folder, struct signing_keys **out,
    struct err *err)
{
	struct signing_keys *keys = memory_zeroed(1, sizeof(*keys));
	const char *const *names;
	size_t n;
	enum rc rc;

	*out = NULL;
	keys->arena = arena_new();
	keys->lock = memory_zeroed(1, sizeof(*keys->lock));
	pthread_mutex_init(keys->lock, NULL);
	rc = signing_folder_list(keys->arena, folder, SIGNING_KEYS_DOMAINS_MAX,
	    &names, &n, err);
	if (rc == RC_OK)
		signing_keys_read(keys, folder, names, n);
	if (rc == RC_TEMP || rc == RC_PERM) {
		signing_keys_close(keys);
		return RC_TEMP;
	}
	*out = keys;
	return RC_OK;
}

void
signing_keys_close(struct signing_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n; i++)
		for (size_t k = 0; k < keys->domains[i].n; k++)
			private_key_free(keys->domains[i].files[k].key);
	arena_free(keys->arena);
	pthread_mutex_destroy(keys->lock);
	free(keys->lock);
	free(keys);
}

struct signing_domain *
signing_keys_domains(const struct signing_keys *keys, size_t *n)
{
	*n = keys == NULL ? 0 : keys->n;
	return keys == NULL ? NULL : keys->domains;
}

void
signing_keys_read_all(const struct signing_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		signing_domain_need(keys, &keys->domains[i]);
}

/* It may not be read. */
static struct signing_domain *
signing_keys_place(const struct signing_keys *keys, const char *domain)
{
	size_t low = 0, high = keys == NULL ? 0 : keys->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(domain, keys->domains[middle].name);

		if (order == 0)
			return &keys->domains[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct signing_domain *
signing_keys_domain(const struct signing_keys *keys, const char *domain)
{
	struct signing_domain *d = signing_keys_place(keys, domain);

	if (d != NULL)
		signing_domain_need(keys, d);
	return d;
}

/* It may not be read. */
static struct signing_domain *
signing_keys_nearest(const struct signing_keys *keys, const char *domain)
{
	while (domain != NULL && domain[0] != '\0') {
		struct signing_domain *d = signing_keys_place(keys, domain);
		const char *dot = strchr(domain, '.');

		if (d != NULL)
			return d;
		domain = dot == NULL ? NULL : dot + 1;
	}
	return NULL;
}

enum rc
signing_keys_find(const struct signing_keys *keys, const char *domain,
    struct signing_choice *out, struct err *err)
{
	struct signing_domain *d = signing_keys_nearest(keys, domain);
	const struct signing_file *files[SIGNING_FILES_MAX];
	enum rc rc;

	out->n = 0;
	if (d == NULL)
		return RC_NONE;
	signing_domain_need(keys, d);
	rc = signing_domain_choose(d, files, &out->n, err);
	for (size_t i = 0; i < out->n; i++)
		out->keys[i] = (struct signing_key){.domain = d->name,
		    .selector = files[i]->selector,
		    .key = files[i]->key};
	return rc;
}

static void
signing_file_inherit(struct signing_file *file,
    const struct signing_domain *old)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct signing_file *known = &old->files[i];

		if (known->key == NULL || file->key == NULL ||
		    strcmp(known->selector, file->selector) != 0 ||
		    strcmp(known->public, file->public) != 0)
			continue;
		atomic_store(&file->record, atomic_load(&known->record));
		return;
	}
}

/* What was read is read again: somebody needs it. */
void
signing_keys_inherit(struct signing_keys *keys, const struct signing_keys *old)
{
	size_t n;
	const struct signing_domain *known = signing_keys_domains(old, &n);

	for (size_t i = 0; i < n; i++) {
		struct signing_domain *d =
		    !atomic_load(&known[i].is_read)
			? NULL
			: signing_keys_domain(keys, known[i].name);

		for (size_t k = 0; d != NULL && k < d->n; k++)
			signing_file_inherit(&d->files[k], &known[i]);
	}
}

__attribute__((format(printf, 2, 3))) static void
signing_keys_say(signing_say_fn *say, const char *format, ...)
{
	struct arena *a = arena_new();
	va_list args;

	va_start(args, format);
	say(arena_vprintf(a, format, args));
	va_end(args);
	arena_free(a);
}

void
signing_keys_troubles(const struct signing_keys *keys, signing_say_fn *say)
{
	size_t n;
	const struct signing_domain *domains = signing_keys_domains(keys, &n);

	for (size_t i = 0; i < n; i++) {
		if (!atomic_load(&domains[i].is_read))
			continue;
		if (domains[i].trouble != NULL)
			signing_keys_say(say, "dkim: %s", domains[i].trouble);
		for (size_t k = 0; k < domains[i].n; k++)
			if (domains[i].files[k].trouble != NULL)
				signing_keys_say(say, "dkim: %s",
				    domains[i].files[k].trouble);
	}
	for (size_t i = 0; keys != NULL && i < keys->n_strays; i++)
		signing_keys_say(say, "dkim: %s: no domain's name",
		    keys->strays[i]);
}

void
signing_keys_losses(const struct signing_keys *old,
    const struct signing_keys *next, signing_say_fn *say)
{
	size_t n;
	const struct signing_domain *domains = signing_keys_domains(old, &n);

	for (size_t i = 0; i < n; i++)
		if (signing_keys_nearest(next, domains[i].name) == NULL)
			signing_keys_say(say,
			    "dkim: the keys of %s are gone: its mail is not "
			    "signed any more",
			    domains[i].name);
}
