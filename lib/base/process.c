/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct process_child {
	struct arena *arena;
	const struct process *wanted;
	int input, output; /* what the child reads, and what it writes to */
	int from_child;    /* our end of output */
	pid_t pid;
	int ended; /* becomes readable when the child ends */
	/* One byte more than is shown, so that a cut can be seen. */
	char *line;
	size_t len, n_lines;
	/* The line before: the very last line often says what is wrong. */
	char *last;
	size_t last_len;
};

static void
process_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static enum rc
process_trouble(struct err *err, const char *what)
{
	return err_set(err, RC_TEMP, "%s: %s", what, strerror(errno));
}

/* Keeps the input in memory, so that nobody waits for a command that does not
   read. */
static enum rc
process_open_input(struct process_child *child, struct err *err)
{
	const char *input = child->wanted->input;
	size_t len = strlen(input);

	child->input = memfd_create("standard input", MFD_CLOEXEC);
	if (child->input < 0)
		return process_trouble(err, "memfd_create");
	while (len > 0) {
		ssize_t n = write(child->input, input, len);

		if (n < 0)
			return process_trouble(err, "memory file");
		input += n;
		len -= (size_t)n;
	}
	return lseek(child->input, 0, SEEK_SET) == 0
		   ? RC_OK
		   : process_trouble(err, "memory file");
}

static enum rc
process_open_output(struct process_child *child, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return process_trouble(err, "pipe");
	child->from_child = fds[0];
	child->output = fds[1];
	return fcntl(child->from_child, F_SETFL, O_NONBLOCK) == 0
		   ? RC_OK
		   : process_trouble(err, "pipe");
}

/* Returns the first error, or 0.  Also closes descriptors of ours that others
   opened without O_CLOEXEC. */
static int
process_arrange_files(posix_spawn_file_actions_t *files,
    const struct process_child *child)
{
	int error = posix_spawn_file_actions_adddup2(files, child->input, 0);

	if (error == 0)
		error =
		    posix_spawn_file_actions_adddup2(files, child->output, 1);
	if (error == 0 && child->wanted->without_errors)
		error = posix_spawn_file_actions_addopen(files, 2, "/dev/null",
		    O_WRONLY, 0);
	else if (error == 0)
		error =
		    posix_spawn_file_actions_adddup2(files, child->output, 2);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (error == 0)
		error = posix_spawn_file_actions_addchdir_np(files, "/");
	return error;
}

/* Gives the child a process group of its own, which can be killed whole, and
   lets no signal be ignored or blocked. */
static int
process_arrange_signals(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int error;

	sigfillset(&all);
	sigemptyset(&none);
	error = posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &none);
	return error;
}

