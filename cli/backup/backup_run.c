/* SPDX-License-Identifier: MIT */
/* `postward store backup`: what is private of a site, in one file. */
#include "backup_run.h"

#include "backup_write.h"
#include "base/str.h"
#include "output.h"
#include "store/sqlite_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup_work {
	struct invocation *in;
	struct backup *backup;
	const char *folder; /* of files that are made on the way */
	const char *name;   /* of the backup in it */
	size_t files;
};

const char *
backup_store_file(const struct settings *s)
{
	return str_starts(s->store_url, "sqlite:")
		   ? s->store_url + strlen("sqlite:")
		   : NULL;
}

/* A file of that name that nobody else writes, empty, for its owner alone; what
   a run that was killed has left there is used again. */
static enum rc
open_fresh_file(const char *path, int *out, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	*out = fd;
	if (fd < 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fchmod(fd, 0600) != 0 ||
	    ftruncate(fd, 0) != 0) {
		close(fd);
		return err_set(err, RC_TEMP, "%s: another backup writes it",
		    path);
	}
	return RC_OK;
}

enum rc
backup_copy_store(struct arena *a, const char *store, const char *to,
    struct err *err)
{
	const char *new = arena_printf(a, "%s.new", to);
	struct stat st;
	int fd;
	enum rc rc = open_fresh_file(new, &fd, err);

	if (rc != RC_OK)
		return rc;
	rc = sqlite_copy_write(store, new, err);
	if (rc == RC_OK && stat(store, &st) == 0 && geteuid() == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		rc = err_set(err, RC_TEMP, "%s: %s", new, strerror(errno));
	if (rc == RC_OK && (fsync(fd) != 0 || rename(new, to) != 0))
		rc = err_set(err, RC_TEMP, "%s: %s", to, strerror(errno));
	if (rc != RC_OK)
		unlink(new);
	close(fd);
	return rc;
}

/* Absent ones are left out: not every site has each. */
static enum rc
back_up_file(struct backup_work *w, const char *path, struct err *err)
{
	enum rc rc;

	if (path == NULL || path[0] != '/')
		return RC_OK;
	rc = backup_add(w->backup, path, path, err);
	w->files += rc == RC_OK;
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
back_up_pattern(struct backup_work *w, const char *pattern, struct err *err)
{
	enum rc rc = RC_OK;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && rc == RC_OK; i++)
			rc = back_up_file(w, found.gl_pathv[i], err);
	globfree(&found);
	return rc;
}

static enum rc
back_up_store(struct backup_work *w, const char *file, struct err *err)
{
	struct arena *a = w->in->arena;
	const char *copy = arena_printf(a, "%s/.%s.store", w->folder, w->name);
	enum rc rc = backup_copy_store(a, file, copy, err);

	if (rc == RC_OK)
		rc = backup_add(w->backup, file, copy, err);
	unlink(copy);
	w->files += rc == RC_OK;
	return rc == RC_NONE ? RC_TEMP : rc;
}

/* The configuration comes first, so that who looks into the archive sees what
   it is; the store last, so that what it needs is older than it. */
static enum rc
back_up_all(struct backup_work *w, struct err *err)
{
	const struct settings *s = w->in->settings;
	struct arena *a = w->in->arena;
	const char *given = w->in->options[OPTION_CONFIG];
	char *config =
	    realpath(given != NULL ? given : settings_default_path, NULL);
	const char *path = arena_copy_text(a, config);
	const char *const files[] = {path, s->store_password_file,
	    s->secrets_file, s->codes_file, s->approvals_file,
	    s->mailer.password_file};
	const char *store = backup_store_file(s);
	enum rc rc = RC_OK;

	free(config);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && rc == RC_OK;
	     i++)
		rc = back_up_file(w, files[i], err);
	if (rc == RC_OK && path != NULL)
		rc = back_up_pattern(w,
		    arena_printf(a, "%s/conf.d/*.conf",
			dirname(arena_copy_text(a, path))),
		    err);
	if (rc == RC_OK && s->dkim.keys != NULL)
		rc = back_up_pattern(w,
		    arena_printf(a, "%s/*/*.pem", s->dkim.keys), err);
	return rc == RC_OK && store != NULL ? back_up_store(w, store, err) : rc;
}

static enum rc
write_backup(struct backup_work *w, FILE *to, struct err *err)
{
	struct err ignored;
	enum rc rc;

	w->backup = backup_begin(to);
	rc = back_up_all(w, err);
	return rc == RC_OK ? backup_end(w->backup, err)
			   : (backup_end(w->backup, &ignored), rc);
}

/* Under its name once it is whole. */
static enum rc
write_backup_file(struct backup_work *w, const char *path, struct err *err)
{
	struct arena *a = w->in->arena;
	const char *new = arena_printf(a, "%s/.%s.new", w->folder, w->name);
	FILE *to;
	int fd;
	enum rc rc = open_fresh_file(new, &fd, err);

	if (rc != RC_OK)
		return rc;
	to = fdopen(fd, "w");
	rc = to == NULL ? err_set(err, RC_TEMP, "%s", strerror(errno))
			: write_backup(w, to, err);
	if (rc == RC_OK && (fsync(fd) != 0 || rename(new, path) != 0))
		rc = err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (rc != RC_OK)
		unlink(new);
	if (to != NULL)
		fclose(to);
	return rc;
}

int
store_backup_run(struct invocation *in)
{
	const char *path = in->arguments[0], *tmp = getenv("TMPDIR");
	bool out = strcmp(path, "-") == 0;
	struct backup_work w = {.in = in};
	struct err err;
	enum rc rc;

	w.folder = out ? (tmp != NULL ? tmp : "/tmp")
		       : dirname(arena_copy_text(in->arena, path));
	w.name = out ? arena_printf(in->arena, "postward-%d", (int)getpid())
		     : basename(arena_copy_text(in->arena, path));
	rc = out ? write_backup(&w, stdout, &err)
		 : write_backup_file(&w, path, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	fprintf(stderr, "%s: %zu files\n", out ? "backup" : path, w.files);
	if (backup_store_file(in->settings) == NULL)
		output_wrong(in, "the database is not in it: mariadb-dump "
				 "--single-transaction saves it");
	return EXIT_DONE;
}
