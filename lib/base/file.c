/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/unicode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A program that truncates the file and then writes it takes less time, unless
   the disk is in trouble. */
#define QUIET_MS  100
#define TRIES_MAX 10

#define PASSWORD_MAX ((size_t)512)

#define MS_NS ((int64_t)1000000)

const char file_is_wide[] = "this is UTF-16: save it as UTF-8";

struct reading {
	const char *path;
	size_t most;
	char *text; /* room for most + 2 */
	size_t len;
	struct stat before, after;
};

static enum rc
fail_to_read(const struct reading *r, int problem, struct err *err)
{
	return err_set(err, RC_TEMP, "%s: %s", r->path, strerror(problem));
}

static int64_t
nanoseconds_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 * MS_NS + t.tv_nsec;
}

/* Uses the system's own clock, by which files have their times. */
static bool
file_is_young(const struct stat *st)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = nanoseconds_of(now) - nanoseconds_of(st->st_mtim);
	return age > -QUIET_MS * MS_NS && age < QUIET_MS * MS_NS;
}

static bool
same_state(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	       nanoseconds_of(a->st_mtim) == nanoseconds_of(b->st_mtim);
}

static enum rc
read_bytes(struct reading *r, int fd, struct err *err)
{
	size_t room = r->most + 1;
	ssize_t n;

	r->len = 0;
	do {
		n = read(fd, r->text + r->len, room - r->len);
		if (n > 0)
			r->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	r->text[r->len] = '\0';
	return n < 0 ? fail_to_read(r, errno, err) : RC_OK;
}

/* RC_NONE: the file was written meanwhile.  The open file is looked at, not its
   name: a file over which another is renamed stays whole. */
static enum rc
read_once(struct reading *r, int fd, struct err *err)
{
	const struct timespec pause = {.tv_nsec = QUIET_MS * MS_NS};
	enum rc rc;

	if (fstat(fd, &r->before) != 0)
		return fail_to_read(r, errno, err);
	rc = read_bytes(r, fd, err);
	if (rc != RC_OK || !S_ISREG(r->before.st_mode) || r->len > r->most)
		return rc;
	if (file_is_young(&r->before))
		nanosleep(&pause, NULL);
	if (fstat(fd, &r->after) != 0)
		return fail_to_read(r, errno, err);
	return same_state(&r->before, &r->after) &&
		       r->len == (size_t)r->before.st_size
		   ? RC_OK
		   : RC_NONE;
}

static enum rc
read_when_quiet(struct reading *r, struct err *err)
{
	enum rc rc = RC_NONE;

	for (int i = 0; rc == RC_NONE && i < TRIES_MAX; i++) {
		int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

		if (fd < 0)
			return errno == ENOENT ? err_set(err, RC_NONE, "%s: %s",
						     r->path, strerror(errno))
					       : fail_to_read(r, errno, err);
		rc = read_once(r, fd, err);
		close(fd);
	}
	return rc == RC_NONE
		   ? err_set(err, RC_TEMP,
			 "%s: somebody is writing it: try again", r->path)
		   : rc;
}

enum rc
file_read(struct arena *a, const char *path, size_t most, char **out,
    size_t *len, struct stat *st, struct err *err)
{
	struct reading r = {.path = path, .most = most};
	enum rc rc;

	r.text = *out = arena_take(a, most + 2);
	rc = read_when_quiet(&r, err);
	if (rc != RC_OK)
		return rc;
	if (unicode_is_wide(r.text, r.len))
		return err_set(err, RC_PERM, "%s: %s", path, file_is_wide);
	*len = r.len;
	if (r.len <= most) {
		*out += unicode_bom(r.text, r.len);
		*len -= (size_t)(*out - r.text);
	}
	if (st != NULL)
		*st = r.before;
	return RC_OK;
}

const char *
file_folder(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path
		   ? "/"
		   : arena_copy_bytes(a, path, (size_t)(slash - path));
}

enum rc
file_read_password(struct arena *a, const char *path, const char *cure,
    char **out, struct err *err)
{
	struct err why = {""};
	size_t len = 0;
	enum rc rc = file_read(a, path, PASSWORD_MAX, out, &len, NULL, &why);

	if (rc == RC_PERM)
		return err_set(err, RC_TEMP, "%s", why.text);
	if (rc != RC_OK)
		return err_set(err, RC_TEMP, "%s: %s", why.text, cure);
	(*out)[strcspn(*out, "\r\n")] = '\0';
	return (*out)[0] != '\0' && len <= PASSWORD_MAX
		   ? RC_OK
		   : err_set(err, RC_TEMP,
			 "%s: no password in its first line: %s", path, cure);
}
