/* SPDX-License-Identifier: MIT */
#include "base/temporary_file.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Without a name where file systems can, else it has one for a moment. */
static int
open_nameless(const char *folder)
{
	struct arena *a = arena_new();
	char *name = arena_printf(a, "%s/postward-XXXXXX", folder);
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	arena_free(a);
	return fd;
}

int
temporary_file_open(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open_nameless(folder == NULL || folder[0] == '\0' ? "/var/tmp"
								   : folder);

	return fd < 0 ? open_nameless("/tmp") : fd;
}

bool
temporary_file_write(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n <= 0)
			continue;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}
