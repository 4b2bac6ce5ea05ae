/* SPDX-License-Identifier: MIT */
#include "backup_copy.h"
#include "command.h"
#include "output.h"

#include "store_secrets.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
folder_of(struct invocation *in, const char *path)
{
	return dirname(arena_copy_text(in->arena, path));
}

/* Made by root, it is for the programs, which do not run as root: it belongs to
   whoever owns the folder above. */
static enum rc
make_folder(struct invocation *in, const char *folder, struct err *err)
{
	struct stat above;

	if (mkdir(folder, 0750) != 0)
		return errno == EEXIST ? RC_OK
				       : err_set(err, RC_TEMP, "%s: %s", folder,
					     strerror(errno));
	if (geteuid() == 0 &&
	    (stat(folder_of(in, folder), &above) != 0 ||
		lchown(folder, above.st_uid, above.st_gid) != 0))
		return err_set(err, RC_TEMP, "%s: chown: %s", folder,
		    strerror(errno));
	return RC_OK;
}

/* Of the tables that are to be changed; the way back to the version before. */
static enum rc
copy_before_migration(struct invocation *in, struct store *store,
    const char *file, struct err *err)
{
	const char *copy;
	int version, newest;
	enum rc rc = store_version(store, &version, &newest, err);

	if (rc != RC_OK || version == 0 || version >= newest)
		return rc;
	copy = arena_printf(in->arena, "%s/backup-%d.db", folder_of(in, file),
	    version);
	rc = backup_copy_store(in->arena, file, copy, err);
	if (rc == RC_OK)
		printf("%s: version %d, as it was\n", copy, version);
	return rc;
}

static int
migrate_store(struct invocation *in, bool make)
{
	const char *file = backup_store_file(in->settings);
	const char *name = file != NULL ? file : in->settings->store_url;
	struct store *store = NULL;
	struct err err;
	int from, to;
	enum rc rc = RC_OK;

	if (!make && file != NULL && access(file, F_OK) != 0)
		rc = err_set(&err, RC_PERM,
		    "%s: there is no database; first: postward store init",
		    file);
	if (rc == RC_OK && make && file != NULL)
		rc = make_folder(in, folder_of(in, file), &err);
	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	if (rc == RC_OK && file != NULL && access(file, F_OK) == 0)
		rc = copy_before_migration(in, store, file, &err);
	if (rc == RC_OK)
		rc = store_migrate(store, &from, &to, &err);
	store_close(store);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (from == to)
		printf("%s: version %d, nothing to do\n", name, to);
	else if (from == 0)
		printf("%s: made, version %d\n", name, to);
	else
		printf("%s: from version %d to %d\n", name, from, to);
	return EXIT_DONE;
}

/* An older version may have had fewer secrets. */
static int
migrate_all(struct invocation *in, bool make)
{
	int status = migrate_store(in, make);
	struct err err;
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc = store_secrets_make(in->settings, backup_store_file(in->settings),
	    &err);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

int
store_make(struct invocation *in)
{
	return migrate_all(in, true);
}

int
store_init_run(struct invocation *in)
{
	return in->options[OPTION_GRANTS] != NULL ? store_grants(in)
						  : store_make(in);
}

/* Is there anything that an upgrade of the package may migrate?  Hosts of a
   cluster are upgraded one after the other, and those of before need the tables
   of before. */
static bool
upgrade_may_migrate(const struct invocation *in)
{
	const char *file = backup_store_file(in->settings);

	if (file != NULL)
		return access(file, F_OK) == 0 || errno != ENOENT;
	printf("%s: left as it is; once all hosts have this version, type: "
	       "postward store migrate\n",
	    in->settings->store_url);
	return false;
}

int
store_migrate_run(struct invocation *in)
{
	return migrate_all(in, false);
}

int
store_upgrade_run(struct invocation *in)
{
	return upgrade_may_migrate(in) ? migrate_all(in, false) : EXIT_DONE;
}
