/* SPDX-License-Identifier: MIT */
/* `postward store backup`: what is private of a site, in one file. */
#include "backup_copy.h"
#include "backup_files.h"
#include "backup_source.h"
#include "backup_write.h"
#include "command.h"
#include "output.h"
#include "sealed.h"
#include "sealed_head.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup_work {
	struct invocation *in;
	struct backup *backup;
	const char *passphrase; /* NULL: it is not encrypted */
	const char *folder;     /* of the backup; NULL: standard output */
	const char *name;       /* of the backup in it */
	size_t files;
};

/* Encrypted, nothing in clear lies where the backup goes. */
static enum rc
back_up_store(struct backup_work *w, const char *file, struct err *err)
{
	bool apart = w->folder == NULL || w->passphrase != NULL;
	struct arena *a = w->in->arena;
	const char *as;
	FILE *copy;
	enum rc rc = backup_open_copy(a, file,
	    apart ? NULL : arena_printf(a, "%s/.%s.store", w->folder, w->name),
	    &copy, err);

	if (rc != RC_OK)
		return rc;
	as = backup_path(a, file);
	rc = backup_add_open(w->backup, as != NULL ? as : file, copy, err);
	fclose(copy);
	w->files += rc == RC_OK;
	return rc;
}

/* The configuration comes first, so that who looks into the archive sees what
   it is; the store last, so that what it needs is older than it. */
static enum rc
back_up_all(struct backup_work *w, struct err *err)
{
	const char *store = backup_store_file(w->in->settings);
	struct arena *a = w->in->arena;
	struct backup_files files;
	enum rc rc = backup_files_find(a, w->in->settings, &files, err);

	for (size_t i = 0; i < files.n && rc == RC_OK; i++) {
		rc = backup_add(w->backup, files.paths[i], files.paths[i], err);
		w->files += rc == RC_OK;
		if (rc == RC_NONE) /* it went meanwhile */
			rc = RC_OK;
	}
	return rc == RC_OK && store != NULL ? back_up_store(w, store, err) : rc;
}

static enum rc
write_archive(struct backup_work *w, FILE *to, struct err *err)
{
	struct err ignored;
	enum rc rc;

	w->backup = backup_begin(to);
	rc = back_up_all(w, err);
	return rc == RC_OK ? backup_end(w->backup, err)
			   : (backup_end(w->backup, &ignored), rc);
}

static enum rc
write_sealed_archive(struct backup_work *w, FILE *to, struct err *err)
{
	unsigned char key[SEALED_KEY_LEN];
	FILE *sealed;
	enum rc rc =
	    sealed_head_write(to, w->passphrase, SEALED_COST_MAX, key, err);

	if (rc == RC_OK)
		rc = sealed_writer_open(to, key, &sealed, err);
	explicit_bzero(key, sizeof(key));
	if (rc != RC_OK)
		return rc;
	rc = write_archive(w, sealed, err);
	if (fclose(sealed) != 0 && rc == RC_OK)
		rc = err_set(err, RC_TEMP, "it cannot be written: %s",
		    strerror(errno));
	return rc;
}

static enum rc
write_backup(struct backup_work *w, FILE *to, struct err *err)
{
	return w->passphrase != NULL ? write_sealed_archive(w, to, err)
				     : write_archive(w, to, err);
}

/* Can there be a file of that name? */
static enum rc
check_backup_place(const struct backup_work *w, const char *path,
    struct err *err)
{
	struct stat st;

	if (stat(w->folder, &st) != 0)
		return err_set(err, RC_PERM, "%s: %s", w->folder,
		    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, RC_PERM, "%s: not a folder", w->folder);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, RC_PERM, "%s: not a file%s", path,
		    S_ISDIR(st.st_mode) ? "" : "; - is standard output");
	return RC_OK;
}

/* Under its name once it is whole. */
static enum rc
write_backup_file(struct backup_work *w, const char *path, struct err *err)
{
	struct arena *a = w->in->arena;
	const char *new = arena_printf(a, "%s/.%s.new", w->folder, w->name);
	enum rc rc = check_backup_place(w, path, err);
	FILE *to;
	int fd;

	if (rc == RC_OK)
		rc = backup_fresh_file(new, &fd, err);
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

static enum rc
make_backup(struct backup_work *w, const char *path, struct err *err)
{
	struct arena *a = w->in->arena;
	const char *file = w->in->options[OPTION_PASSPHRASE_FILE];
	enum rc rc = RC_OK;

	if (file != NULL)
		rc = backup_passphrase(a, file, &w->passphrase, err);
	if (rc != RC_OK)
		return rc;
	if (strcmp(path, "-") == 0)
		return isatty(STDOUT_FILENO)
			   ? err_set(err, RC_PERM,
				 "standard output is a terminal")
			   : write_backup(w, stdout, err);
	w->name = basename(arena_copy_text(a, path));
	w->folder = dirname(arena_copy_text(a, path));
	return write_backup_file(w, path, err);
}

int
store_backup_run(struct invocation *in)
{
	const char *path = in->arguments[0];
	struct backup_work w = {.in = in};
	struct err err;
	enum rc rc = make_backup(&w, path, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	fprintf(stderr, "%s: %zu files%s\n",
	    strcmp(path, "-") == 0 ? "backup" : output_shown(in->arena, path),
	    w.files, w.passphrase != NULL ? ", encrypted" : "");
	if (backup_store_file(in->settings) == NULL)
		output_wrong(in, "the database is not in it: mariadb-dump "
				 "--single-transaction saves it");
	return EXIT_DONE;
}
