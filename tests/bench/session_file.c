/* SPDX-License-Identifier: MIT */
#include "session_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool
session_line_map(struct session_line *line)
{
	const char *path = line->of[SESSION_MESSAGE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *mapped;

	if (fd < 0 || fstat(fd, &st) != 0) {
		perror(path);
		return false;
	}
	line->message_len = (size_t)st.st_size;
	mapped = mmap(NULL, line->message_len, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED) {
		perror(path);
		return false;
	}
	line->message = mapped;
	return true;
}

/* The copy of the text begins at the first field. */
static bool
session_line_read(const char *text, struct session_line *out)
{
	char *rest = strdup(text);

	*out = (struct session_line){0};
	for (size_t i = 0; i < SESSION_FIELDS; i++)
		out->of[i] = strsep(&rest, "\t");
	return out->of[SESSION_MESSAGE] == NULL || session_line_map(out);
}

bool
session_file_read(const char *path, struct session_file *out)
{
	FILE *file = fopen(path, "re");
	char text[2048];
	bool good = true;
	size_t room = 0;

	*out = (struct session_file){0};
	if (file == NULL) {
		perror(path);
		return false;
	}
	while (good && fgets(text, sizeof(text), file) != NULL) {
		if (out->n == room) {
			room = room == 0 ? 1024 : room * 2;
			out->lines =
			    realloc(out->lines, room * sizeof(*out->lines));
		}
		text[strcspn(text, "\n")] = '\0';
		good = session_line_read(text, &out->lines[out->n++]);
	}
	fclose(file);
	return good && out->n > 0;
}

void
session_file_free(struct session_file *file)
{
	for (size_t i = 0; i < file->n; i++) {
		struct session_line *line = &file->lines[i];

		if (line->message != NULL)
			munmap((void *)(uintptr_t)line->message,
			    line->message_len);
		free((void *)(uintptr_t)line->of[0]);
	}
	free(file->lines);
	*file = (struct session_file){0};
}

static int
session_compare_us(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

long long
session_percentile(int64_t *us, size_t n, double part)
{
	qsort(us, n, sizeof(*us), session_compare_us);
	return (long long)us[(size_t)((double)(n - 1) * part)];
}

int64_t
session_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
