/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"
#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define MANY ((size_t)100000) /* lines: more than are ever kept */

/* The C library's, as in test_log.c: until it is told to go on, syslog does
   not take a line. */
static atomic_bool syslog_takes;
static atomic_uint taken;
static atomic_int wrong_order;

static void
take_line(const char *text)
{
	while (!syslog_takes)
		poll(NULL, 0, 1);
	if (atoi(text) != (int)taken)
		wrong_order++;
	taken++;
}

void
syslog(int priority, const char *format, ...)
{
	va_list args;

	(void)priority;
	(void)format;
	va_start(args, format);
	take_line(va_arg(args, const char *));
	va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...);

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)priority;
	(void)flag;
	(void)format;
	va_start(args, format);
	take_line(va_arg(args, const char *));
	va_end(args);
}

/* In place of stderr: a pipe. */
struct reader {
	int real_stderr, fd;
};

static struct reader
begin(void)
{
	struct reader r;
	int ends[2];

	log_open("policyd", &(struct log_settings){"stderr", "info", "text"});
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	r.real_stderr = dup(STDERR_FILENO);
	r.fd = ends[0];
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	log_start();
	return r;
}

/* A line without what it begins with, and without its end; false at the end
   of all. */
static bool
next_line(FILE *file, char *line, size_t size)
{
	const char *text;

	if (fgets(line, (int)size, file) == NULL)
		return false;
	line[strcspn(line, "\n")] = '\0';
	text = strstr(line, "]: ");
	assert_non_null(text);
	assert_memory_equal(line, "postward/policyd[", 17);
	memmove(line, text + 3, strlen(text + 3) + 1);
	return true;
}

static FILE *
text_of(struct reader *r)
{
	FILE *file = fdopen(r->fd, "r");

	assert_non_null(file);
	return file;
}

/* Closes the way in, so that a reader finds the end. */
static void
close_stderr(struct reader *r)
{
	dup2(r->real_stderr, STDERR_FILENO);
	close(r->real_stderr);
}

static void *
stop(void *unused)
{
	(void)unused;
	log_stop();
	return NULL;
}

static void
writes_all_before_it_stops(void **state)
{
	struct reader r = begin();
	char line[256];
	FILE *file;

	(void)state;
	log_info("first");
	log_error("second");
	log_stop();
	log_info("third");
	close_stderr(&r);
	file = text_of(&r);
	assert_true(next_line(file, line, sizeof(line)));
	assert_string_equal(line, "first");
	assert_true(next_line(file, line, sizeof(line)));
	assert_string_equal(line, "error: second");
	assert_true(next_line(file, line, sizeof(line)));
	assert_string_equal(line, "third");
	assert_false(next_line(file, line, sizeof(line)));
	fclose(file);
}

/* Nobody reads the pipe before all is said. */
static void
counts_the_lines_that_have_no_room(void **state)
{
	struct reader r = begin();
	size_t seen = 0, errors = 0, lost = 0;
	char line[512], filling[201] = "";
	pthread_t stopper;
	FILE *file;

	(void)state;
	memset(filling, 'x', sizeof(filling) - 1);
	for (size_t i = 0; i < MANY; i++)
		log_info("%zu %s", i, filling);
	for (size_t i = 0; i < 1000; i++)
		log_error("this matters");
	pthread_create(&stopper, NULL, stop, NULL);
	file = text_of(&r);
	while (seen + errors + lost < MANY + 1000 &&
	       next_line(file, line, sizeof(line))) {
		unsigned n;

		if (strcmp(line, "error: this matters") == 0)
			errors++;
		else if (sscanf(line, "warning: %u lines of this log were lost",
			     &n) == 1)
			lost += n;
		else if ((size_t)strtoul(line, NULL, 10) == seen)
			seen++;
	}
	assert_int_equal(errors, 1000);
	assert_in_range(seen, 20000, MANY - 1);
	assert_int_equal(seen + lost, MANY);
	pthread_join(stopper, NULL);
	close_stderr(&r);
	fclose(file);
}

#define WRITERS 8
#define OF_EACH 2000

static void *
write_lines(void *context)
{
	for (int i = 0; i < OF_EACH; i++)
		log_info("%d %d", *(const int *)context, i);
	return NULL;
}

static void
keeps_the_order_of_each_thread(void **state)
{
	struct reader r = begin();
	int numbers[WRITERS], next[WRITERS] = {0}, seen = 0;
	pthread_t threads[WRITERS], stopper;
	char line[256];
	FILE *file;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, write_lines, &numbers[i]);
	}
	file = text_of(&r);
	for (; seen < WRITERS * OF_EACH; seen++) {
		int who, what;

		assert_true(next_line(file, line, sizeof(line)));
		assert_int_equal(sscanf(line, "%d %d", &who, &what), 2);
		assert_int_equal(what, next[who]++);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	pthread_create(&stopper, NULL, stop, NULL);
	pthread_join(stopper, NULL);
	close_stderr(&r);
	fclose(file);
}

static void
nobody_waits_for_syslog(void **state)
{
	(void)state;
	log_open("policyd", &(struct log_settings){"syslog", "info", "text"});
	log_start();
	for (unsigned i = 0; i < 1000; i++)
		log_info("%u", i);
	assert_int_equal(taken, 0);
	syslog_takes = true;
	log_stop();
	assert_int_equal(taken, 1000);
	assert_int_equal(wrong_order, 0);
}

/* In a process of its own, whose stderr is the pipe. */
static int
status_of(struct reader *r, void (*end)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		log_start();
		log_error("my last words");
		end();
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close_stderr(r);
	return status;
}

static void
leave(void)
{
	exit(1);
}

static void
has_the_last_words_come_out(void **state)
{
	static const struct {
		const char *name;
		void (*end)(void);
		int exit, signal;
	} cases[] = {{"exit", leave, 1, 0}, {"abort", abort, 0, SIGABRT}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reader r = begin();
		char line[256];
		FILE *file;
		int status;

		log_stop();
		status = status_of(&r, cases[i].end);
		if (cases[i].signal == 0)
			CHECK(WIFEXITED(status) &&
				  WEXITSTATUS(status) == cases[i].exit,
			    cases[i].name);
		else
			CHECK(WIFSIGNALED(status) &&
				  WTERMSIG(status) == cases[i].signal,
			    cases[i].name);
		file = text_of(&r);
		CHECK(next_line(file, line, sizeof(line)), cases[i].name);
		CHECK_STR(line, "error: my last words", cases[i].name);
		fclose(file);
	}
}

static void
ends_though_nobody_reads(void **state)
{
	struct reader r = begin();
	char line[256] = "";
	int64_t start;
	FILE *file;

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		log_info("nobody reads this");
	start = clock_ms();
	log_stop();
	assert_in_range(clock_ms() - start, 4000, 300000);
	/* Not even now does anybody wait. */
	log_info("nor this");
	file = text_of(&r);
	while (strcmp(line, "nor this") != 0)
		assert_true(next_line(file, line, sizeof(line)));
	log_stop();
	close_stderr(&r);
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_all_before_it_stops),
	    cmocka_unit_test(counts_the_lines_that_have_no_room),
	    cmocka_unit_test(keeps_the_order_of_each_thread),
	    cmocka_unit_test(nobody_waits_for_syslog),
	    cmocka_unit_test(has_the_last_words_come_out),
	    cmocka_unit_test(ends_though_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
