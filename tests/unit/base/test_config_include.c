/* SPDX-License-Identifier: MIT */
/* What a configuration includes, from files in a folder of the test. */
#include "check.h"

#include "base/config_files.h"
#include "base/private/config_include.h"
#include "base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct config_key keys[] = {
    {"", "include", CONFIG_LIST, .def = "", .includes = true},
    {"", "hostname", CONFIG_TEXT, .def = ""},
    {"", "domains", CONFIG_LIST, .def = "x"},
    {"policyd", "group", CONFIG_TEXT, .def = ""},
    {"policyd", "most", CONFIG_NUMBER, "5", .low = -9, .high = 9},
    {"list", "points", CONFIG_NUMBER, .low = 0, .high = 9, .titled = true},
    {"list", "mode", CONFIG_TEXT, .def = "enforce"},
};

#define FILES_MAX 6

/* A file of the folder; text NULL: see odd_file. */
struct file {
	const char *name, *text;
};

static char folder[64];

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* What is no file that can be read, called by its kind. */
static void
make_odd_file(const char *name)
{
	const char *path = path_of(name);

	if (strstr(name, "folder") != NULL)
		assert_int_equal(mkdir(path, 0700), 0);
	else if (strstr(name, "pipe") != NULL)
		assert_int_equal(mkfifo(path, 0600), 0);
	else if (strstr(name, "loop") != NULL)
		assert_int_equal(symlink(path, path), 0);
	else
		assert_int_equal(symlink("/nonexistent/x", path), 0);
}

static void
write_file(const struct file *file)
{
	FILE *out;

	if (file->text == NULL) {
		make_odd_file(file->name);
		return;
	}
	out = fopen(path_of(file->name), "w");
	assert_non_null(out);
	fputs(file->text, out);
	fclose(out);
}

static void
make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/postward-include-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(path_of("conf.d"), 0700), 0);
}

static void
remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

static enum rc
open_main(const struct file *files, struct config **out, struct err *err)
{
	for (size_t i = 0; i < FILES_MAX && files[i].name != NULL; i++)
		write_file(&files[i]);
	return config_open(path_of("main"), keys, COUNT(keys), out, err);
}

/* With the folder's name left out. */
static const char *
without_folder(struct arena *a, const char *text)
{
	const char *at = strstr(text, folder);

	if (at == NULL)
		return text;
	return arena_printf(a, "%.*s%s", (int)(at - text), text,
	    without_folder(a, at + strlen(folder) + 1));
}

static const char *
joined(struct arena *a, struct config_list list)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list.n; i++)
		str_addf(&s, "%s%s", i > 0 ? " " : "",
		    without_folder(a, list.items[i]));
	return s.text;
}

/* All that a configuration says. */
static const char *
said(struct arena *a, const struct config *c)
{
	struct config_list titles = config_titles(c, "list");
	struct str s;

	str_init(&s, a);
	str_addf(&s, "%s [%s] %s %d", config_text(c, "", NULL, "hostname"),
	    joined(a, config_list(c, "", NULL, "domains")),
	    config_text(c, "policyd", NULL, "group"),
	    (int)config_number(c, "policyd", NULL, "most"));
	for (size_t i = 0; i < titles.n; i++)
		str_addf(&s, " %s:%d:%s", titles.items[i],
		    (int)config_number(c, "list", titles.items[i], "points"),
		    config_text(c, "list", titles.items[i], "mode"));
	return s.text;
}

#define INCLUDE "include = { \"conf.d/*.conf\" }\n"

