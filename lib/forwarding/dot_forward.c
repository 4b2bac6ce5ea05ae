/* SPDX-License-Identifier: MIT */
#include "forwarding/dot_forward.h"

#include "base/file.h"
#include "base/unicode.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (64 * 1024)

#define UID_FIRST   1000
#define UID_NOBODY  65534
#define PASSWD_ROOM ((size_t)4 * 1024)
#define PASSWD_MAX  ((size_t)1024 * 1024)

enum rc
home_of_any_user(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	struct passwd entry, *found = NULL;
	int error = ERANGE;

	for (size_t room = PASSWD_ROOM; error == ERANGE && room <= PASSWD_MAX;
	     room *= 4)
		error =
		    getpwnam_r(user, &entry, arena_take(a, room), room, &found);
	if (error != 0)
		return err_set(err, RC_TEMP, "%s: Unix users: %s", user,
		    strerror(error));
	if (found == NULL)
		return RC_NONE;
	*out = (struct unix_user){found->pw_dir, found->pw_uid};
	return RC_OK;
}

enum rc
home_of_unix_user(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	enum rc rc = home_of_any_user(a, user, out, err);

	return rc == RC_OK && (out->uid < UID_FIRST || out->uid == UID_NOBODY)
		   ? RC_NONE
		   : rc;
}

/* Returns NULL, or why somebody else may have written the file. */
static const char *
unsafe_owner(const struct stat *st, unsigned uid)
{
	if (st->st_uid != uid && st->st_uid != 0)
		return "belongs to another user: chown it";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others may write it: chmod go-w it";
	return NULL;
}

/* Opens the home with O_PATH, which suffices for a home that may be searched
   but not listed. */
static enum rc
open_home(const struct unix_user *user, int *out, struct err *err)
{
	const char *problem = NULL;
	struct stat st;
	int fd = open(user->home, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		problem = strerror(errno);
	else if ((st.st_mode & S_ISVTX) != 0) /* the user has shut it */
		problem = "the sticky bit is set: chmod -t it";
	else
		problem = unsafe_owner(&st, user->uid);
	*out = fd;
	if (problem == NULL)
		return RC_OK;
	if (fd >= 0)
		close(fd);
	return err_set(err, RC_TEMP, "%s: %s", user->home, problem);
}

struct content {
	char *text;
	size_t len;
	const char *problem;
};

/* Looks at the open file, in whose place nobody can put another any more. */
static const char *
unfit_file(const struct stat *st, unsigned uid)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size > FILE_MAX)
		return "larger than 64 KiB";
	return unsafe_owner(st, uid);
}

/* Asks for one byte more than the file should have, to see whether it has
   grown: half a file may hold half an address. */
static const char *
read_content(struct arena *a, int fd, size_t size, struct content *out)
{
	ssize_t got;

	out->text = arena_take(a, size + 1);
	do {
		got = read(fd, out->text + out->len, size + 1 - out->len);
		if (got < 0)
			return strerror(errno);
		out->len += (size_t)got;
	} while (got > 0 && out->len <= size);
	return out->len == size ? NULL : "it changed while it was read";
}

static const char *
read_dot_forward_file(struct arena *a, int fd, unsigned uid,
    struct content *out)
{
	const char *problem;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	problem = unfit_file(&st, uid);
	return problem != NULL ? problem
			       : read_content(a, fd, (size_t)st.st_size, out);
}

static enum rc
read_dot_forward(struct arena *a, int home, unsigned uid, struct content *out)
{
	int fd = openat(home, ".forward",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*out = (struct content){0};
	if (fd < 0 && errno == ENOENT)
		return RC_NONE;
	if (fd < 0) {
		out->problem = errno == ELOOP
				   ? "a symbolic link: put a file there"
				   : strerror(errno);
		return RC_TEMP;
	}
	out->problem = read_dot_forward_file(a, fd, uid, out);
	close(fd);
	if (out->problem == NULL && unicode_is_wide(out->text, out->len))
		out->problem = file_is_wide;
	return out->problem == NULL ? RC_OK : RC_TEMP;
}

enum rc
dot_forward_read(struct arena *a, const struct unix_user *user,
    const char *domain, struct dot_forward *out, struct err *err)
{
	struct content content;
	int home;
	enum rc rc = open_home(user, &home, err);

	if (rc != RC_OK)
		return rc;
	rc = read_dot_forward(a, home, user->uid, &content);
	close(home);
	if (rc == RC_TEMP)
		return err_set(err, RC_TEMP, "%s/.forward: %s", user->home,
		    content.problem);
	if (rc != RC_OK)
		return rc;
	*out = dot_forward_parse(a, content.text, content.len, domain);
	if (out->note != NULL)
		out->note =
		    arena_printf(a, "%s/.forward: %s", user->home, out->note);
	return RC_OK;
}
