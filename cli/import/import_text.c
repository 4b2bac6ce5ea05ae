/* SPDX-License-Identifier: MIT */
#include "import_text.h"

#include "base/temporary_file.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)
/* Is left out of memory at once; a multiple of every page. */
#define STEP ((size_t)1024 * 1024)

static int
cannot_copy(const struct invocation *in)
{
	output_wrong(in, "temporary file, in TMPDIR or /var/tmp: %s",
	    strerror(errno));
	return EXIT_TRY_LATER;
}

static int
copy_import(const struct invocation *in, const char *name, int from, int to,
    size_t *len)
{
	char *chunk = arena_take(in->arena, CHUNK);
	ssize_t n = 1;

	*len = 0;
	while (n != 0) {
		n = read(from, chunk, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			*len += (size_t)n;
		if (*len > IMPORT_BYTES_MAX)
			errno = EFBIG;
		if (n < 0 || *len > IMPORT_BYTES_MAX) {
			output_wrong(in, "%s: %s", name, strerror(errno));
			return EXIT_NO;
		}
		if (!temporary_file_write(to, chunk, (size_t)n))
			return cannot_copy(in);
	}
	return EXIT_DONE;
}

static int
map_import(const struct invocation *in, int fd, struct import_text *t)
{
	void *map;

	if (t->len == 0)
		return EXIT_DONE;
	map = mmap(NULL, t->len, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return cannot_copy(in);
	madvise(map, t->len, MADV_SEQUENTIAL);
	t->text = map;
	return EXIT_DONE;
}

int
import_text_open(const struct invocation *in, const char *path,
    struct import_text *out)
{
	bool named = path != NULL && strcmp(path, "-") != 0;
	const char *name = named ? path : "standard input";
	int from = named ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	int to, status;

	*out = (struct import_text){.text = ""};
	if (from < 0) {
		output_wrong(in, "%s: %s", name, strerror(errno));
		return EXIT_NO;
	}
	to = temporary_file_open();
	status = to < 0 ? cannot_copy(in)
			: copy_import(in, name, from, to, &out->len);
	if (status == EXIT_DONE)
		status = map_import(in, to, out);
	else
		out->len = 0;
	if (to >= 0)
		close(to);
	if (named)
		close(from);
	return status;
}

void
import_text_close(struct import_text *t)
{
	if (t->len > 0)
		munmap((void *)(uintptr_t)t->text, t->len);
}

void
import_text_passed(void *file, const char *p)
{
	struct import_text *t = file;
	size_t passed = (size_t)(p - t->text);

	if (passed - t->left < STEP)
		return;
	passed -= passed % STEP;
	madvise((void *)(uintptr_t)(t->text + t->left), passed - t->left,
	    MADV_DONTNEED);
	t->left = passed;
}
