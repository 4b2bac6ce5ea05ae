/* SPDX-License-Identifier: MIT */
#include "accounts/command.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
	struct arena *arena;
	const struct command *command;
	int input, output; /* what the child reads; what it writes to */
	int from_child;    /* the other end of output */
	pid_t pid;
	int process; /* readable when the child has ended */
	/* One byte more than is shown, so that it shows. */
	char line[COMMAND_LINE_MOST + 1];
	size_t len, n_lines;
	/* The one before: the last of all often says what is wrong. */
	char last[COMMAND_LINE_MOST + 1];
	size_t last_len;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static enum rc
trouble(struct err *err, const char *what)
{
	return err_set(err, RC_TEMP, "%s: %s", what, strerror(errno));
}

/* In memory, so that nobody waits for a command that does not read. */
static enum rc
open_input(struct run *r, struct err *err)
{
	const char *input = r->command->input;
	size_t len = strlen(input);

	r->input = memfd_create("standard input", MFD_CLOEXEC);
	if (r->input < 0)
		return trouble(err, "memfd_create");
	while (len > 0) {
		ssize_t n = write(r->input, input, len);

		if (n < 0)
			return trouble(err, "memory file");
		input += n;
		len -= (size_t)n;
	}
	return lseek(r->input, 0, SEEK_SET) == 0 ? RC_OK
						 : trouble(err, "memory file");
}

static enum rc
open_output(struct run *r, struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return trouble(err, "pipe");
	r->from_child = fds[0];
	r->output = fds[1];
	return fcntl(r->from_child, F_SETFL, O_NONBLOCK) == 0
		   ? RC_OK
		   : trouble(err, "pipe");
}

/* The first error, or 0.  Descriptors of ours that others opened without
   O_CLOEXEC are closed, too. */
static int
arrange_files(posix_spawn_file_actions_t *files, const struct run *r)
{
	int error = posix_spawn_file_actions_adddup2(files, r->input, 0);

	if (error == 0)
		error = posix_spawn_file_actions_adddup2(files, r->output, 1);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(files, r->output, 2);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (error == 0)
		error = posix_spawn_file_actions_addchdir_np(files, "/");
	return error;
}

/* A process group of its own, which can be killed whole, and no signal ignored
   or blocked. */
static int
arrange_signals(posix_spawnattr_t *attributes)
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

/* An array of char * as exec wants it, which does not write to them. */
static char **
strings(struct arena *a, const char *const *texts, size_t n)
{
	char **copy = arena_take_array(a, n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_copy_text(a, texts[i]);
	return copy;
}

static size_t
count(const char *const *texts)
{
	size_t n = 0;

	while (texts[n] != NULL)
		n++;
	return n;
}

static enum rc
spawn(struct run *r, struct err *err)
{
	const struct command *c = r->command;
	char **argv = strings(r->arena, c->argv, c->n_argv);
	char **env = strings(r->arena, c->env, count(c->env));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	error = arrange_files(&files, r);
	if (error == 0)
		error = arrange_signals(&attributes);
	if (error == 0)
		error = posix_spawn(&r->pid, argv[0], &files, &attributes, argv,
		    env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	close_fd(&r->input);
	close_fd(&r->output);
	errno = error;
	return error == 0 ? RC_OK : trouble(err, argv[0]);
}

static const char *
last_line(const struct run *r)
{
	return str_printable(r->arena, r->last, r->last_len, COMMAND_LINE_MOST);
}

static void
end_line(struct run *r)
{
	if (r->len > 0 && r->line[r->len - 1] == '\r')
		r->len--;
	memcpy(r->last, r->line, r->len);
	r->last_len = r->len;
	r->len = 0;
	if (r->n_lines == COMMAND_LINES_MOST)
		return;
	r->n_lines++;
	if (r->command->line != NULL)
		r->command->line(r->command->context, last_line(r));
}

static void
take_output(struct run *r, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\n')
			end_line(r);
		else if (r->len < sizeof(r->line))
			r->line[r->len++] = bytes[i];
}

/* Reads what is there, but not for ever: a child may write faster. */
static void
read_output(struct run *r)
{
	char bytes[4096];

	for (int i = 0; i < 64 && r->from_child >= 0; i++) {
		ssize_t n = read(r->from_child, bytes, sizeof(bytes));

		if (n > 0)
			take_output(r, bytes, (size_t)n);
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		else
			close_fd(&r->from_child);
	}
}

/* Its children may hold the pipe open when it has ended: nobody waits for
   them.  false: the time is over. */
static bool
wait_for_end(struct run *r)
{
	int64_t end = clock_ms() + r->command->timeout_ms;

	for (;;) {
		struct pollfd fds[2] = {
		    {.fd = r->process, .events = POLLIN},
		    {.fd = r->from_child, .events = POLLIN},
		};
		int64_t left = end - clock_ms();
		int n = 0;

		if (left > 0)
			n = poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		read_output(r);
		if (fds[0].revents != 0)
			return true;
	}
}

static enum rc
judge(const struct run *r, int status, struct err *err)
{
	const char *last =
	    r->last_len > 0 ? arena_printf(r->arena, ": %s", last_line(r)) : "";

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return RC_OK;
	if (WIFEXITED(status))
		return err_set(err, RC_TEMP, "exit status %d%s",
		    WEXITSTATUS(status), last);
	return err_set(err, RC_TEMP, "ended by signal %d%s", WTERMSIG(status),
	    last);
}

static enum rc
wait_child(struct run *r, struct err *err)
{
	bool ended = r->process >= 0 && wait_for_end(r);
	int status;
	pid_t pid;

	if (!ended)
		kill(-r->pid, SIGKILL);
	do
		pid = waitpid(r->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (r->len > 0)
		end_line(r);
	if (!ended)
		return err_set(err, RC_TEMP, "killed after %g seconds",
		    (double)r->command->timeout_ms / 1000);
	return pid < 0 ? trouble(err, "waitpid") : judge(r, status, err);
}

static enum rc
run_child(struct run *r, struct err *err)
{
	enum rc rc = spawn(r, err);

	if (rc != RC_OK)
		return rc;
	r->process = pidfd_open(r->pid, 0);
	return wait_child(r, err);
}

enum rc
command_run(struct arena *a, const struct command *command, struct err *err)
{
	struct run r = {
	    .arena = a,
	    .command = command,
	    .input = -1,
	    .output = -1,
	    .from_child = -1,
	    .process = -1,
	};
	enum rc rc = open_input(&r, err);

	if (rc == RC_OK)
		rc = open_output(&r, err);
	if (rc == RC_OK)
		rc = run_child(&r, err);
	close_fd(&r.input);
	close_fd(&r.output);
	close_fd(&r.from_child);
	close_fd(&r.process);
	return rc;
}
