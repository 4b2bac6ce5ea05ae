/* SPDX-License-Identifier: MIT */
/*
 * sqlite_files - which files a connection to SQLite has open, and whether their
 * names still mean them: the database, its -wal and its -shm.
 *
 * When a database is restored by hand, or its side files are removed, the files
 * that we have open lose their names: what we read there is old, and what we
 * write there is lost.  All connections of a process to one database share one
 * -shm in SQLite.  So no connection to the new files may be opened before the
 * last one to the old files is closed, and this module keeps a list of all
 * connections.  Seen by lib/store only.
 *
 * Of a database that has no name (path is NULL) nothing is looked at: it never
 * moves, and need not be entered.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct sqlite_file {
	dev_t dev; /* dev and ino are 0: there is no such file */
	ino_t ino;
};

struct sqlite_files {
	LIST_ENTRY(sqlite_files) in_list;
	const char *path; /* of the database; kept, not copied */
	struct sqlite_file db, wal, shm;
	/* Size of the database, and when it was last changed: by a checkpoint,
	   or by somebody who copies another database over it. */
	int64_t size, changed;
};

/* To be called before the database is opened.  Notes its files, and waits, at
   most wait_ms, until no connection to older files of that database is open.
   RC_TEMP: the database cannot be opened now.  After RC_OK, sqlite_files_leave
   must be called once the database is closed. */
enum rc sqlite_files_enter(struct sqlite_files *files, const char *path,
    int64_t wait_ms, struct err *err);
void sqlite_files_leave(struct sqlite_files *files);

/* Do the names mean other files by now, or none? */
bool sqlite_files_moved(const struct sqlite_files *files);
/* True also if the database was written since they were noted. */
bool sqlite_files_changed(const struct sqlite_files *files);
/* Notes the present files as those of the connection, which has just made
   them. */
void sqlite_files_accept(struct sqlite_files *files);
