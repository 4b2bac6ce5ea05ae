/* SPDX-License-Identifier: MIT */
#include "store/private/sqlite_files.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STORE_PATH_MAX 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_left = PTHREAD_COND_INITIALIZER;
static LIST_HEAD(, sqlite_files) open_files = LIST_HEAD_INITIALIZER(open_files);

static bool
same_file(const struct sqlite_file *a, const struct sqlite_file *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

#define SUFFIX "-wal"

/* name: has the path of the database, and room for the suffix behind it. */
static struct sqlite_file
look_at_side_file(char *name, size_t path_len, const char *suffix)
{
	struct stat st;

	memcpy(name + path_len, suffix, sizeof(SUFFIX));
	return stat(name, &st) == 0 ? (struct sqlite_file){st.st_dev, st.st_ino}
				    : (struct sqlite_file){0};
}

static void
look_at_side_files(const char *path, struct sqlite_files *out)
{
	char name[STORE_PATH_MAX + sizeof(SUFFIX)];
	size_t len = strnlen(path, STORE_PATH_MAX);

	memcpy(name, path, len);
	out->wal = look_at_side_file(name, len, SUFFIX);
	out->shm = look_at_side_file(name, len, "-shm");
}

/* RC_TEMP: there is no database. */
static enum rc
look_at_files(const char *path, struct sqlite_files *out, struct err *err)
{
	struct stat st;

	*out = (struct sqlite_files){.path = path};
	if (stat(path, &st) != 0)
		return errno == ENOENT
			   ? err_set(err, RC_TEMP,
				 "%s: there is no such file: make it with "
				 "'postward store init'",
				 path)
			   : err_set(err, RC_TEMP,
				 "%s: %s: let this user search the folders "
				 "above it",
				 path, strerror(errno));
	out->db = (struct sqlite_file){st.st_dev, st.st_ino};
	out->size = st.st_size;
	out->changed =
	    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	look_at_side_files(path, out);
	return RC_OK;
}

/* The caller holds the lock. */
static bool
others_have_older(const struct sqlite_files *mine)
{
	struct sqlite_files *f;

	LIST_FOREACH(f, &open_files, in_list)
	if (same_file(&f->db, &mine->db) &&
	    !(same_file(&f->wal, &mine->wal) && same_file(&f->shm, &mine->shm)))
		return true;
	return false;
}

enum rc
sqlite_files_enter(struct sqlite_files *files, const char *path,
    int64_t wait_ms, struct err *err)
{
	struct timespec end = clock_after(wait_ms);
	int late = 0;
	enum rc rc;

	pthread_mutex_lock(&lock);
	rc = look_at_files(path, files, err);
	while (rc == RC_OK && late == 0 && others_have_older(files)) {
		late = pthread_cond_clockwait(&one_left, &lock, CLOCK_MONOTONIC,
		    &end);
		rc = look_at_files(path, files, err);
	}
	if (rc == RC_OK && others_have_older(files))
		rc = err_set(err, RC_TEMP,
		    "%s: its -wal or -shm is another file, and the old one is "
		    "in use: try again",
		    path);
	if (rc == RC_OK)
		LIST_INSERT_HEAD(&open_files, files, in_list);
	pthread_mutex_unlock(&lock);
	return rc;
}

void
sqlite_files_leave(struct sqlite_files *files)
{
	if (files->path == NULL)
		return;
	pthread_mutex_lock(&lock);
	LIST_REMOVE(files, in_list);
	pthread_cond_broadcast(&one_left);
	pthread_mutex_unlock(&lock);
}

bool
sqlite_files_moved(const struct sqlite_files *files)
{
	struct sqlite_files now;

	if (files->path == NULL)
		return false;
	return look_at_files(files->path, &now, NULL) != RC_OK ||
	       !same_file(&now.db, &files->db) ||
	       !same_file(&now.wal, &files->wal) ||
	       !same_file(&now.shm, &files->shm);
}

bool
sqlite_files_changed(const struct sqlite_files *files)
{
	struct sqlite_files now;

	return look_at_files(files->path, &now, NULL) != RC_OK ||
	       !same_file(&now.db, &files->db) ||
	       !same_file(&now.wal, &files->wal) ||
	       !same_file(&now.shm, &files->shm) || now.size != files->size ||
	       now.changed != files->changed;
}

void
sqlite_files_accept(struct sqlite_files *files)
{
	struct sqlite_files now;

	pthread_mutex_lock(&lock);
	if (look_at_files(files->path, &now, NULL) == RC_OK) {
		files->db = now.db;
		files->wal = now.wal;
		files->shm = now.shm;
		files->size = now.size;
		files->changed = now.changed;
	}
	pthread_mutex_unlock(&lock);
}
