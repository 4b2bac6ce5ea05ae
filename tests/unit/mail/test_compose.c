/* SPDX-License-Identifier: MIT */
#include "mail/compose.h"

#include "base/str.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct compose_message usual = {
    .from_name = "Remotes Club",
    .from = "postmaster@remotes.club",
    .to = "ann@mail.example",
    .subject = "Hello",
    .message_id = "0123456789abcdefghjkmnpqrs@remotes.club",
    .date = 1767225600,
    .body = "Hello Ann,\n\nwelcome.\n",
};

static void
writes_these_fields(void **state)
{
	struct arena *a = arena_new();
	const char *out;
	size_t len;

	(void)state;
	assert_int_equal(compose(a, &usual, &out, &len, NULL), RC_OK);
	assert_string_equal(out,
	    "From: \"Remotes Club\" <postmaster@remotes.club>\r\n"
	    "To: ann@mail.example\r\n"
	    "Subject: Hello\r\n"
	    "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
	    "Message-ID: <0123456789abcdefghjkmnpqrs@remotes.club>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "X-Auto-Response-Suppress: All\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "\r\n"
	    "Hello Ann,\r\n\r\nwelcome.\r\n");
	assert_int_equal(len, strlen(out));
	arena_free(a);
}

static void
writes_the_name(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {NULL, "From: postmaster@remotes.club\r\n"},
	    {"", "From: postmaster@remotes.club\r\n"},
	    {"A \"B\" \\",
		"From: \"A \\\"B\\\" \\\\\" <postmaster@remotes.club>\r\n"},
	    {"Zoë, Inc.", "From: =?UTF-8?Q?Zo=C3=AB=2C_Inc=2E?= "
			  "<postmaster@remotes.club>\r\n"},
	    {"The association of everybody who was here",
		"From: "
		"=?UTF-8?Q?The_association_of_everybody_who_was_here?=\r\n"
		" <postmaster@remotes.club>\r\n"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct compose_message m = usual;
		const char *out;
		size_t len;

		m.from_name = cases[i].name;
		assert_int_equal(compose(a, &m, &out, &len, NULL), RC_OK);
		if (!str_starts(out, cases[i].want))
			fail_msg("%s: %.100s", cases[i].want, out);
	}
	arena_free(a);
}

