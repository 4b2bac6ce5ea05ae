/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
file_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool
file_write_bytes(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
file_give(int fd, const struct file_owner *owner)
{
	return (geteuid() != 0 || fchown(fd, owner->user, owner->group) == 0) &&
	       fchmod(fd, owner->mode) == 0;
}

enum rc
file_write(struct arena *a, const char *path, const char *text, size_t len,
    const struct file_owner *owner, struct err *err)
{
	const char *folder = dirname(arena_copy_text(a, path));
	/* Nobody reads names that begin with a dot. */
	char *beside = arena_printf(a, "%s/.new-XXXXXX", folder);
	int fd = mkostemp(beside, O_CLOEXEC);
	bool done;

	if (fd < 0)
		return err_set(err, RC_TEMP, "%s: %s", folder, strerror(errno));
	done = file_write_bytes(fd, text, len) && file_give(fd, owner) &&
	       fsync(fd) == 0;
	done = close(fd) == 0 && done;
	done = done && rename(beside, path) == 0;
	if (!done) {
		err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
		unlink(beside);
		return RC_TEMP;
	}
	file_sync_folder(folder);
	return RC_OK;
}
