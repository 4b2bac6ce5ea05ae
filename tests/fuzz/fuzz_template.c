/* SPDX-License-Identifier: MIT */
#include "accounts/template.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An administrator's file.  A subject is one line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const values[] = {"code", "ABCDE-FGHIJ", "title",
	    "Club\r\nBcc: x", "address", "ann@remotes.club", "url", "", NULL};
	/* Not on a disk, which would have it written each time. */
	static char folder[] = "/dev/shm/postward-fuzz-XXXXXX";
	/* Long finished: what is new is read twice (base/file.h). */
	static const struct timespec long_ago[2] = {{0, 0}, {0, 0}};
	struct arena *a = arena_new();
	struct template_text text, filled;
	struct err err;
	int fd;

	if (strstr(folder, "XXXXXX") != NULL && mkdtemp(folder) == NULL)
		abort();
	fd = open(arena_printf(a, "%s/verify.txt", folder),
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (futimens(fd, long_ago) != 0)
		abort();
	close(fd);
	if (template_read(a, folder, "verify", &text, &err) == RC_OK &&
	    template_fill(a, &text, values, &filled, &err) == RC_OK &&
	    strpbrk(filled.subject, "\r\n") != NULL)
		abort();
	arena_free(a);
	return 0;
}
