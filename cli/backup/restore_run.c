/* SPDX-License-Identifier: MIT */
/* `postward store restore`: a backup in the place where it was. */
#include "backup_read.h"
#include "backup_source.h"
#include "base/file.h"
#include "base/str.h"
#include "command.h"
#include "output.h"
#include "restore_place.h"
#include "store/sqlite_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct restore {
	struct invocation *in;
	FILE *from;
	struct backup_content content;
	const char *root; /* "" or a folder, without a slash at its end */
	int64_t now;
	size_t restored;
};

static const char *
restore_place(const struct restore *r, const struct backup_member *m)
{
	return arena_printf(r->in->arena, "%s/%s", r->root, m->head.name);
}

static const char *
restore_new_name(const struct restore *r, const struct backup_member *m)
{
	return arena_printf(r->in->arena, "%s.restored", restore_place(r, m));
}

static bool
is_sqlite_member(const struct restore *r, const struct backup_member *m)
{
	return restore_is_sqlite(r->from, m);
}

/* By name where there is one: numbers differ from machine to machine. */
static bool
give_to_owner(int fd, const struct ustar *head)
{
	const struct passwd *user = getpwnam(head->user);
	const struct group *group = getgrnam(head->group);

	return (geteuid() != 0 ||
		   fchown(fd, user != NULL ? user->pw_uid : head->uid,
		       group != NULL ? group->gr_gid : head->gid) == 0) &&
	       fchmod(fd, head->mode) == 0;
}

static enum rc
make_folders_above(const struct restore *r, const char *path, struct err *err)
{
	char *p = arena_copy_text(r->in->arena, path);

	for (char *slash = strchr(p + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(p, 0755) != 0 && errno != EEXIST)
			return err_set(err, RC_TEMP, "%s: %s", p,
			    strerror(errno));
		*slash = '/';
	}
	return RC_OK;
}

/* One that is there stays as it is. */
static enum rc
restore_folder(const struct restore *r, const struct backup_member *m,
    struct err *err)
{
	const char *path = restore_place(r, m);
	enum rc rc = make_folders_above(r, path, err);
	int fd;

	if (rc != RC_OK || (mkdir(path, 0700) != 0 && errno == EEXIST))
		return rc;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !give_to_owner(fd, &m->head))
		rc = err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum rc
write_restored(const struct restore *r, const struct backup_member *m, int fd,
    const char *path, struct err *err)
{
	enum rc rc = backup_extract(r->from, m, fd, err);

	if (rc == RC_OK && is_sqlite_member(r, m))
		rc = sqlite_copy_ready(path, err);
	if (rc == RC_OK && (!give_to_owner(fd, &m->head) || fsync(fd) != 0))
		rc = err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	return rc;
}

/* Beside its place, under another name. */
static enum rc
restore_beside(const struct restore *r, const struct backup_member *m,
    struct err *err)
{
	const char *path = restore_new_name(r, m);
	enum rc rc = make_folders_above(r, path, err);
	int fd;

	if (rc != RC_OK)
		return rc;
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	rc = write_restored(r, m, fd, path, err);
	close(fd);
	return rc;
}

static enum rc
refuse_used_store(const struct restore *r, const struct backup_member *m,
    struct err *err)
{
	const char *path = restore_place(r, m);

	return is_sqlite_member(r, m) && sqlite_copy_in_use(path)
		   ? err_set(err, RC_PERM,
			 "%s: programs use it; stop them first: systemctl stop "
			 "'postward-*'",
			 path)
		   : RC_OK;
}

static enum rc
put_in_place(struct restore *r, const struct backup_member *m, struct err *err)
{
	struct arena *a = r->in->arena;
	const char *path = restore_place(r, m);
	bool there = restore_is_there(r->from, m, path);
	enum rc rc = refuse_used_store(r, m, err);

	if (rc == RC_OK && !there)
		rc = restore_put_aside(a, path, is_sqlite_member(r, m), r->now,
		    err);
	if (rc == RC_OK && rename(restore_new_name(r, m), path) != 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (rc != RC_OK)
		return rc;
	file_sync_folder(dirname(arena_copy_text(a, path)));
	printf("%s: restored\n", output_shown(a, path));
	r->restored++;
	return RC_OK;
}

typedef enum rc restore_step(struct restore *r, const struct backup_member *m,
    struct err *err);

static enum rc
for_each_restored(struct restore *r, bool folders, restore_step *step,
    struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->content.n && rc == RC_OK; i++)
		if (r->content.members[i].head.folder == folders)
			rc = step(r, &r->content.members[i], err);
	return rc;
}

/* Before anything is changed. */
static enum rc
check_restore_place(struct restore *r, const struct backup_member *m,
    struct err *err)
{
	const char *path = restore_place(r, m);
	enum rc rc;

	if (access(path, F_OK) != 0)
		return RC_OK;
	rc = refuse_used_store(r, m, err);
	if (rc != RC_OK || r->in->options[OPTION_FORCE] != NULL ||
	    restore_is_there(r->from, m, path))
		return rc;
	return err_set(err, RC_PERM,
	    "%s is there; --force keeps it beside what is restored", path);
}

static enum rc
restore_folder_step(struct restore *r, const struct backup_member *m,
    struct err *err)
{
	return restore_folder(r, m, err);
}

static enum rc
restore_beside_step(struct restore *r, const struct backup_member *m,
    struct err *err)
{
	return restore_beside(r, m, err);
}

static enum rc
remove_beside(struct restore *r, const struct backup_member *m, struct err *err)
{
	(void)err;
	unlink(restore_new_name(r, m));
	return RC_OK;
}

static enum rc
restore_all(struct restore *r, struct err *err)
{
	struct err ignored;
	enum rc rc = backup_read(r->in->arena, r->from, &r->content, err);

	if (rc == RC_OK)
		rc = for_each_restored(r, false, check_restore_place, err);
	if (rc == RC_OK)
		rc = for_each_restored(r, true, restore_folder_step, err);
	if (rc == RC_OK)
		rc = for_each_restored(r, false, restore_beside_step, err);
	if (rc == RC_OK)
		rc = for_each_restored(r, false, put_in_place, err);
	if (rc != RC_OK)
		for_each_restored(r, false, remove_beside, &ignored);
	return rc;
}

/* Opened, and restored. */
static enum rc
restore_from(struct restore *r, const char *path, struct err *err)
{
	const char *file = r->in->options[OPTION_PASSPHRASE_FILE];
	const char *passphrase = NULL;
	enum rc rc = RC_OK;

	if (file != NULL)
		rc = backup_passphrase(r->in->arena, file, &passphrase, err);
	if (rc != RC_OK)
		return rc;
	rc = backup_source_open(r->in->arena, path, passphrase, &r->from, err);
	if (rc == RC_OK)
		rc = restore_all(r, err);
	if (r->from != NULL)
		fclose(r->from);
	return rc == RC_OK
		   ? rc
		   : err_set(err, rc, "%s: %s",
			 strcmp(path, "-") == 0 ? "standard input" : path,
			 err->text);
}

int
store_restore_run(struct invocation *in)
{
	const char *root = in->options[OPTION_ROOT];
	struct restore r = {.in = in, .now = (int64_t)time(NULL)};
	struct err err;
	enum rc rc;

	r.root = root == NULL ? "" : arena_copy_text(in->arena, root);
	if (root != NULL && root[0] != '/') {
		output_wrong(in, "--root %s: expected an absolute path", root);
		return EXIT_USAGE;
	}
	rc = restore_from(&r, in->arguments[0], &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	printf("%zu files restored\n", r.restored);
	return EXIT_DONE;
}
