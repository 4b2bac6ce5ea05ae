/* SPDX-License-Identifier: MIT */
#include "forwarding/dot_forward.h"

#include "base/str.h"
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static const char *
joined(struct arena *a, const struct dot_forward *f)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < f->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : " ", f->targets[i]);
	return s.text;
}

static void
finds_the_addresses(void **state)
{
	static const struct {
		const char *name, *text, *targets;
	} cases[] = {
	    {"empty", "", ""},
	    {"blank lines", "\n \n\t\n", ""},
	    {"one", "ann@example.org\n", "ann@example.org"},
	    {"no newline", "ann@example.org", "ann@example.org"},
	    {"DOS", "a@example.org\r\nb@example.org\r\n",
		"a@example.org b@example.org"},
	    {"commas", "a@example.org,b@example.org , c@example.org,",
		"a@example.org b@example.org c@example.org"},
	    {"brackets", "<ann@example.org>", "ann@example.org"},
	    {"case", "Ann@EXAMPLE.org", "Ann@example.org"},
	    {"bare name", "bob\n", "bob@remotes.club"},
	    {"bare name with extension", "bob+list", "bob+list@remotes.club"},
	    {"comment line", "# mine\nann@example.org\n", "ann@example.org"},
	    {"comment with a comma", "#a,b@example.org\n", ""},
	    {"comment behind", "a@example.org # old: b@example.org\nc\n",
		"a@example.org c@remotes.club"},
	    {"comment after comma", "a@example.org,#b@example.org\n",
		"a@example.org"},
	    {"hash in a name", "a#b@example.org", "a#b@example.org"},
	    {"quoted", "\"ann, b #c\"@example.org",
		"\"ann, b #c\"@example.org"},
	    {"display name", "Ann Smith <ann@example.org>", "ann@example.org"},
	    {"quoted display name, comma", "\"Smith, Ann\" <ann@example.org>",
		"ann@example.org"},
	    {"comment", "ann@example.org (work (and) more)", "ann@example.org"},
	    {"comment first", "(me) ann@example.org", "ann@example.org"},
	    {"quoted as a whole", "\"ann@example.org\"", "ann@example.org"},
	    {"backslash", "\\ann@example.org", "ann@example.org"},
	    {"two with a blank", "ann@example.org bob@example.org",
		"ann@example.org bob@example.org"},
	    {"two words", "Ann ann@example.org",
		"Ann@remotes.club ann@example.org"},
	    {"semicolon", "ann@example.org; bob@example.org",
		"ann@example.org bob@example.org"},
	    {"group", "friends: ann@example.org, bob@example.org;",
		"ann@example.org bob@example.org"},
	    {"blanks in brackets", "< ann@example.org >", "ann@example.org"},
	    {"blanks around @", "ann @ example.org", "ann@example.org"},
	    {"route", "<@a.example,@b.example:ann@example.org>",
		"ann@example.org"},
	    {"percent, bang", "ann%example.org, example.org!bob",
		"ann@example.org bob@example.org"},
	    {"escaped comma", "a\\,b@example.org", "\"a,b\"@example.org"},
	    {"nothing in brackets", "<>, ann@example.org", "ann@example.org"},
	    {"byte order mark",
		"\xef\xbb\xbf"
		"ann@example.org\r\n",
		"ann@example.org"},
	    {"unseen at the ends",
		"\xc2\xa0"
		"ann@example.org\xe2\x80\x8b",
		"ann@example.org"},
	    {"escape at the end", "ann\\\nb@example.org",
		"ann@remotes.club b@example.org"},
	    {"quote in quotes", "\"a\\\"b\"@example.org",
		"\"a\\\"b\"@example.org"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dot_forward got = dot_forward_parse(a, cases[i].text,
		    strlen(cases[i].text), "remotes.club");

		CHECK_STR(joined(a, &got), cases[i].targets, cases[i].name);
		CHECK_STR(got.note, NULL, cases[i].name);
		arena_reset(a);
	}
	arena_free(a);
}

static void
ignores_and_notes_the_rest(void **state)
{
	static const struct {
		const char *name, *text, *targets, *note;
	} cases[] = {
	    {"command", "|/usr/bin/vacation ann", "",
		"ignored \"|/usr/bin/vacation ann\": a command is no forward"},
	    {"quoted command", "\"|procmail -f-, x\", a@example.org",
		"a@example.org",
		"ignored \"|procmail -f-, x\": a command is no forward"},
	    {"file", "/home/ann/mbox", "",
		"ignored \"/home/ann/mbox\": a file is no forward"},
	    {"quoted file", "\"/home/ann/m box\"", "",
		"ignored \"/home/ann/m box\": a file is no forward"},
	    {"include", ":Include:/etc/passwd", "",
		"ignored \":Include:/etc/passwd\": "
		"an included file is no forward"},
	    {"local delivery", "\\ann, ann@example.org", "ann@example.org",
		"ignored \"ann\": local delivery is no forward"},
	    {"home", "~/mbox", "", "ignored \"~/mbox\": a file is no forward"},
	    {"hyphen", "-ann@example.org", "",
		"ignored \"-ann@example.org\": a hyphen first, where Postfix "
		"does not deliver"},
	    {"zero width within",
		"a\xe2\x80\x8b"
		"nn@example.org",
		"",
		"ignored \"a\\u{200b}nn@example.org\": U+200B in it, which "
		"nobody sees"},
	    {"a bare command swallows its words only",
		"|/bin/x ann@example.org, bob@example.org", "bob@example.org",
		"ignored \"|/bin/x ann@example.org, bob@example.org\": "
		"a command is no forward"},
	    {"control characters", "a\033[2Jb@example.org", "",
		"ignored \"a\\x1b\": no address"},
	    {"the first is told", "|x\n/y\n", "",
		"ignored \"|x\": a command is no forward"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dot_forward got = dot_forward_parse(a, cases[i].text,
		    strlen(cases[i].text), "remotes.club");

		CHECK_STR(joined(a, &got), cases[i].targets, cases[i].name);
		CHECK_STR(got.note, cases[i].note, cases[i].name);
		arena_reset(a);
	}
	arena_free(a);
}

static void
takes_no_address_with_a_nul(void **state)
{
	static const char text[] = "ann@example.org\0.example.net\n";
	struct arena *a = arena_new();
	struct dot_forward got =
	    dot_forward_parse(a, text, sizeof(text) - 1, "remotes.club");

	(void)state;
	CHECK(got.n == 0, "no target");
	CHECK_STR(got.note,
	    "ignored \"ann@example.org\\x00.example.net\": no address", "note");
	arena_free(a);
}

static void
takes_so_many_addresses(void **state)
{
	struct arena *a = arena_new();
	struct dot_forward got;
	struct str s;

	(void)state;
	str_init(&s, a);
	for (int i = 1; i <= DOT_FORWARD_TARGETS_MAX + 1; i++)
		str_addf(&s, "u%d\n", i);
	got = dot_forward_parse(a, s.text, s.len, "remotes.club");
	CHECK(got.n == DOT_FORWARD_TARGETS_MAX, "limit");
	CHECK_STR(got.note, "ignored \"u21\": one too many", "note");
	arena_free(a);
}

struct home {
	struct arena *arena;
	struct unix_user user;
	char *file;
};

static int
make_home(void **state)
{
	struct arena *a = arena_new();
	struct home *h = arena_take(a, sizeof(*h));
	const char *tmp = getenv("TMPDIR");
	char *folder = arena_printf(a, "%s/postward-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");

	CHECK(mkdtemp(folder) != NULL, folder);
	CHECK(chmod(folder, 0755) == 0, folder);
	h->arena = a;
	h->user = (struct unix_user){folder, geteuid()};
	h->file = arena_printf(a, "%s/.forward", folder);
	*state = h;
	return 0;
}

static int
remove_home(void **state)
{
	struct home *h = *state;

	if (unlink(h->file) != 0)
		rmdir(h->file);
	CHECK(rmdir(h->user.home) == 0, h->user.home);
	arena_free(h->arena);
	return 0;
}

static void
write_file(const struct home *h, const char *text, size_t len)
{
	int fd = open(h->file, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	CHECK(fd >= 0, h->file);
	CHECK(write(fd, text, len) == (ssize_t)len, h->file);
	CHECK(fchmod(fd, 0644) == 0, h->file);
	close(fd);
}

static void
write_text(const struct home *h, const char *text)
{
	write_file(h, text, strlen(text));
}

static enum rc
read_home(struct home *h, struct dot_forward *out, struct err *err)
{
	return dot_forward_read(h->arena, &h->user, "remotes.club", out, err);
}

static void
check_trouble(struct home *h, const char *what)
{
	struct dot_forward got;
	struct err err = {""};

	CHECK(read_home(h, &got, &err) == RC_TEMP, what);
	CHECK(str_starts(err.text, h->user.home), err.text);
	CHECK(strstr(err.text, what) != NULL, err.text);
}

static void
reads_the_file(void **state)
{
	struct home *h = *state;
	struct dot_forward got;

	write_text(h, "ann@example.org\nbob\n");
	CHECK(read_home(h, &got, NULL) == RC_OK, "read");
	CHECK_STR(joined(h->arena, &got), "ann@example.org bob@remotes.club",
	    "targets");
	CHECK_STR(got.note, NULL, "note");
}

static void
names_the_file_in_notes(void **state)
{
	struct home *h = *state;
	struct dot_forward got;

	write_text(h, "|true\n");
	CHECK(read_home(h, &got, NULL) == RC_OK, "read");
	CHECK(got.n == 0, "targets");
	CHECK(str_starts(got.note, h->file), got.note);
}

static void
finds_no_file(void **state)
{
	struct dot_forward got;

	CHECK(read_home(*state, &got, NULL) == RC_NONE, "no file");
}

static void
does_not_know_without_a_home(void **state)
{
	struct home *h = *state;
	struct unix_user gone = {
	    arena_printf(h->arena, "%s/no", h->user.home), h->user.uid};
	struct dot_forward got;
	struct err err = {""};

	CHECK(dot_forward_read(h->arena, &gone, "remotes.club", &got, &err) ==
		  RC_TEMP,
	    "read");
	CHECK(strstr(err.text, "/no: No such file") != NULL, err.text);
}

static void
does_not_trust_what_others_may_write(void **state)
{
	static const struct {
		const char *name;
		mode_t home, file;
		const char *problem; /* NULL: none */
	} cases[] = {
	    {"private", 0700, 0600, NULL},
	    {"public", 0755, 0644, NULL},
	    {"file, by group", 0755, 0664, ".forward: others may write it"},
	    {"file, by all", 0755, 0646, ".forward: others may write it"},
	    {"home, by group", 0775, 0644, ": others may write it: chmod"},
	    {"home, by all", 0757, 0644, ": others may write it: chmod"},
	    {"sticky home", 01755, 0644, ": the sticky bit is set"},
	};
	struct home *h = *state;

	write_text(h, "ann@example.org\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dot_forward got;

		CHECK(chmod(h->user.home, cases[i].home) == 0, "chmod");
		CHECK(chmod(h->file, cases[i].file) == 0, "chmod");
		if (cases[i].problem != NULL)
			check_trouble(h, cases[i].problem);
		else
			CHECK(read_home(h, &got, NULL) == RC_OK, cases[i].name);
	}
}

static void
does_not_trust_another_users_file(void **state)
{
	struct home *h = *state;

	write_text(h, "ann@example.org\n");
	if (geteuid() == 0)
		CHECK(chown(h->file, NOBODY, NOBODY) == 0, "chown");
	else
		h->user.uid++;
	check_trouble(h, "belongs to another user");
}

static void
trusts_roots_file(void **state)
{
	struct home *h = *state;
	struct dot_forward got;

	if (geteuid() != 0) {
		print_message("only root can make one\n");
		skip();
	}
	write_text(h, "ann@example.org\n");
	h->user.uid = NOBODY;
	CHECK(read_home(h, &got, NULL) == RC_OK, "read");
}

static void
does_not_know_what_it_may_not_read(void **state)
{
	struct home *h = *state;
	struct dot_forward got;
	struct err err = {""};
	enum rc rc;

	write_text(h, "ann@example.org\n");
	CHECK(chmod(h->file, 0) == 0, "chmod");
	CHECK(geteuid() != 0 || seteuid(NOBODY) == 0, "seteuid");
	rc = read_home(h, &got, &err);
	CHECK(seteuid(getuid()) == 0, "seteuid");
	CHECK(rc == RC_TEMP, "read");
	CHECK(strstr(err.text, ".forward: Permission denied") != NULL,
	    err.text);
}

static void
follows_no_symbolic_link(void **state)
{
	struct home *h = *state;

	CHECK(symlink("/etc/passwd", h->file) == 0, h->file);
	check_trouble(h, "a symbolic link");
}

static void
reads_no_folder(void **state)
{
	struct home *h = *state;

	CHECK(mkdir(h->file, 0700) == 0, h->file);
	check_trouble(h, "not a regular file");
}

static void
does_not_hang_on_a_pipe(void **state)
{
	struct home *h = *state;

	CHECK(mkfifo(h->file, 0600) == 0, h->file);
	check_trouble(h, "not a regular file");
}

/* Its lines would be passed over, and the mail refused for good. */
static void
reads_no_utf_16(void **state)
{
	struct home *h = *state;

	write_file(h,
	    "\xff\xfe"
	    "a\0@\0b\0.\0c\0\n\0",
	    14);
	check_trouble(h, ".forward: this is UTF-16: save it as UTF-8");
	write_file(h, "\xfe\xff\0a", 4);
	check_trouble(h, "this is UTF-16");
}

static void
reads_files_up_to_64_kib(void **state)
{
	static char text[64 * 1024 + 1];
	struct home *h = *state;
	struct dot_forward got;

	memset(text, '\n', sizeof(text));
	memcpy(text + sizeof(text) - 1 - 15, "ann@example.org", 15);
	write_file(h, text, sizeof(text) - 1);
	CHECK(read_home(h, &got, NULL) == RC_OK, "64 KiB");
	CHECK_STR(joined(h->arena, &got), "ann@example.org", "64 KiB");
	write_file(h, text, sizeof(text));
	check_trouble(h, "larger than 64 KiB");
}

#define NEEDS_HOME(f) cmocka_unit_test_setup_teardown(f, make_home, remove_home)

/* Debian's own, with the uids that its base-passwd gives them. */
static void
a_system_account_has_no_home_of_a_member(void **state)
{
	static const struct {
		const char *user;
		enum rc any, member;
		unsigned uid;
	} rows[] = {
	    {"root", RC_OK, RC_NONE, 0},
	    {"daemon", RC_OK, RC_NONE, 1},
	    {"nobody", RC_OK, RC_NONE, NOBODY},
	    {"no such user", RC_NONE, RC_NONE, 0},
	    {"", RC_NONE, RC_NONE, 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unix_user user = {0};
		struct err err = {""};

		CHECK(home_of_any_user(a, rows[i].user, &user, &err) ==
			  rows[i].any,
		    rows[i].user);
		CHECK(rows[i].any != RC_OK || user.home[0] == '/',
		    rows[i].user);
		CHECK(user.uid == rows[i].uid, rows[i].user);
		CHECK(home_of_unix_user(a, rows[i].user, &user, &err) ==
			  rows[i].member,
		    rows[i].user);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_addresses),
	    cmocka_unit_test(ignores_and_notes_the_rest),
	    cmocka_unit_test(takes_no_address_with_a_nul),
	    cmocka_unit_test(a_system_account_has_no_home_of_a_member),
	    cmocka_unit_test(takes_so_many_addresses),
	    NEEDS_HOME(reads_the_file),
	    NEEDS_HOME(names_the_file_in_notes),
	    NEEDS_HOME(finds_no_file),
	    NEEDS_HOME(does_not_know_without_a_home),
	    NEEDS_HOME(does_not_trust_what_others_may_write),
	    NEEDS_HOME(does_not_trust_another_users_file),
	    NEEDS_HOME(trusts_roots_file),
	    NEEDS_HOME(does_not_know_what_it_may_not_read),
	    NEEDS_HOME(follows_no_symbolic_link),
	    NEEDS_HOME(reads_no_folder),
	    NEEDS_HOME(does_not_hang_on_a_pipe),
	    NEEDS_HOME(reads_no_utf_16),
	    NEEDS_HOME(reads_files_up_to_64_kib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
