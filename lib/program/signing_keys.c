/* SPDX-License-Identifier: MIT */
#include "program/signing_keys.h"

#include "base/memory.h"
#include "base/str.h"
#include "mail/domain.h"
#include "program/private/signing_folder.h"
#include "program/private/signing_recent.h"

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
	/* Of many, for a program that stays; else NULL. */
	struct signing_index *index;
	struct signing_recent *recent;
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
			signing_folder_merge(keys->arena, &keys->domains[n - 1],
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

static struct signing_keys *
signing_keys_new(void)
{
	struct signing_keys *keys = memory_zeroed(1, sizeof(*keys));

	keys->arena = arena_new();
	keys->lock = memory_zeroed(1, sizeof(*keys->lock));
	pthread_mutex_init(keys->lock, NULL);
	return keys;
}

enum rc
signing_keys_open(const char *folder, struct signing_keys **out,
    struct err *err)
{
	struct signing_keys *keys = signing_keys_new();
	const char *const *names;
	size_t n;
	enum rc rc;

	*out = NULL;
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

static enum rc
signing_keys_open_few_or_many(const char *folder,
    const struct signing_keys *old, struct signing_keys **out, struct err *err)
{
	struct signing_index *index;
	enum rc rc = signing_index_open(folder, old == NULL ? NULL : old->index,
	    &index, err);

	if (rc != RC_OK && rc != RC_NONE)
		return RC_TEMP;
	if (rc == RC_NONE ||
	    signing_index_size(index) <= SIGNING_KEYS_AT_ONCE_MAX) {
		signing_index_close(index);
		return signing_keys_open(folder, out, err);
	}
	*out = signing_keys_new();
	(*out)->index = index;
	(*out)->recent = signing_recent_new(index);
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
	signing_recent_free(keys->recent);
	signing_index_close(keys->index);
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

/* They stay where they are. */
static struct signing_domain **
signing_keys_list_read(const struct signing_keys *keys, struct arena *a,
    size_t *n)
{
	struct signing_domain **read =
	    arena_take_array(a, keys->n + 1, sizeof(*read));

	*n = 0;
	for (size_t i = 0; i < keys->n; i++)
		if (atomic_load(&keys->domains[i].is_read))
			read[(*n)++] = &keys->domains[i];
	return read;
}

struct signing_domain **
signing_keys_take_read(const struct signing_keys *keys, struct arena *a,
    size_t *n)
{
	*n = 0;
	if (keys == NULL)
		return NULL;
	return keys->recent != NULL
		   ? signing_recent_take_all(keys->recent, a, n)
		   : signing_keys_list_read(keys, a, n);
}

static void
signing_keys_give_domain(const struct signing_keys *keys,
    const struct signing_domain *d)
{
	if (keys != NULL && keys->recent != NULL && d != NULL)
		signing_recent_give(keys->recent, d);
}

void
signing_keys_give_read(const struct signing_keys *keys,
    struct signing_domain **domains, size_t n)
{
	for (size_t i = 0; i < n; i++)
		signing_keys_give_domain(keys, domains[i]);
}

struct signing_domain *
signing_keys_domain(const struct signing_keys *keys, const char *domain)
{
	struct signing_domain *d = signing_keys_place(keys, domain);

	if (d != NULL)
		signing_domain_need(keys, d);
	return d;
}

static bool
signing_keys_have(const struct signing_keys *keys, const char *domain)
{
	return keys != NULL && keys->index != NULL
		   ? signing_index_has(keys->index, domain)
		   : signing_keys_place(keys, domain) != NULL;
}

/* NULL: none. */
static const char *
signing_keys_nearest(const struct signing_keys *keys, const char *domain)
{
	while (domain != NULL && domain[0] != '\0') {
		const char *dot = strchr(domain, '.');

		if (signing_keys_have(keys, domain))
			return domain;
		domain = dot == NULL ? NULL : dot + 1;
	}
	return NULL;
}

bool
signing_keys_promised(const struct signing_keys *keys, const char *domain)
{
	return signing_keys_nearest(keys, domain) != NULL;
}

enum rc
signing_keys_find(const struct signing_keys *keys, const char *domain,
    struct signing_choice *out, struct err *err)
{
	const char *nearest = signing_keys_nearest(keys, domain);
	const struct signing_file *files[SIGNING_FILES_MAX];
	enum rc rc;

	*out = (struct signing_choice){.n = 0};
	if (nearest == NULL)
		return RC_NONE;
	out->of = keys->recent != NULL
		      ? signing_recent_take(keys->recent, nearest)
		      : signing_keys_domain(keys, nearest);
	rc = signing_domain_choose(out->of, files, &out->n, err);
	for (size_t i = 0; i < out->n; i++)
		out->keys[i] = (struct signing_key){.domain = out->of->name,
		    .selector = files[i]->selector,
		    .key = files[i]->key};
	return rc;
}

void
signing_keys_give(const struct signing_keys *keys,
    struct signing_choice *choice)
{
	signing_keys_give_domain(keys, choice->of);
	*choice = (struct signing_choice){.n = 0};
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

/* Where there is but one key, nothing depends on its record. */
static void
signing_domain_inherit(struct signing_keys *keys,
    const struct signing_domain *old)
{
	struct signing_domain *d = NULL;

	if (old->n < 2 || !signing_keys_have(keys, old->name))
		return;
	d = keys->recent != NULL ? signing_recent_take(keys->recent, old->name)
				 : signing_keys_domain(keys, old->name);
	for (size_t k = 0; k < d->n; k++)
		signing_file_inherit(&d->files[k], old);
	signing_keys_give_domain(keys, d);
}

static void
signing_keys_inherit(struct signing_keys *keys, const struct signing_keys *old)
{
	struct arena *a = arena_new();
	size_t n;
	struct signing_domain **known = signing_keys_take_read(old, a, &n);

	for (size_t i = 0; i < n; i++)
		signing_domain_inherit(keys, known[i]);
	signing_keys_give_read(old, known, n);
	arena_free(a);
}

enum rc
signing_keys_serve(const char *folder, const struct signing_keys *old,
    struct signing_keys **out, struct err *err)
{
	enum rc rc = signing_keys_open_few_or_many(folder, old, out, err);

	if (rc == RC_OK)
		signing_keys_inherit(*out, old);
	return rc;
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

static void
signing_domain_tell(const struct signing_domain *d, signing_say_fn *say)
{
	if (d->trouble != NULL)
		signing_keys_say(say, "dkim: %s", d->trouble);
	for (size_t k = 0; k < d->n; k++)
		if (d->files[k].trouble != NULL)
			signing_keys_say(say, "dkim: %s", d->files[k].trouble);
}

void
signing_keys_troubles(const struct signing_keys *keys, signing_say_fn *say)
{
	struct arena *a = arena_new();
	size_t n;
	struct signing_domain **domains = signing_keys_take_read(keys, a, &n);

	for (size_t i = 0; i < n; i++)
		signing_domain_tell(domains[i], say);
	signing_keys_give_read(keys, domains, n);
	for (size_t i = 0; keys != NULL && i < keys->n_strays; i++)
		signing_keys_say(say, "dkim: %s: no domain's name",
		    keys->strays[i]);
	if (keys != NULL && keys->index != NULL)
		signing_index_strays(keys->index, say);
	arena_free(a);
}

static void
signing_domain_tell_loss(const struct signing_keys *next,
    const struct signing_domain *d, signing_say_fn *say)
{
	if (!signing_keys_promised(next, d->name))
		signing_keys_say(say,
		    "dkim: the keys of %s are gone: its mail is not signed any "
		    "more",
		    d->name);
}

/* Of many domains only those that are read have a name. */
static void
signing_keys_tell_many_losses(const struct signing_keys *old,
    const struct signing_keys *next, signing_say_fn *say)
{
	size_t lost = signing_index_lost(old->index,
	    next == NULL ? NULL : next->index,
	    next == NULL ? NULL : next->domains, next == NULL ? 0 : next->n);
	struct arena *a = arena_new();
	size_t n;
	struct signing_domain **domains = signing_keys_take_read(old, a, &n);

	for (size_t i = 0; lost > 0 && i < n; i++)
		signing_domain_tell_loss(next, domains[i], say);
	signing_keys_give_read(old, domains, n);
	arena_free(a);
	if (lost > 0)
		signing_keys_say(say,
		    "dkim: the folders of keys of %zu domains are gone: their "
		    "mail is not signed any more, unless a domain above them "
		    "has a key",
		    lost);
}

void
signing_keys_losses(const struct signing_keys *old,
    const struct signing_keys *next, signing_say_fn *say)
{
	if (old != NULL && old->index != NULL) {
		signing_keys_tell_many_losses(old, next, say);
		return;
	}
	for (size_t i = 0; old != NULL && i < old->n; i++)
		signing_domain_tell_loss(next, &old->domains[i], say);
}
