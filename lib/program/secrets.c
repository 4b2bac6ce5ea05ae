/* SPDX-License-Identifier: MIT */
#include "program/secrets.h"

#include "base/encode.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX     ((size_t)64 * 1024)
#define SECRETS_MAX  100
#define SECRET_BYTES 24

static enum rc
read_secrets_text(struct arena *a, const char *path, char **out,
    struct stat *st, struct err *err)
{
	size_t len;
	enum rc rc = file_read(a, path, FILE_MAX, out, &len, st, err);

	if (rc == RC_OK && (len > FILE_MAX || strlen(*out) != len))
		return err_set(err, RC_PERM, "%s: not a file of secrets", path);
	return rc;
}

enum rc
secrets_read(struct arena *a, const char *path, const char *const **out,
    size_t *n, bool *open_to_all, struct err *err)
{
	const char **secrets =
	    arena_take_array(a, SECRETS_MAX, sizeof(*secrets));
	char *text, *rest, *line;
	struct stat st = {0};
	enum rc rc = read_secrets_text(a, path, &text, &st, err);

	if (rc != RC_OK)
		return rc;
	*n = 0;
	/* Spaces are part of a secret, as in files of PostSRSd. */
	for (line = strtok_r(text, "\r\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\r\n", &rest))
		if (line[0] != '#' && *n < SECRETS_MAX)
			secrets[(*n)++] = line;
	if (*n == 0)
		return err_set(err, RC_PERM, "%s: no secret in it", path);
	*out = secrets;
	*open_to_all = (st.st_mode & S_IRWXO) != 0;
	return RC_OK;
}

bool
secrets_have_blanks(const char *const *secrets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(secrets[i]);

		if (strspn(secrets[i], " \t") > 0 ||
		    strchr(" \t", secrets[i][len - 1]) != NULL)
			return true;
	}
	return false;
}

static bool
write_secret(int fd)
{
	struct arena *a = arena_new();
	uint8_t bytes[SECRET_BYTES];
	bool done;

	arena_wipe(a);
	done = getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes);
	if (done)
		done = dprintf(fd, "%s\n",
			   encode_base64url(a, bytes, sizeof(bytes))) > 0 &&
		       fsync(fd) == 0;
	explicit_bzero(bytes, sizeof(bytes));
	arena_free(a);
	return done;
}

static bool
write_secret_for(int fd, const struct secrets_owner *owner)
{
	return write_secret(fd) &&
	       (geteuid() != 0 || fchown(fd, owner->user, owner->group) == 0) &&
	       fchmod(fd, owner->mode) == 0;
}

enum rc
secrets_make_for(const char *path, const struct secrets_owner *owner,
    struct err *err)
{
	struct arena *a = arena_new();
	/* Half a secret would be easy to guess: it has no name until it is
	   whole, and a link leaves alone what is there already. */
	char *beside = arena_printf(a, "%s.new-XXXXXX", path);
	enum rc rc = access(path, F_OK) == 0 ? RC_NONE : RC_OK;
	int fd = rc == RC_OK ? mkostemp(beside, O_CLOEXEC) : -1;

	if (rc == RC_OK && fd < 0)
		rc = err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (fd >= 0) {
		rc = write_secret_for(fd, owner) && link(beside, path) == 0
			 ? RC_OK
		     : errno == EEXIST ? RC_NONE
				       : err_set(err, RC_TEMP, "%s: %s", path,
					     strerror(errno));
		close(fd);
		unlink(beside);
		file_sync_folder(dirname(arena_copy_text(a, path)));
	}
	arena_free(a);
	return rc;
}

enum rc
secrets_make(const char *path, const char *like, struct err *err)
{
	struct secrets_owner owner = {.mode = 0600};
	struct stat st;

	if (geteuid() == 0) {
		if (stat(like, &st) != 0)
			return err_set(err, RC_TEMP, "%s: %s", like,
			    strerror(errno));
		owner.user = st.st_uid;
		owner.group = st.st_gid;
	}
	return secrets_make_for(path, &owner, err);
}
