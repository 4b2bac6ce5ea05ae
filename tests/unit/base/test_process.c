/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include "base/clock.h"
#include "base/str.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
hear_line(void *context, const char *line)
{
	struct str *heard = context;

	str_add(heard, line);
	str_add(heard, "|");
}

/* What a shell that is given `text` says, a bar after each line. */
static const char *
run_shell(struct arena *a, const char *text, struct process wanted, enum rc *rc,
    struct err *err)
{
	const char *argv[] = {"/bin/sh", "-c", text};
	static const char *const env[] = {"PATH=/usr/bin:/bin", "WHO=me", NULL};
	struct str heard;

	str_init(&heard, a);
	wanted.argv = argv;
	wanted.n_argv = 3;
	wanted.env = env;
	wanted.input = wanted.input == NULL ? "" : wanted.input;
	wanted.timeout_ms = wanted.timeout_ms == 0 ? 300000 : wanted.timeout_ms;
	wanted.lines_max = wanted.lines_max == 0 ? 100 : wanted.lines_max;
	wanted.line_max = wanted.line_max == 0 ? 100 : wanted.line_max;
	wanted.line = hear_line;
	wanted.context = &heard;
	*rc = process_run(a, &wanted, err);
	return heard.text;
}

static void
reads_what_a_program_says(void **state)
{
	static const struct {
		const char *name, *text;
		struct process wanted;
		const char *heard;
		enum rc rc;
	} cases[] = {
	    {"lines", "echo a; echo b", {0}, "a|b|", RC_OK},
	    {"a last one without its end", "printf 'a\\nb'", {0}, "a|b|",
		RC_OK},
	    {"both outputs", "echo a; echo b >&2", {0}, "a|b|", RC_OK},
	    {"one of them", "echo a; echo b >&2", {.without_errors = true},
		"a|", RC_OK},
	    {"its input", "cat", {.input = "x\ny\n"}, "x|y|", RC_OK},
	    {"nothing of our environment", "echo \"$WHO $HOME\"", {0}, "me |",
		RC_OK},
	    {"some lines", "echo a; echo b; echo c", {.lines_max = 2}, "a|b|",
		RC_OK},
	    {"long lines", "echo 12345678", {.line_max = 6}, "123...|", RC_OK},
	    {"unprintable bytes", "printf 'a\\033[31m\\n'", {0}, "a\\x1b[31m|",
		RC_OK},
	    {"a failure", "echo a; exit 3", {0}, "a|", RC_TEMP},
	    {"a signal", "kill -9 $$", {0}, "", RC_TEMP},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum rc rc;
		struct err err;

		CHECK_STR(run_shell(a, cases[i].text, cases[i].wanted, &rc,
			      &err),
		    cases[i].heard, cases[i].name);
		CHECK(rc == cases[i].rc, cases[i].name);
	}
	arena_free(a);
}

/* Its children too, though they hold its output open. */
static void
ends_what_takes_too_long(void **state)
{
	struct arena *a = arena_new();
	int64_t begun = clock_ms();
	struct err err;
	enum rc rc;

	(void)state;
	CHECK_STR(run_shell(a, "echo a; sleep 3600 & sleep 3600",
		      (struct process){.timeout_ms = 500}, &rc, &err),
	    "a|", "what it had said");
	CHECK(rc == RC_TEMP, err.text);
	CHECK_STR(err.text, "killed after 0.5 seconds", "why");
	CHECK(clock_ms() - begun < 1800 * 1000, "not to its own end");
	arena_free(a);
}

static void
says_that_there_is_no_such_program(void **state)
{
	static const char *const argv[] = {"/no/such/program"};
	static const char *const env[] = {NULL};
	const struct process wanted = {.argv = argv,
	    .n_argv = 1,
	    .env = env,
	    .input = "",
	    .timeout_ms = 300000,
	    .line_max = 10};
	struct arena *a = arena_new();
	struct err err;

	(void)state;
	CHECK(process_run(a, &wanted, &err) == RC_TEMP, "rc");
	CHECK(strstr(err.text, "/no/such/program: No such file") != NULL,
	    err.text);
	arena_free(a);
}

static void
finds_programs(void **state)
{
	struct arena *a = arena_new();
	char folder[] = "/tmp/postward-process-XXXXXX";
	const char *file;
	char *before = arena_copy_text(a, getenv("PATH"));

	(void)state;
	CHECK(mkdtemp(folder) != NULL, "folder");
	file = arena_printf(a, "%s/a-program", folder);
	setenv("PATH", arena_printf(a, "::/no/such/folder:%s", folder), 1);
	CHECK(process_find(a, "a-program") == NULL, "none yet");
	fclose(fopen(file, "w"));
	CHECK(chmod(file, 0700) == 0, "mode");
	CHECK_STR(process_find(a, "a-program"), file, "in PATH");
	CHECK_STR(process_find(a, "nologin"), "/usr/sbin/nologin",
	    "beside PATH");
	setenv("PATH", before, 1);
	CHECK(unlink(file) == 0 && rmdir(folder) == 0, "gone");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_a_program_says),
	    cmocka_unit_test(ends_what_takes_too_long),
	    cmocka_unit_test(says_that_there_is_no_such_program),
	    cmocka_unit_test(finds_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