static void
refuses_what_would_be_another_field(void **state)
{
	static const struct {
		const char *name;
		struct compose_message message;
	} cases[] = {
	    {"LF in the subject", {.subject = "x\nBcc: all@mail.example"}},
	    {"CR in the subject", {.subject = "x\rBcc: all@mail.example"}},
	    {"C1 in the subject", {.subject = "x\xc2\x85y"}},
	    {"ESC in the subject", {.subject = "\x1b[2J"}},
	    {"a subject in Latin 1", {.subject = "caf\xe9"}},
	    {"an overlong form", {.subject = "\xc0\x8a"}},
	    {"LF in the name", {.from_name = "x\ny"}},
	    {"CR in the recipient", {.to = "a@b.example\r\nX: y"}},
	    {"LF in the sender", {.from = "a@b.example\nX: y"}},
	    {"an id in brackets", {.message_id = "<a@b.example>"}},
	    {"an id of two words", {.message_id = "a b@c.example"}},
	    {"CR in the body", {.body = "a\r\n.\r\nMAIL FROM:<>\r\n"}},
	    {"DEL in the body", {.body = "a\x7f\n"}},
	    {"C1 in the body", {.body = "\xc2\x9b"
					"1m\n"}},
	    {"a body in Latin 1", {.body = "caf\xe9\n"}},
	    {"no such date", {.date = INT64_MAX}},
	    {"the year 10000", {.date = 253402300800}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct compose_message m = cases[i].message;
		const char *out;
		size_t len;
		struct err err = {""};

		if (m.from_name == NULL)
			m.from_name = usual.from_name;
		m.from = m.from != NULL ? m.from : usual.from;
		m.to = m.to != NULL ? m.to : usual.to;
		m.subject = m.subject != NULL ? m.subject : usual.subject;
		m.message_id =
		    m.message_id != NULL ? m.message_id : usual.message_id;
		m.body = m.body != NULL ? m.body : usual.body;
		CHECK(compose(a, &m, &out, &len, &err) == RC_PERM,
		    cases[i].name);
		CHECK(err.text[0] != '\0', cases[i].name);
	}
	arena_free(a);
}

static void
refuses_what_no_line_has_room_for(void **state)
{
	struct arena *a = arena_new();
	struct compose_message m = usual;
	char *big = arena_take(a, 1001);
	const char *out;
	size_t len;

	(void)state;
	memset(big, 'x', 1000);
	m.to = big;
	assert_int_equal(compose(a, &m, &out, &len, NULL), RC_PERM);
	m = usual;
	m.message_id = big;
	assert_int_equal(compose(a, &m, &out, &len, NULL), RC_PERM);
	m = usual;
	m.subject = big;
	assert_int_equal(compose(a, &m, &out, &len, NULL), RC_OK);
	arena_free(a);
}

/* Python's reader, which was written by others. */
static const char reader[] =
    "import email, email.header, email.policy, email.utils, sys\n"
    "raw = open(sys.argv[1], 'rb').read()\n"
    "name, to, subject, body = sys.argv[2:]\n"
    "m = email.message_from_bytes(raw, policy=email.policy.SMTPUTF8)\n"
    /* The newer one puts a blank between encoded-words of a name. */
    "old = email.message_from_bytes(raw)\n"
    "words = email.utils.parseaddr(str(old['From']))[0]\n"
    "words = email.header.decode_header(words)\n"
    "assert str(email.header.make_header(words)) == name, words\n"
    "assert m['From'].addresses[0].addr_spec == 'postmaster@remotes.club'\n"
    "raw_to = m['To'].addresses[0].addr_spec.encode('utf-8', "
    "'surrogateescape')\n"
    "assert raw_to == to.encode(), raw_to\n"
    "assert m['Subject'] == subject, m['Subject']\n"
    "got = m.get_content().replace('\\r\\n', '\\n')\n"
    "assert got == body, (got, body)\n"
    "assert not to.isascii() or not any(m[k].defects for k in m), 'a defect'\n"
    "assert max(map(len, raw.split(b'\\r\\n'))) <= 76, 'a long line'\n"
    "assert b'\\n' not in raw.replace(b'\\r\\n', b''), 'a bare LF'\n"
    "for line in raw.split(b'\\r\\n'):\n"
    "    for word in line.split():\n"
    "        if word.startswith(b'=?'):\n"
    "            assert len(word) <= 75\n"
    "            email.header.decode_header(word.decode())[0][0].decode()\n"
    "if 'quoted' in m['Content-Transfer-Encoding']:\n"
    "    text = raw.partition(b'\\r\\n\\r\\n')[2].split(b'\\r\\n')\n"
    "    assert not any(l.endswith((b' ', b'\\t')) for l in text), text\n"
    "    assert not any(l.startswith(b'.') for l in text), text\n";

static void
must_be_read_by_python(const char *file, const struct compose_message *m)
{
	struct arena *a = arena_new();
	const char *out;
	size_t len;
	pid_t pid;
	FILE *f;
	int status;

	assert_int_equal(compose(a, m, &out, &len, NULL), RC_OK);
	f = fopen(file, "wb");
	assert_non_null(f);
	fwrite(out, 1, len, f);
	fclose(f);
	pid = fork();
	if (pid == 0) {
		execl("/usr/bin/python3", "python3", "-c", reader, file,
		    m->from_name, m->to, m->subject, m->body, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("python does not read the same in:\n%s", out);
	arena_free(a);
}

#define TEN        "0123456789"
#define ANIMALS    "\xf0\x9f\x90\x9d\xf0\x9f\xa6\x94\xf0\x9f\x90\x8c"
#define MANY(text) text text text text text text text text text text

static void
is_read_by_others(void **state)
{
	static const struct {
		const char *name, *to, *subject, *body;
	} cases[] = {
	    {"Club", "ann@mail.example", "Hello", "Hello\n"},
	    {"Клуб удалённых «друзей», и не только", "ann@mail.example",
		"Ваш код — для нового адреса в нашем клубе, и это длинно",
		"Здравствуйте!\n\nКод: 01234-56789\n"},
	    {MANY(ANIMALS), "ann@mail.example", MANY(ANIMALS),
		MANY(ANIMALS) "\n"},
	    {"a" ANIMALS, "ann@mail.example", "ab" MANY(ANIMALS),
		"abc" MANY(ANIMALS) "\n"},
	    {"Q?=_ \"\\", "ann@mail.example", "=?UTF-8?Q?no?= =_", "= =3D\n"},
	    {"x", "ann@mail.example", "two  blanks",
		"blank \ntab\t\n \n\t\n  in front\nan end \n"},
	    {"x", "ann@mail.example", " a blank before, one after ", "x\n"},
	    {"x", "ann@mail.example",
		"many words " MANY("of ten ") "and " MANY("longer ") "ones",
		".\n..\n.dot\nFrom me\n" MANY("....... ") ".\n"},
	    {"x", "ann@mail.example", MANY(TEN) MANY(TEN),
		MANY(TEN) MANY(TEN) "\n" MANY(TEN) "." MANY(TEN) "\n"},
	    {"x", "ann@mail.example", "x",
		MANY("1234567") "12345\n" MANY("1234567") "123456\n" MANY(
		    "1234567") "1234567\n" MANY("1234567") "12345é\n"},
	    {"x", "ann@mail.example", "x", MANY("1234567") "12345 \né\n"},
	    {"x", "ann@mail.example", "x", MANY("1234567") "123456 \n"},
	    {"x", "ann@mail.example", "x", ""},
	    {"x", "зоя@пример.example", "x", "x\n"},
	    {"x",
		"averylonglocalpartthatgoesonandonandon@"
		"a.very.long.domain.example",
		"x", "x\n"},
	};
	char file[] = "/tmp/test_compose.XXXXXX";
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct compose_message m = usual;

		m.from_name = cases[i].name;
		m.to = cases[i].to;
		m.subject = cases[i].subject;
		m.body = cases[i].body;
		must_be_read_by_python(file, &m);
	}
	unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_these_fields),
	    cmocka_unit_test(writes_the_name),
	    cmocka_unit_test(refuses_what_would_be_another_field),
	    cmocka_unit_test(refuses_what_no_line_has_room_for),
	    cmocka_unit_test(is_read_by_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
