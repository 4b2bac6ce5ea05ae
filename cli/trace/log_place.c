/* SPDX-License-Identifier: MIT */
#include "log_place.h"

#include "log_spool.h"
#include "postconf.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROTATED_MAX 1000

static const char *const usual_files[] = {"/var/log/mail.log",
    "/var/log/maillog", "/var/log/syslog", "/var/log/messages"};

/* ---- one log in files */

struct rotated {
	const char *path;
	int64_t changed;
};

static int
compare_rotated(const void *left, const void *right)
{
	const struct rotated *a = left, *b = right;

	return (a->changed > b->changed) - (a->changed < b->changed);
}

/* "mail.log.1", "mail.log.2.gz", "mail.log-20261128.gz" of "mail.log". */
static bool
is_rotated(const char *name, const char *of)
{
	size_t len = strlen(of);

	return strncmp(name, of, len) == 0 &&
	       (name[len] == '.' || name[len] == '-') && name[len + 1] >= '0' &&
	       name[len + 1] <= '9';
}

static size_t
list_rotated(struct arena *a, const char *path, int64_t since,
    struct rotated *out, size_t room)
{
	const char *folder = file_folder(a, path), *slash = strrchr(path, '/'),
		   *of = slash == NULL ? path : slash + 1;
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	struct stat st;
	size_t n = 0;

	while (dir != NULL && n < room && (entry = readdir(dir)) != NULL) {
		const char *whole =
		    arena_printf(a, "%s/%s", folder, entry->d_name);

		if (is_rotated(entry->d_name, of) && stat(whole, &st) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime >= since)
			out[n++] = (struct rotated){whole, st.st_mtime};
	}
	if (dir != NULL)
		closedir(dir);
	qsort(out, n, sizeof(*out), compare_rotated);
	return n;
}

static const char *
cure_of(int error)
{
	return error == EACCES
		   ? ": run it as root, or as a member of the group adm"
		   : "";
}

static void
add_trouble(struct log_place *place, struct arena *a, const char *text)
{
	place->trouble = place->trouble == NULL
			     ? text
			     : arena_printf(a, "%s; %s", place->trouble, text);
}

static bool
is_open_already(const struct log_place *place, const struct stat *st)
{
	for (size_t i = 0; i < place->files.n; i++) {
		struct stat other;

		if (fstat(place->files.files[i].fd, &other) == 0 &&
		    other.st_dev == st->st_dev && other.st_ino == st->st_ino)
			return true;
	}
	return false;
}

static void
add_file(struct invocation *in, struct log_place *place, const char *path,
    int fd, const struct stat *st)
{
	struct arena *a = in->arena;
	const char *unpacker = log_spool_unpacker(path);
	struct err err;

	if (unpacker == NULL) {
		log_files_add(&place->files, a, path, fd, st->st_size,
		    st->st_mtime);
		return;
	}
	close(fd);
	if (log_spool_unpack(a, path, unpacker, st->st_mtime, &place->files,
		&err) != RC_OK)
		add_trouble(place, a,
		    arena_printf(a, "%s is not whole: %s", path, err.text));
}

static void
open_file(struct invocation *in, struct log_place *place, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		add_trouble(place, in->arena,
		    arena_printf(in->arena, "%s: %s%s", path, strerror(errno),
			cure_of(errno)));
		return;
	}
	if (!S_ISREG(st.st_mode))
		add_trouble(place, in->arena,
		    arena_printf(in->arena, "%s is no file", path));
	if (!S_ISREG(st.st_mode) || is_open_already(place, &st))
		close(fd);
	else
		add_file(in, place, path, fd, &st);
}

/* The newest is opened first: whoever rotates it meanwhile only gives it
   another name.  Then they are put into order. */
static enum rc
open_files(struct invocation *in, const char *path, int64_t since,
    struct log_place *out, struct err *err)
{
	struct arena *a = in->arena;
	struct rotated *old = arena_take_array(a, ROTATED_MAX, sizeof(*old));
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error = errno;
	struct stat st;
	size_t n = list_rotated(a, path, since, old, ROTATED_MAX);

	out->what = path;
	for (size_t i = 0; i < n; i++)
		open_file(in, out, old[i].path);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    !is_open_already(out, &st))
		add_file(in, out, path, fd, &st);
	else if (fd >= 0)
		close(fd);
	else
		add_trouble(out, a,
		    arena_printf(a, "%s: %s%s", path, strerror(error),
			cure_of(error)));
	if (out->files.n == 0 && out->trouble == NULL)
		add_trouble(out, a, arena_printf(a, "%s is no file", path));
	if (out->files.n > 0)
		return RC_OK;
	return err_set(err, RC_TEMP, "%s", out->trouble);
}

/* ---- which log */

static enum rc
open_journal(struct invocation *in, int64_t since, int64_t before,
    struct log_place *out, struct err *err)
{
	out->what = "the journal";
	return log_spool_journal(in->arena, since, before, &out->files, err);
}

/* Whether that is so is said by Postfix, if there is one here. */
static const char *
postfix_log(struct invocation *in)
{
	static const char *const words[] = {"-xh", "maillog_file"};
	const char *lines;

	if (postconf_run(in, words, 2, false, &lines, NULL) != RC_OK)
		return NULL;
	lines =
	    arena_printf(in->arena, "%.*s", (int)strcspn(lines, "\n"), lines);
	return lines[0] == '/' && !str_starts(lines, "/dev/") ? lines : NULL;
}

static const char *
usual_file(int64_t since)
{
	struct stat st;

	for (size_t i = 0; i < sizeof(usual_files) / sizeof(*usual_files); i++)
		if (stat(usual_files[i], &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_size > 0 && st.st_mtime >= since)
			return usual_files[i];
	return NULL;
}

enum rc
log_place_open(struct invocation *in, int64_t since, int64_t before,
    struct log_place *out, struct err *err)
{
	const char *chosen = in->options[OPTION_LOG];

	*out = (struct log_place){0};
	if (chosen != NULL && strcmp(chosen, "journal") == 0)
		return open_journal(in, since, before, out, err);
	if (chosen == NULL)
		chosen = postfix_log(in);
	if (chosen == NULL)
		chosen = usual_file(since);
	return chosen != NULL ? open_files(in, chosen, since, out, err)
			      : open_journal(in, since, before, out, err);
}
