/* SPDX-License-Identifier: MIT */
#include "base/private/log_queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)16 * 1024 * 1024)
/* Of these, kept for lines that matter. */
#define RESERVE_BYTES ((size_t)1024 * 1024)
#define FIRST_BYTES   ((size_t)16 * 1024)
#define KEEP_BYTES    ((size_t)256 * 1024)
#define PATIENCE_MS   5000
#define STACK_SIZE    ((size_t)256 * 1024)

/* The pause between two writes: under load many lines are written at once, and
   their writers need not wake a thread for each. */
#define GATHER_MS 10

/* Lines one after the other, each behind its header. */
struct lines {
	char *bytes;
	size_t len, room;
	unsigned lost; /* the lines after these */
};

struct header {
	size_t len;
	int priority;
	bool syslog;
};

static struct {
	pthread_mutex_t lock; /* guards the next three; never held for long */
	struct lines lines;
	bool awake;
	atomic_bool running; /* changed under the lock */
	atomic_bool stopping, ended;
	bool started; /* the thread runs and is not joined; only start and stop
			 use this */
	sem_t work;   /* calls the thread; made once */
	pthread_t thread;
	void (*say_lost)(unsigned lines);
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Sleeps by poll, which a signal handler may call; it may not call
   nanosleep. */
static void
sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* False: nobody reads the log any more. */
static bool
write_all(const char *text, size_t len)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n >= 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

void
log_queue_write(const struct log_line *line)
{
	if (line->syslog)
		syslog(line->priority, "%s", line->text);
	else
		write_all(line->text, line->len);
}

/* Returns the length of as many whole lines as one write may have, so that
   other writers of the same pipe do not come in between. */
struct chunk {
	size_t len;
	unsigned lines, lost;
	char text[PIPE_BUF];
};

static void
chunk_write(struct chunk *chunk)
{
	if (!write_all(chunk->text, chunk->len))
		chunk->lost += chunk->lines;
	chunk->len = chunk->lines = 0;
}

static void
chunk_add(struct chunk *chunk, const char *text, size_t len)
{
	if (len > sizeof(chunk->text) - chunk->len)
		chunk_write(chunk);
	memcpy(chunk->text + chunk->len, text, len);
	chunk->len += len;
	chunk->lines++;
}

static void
lines_write(struct lines *lines)
{
	struct chunk chunk = {.len = 0};
	struct header header;

	for (size_t at = 0; at < lines->len; at += header.len + 1) {
		memcpy(&header, lines->bytes + at, sizeof(header));
		at += sizeof(header);
		if (header.syslog)
			syslog(header.priority, "%s", lines->bytes + at);
		else
			chunk_add(&chunk, lines->bytes + at, header.len);
	}
	chunk_write(&chunk);
	lines->lost += chunk.lost;
	if (lines->lost > 0)
		queue.say_lost(lines->lost);
	lines->len = lines->lost = 0;
	if (lines->room > KEEP_BYTES) {
		free(lines->bytes);
		*lines = (struct lines){.bytes = NULL};
	}
}

/* Gives the empty lines to those that wait.  False if none wait; then the
   thread must be called for the next line, or it ends. */
static bool
queue_take(struct lines *lines)
{
	struct lines empty = *lines;
	bool some;

	pthread_mutex_lock(&queue.lock);
	some = queue.lines.len > 0 || queue.lines.lost > 0;
	if (some) {
		*lines = queue.lines;
		queue.lines = empty;
	} else {
		queue.awake = false;
		if (queue.stopping)
			queue.running = false;
	}
	pthread_mutex_unlock(&queue.lock);
	return some;
}

static void *
write_queued(void *unused)
{
	struct lines lines = {.bytes = NULL};

	(void)unused;
	pthread_setname_np(pthread_self(), "log");
	while (queue.running) {
		while (sem_wait(&queue.work) != 0)
			;
		while (queue_take(&lines)) {
			lines_write(&lines);
			if (!queue.stopping)
				sleep_ms(GATHER_MS);
		}
	}
	free(lines.bytes);
	queue.ended = true;
	return NULL;
}

/* Writes all that is queued; safe in a signal handler. */
static bool
finish_queue(void)
{
	queue.stopping = true;
	sem_post(&queue.work);
	for (int waited = 0; !queue.ended && waited < PATIENCE_MS; waited++)
		sleep_ms(1);
	return queue.ended;
}

/* The last lines before a failed assertion are worth writing. */
static void
write_rest_on_abort(int number)
{
	if (queue.running && pthread_self() != queue.thread)
		finish_queue();
	signal(number, SIG_DFL);
	raise(number);
}

/* The main thread takes signals. */
static bool
start_thread(void)
{
	pthread_attr_t small;
	sigset_t all, before;
	int problem;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	problem = pthread_create(&queue.thread, &small, write_queued, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&small);
	return problem == 0;
}

void
log_queue_start(void (*say_lost)(unsigned lines))
{
	if (queue.started)
		return;
	if (queue.say_lost == NULL)
		sem_init(&queue.work, 0, 0);
	queue.say_lost = say_lost;
	queue.stopping = queue.ended = false;
	queue.awake = false;
	queue.running = true;
	queue.started = start_thread();
	if (!queue.started) {
		queue.running = false;
		return;
	}
	signal(SIGABRT, write_rest_on_abort);
}

static bool
queue_has_room(size_t size, bool matters)
{
	struct lines *lines = &queue.lines;
	size_t most = BYTES_MAX - (matters ? 0 : RESERVE_BYTES);
	size_t room = lines->room == 0 ? FIRST_BYTES : lines->room;
	char *bytes;

	if (size > most - (lines->len < most ? lines->len : most))
		return false;
	while (room - lines->len < size)
		room *= 2;
	if (room == lines->room)
		return true;
	bytes = realloc(lines->bytes, room);
	if (bytes == NULL)
		return false;
	lines->bytes = bytes;
	lines->room = room;
	return true;
}

static void
queue_append(const struct log_line *line)
{
	struct header header = {.len = line->len,
	    .priority = line->priority,
	    .syslog = line->syslog};
	struct lines *lines = &queue.lines;

	if (!queue_has_room(sizeof(header) + line->len + 1, line->matters)) {
		lines->lost++;
		return;
	}
	memcpy(lines->bytes + lines->len, &header, sizeof(header));
	lines->len += sizeof(header);
	memcpy(lines->bytes + lines->len, line->text, line->len + 1);
	lines->len += line->len + 1;
}

bool
log_queue_add(const struct log_line *line)
{
	bool running, call = false;

	if (!queue.running)
		return false;
	pthread_mutex_lock(&queue.lock);
	running = queue.running;
	if (running) {
		queue_append(line);
		call = !queue.awake;
		queue.awake = true;
	}
	pthread_mutex_unlock(&queue.lock);
	if (call)
		sem_post(&queue.work);
	return running;
}

void
log_queue_stop(void)
{
	if (!queue.started || !finish_queue())
		return;
	pthread_join(queue.thread, NULL);
	queue.started = false;
	free(queue.lines.bytes);
	queue.lines = (struct lines){.bytes = NULL};
}
