/* SPDX-License-Identifier: MIT */
#include "program/private/signing_index.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "mail/domain.h"
#include "program/private/signing_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRAYS_MAX ((size_t)100)

/* A change within the same tick of the file system's clock as the look at it
   leaves no trace.  Seconds. */
#define SETTLED_AFTER 2

/* How often the arena of names that are only looked at is emptied. */
#define NAMES_AT_A_TIME ((size_t)256)

/* A folder that is not spelled as domain_read gives it. */
struct odd_folder {
	struct odd_folder *next;
	const char *domain, *name;
};

struct signing_index {
	atomic_uint users;
	struct arena *arena;
	const char *folder;
	struct stat as_read;
	bool settled; /* as_read tells of each change since */
	struct siphash_key key;
	uint64_t *hashes; /* in order */
	size_t n, room;
	struct odd_folder *odd;
	const char *strays[STRAYS_MAX];
	size_t n_strays;
	/* While it is read. */
	struct arena *names;
	size_t n_names;
};

static uint64_t
signing_index_hash(const struct signing_index *index, const char *domain)
{
	return siphash(&index->key, domain, strlen(domain));
}

static void
signing_index_add_odd(struct signing_index *index, const char *domain,
    const char *name)
{
	struct odd_folder *odd = arena_take(index->arena, sizeof(*odd));

	odd->domain = arena_copy_text(index->arena, domain);
	odd->name = arena_copy_text(index->arena, name);
	odd->next = index->odd;
	index->odd = odd;
}

static void
signing_index_resize(struct signing_index *index)
{
	uint64_t *hashes = memory_zeroed(index->room, sizeof(*hashes));

	if (index->n > 0)
		memcpy(hashes, index->hashes, index->n * sizeof(*hashes));
	free(index->hashes);
	index->hashes = hashes;
}

static void
signing_index_add(struct signing_index *index, const char *domain)
{
	if (index->n == index->room) {
		index->room = index->room == 0 ? 1024 : 2 * index->room;
		signing_index_resize(index);
	}
	index->hashes[index->n++] = signing_index_hash(index, domain);
}

static void
signing_index_visit(void *context, const char *name, bool is_file)
{
	struct signing_index *index = context;
	const char *domain;

	if (is_file)
		return;
	if (index->n_names++ % NAMES_AT_A_TIME == 0)
		arena_reset(index->names);
	if (domain_read(index->names, name, &domain, NULL) != RC_OK) {
		if (index->n_strays < STRAYS_MAX)
			index->strays[index->n_strays++] =
			    arena_copy_text(index->arena, name);
		return;
	}
	if (strcmp(domain, name) != 0)
		signing_index_add_odd(index, domain, name);
	signing_index_add(index, domain);
}

static int
signing_hashes_compare(const void *left, const void *right)
{
	uint64_t a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return a < b ? -1 : a > b ? 1 : 0;
}

static void
signing_hashes_sort(uint64_t *hashes, size_t n)
{
	if (n > 1)
		qsort(hashes, n, sizeof(*hashes), signing_hashes_compare);
}

static bool
signing_hashes_have(const uint64_t *hashes, size_t n, uint64_t hash)
{
	return n > 0 && bsearch(&hash, hashes, n, sizeof(hash),
			    signing_hashes_compare) != NULL;
}

/* A folder that is opened is asked for anew of a server of files, too. */
static bool
signing_folder_status(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_known = fd >= 0 && fstat(fd, st) == 0;

	if (fd >= 0)
		close(fd);
	return is_known;
}

