/* SPDX-License-Identifier: MIT */
#include "outbox/template.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not on a disk, which would have it written each time. */
static char folder[] = "/dev/shm/postward-fuzz-XXXXXX";
static char path[sizeof(folder) + sizeof("/verify.txt")];

static void
remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void
make_folder(void)
{
	if (path[0] != '\0')
		return;
	if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
		abort();
	snprintf(path, sizeof(path), "%s/verify.txt", folder);
}

/* An administrator's file.  A subject is one line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const values[] = {"code", "ABCDE-FGHIJ", "title",
	    "Club\r\nBcc: x", "address", "ann@remotes.club", "url", "", NULL};
	/* Long finished: what is new is read twice (base/file.h). */
	static const struct timespec long_ago[2] = {{0, 0}, {0, 0}};
	struct arena *a = arena_new();
	struct template_text text, filled;
	struct err err;
	int fd;

	make_folder();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
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
