/* SPDX-License-Identifier: MIT */
/*
 * sqlite_files - which files a connection to SQLite has open, and whether their
 * names still mean them: the database, its -wal and its -shm.
 *
 * A database that is restored by hand, or whose side files are removed, leaves
 * us with files that have no name any more: what is read there is old, and what
 * is written there is lost.  SQLite lets all connections of a process to one
 * database share one -shm: none to the new files may be opened before the last
 * one to the old is closed.  Hence a list of all of them.  Seen by lib/store
 * only.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct sqlite_file {
	dev_t dev; /* both 0: there is none */
	ino_t ino;
};

struct sqlite_files {
	LIST_ENTRY(sqlite_files) in_list;
	const char *path; /* of the database; kept, not copied */
	struct sqlite_file db, wal, shm;
	/* Of the database: it is written at a checkpoint, or by somebody who
	   copies another over it. */
	int64_t size, changed;
};

/* To be called before the database is opened.  Notes its files, and waits, at
   most wait_ms, until no connection to older files of that database is open.
   RC_TEMP: it cannot be opened now; RC_OK: sqlite_files_leave has to follow its
   close. */
enum rc sqlite_files_enter(struct sqlite_files *files, const char *path,
    int64_t wait_ms, struct err *err);
void sqlite_files_leave(struct sqlite_files *files);

/* Do the names mean other files by now, or none? */
bool sqlite_files_moved(const struct sqlite_files *files);
/* True also if the database was written since. */
bool sqlite_files_changed(const struct sqlite_files *files);
/* Notes the present files as those of the connection, which has just made
   them. */
void sqlite_files_accept(struct sqlite_files *files);