static void
puts_the_files_together(void **state)
{
	static const struct {
		const char *name;
		struct file files[FILES_MAX];
		const char *said, *read, *passed_over;
	} cases[] = {
	    {"no folder", {{"main", "include = { \"nowhere/*.conf\" }\n"}},
		" [x]  5", "main", ""},
	    {"nothing there", {{"main", INCLUDE}}, " [x]  5", "main", ""},
	    {"one adds",
		{{"main", INCLUDE}, {"conf.d/a.conf", "hostname = h\n"}},
		"h [x]  5", "main conf.d/a.conf", ""},
	    {"the later one wins",
		{{"main", "hostname = h\n" INCLUDE "policyd { most = 1 }\n"},
		    {"conf.d/b.conf", "hostname = b\n"},
		    {"conf.d/a.conf", "hostname = a\npolicyd { group = g }\n"}},
		"b [x] g 1", "main conf.d/a.conf conf.d/b.conf", ""},
	    {"a list as a whole",
		{{"main", INCLUDE "domains = { a, b }\n"},
		    {"conf.d/a.conf", "domains = c\n"}},
		" [c]  5", "main conf.d/a.conf", ""},
	    {"an empty list too",
		{{"main", INCLUDE "domains = { a, b }\n"},
		    {"conf.d/a.conf", "domains = {}\n"}},
		" []  5", "main conf.d/a.conf", ""},
	    {"and back",
		{{"main", INCLUDE}, {"conf.d/a.conf", "domains = {}\n"},
		    {"conf.d/b.conf", "domains = { d, e }\n"}},
		" [d e]  5", "main conf.d/a.conf conf.d/b.conf", ""},
	    {"titles key by key",
		{{"main", INCLUDE "list a { points = 1 }\nlist b {}\n"},
		    {"conf.d/a.conf",
			"list c { points = 3 }\nlist a { mode = shadow }\n"}},
		" [x]  5 a:1:shadow b:0:enforce c:3:enforce",
		"main conf.d/a.conf", ""},
	    {"by the bytes of their names",
		{{"main", INCLUDE}, {"conf.d/b.conf", "hostname = b\n"},
		    {"conf.d/B.conf", "hostname = B\n"},
		    {"conf.d/10.conf", "hostname = 10\n"},
		    {"conf.d/9.conf", "hostname = 9\n"}},
		"b [x]  5",
		"main conf.d/10.conf conf.d/9.conf conf.d/B.conf conf.d/b.conf",
		""},
	    {"an empty file", {{"main", INCLUDE}, {"conf.d/a.conf", ""}},
		" [x]  5", "main conf.d/a.conf", ""},
	    {"what editors leave",
		{{"main", INCLUDE}, {"conf.d/a.conf~", "wrong"},
		    {"conf.d/#a.conf#", "wrong"}, {"conf.d/.a.conf.swp", "x"}},
		" [x]  5", "main",
		"conf.d/#a.conf# conf.d/.a.conf.swp conf.d/a.conf~"},
	    {"what begins with a dot",
		{{"main", INCLUDE}, {"conf.d/.a.conf", "wrong"},
		    {"conf.d/.#a.conf", NULL}},
		" [x]  5", "main", "conf.d/.#a.conf conf.d/.a.conf"},
	    {"what dpkg leaves",
		{{"main", INCLUDE}, {"conf.d/a.conf.dpkg-old", "wrong"},
		    {"conf.d/a.conf.dpkg-new", "wrong"},
		    {"conf.d/README", "wrong"}},
		" [x]  5", "main",
		"conf.d/README conf.d/a.conf.dpkg-new conf.d/a.conf.dpkg-old"},
	    {"in the order of patterns, each once",
		{{"main", "include = { \"conf.d/b.conf\", \"conf.d/*.conf\", "
			  "\"conf.d/?.cnf\" }\n"},
		    {"conf.d/a.conf", "hostname = a\n"},
		    {"conf.d/b.conf", "hostname = b\n"}, {"conf.d/c.cnf", ""},
		    {"conf.d/cc.cnf", ""}},
		"a [x]  5", "main conf.d/b.conf conf.d/a.conf conf.d/c.cnf",
		"conf.d/cc.cnf"},
	    {"beside the file, but not the file itself",
		{{"main", "include = \"*ain\"\nhostname = m\n"},
		    {"again", "hostname = g\n"}},
		"g [x]  5", "main again", "conf.d"},
	    {"a name with a dot that is named",
		{{"main", "include = \"conf.d/.a\"\n"},
		    {"conf.d/.a", "hostname = a\n"}},
		"a [x]  5", "main conf.d/.a", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct config *c;
		struct err err;

		make_folder();
		if (open_main(cases[i].files, &c, &err) != RC_OK)
			fail_msg("%s: %s", cases[i].name, err.text);
		CHECK_STR(said(a, c), cases[i].said, cases[i].name);
		CHECK_STR(joined(a, config_files(c)), cases[i].read,
		    cases[i].name);
		CHECK_STR(joined(a, config_passed_over(c)),
		    cases[i].passed_over, cases[i].name);
		config_free(c);
		remove_folder();
		arena_free(a);
	}
}

static void
refuses_what_is_wrong_in_any_file(void **state)
{
	static const struct {
		const char *name;
		struct file files[FILES_MAX];
		enum rc rc;
		const char *why;
	} cases[] = {
	    {"a key", {{"main", INCLUDE}, {"conf.d/a.conf", "\nhostnme = h\n"}},
		RC_PERM,
		"conf.d/a.conf:2: unknown key \"hostnme\"; did you mean "
		"\"hostname\"?"},
	    {"a value",
		{{"main", INCLUDE},
		    {"conf.d/a.conf", "policyd {\n\tmost = 10\n}\n"}},
		RC_PERM,
		"conf.d/a.conf:2: policyd.most = \"10\": expected a whole "
		"number from -9 to 9"},
	    {"twice in one",
		{{"main", INCLUDE "hostname = a\n"},
		    {"conf.d/a.conf", "hostname = a\nhostname = b\n"}},
		RC_PERM, "conf.d/a.conf:2: hostname is given twice"},
	    {"a list twice in one",
		{{"main", INCLUDE "domains = a\n"},
		    {"conf.d/a.conf", "domains = b\ndomains = {}\n"}},
		RC_PERM, "conf.d/a.conf:3: domains is given twice"},
	    {"a title twice in one",
		{{"main", INCLUDE "list a {}\n"},
		    {"conf.d/a.conf", "list a {}\nlist a {}\n"}},
		RC_PERM, "conf.d/a.conf:2: found duplicate title 'a'"},
	    {"including further",
		{{"main", INCLUDE},
		    {"conf.d/a.conf", "\ninclude = { \"*.conf\" }\n"}},
		RC_PERM,
		"conf.d/a.conf:2: include = \"*.conf\": a file that is "
		"included "
		"cannot include others"},
	    {"including nothing further",
		{{"main", INCLUDE}, {"conf.d/a.conf", "include = {}\n"}},
		RC_PERM,
		"conf.d/a.conf:2: include: a file that is included cannot "
		"include others"},
	    {"cut off",
		{{"main", INCLUDE}, {"conf.d/a.conf", "hostname = abc"}},
		RC_PERM,
		"conf.d/a.conf: its last line has no end: is the file cut "
		"off?"},
	    {"a name that is not there",
		{{"main", "include = \"conf.d/a.conf\"\n"}}, RC_TEMP,
		"conf.d/a.conf: No such file or directory"},
	    {"a link that leads nowhere",
		{{"main", INCLUDE}, {"conf.d/dead.conf", NULL}}, RC_TEMP,
		"conf.d/dead.conf: No such file or directory"},
	    {"a link to itself",
		{{"main", INCLUDE}, {"conf.d/loop.conf", NULL}}, RC_TEMP,
		"conf.d/loop.conf: Too many levels of symbolic links"},
	    {"a folder", {{"main", INCLUDE}, {"conf.d/folder.conf", NULL}},
		RC_TEMP, "conf.d/folder.conf: expected a file"},
	    {"a pipe", {{"main", INCLUDE}, {"conf.d/pipe.conf", NULL}}, RC_TEMP,
		"conf.d/pipe.conf: expected a file"},
	    {"a folder that leads nowhere",
		{{"main", "include = \"dead/*.conf\"\n"}, {"dead", NULL}},
		RC_TEMP, "dead/: No such file or directory"},
	    {"a file for a folder",
		{{"main", "include = \"again/*.conf\"\n"}, {"again", ""}},
		RC_TEMP, "again/: Not a directory"},
	    {"no ending", {{"main", "\ninclude = \"conf.d/*\"\n"}}, RC_PERM,
		"main:2: include = \"conf.d/*\": expected a pattern with an "
		"ending, such as \"*.conf\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct config *c;
		struct err err;

		make_folder();
		CHECK(open_main(cases[i].files, &c, &err) == cases[i].rc,
		    cases[i].name);
		CHECK_STR(without_folder(a, err.text), cases[i].why,
		    cases[i].name);
		assert_null(c);
		remove_folder();
		arena_free(a);
	}
}

static void
refuses_patterns_that_say_too_much(void **state)
{
	static const struct {
		const char *pattern, *wrong;
	} cases[] = {
	    {"a.conf", NULL},
	    {"/etc/postward/conf.d/*.conf", NULL},
	    {"conf.d/[0-9]?-*.conf", NULL},
	    {"a].conf", NULL},
	    {"", "expected the name of a file, or a pattern"},
	    {"conf.d/", "expected the name of a file, or a pattern"},
	    {"*/", "expected the name of a file, or a pattern"},
	    {"*/a.conf", "expected *, ? and [ behind the last / only"},
	    {"conf.?/*.conf", "expected *, ? and [ behind the last / only"},
	    {"*", "expected a pattern with an ending, such as \"*.conf\""},
	    {"conf.d/*.conf*",
		"expected a pattern with an ending, such as \"*.conf\""},
	    {"x.[ab]", "expected a pattern with an ending, such as \"*.conf\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(config_include_wrong(cases[i].pattern),
		    cases[i].wrong, cases[i].pattern);
}

static void
tells_where_a_key_is_set(void **state)
{
	static const struct file files[FILES_MAX] = {
	    {"main", INCLUDE "hostname = h\nlist a {\n}\nlist b {}\n"},
	    {"conf.d/a.conf",
		"\npolicyd { most = 1\n}\nlist a {\n\tpoints = 3\n}\n"}};
	struct arena *a = arena_new();
	struct config *c;
	struct err err;

	(void)state;
	make_folder();
	assert_int_equal(open_main(files, &c, &err), RC_OK);
	CHECK_STR(without_folder(a, config_where(c, a, "", NULL, "hostname")),
	    "main:2", "hostname");
	CHECK_STR(without_folder(a, config_where(c, a, "", NULL, "domains")),
	    "main", "a default");
	CHECK_STR(without_folder(a,
		      config_where(c, a, "policyd", NULL, "most")),
	    "conf.d/a.conf:2", "most");
	CHECK_STR(without_folder(a,
		      config_where(c, a, "policyd", NULL, "group")),
	    "main", "a default in a section");
	CHECK_STR(without_folder(a, config_where(c, a, "list", "a", "points")),
	    "conf.d/a.conf:5", "points");
	CHECK_STR(without_folder(a, config_where(c, a, "list", "b", NULL)),
	    "main:5", "a section");
	config_free(c);
	remove_folder();
	arena_free(a);
}

/* Ten thousand small files are one configuration; what is larger than one may
   be is refused, in however many pieces. */
static void
reads_many_files(void **state)
{
	char name[40], text[200];
	struct config *c;
	struct err err;

	(void)state;
	make_folder();
	write_file(&(struct file){"main", INCLUDE});
	memset(text, '#', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "conf.d/%05d.conf", i);
		write_file(&(struct file){name, "policyd { most = 3 }\n"});
	}
	assert_int_equal(config_open(path_of("main"), keys, COUNT(keys), &c,
			     &err),
	    RC_OK);
	assert_int_equal(config_files(c).n, 10001);
	assert_int_equal(config_number(c, "policyd", NULL, "most"), 3);
	config_free(c);
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "conf.d/%05d.conf", i);
		write_file(&(struct file){name, text});
	}
	assert_int_equal(config_open(path_of("main"), keys, COUNT(keys), &c,
			     &err),
	    RC_PERM);
	assert_non_null(strstr(err.text,
	    ": longer than 1 MiB with the files before it"));
	remove_folder();
}

/* What is read as text is the whole of it. */
static void
includes_nothing_into_text(void **state)
{
	struct config *c;
	struct err err;

	(void)state;
	assert_int_equal(config_read("include = \"/nonexistent\"\n", "FILE",
			     keys, COUNT(keys), &c, &err),
	    RC_OK);
	assert_int_equal(config_files(c).n, 1);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(puts_the_files_together),
	    cmocka_unit_test(refuses_what_is_wrong_in_any_file),
	    cmocka_unit_test(refuses_patterns_that_say_too_much),
	    cmocka_unit_test(tells_where_a_key_is_set),
	    cmocka_unit_test(reads_many_files),
	    cmocka_unit_test(includes_nothing_into_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
