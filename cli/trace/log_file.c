/* SPDX-License-Identifier: MIT */
#include "log_file.h"

#include "postfix_log_line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PROBE_BYTES  1024
#define CLOSE_ENOUGH ((int64_t)16 * 1024)
#define LOOKS_BACK   64 /* places where an earlier part may be later */

void
log_files_add(struct log_files *log, struct arena *a, const char *name, int fd,
    int64_t size, int64_t latest)
{
	struct log_file *files =
	    arena_take_array(a, log->n + 1, sizeof(*files));

	if (log->n > 0)
		memcpy(files, log->files, log->n * sizeof(*files));
	files[log->n] = (struct log_file){.name = arena_copy_text(a, name),
	    .fd = fd,
	    .size = size,
	    .latest = latest,
	    .base = log_files_end(log)};
	log->files = files;
	log->n++;
}

void
log_files_close(struct log_files *log)
{
	for (size_t i = 0; i < log->n; i++)
		close(log->files[i].fd);
	log->n = 0;
}

int64_t
log_files_end(const struct log_files *log)
{
	const struct log_file *last;

	if (log->n == 0)
		return 0;
	last = &log->files[log->n - 1];
	return last->base + last->size;
}

/* Bytes read; 0 also for what cannot be read. */
static size_t
log_file_read(const struct log_file *file, int64_t at, char *to, size_t most)
{
	ssize_t n;

	if (at >= file->size)
		return 0;
	if ((int64_t)most > file->size - at)
		most = (size_t)(file->size - at);
	do
		n = pread(file->fd, to, most, at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? 0 : (size_t)n;
}

/* ---- where a time is */

struct log_place {
	int64_t at, time;
};

/* The first line at `from` or behind it, and before `to`, that has a time. */
static bool
find_time(const struct log_file *file, int64_t from, int64_t to,
    struct log_place *out)
{
	char bytes[PROBE_BYTES];
	bool begins = from == 0;

	while (from < to) {
		size_t n = log_file_read(file, from, bytes, sizeof(bytes));
		const char *end = n == 0 ? NULL : memchr(bytes, '\n', n);

		if (n == 0)
			return false;
		out->at = from;
		out->time =
		    begins ? postfix_log_time(bytes, n, file->latest) : -1;
		if (out->time >= 0)
			return true;
		begins = end != NULL;
		from += end == NULL ? (int64_t)n : end + 1 - bytes;
	}
	return false;
}

/* The last place, but for CLOSE_ENOUGH, before which lines are earlier. */
static int64_t
search_time(const struct log_file *file, int64_t to, int64_t time)
{
	int64_t from = 0;
	struct log_place found;

	while (to - from > CLOSE_ENOUGH) {
		int64_t middle = from + (to - from) / 2;

		if (!find_time(file, middle, to, &found) || found.time >= time)
			to = middle;
		else
			from = found.at;
	}
	return from;
}

/* Somewhere before `to`, is it as late as that?  Then the clock was set back
   between there and `to`. */
static bool
is_late_before(const struct log_file *file, int64_t to, int64_t time,
    int64_t *out)
{
	struct log_place found;

	for (int64_t i = 0; i < LOOKS_BACK; i++) {
		int64_t at = to / LOOKS_BACK * i;

		if (find_time(file, at, to, &found) && found.time >= time) {
			*out = found.at;
			return true;
		}
	}
	for (int64_t back = CLOSE_ENOUGH; back < to; back *= 2)
		if (find_time(file, to - back, to, &found) &&
		    found.time >= time) {
			*out = found.at;
			return true;
		}
	return false;
}

static int64_t
log_file_seek(const struct log_file *file, int64_t time, bool carefully)
{
	int64_t to = file->size, at = search_time(file, to, time);

	for (int i = 0; carefully && i < LOOKS_BACK; i++) {
		if (at == 0 || !is_late_before(file, at, time, &to))
			break;
		at = search_time(file, to, time);
	}
	return at;
}

int64_t
log_files_seek(const struct log_files *log, int64_t time, bool carefully)
{
	time -= LOG_DISORDER;
	for (size_t i = 0; i < log->n; i++) {
		const struct log_file *file = &log->files[i];

		if (file->latest >= time)
			return file->base +
			       log_file_seek(file, time, carefully);
	}
	return log_files_end(log);
}

/* ---- lines */

void
log_reader_init(struct log_reader *reader, struct arena *a,
    const struct log_files *log, int64_t at)
{
	*reader = (struct log_reader){log, at, arena_take(a, LOG_BLOCK)};
}

static const struct log_file *
file_at(const struct log_files *log, int64_t at)
{
	for (size_t i = 0; i < log->n; i++)
		if (at < log->files[i].base + log->files[i].size)
			return &log->files[i];
	return NULL;
}

bool
log_reader_next(struct log_reader *reader, struct log_block *out,
    const struct log_file **wrong)
{
	const struct log_file *file;
	const char *end;
	size_t n = 0;

	*wrong = NULL;
	while ((file = file_at(reader->log, reader->at)) != NULL) {
		n = log_file_read(file, reader->at - file->base, reader->buffer,
		    LOG_BLOCK);
		if (n > 0)
			break;
		*wrong = file;
		reader->at = file->base + file->size;
	}
	if (file == NULL)
		return false;
	end = memrchr(reader->buffer, '\n', n);
	if (end != NULL && reader->at - file->base + (int64_t)n < file->size)
		n = (size_t)(end + 1 - reader->buffer);
	*out = (struct log_block){reader->buffer, n, reader->at, file};
	reader->at += (int64_t)n;
	return true;
}

bool
log_block_line(struct log_block *block, const char **line, size_t *len,
    int64_t *at)
{
	const char *end;

	if (block->len == 0)
		return false;
	end = memchr(block->bytes, '\n', block->len);
	*line = block->bytes;
	*at = block->at;
	*len = end == NULL ? block->len : (size_t)(end - block->bytes);
	block->bytes += *len + (end != NULL);
	block->at += (int64_t)(*len + (end != NULL));
	block->len -= *len + (end != NULL);
	return true;
}