static bool
are_same_times(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
signing_index_holds(const struct signing_index *index, const char *folder)
{
	const struct stat *then = &index->as_read;
	struct stat now;

	return index->settled && strcmp(index->folder, folder) == 0 &&
	       signing_folder_status(folder, &now) &&
	       now.st_dev == then->st_dev && now.st_ino == then->st_ino &&
	       are_same_times(&now.st_mtim, &then->st_mtim) &&
	       are_same_times(&now.st_ctim, &then->st_ctim);
}

static enum rc
signing_index_read_names(struct signing_index *index, struct err *err)
{
	int64_t now = clock_machine_now();
	struct stat *st = &index->as_read;
	enum rc rc;

	index->settled = signing_folder_status(index->folder, st) &&
			 st->st_mtim.tv_sec < now - SETTLED_AFTER &&
			 st->st_ctim.tv_sec < now - SETTLED_AFTER;
	index->names = arena_new();
	rc = signing_folder_each(index->folder, SIGNING_KEYS_DOMAINS_MAX,
	    signing_index_visit, index, err);
	arena_free(index->names);
	signing_hashes_sort(index->hashes, index->n);
	index->room = index->n + 1;
	signing_index_resize(index);
	return rc;
}

enum rc
signing_index_open(const char *folder, struct signing_index *old,
    struct signing_index **out, struct err *err)
{
	struct signing_index *index;
	enum rc rc;

	if (old != NULL && signing_index_holds(old, folder)) {
		atomic_fetch_add(&old->users, 1);
		*out = old;
		return RC_OK;
	}
	index = memory_zeroed(1, sizeof(*index));
	atomic_init(&index->users, 1);
	index->arena = arena_new();
	index->folder = arena_copy_text(index->arena, folder);
	index->key = old != NULL ? old->key : siphash_key_new();
	rc = signing_index_read_names(index, err);
	if (rc != RC_OK)
		signing_index_close(index);
	*out = rc == RC_OK ? index : NULL;
	return rc;
}

void
signing_index_close(struct signing_index *index)
{
	if (index == NULL || atomic_fetch_sub(&index->users, 1) > 1)
		return;
	arena_free(index->arena);
	free(index->hashes);
	free(index);
}

size_t
signing_index_size(const struct signing_index *index)
{
	return index->n;
}

bool
signing_index_has(const struct signing_index *index, const char *domain)
{
	return signing_hashes_have(index->hashes, index->n,
	    signing_index_hash(index, domain));
}

static void
signing_index_read_odd(const struct signing_index *index, struct arena *a,
    const char *name, struct signing_domain *out)
{
	struct signing_domain more;

	signing_folder_read(a, arena_printf(a, "%s/%s", index->folder, name),
	    out->name, &more);
	if (out->folder == NULL)
		out->folder = more.folder;
	signing_folder_merge(a, out, &more);
}

/* Of a domain without an odd folder it is trouble if that of its name is not
   there. */
void
signing_index_read(const struct signing_index *index, struct arena *a,
    const char *domain, struct signing_domain *out)
{
	const char *name = arena_copy_text(a, domain);
	const char *path = arena_printf(a, "%s/%s", index->folder, name);
	bool has_odd = false;

	for (const struct odd_folder *o = index->odd; o != NULL; o = o->next)
		has_odd = has_odd || strcmp(o->domain, domain) == 0;
	*out = (struct signing_domain){.name = name};
	if (!has_odd || access(path, F_OK) == 0 || errno != ENOENT)
		signing_folder_read(a, path, name, out);
	for (const struct odd_folder *o = index->odd; has_odd && o != NULL;
	     o = o->next)
		if (strcmp(o->domain, domain) == 0)
			signing_index_read_odd(index, a, o->name, out);
	signing_domain_sort(out);
	atomic_store(&out->is_read, true);
}

void
signing_index_strays(const struct signing_index *index, signing_say_fn *say)
{
	for (size_t i = 0; i < index->n_strays; i++) {
		struct arena *a = arena_new();

		say(arena_printf(a, "dkim: %s/%s: no domain's name",
		    index->folder, index->strays[i]));
		arena_free(a);
	}
}

size_t
signing_index_lost(const struct signing_index *old,
    const struct signing_index *next, const struct signing_domain *domains,
    size_t n)
{
	uint64_t *present = memory_zeroed(n + 1, sizeof(*present));
	size_t lost = 0;

	for (size_t i = 0; i < n; i++)
		present[i] = signing_index_hash(old, domains[i].name);
	signing_hashes_sort(present, n);
	for (size_t i = 0; next != old && i < old->n; i++)
		lost += !signing_hashes_have(present, n, old->hashes[i]) &&
			(next == NULL || !signing_hashes_have(next->hashes,
					     next->n, old->hashes[i]));
	free(present);
	return lost;
}