/* Makes an array of char * as exec wants it, which does not write to them. */
static char **
process_strings(struct arena *a, const char *const *texts, size_t n)
{
	char **copy = arena_take_array(a, n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_copy_text(a, texts[i]);
	return copy;
}

static size_t
process_count(const char *const *texts)
{
	size_t n = 0;

	while (texts[n] != NULL)
		n++;
	return n;
}

static enum rc
process_spawn(struct process_child *child, struct err *err)
{
	const struct process *wanted = child->wanted;
	char **argv =
	    process_strings(child->arena, wanted->argv, wanted->n_argv);
	char **env = process_strings(child->arena, wanted->env,
	    process_count(wanted->env));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	error = process_arrange_files(&files, child);
	if (error == 0)
		error = process_arrange_signals(&attributes);
	if (error == 0)
		error = posix_spawn(&child->pid, argv[0], &files, &attributes,
		    argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	process_close_fd(&child->input);
	process_close_fd(&child->output);
	errno = error;
	return error == 0 ? RC_OK : process_trouble(err, argv[0]);
}

static const char *
process_last_line(const struct process_child *child)
{
	return str_printable(child->arena, child->last, child->last_len,
	    child->wanted->line_max);
}

static void
process_end_line(struct process_child *child)
{
	if (child->len > 0 && child->line[child->len - 1] == '\r')
		child->len--;
	memcpy(child->last, child->line, child->len);
	child->last_len = child->len;
	child->len = 0;
	if (child->n_lines == child->wanted->lines_max)
		return;
	child->n_lines++;
	if (child->wanted->line != NULL)
		child->wanted->line(child->wanted->context,
		    process_last_line(child));
}

static void
process_take_output(struct process_child *child, const char *bytes, size_t len)
{
	if (child->wanted->bytes != NULL)
		child->wanted->bytes(child->wanted->context, bytes, len);
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\n')
			process_end_line(child);
		else if (child->len <= child->wanted->line_max)
			child->line[child->len++] = bytes[i];
}

/* Reads the output that is there, with an end: a child may write faster than we
   read. */
static void
process_read_output(struct process_child *child)
{
	char bytes[4096];

	for (int i = 0; i < 64 && child->from_child >= 0; i++) {
		ssize_t n = read(child->from_child, bytes, sizeof(bytes));

		if (n > 0)
			process_take_output(child, bytes, (size_t)n);
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		else
			process_close_fd(&child->from_child);
	}
}

/* Waits for the child, but not for children of its own, which may hold the pipe
   open after its end.  False: the time is over. */
static bool
process_wait_for_end(struct process_child *child)
{
	int64_t end = clock_ms() + child->wanted->timeout_ms;

	for (;;) {
		struct pollfd fds[2] = {
		    {.fd = child->ended, .events = POLLIN},
		    {.fd = child->from_child, .events = POLLIN},
		};
		int64_t left = end - clock_ms();
		int n = 0;

		if (left > 0)
			n = poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		process_read_output(child);
		if (fds[0].revents != 0)
			return true;
	}
}

static enum rc
process_judge(const struct process_child *child, int status, struct err *err)
{
	const char *last =
	    child->last_len > 0
		? arena_printf(child->arena, ": %s", process_last_line(child))
		: "";

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return RC_OK;
	if (WIFEXITED(status))
		return err_set(err, RC_TEMP, "exit status %d%s",
		    WEXITSTATUS(status), last);
	return err_set(err, RC_TEMP, "ended by signal %d%s", WTERMSIG(status),
	    last);
}

static enum rc
process_wait_child(struct process_child *child, struct err *err)
{
	bool ended = child->ended >= 0 && process_wait_for_end(child);
	int status;
	pid_t pid;

	if (!ended)
		kill(-child->pid, SIGKILL);
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (child->len > 0)
		process_end_line(child);
	if (!ended)
		return err_set(err, RC_TEMP, "killed after %g seconds",
		    (double)child->wanted->timeout_ms / 1000);
	return pid < 0 ? process_trouble(err, "waitpid")
		       : process_judge(child, status, err);
}

static enum rc
process_run_child(struct process_child *child, struct err *err)
{
	enum rc rc = process_spawn(child, err);

	if (rc != RC_OK)
		return rc;
	child->ended = pidfd_open(child->pid, 0);
	return process_wait_child(child, err);
}

enum rc
process_run(struct arena *a, const struct process *process, struct err *err)
{
	struct process_child child = {
	    .arena = a,
	    .wanted = process,
	    .line = arena_take(a, process->line_max + 1),
	    .last = arena_take(a, process->line_max + 1),
	    .input = -1,
	    .output = -1,
	    .from_child = -1,
	    .ended = -1,
	};
	enum rc rc = process_open_input(&child, err);

	if (rc == RC_OK)
		rc = process_open_output(&child, err);
	if (rc == RC_OK)
		rc = process_run_child(&child, err);
	process_close_fd(&child.input);
	process_close_fd(&child.output);
	process_close_fd(&child.from_child);
	process_close_fd(&child.ended);
	return rc;
}

const char *
process_find(struct arena *a, const char *name)
{
	const char *path = getenv("PATH");
	const char *at = arena_printf(a, "%s:/usr/sbin",
	    path == NULL ? "/usr/bin:/bin" : path);

	for (;;) {
		size_t len = strcspn(at, ":");
		const char *file =
		    arena_printf(a, "%.*s/%s", (int)len, at, name);

		/* An empty folder in PATH would mean the present one. */
		if (len > 0 && access(file, X_OK) == 0)
			return file;
		if (at[len] == '\0')
			return NULL;
		at += len + 1;
	}
}
