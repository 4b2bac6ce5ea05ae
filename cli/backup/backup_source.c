/* SPDX-License-Identifier: MIT */
#include "backup_source.h"

#include "base/file.h"
#include "sealed.h"
#include "sealed_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSPHRASE_FILE_MAX ((size_t)64 * 1024)

const char *
backup_large_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] == '/' ? folder : "/var/tmp";
}

enum rc
backup_passphrase(struct arena *a, const char *file, const char **out,
    struct err *err)
{
	struct stat st;
	size_t len;
	char *text;
	enum rc rc =
	    file_read(a, file, PASSPHRASE_FILE_MAX, &text, &len, &st, err);

	if (rc != RC_OK)
		return rc == RC_NONE ? RC_PERM : rc;
	if ((st.st_mode & S_IRWXO) != 0)
		return err_set(err, RC_PERM,
		    "%s: everybody can read it: chmod o= it", file);
	if (len > PASSPHRASE_FILE_MAX || strlen(text) != len)
		return err_set(err, RC_PERM, "%s: not a file of text", file);
	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '\0')
		return err_set(err, RC_PERM,
		    "%s: there is no passphrase in its first line", file);
	*out = text;
	return RC_OK;
}

/* A file without a name, for this process alone. */
static enum rc
open_unnamed_file(struct arena *a, FILE **out, struct err *err)
{
	const char *folder = backup_large_folder();
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not every file system can. */
	if (fd < 0) {
		char *name = arena_printf(a, "%s/postward-XXXXXX", folder);

		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	*out = fd < 0 ? NULL : fdopen(fd, "w+");
	if (*out == NULL && fd >= 0)
		close(fd);
	return *out != NULL
		   ? RC_OK
		   : err_set(err, RC_TEMP, "%s: %s", folder, strerror(errno));
}

/* All of a stream, so that it can be read from any place; closes it. */
static enum rc
keep_stream(struct arena *a, FILE *from, FILE **out, struct err *err)
{
	char buffer[64 * 1024];
	size_t n;
	enum rc rc = open_unnamed_file(a, out, err);

	while (rc == RC_OK && (n = fread(buffer, 1, sizeof(buffer), from)) > 0)
		if (fwrite(buffer, 1, n, *out) != n)
			rc = err_set(err, RC_TEMP, "%s", strerror(errno));
	if (rc == RC_OK && (ferror(from) || fflush(*out) != 0))
		rc = err_set(err, RC_TEMP, "%s", strerror(errno));
	fclose(from);
	if (rc == RC_OK)
		rewind(*out);
	return rc;
}

static enum rc
open_backup_file(struct arena *a, const char *path, FILE **out, struct err *err)
{
	struct stat st;
	FILE *from = strcmp(path, "-") == 0 ? fdopen(STDIN_FILENO, "r")
					    : fopen(path, "re");

	*out = from;
	if (from == NULL || fstat(fileno(from), &st) != 0)
		return err_set(err, RC_PERM, "%s", strerror(errno));
	return S_ISREG(st.st_mode) && lseek(fileno(from), 0, SEEK_CUR) == 0
		   ? RC_OK
		   : keep_stream(a, from, out, err);
}

static enum rc
unseal_backup(struct arena *a, FILE *from, const char *passphrase, FILE **out,
    struct err *err)
{
	unsigned char key[SEALED_KEY_LEN];
	enum rc rc = open_unnamed_file(a, out, err);

	if (rc == RC_OK)
		rc = sealed_head_read(from, passphrase, key, err);
	if (rc == RC_OK)
		rc = sealed_read(from, key, *out, err);
	explicit_bzero(key, sizeof(key));
	if (rc == RC_OK)
		rewind(*out);
	fclose(from);
	return rc;
}

enum rc
backup_source_open(struct arena *a, const char *path, const char *passphrase,
    FILE **out, struct err *err)
{
	char begin[SEALED_HEAD_LEN];
	bool sealed;
	enum rc rc = open_backup_file(a, path, out, err);

	if (rc != RC_OK)
		return rc;
	sealed = sealed_begins(begin, fread(begin, 1, sizeof(begin), *out));
	rewind(*out);
	if (sealed && passphrase == NULL)
		return err_set(err, RC_PERM,
		    "it is encrypted: --passphrase-file FILE opens it");
	/* Anybody can have made it. */
	if (!sealed && passphrase != NULL)
		return err_set(err, RC_PERM,
		    "it is not encrypted, and no passphrase shows whose it is; "
		    "without --passphrase-file it can be read");
	return sealed ? unseal_backup(a, *out, passphrase, out, err) : RC_OK;
}
