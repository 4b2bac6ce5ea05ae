/* SPDX-License-Identifier: MIT */
#include "program/private/signing_index.h"

#include "signing_stage.h"

static struct signing_keys *
stage_serve(struct signing_stage *s, const struct signing_keys *old)
{
	struct signing_keys *keys;
	struct err err;

	CHECK(signing_keys_serve(s->folder, old, &keys, &err) == RC_OK,
	    err.text);
	return keys;
}

static enum rc
find_in(struct signing_stage *s, const char *domain, char *said, size_t room)
{
	struct signing_keys *keys = stage_open(s);
	struct signing_choice choice;
	struct err err = {0};
	enum rc rc = signing_keys_find(keys, domain, &choice, &err);

	if (rc == RC_OK)
		snprintf(said, room, "%s %s", choice.keys[0].domain,
		    choice.keys[0].selector);
	else
		snprintf(said, room, "%s", err.text);
	signing_keys_close(keys);
	return rc;
}

static void
a_missing_folder_has_no_keys(void **state)
{
	struct signing_keys *keys;
	struct signing_choice choice;

	(void)state;
	assert_int_equal(signing_keys_open("/nonexistent/dkim", &keys, NULL),
	    RC_OK);
	assert_int_equal(signing_keys_find(keys, "a.example", &choice, NULL),
	    RC_NONE);
	signing_keys_close(keys);
	assert_int_equal(signing_keys_find(NULL, "a.example", &choice, NULL),
	    RC_NONE);
	signing_keys_close(NULL);
}

static void
a_folder_that_cannot_be_read_is_trouble(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys;
	struct err err;

	stage_file(s, "dkim", "no folder", 0640, 0);
	assert_int_equal(signing_keys_open(stage_path(s, "dkim"), &keys, &err),
	    RC_TEMP);
	assert_null(keys);
	assert_non_null(strstr(err.text, "dkim: Not a directory"));
}

static void
the_nearest_domain_with_a_folder_signs(void **state)
{
	static const struct {
		const char *domain;
		enum rc rc;
		const char *want;
	} rows[] = {
	    {"remotes.club", RC_OK, "remotes.club one"},
	    {"x.remotes.club", RC_OK, "remotes.club one"},
	    {"a.b.c.remotes.club", RC_OK, "remotes.club one"},
	    {"fwd.remotes.club", RC_OK, "fwd.remotes.club two"},
	    {"deep.fwd.remotes.club", RC_OK, "fwd.remotes.club two"},
	    {"xfwd.remotes.club", RC_OK, "remotes.club one"},
	    {"xremotes.club", RC_NONE, ""},
	    {"club", RC_NONE, ""},
	    {"other.example", RC_NONE, ""},
	    {"", RC_NONE, ""},
	    {"xn--mnchen-3ya.example", RC_OK, "xn--mnchen-3ya.example a.b"},
	    {"upper.example", RC_OK, "upper.example sel"},
	    {"nobody.example", RC_NONE, ""},
	    {"hidden.example", RC_NONE, ""},
	};
	struct signing_stage *s = *state;
	char said[300];

	stage_folder(s, "remotes.club");
	stage_file(s, "remotes.club/one.pem", rsa_pem, 0640, 0);
	stage_folder(s, "fwd.remotes.club");
	stage_file(s, "fwd.remotes.club/two.pem", ed25519_pem, 0600, 0);
	stage_folder(s, "München.example");
	stage_file(s, "München.example/a.b.pem", ed25519_pem, 0640, 0);
	stage_folder(s, "UPPER.Example");
	stage_file(s, "UPPER.Example/Sel.PEM", ed25519_pem, 0640, 0);
	/* Neither a folder nor a domain. */
	stage_file(s, "nobody.example", rsa_pem, 0640, 0);
	stage_folder(s, "not a domain");
	stage_folder(s, ".hidden.example");
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(find_in(s, rows[i].domain, said, sizeof(said)) ==
			  rows[i].rc,
		    rows[i].domain);
		CHECK_STR(said, rows[i].want, rows[i].domain);
	}
}

enum made {
	A_FILE,
	A_FOLDER,
	A_PIPE,
	A_LINK, /* to such a file */
	A_DEAD_LINK,
	NOTHING
};

static void
stage_make(struct signing_stage *s, enum made made, const char *file,
    const char *text, mode_t mode)
{
	const char *path = stage_path(s, file);

	switch (made) {
	case A_FILE:
		stage_file(s, file, text, mode, 0);
		return;
	case A_FOLDER:
		assert_int_equal(mkdir(path, 0750), 0);
		return;
	case A_PIPE:
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	case A_LINK:
		stage_file(s, "target", text, mode, 0);
		assert_int_equal(symlink(stage_path(s, "target"), path), 0);
		return;
	case A_DEAD_LINK:
		assert_int_equal(symlink("/nonexistent/key", path), 0);
		return;
	case NOTHING:
		return;
	}
}

static void
what_cannot_sign_puts_off_mail(void **state)
{
	static char long_text[SIGNING_KEYS_FILE_MAX + 2];
	static const struct {
		const char *name;
		enum made made;
		const char *file, *text;
		mode_t mode;
		enum rc rc;
		const char *words;
	} rows[] = {
	    {"right", A_FILE, "s.pem", rsa_pem, 0640, RC_OK, "a.example s"},
	    {"for its owner", A_FILE, "s.pem", rsa_pem, 0400, RC_OK, ""},
	    {"Ed25519 alone", A_FILE, "s.pem", ed25519_pem, 0640, RC_OK, ""},
	    {"link", A_LINK, "s.pem", rsa_pem, 0640, RC_OK, ""},
	    {"an empty folder", NOTHING, "", "", 0, RC_TEMP, "no key in it"},
	    {"no .pem", A_FILE, "s.key", rsa_pem, 0640, RC_TEMP, "no key"},
	    {"readable by others", A_FILE, "s.pem", rsa_pem, 0644, RC_TEMP,
		"s.pem: everybody can read or write it"},
	    {"writable by others", A_FILE, "s.pem", rsa_pem, 0642, RC_TEMP,
		"everybody"},
	    {"executable by others", A_FILE, "s.pem", rsa_pem, 0641, RC_TEMP,
		"everybody"},
	    {"link to what others read", A_LINK, "s.pem", rsa_pem, 0644,
		RC_TEMP, "everybody"},
	    {"dead link", A_DEAD_LINK, "s.pem", "", 0, RC_TEMP,
		"s.pem: No such file"},
	    {"a folder", A_FOLDER, "s.pem", "", 0, RC_TEMP,
		"s.pem: not a regular file"},
	    {"a pipe", A_PIPE, "s.pem", "", 0, RC_TEMP, "not a regular file"},
	    {"empty", A_FILE, "s.pem", "", 0640, RC_TEMP,
		"s.pem: not a private key"},
	    {"words", A_FILE, "s.pem", "secret\n", 0640, RC_TEMP,
		"not a private key"},
	    {"cut off", A_FILE, "s.pem",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAA2\n", 0640,
		RC_TEMP, "not a private key"},
	    {"pass phrase", A_FILE, "s.pem", ENCRYPTED_PEM, 0640, RC_TEMP,
		"pass phrase"},
	    {"of another kind", A_FILE, "s.pem", EC_PEM, 0640, RC_TEMP,
		"neither RSA nor Ed25519"},
	    {"short", A_FILE, "s.pem", RSA_768_PEM, 0640, RC_TEMP,
		"RSA key of 768 bits"},
	    {"a long file", A_FILE, "s.pem", long_text, 0640, RC_TEMP,
		"s.pem: too long"},
	    {"no selector", A_FILE, "a b.pem", rsa_pem, 0640, RC_TEMP,
		"a b.pem: its name is no selector"},
	    {"an empty label", A_FILE, "a..b.pem", rsa_pem, 0640, RC_TEMP,
		"no selector"},
	    {"too long for DNS", A_FILE,
		"x123456789012345678901234567890123456789012345678901234567890"
		".x12345678901234567890123456789012345678901234567890123456789"
		".x12345678901234567890123456789012345678901234567890123456789"
		".x123456789012345678901234567890123456789012345678901.pem",
		rsa_pem, 0640, RC_TEMP, "too long for a name in DNS"},
	};
	struct signing_stage *s = *state;
	char said[300];

	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		stage_folder(s, "a.example");
		stage_make(s, rows[i].made,
		    arena_printf(s->arena, "a.example/%s", rows[i].file),
		    rows[i].text, rows[i].mode);
		/* Domains below it are not spared. */
		CHECK(find_in(s, "x.a.example", said, sizeof(said)) ==
			  rows[i].rc,
		    rows[i].name);
		CHECK(strstr(said, rows[i].words) != NULL, said);
		stage_clear(s, "a.example");
		stage_clear(s, "target");
	}
}

static void
what_may_not_be_read_puts_off_mail(void **state)
{
	struct signing_stage *s = *state;
	char said[300];

	if (geteuid() == 0)
		skip(); /* may read all */
	stage_folder(s, "a.example");
	stage_file(s, "a.example/s.pem", rsa_pem, 0, 0);
	assert_int_equal(find_in(s, "a.example", said, sizeof(said)), RC_TEMP);
	assert_non_null(strstr(said, "s.pem: Permission denied"));
	assert_int_equal(chmod(stage_path(s, "a.example"), 0), 0);
	assert_int_equal(find_in(s, "a.example", said, sizeof(said)), RC_TEMP);
	assert_non_null(strstr(said, "a.example: Permission denied"));
	assert_int_equal(chmod(stage_path(s, "a.example"), 0750), 0);
}

static void
two_folders_of_one_domain_are_one(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys;
	const struct signing_domain *d;

	stage_folder(s, "A.example");
	stage_file(s, "A.example/old.pem", rsa_pem, 0640, 1);
	stage_folder(s, "a.example");
	stage_file(s, "a.example/new.pem", rsa_pem, 0640, 2);
	keys = stage_open(s);
	d = signing_keys_domain(keys, "a.example");
	assert_non_null(d);
	assert_int_equal(d->n, 2);
	assert_string_equal(d->files[0].selector, "new");
	assert_string_equal(d->files[1].selector, "old");
	signing_keys_close(keys);
}

static void
too_many_keys_are_trouble(void **state)
{
	struct signing_stage *s = *state;
	char said[300];

	stage_folder(s, "a.example");
	for (int i = 0; i <= SIGNING_KEYS_FILES_MAX; i++)
		stage_file(s, arena_printf(s->arena, "a.example/s%d.pem", i),
		    ed25519_pem, 0640, i);
	assert_int_equal(find_in(s, "a.example", said, sizeof(said)), RC_TEMP);
	assert_non_null(strstr(said, "more than 50 keys"));
}

static char told[1000];

static void
tell(const char *line)
{
	strcat(told, line);
	strcat(told, "\n");
}

static void
what_is_wrong_and_what_is_gone_is_told(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys, *next;

	stage_folder(s, "a.example");
	stage_folder(s, "not a domain");
	stage_folder(s, "b.example");
	stage_file(s, "b.example/s.pem", rsa_pem, 0644, 0);
	keys = stage_open(s);
	told[0] = '\0';
	signing_keys_troubles(keys, tell);
	assert_non_null(strstr(told, "a.example: no key in it"));
	assert_non_null(strstr(told, "s.pem: everybody can read"));
	assert_non_null(strstr(told, "not a domain: no domain's name"));
	assert_int_equal(rmdir(stage_path(s, "a.example")), 0);
	next = stage_open(s);
	told[0] = '\0';
	signing_keys_losses(keys, next, tell);
	assert_string_equal(told, "dkim: the keys of a.example are gone: its "
				  "mail is not signed any more\n");
	told[0] = '\0';
	signing_keys_losses(next, next, tell);
	signing_keys_losses(NULL, next, tell);
	signing_keys_troubles(NULL, tell);
	assert_string_equal(told, "");
	signing_keys_losses(next, NULL, tell);
	assert_non_null(strstr(told, "keys of b.example are gone"));
	signing_keys_close(keys);
	signing_keys_close(next);
}

static struct signing_file *
file_of(const struct signing_keys *keys, const char *selector)
{
	struct signing_domain *d = signing_keys_domain(keys, "a.example");

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->files[i].selector, selector) == 0)
			return &d->files[i];
	fail_msg("no key %s", selector);
	return NULL;
}

static void
what_was_seen_is_known_after_a_reload(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys, *next;

	stage_folder(s, "a.example");
	stage_file(s, "a.example/kept.pem", rsa_pem, 0640, 1);
	stage_file(s, "a.example/changed.pem", rsa_pem, 0640, 2);
	keys = stage_open(s);
	atomic_store(&file_of(keys, "kept")->record, DKIM_RECORD_SEEN);
	atomic_store(&file_of(keys, "changed")->record, DKIM_RECORD_SEEN);
	stage_file(s, "a.example/changed.pem", ed25519_pem, 0640, 2);
	stage_file(s, "a.example/new.pem", rsa_pem, 0640, 3);
	next = stage_serve(s, keys);
	signing_keys_close(keys);
	assert_int_equal(file_of(next, "kept")->record, DKIM_RECORD_SEEN);
	assert_int_equal(file_of(next, "changed")->record, DKIM_RECORD_UNKNOWN);
	assert_int_equal(file_of(next, "new")->record, DKIM_RECORD_UNKNOWN);
	signing_keys_close(next);
}

/* Of many domains, those that nobody needs are not read. */
static void
of_many_domains_one_is_read_when_it_signs(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys;
	struct signing_choice choice;
	struct signing_domain *all;
	size_t n, read = 0;

	for (int i = 0; i <= SIGNING_KEYS_AT_ONCE_MAX; i++)
		stage_folder(s, arena_printf(s->arena, "d%d.example", i));
	stage_file(s, "d7.example/s.pem", ed25519_pem, 0640, 1);
	keys = stage_open(s);
	told[0] = '\0';
	signing_keys_troubles(keys, tell);
	assert_string_equal(told, "");
	assert_int_equal(signing_keys_find(keys, "www.d7.example", &choice,
			     NULL),
	    RC_OK);
	assert_string_equal(choice.keys[0].selector, "s");
	assert_int_equal(signing_keys_find(keys, "d8.example", &choice, NULL),
	    RC_TEMP);
	signing_keys_troubles(keys, tell);
	assert_non_null(strstr(told, "d8.example: no key in it"));
	all = signing_keys_domains(keys, &n);
	assert_int_equal(n, SIGNING_KEYS_AT_ONCE_MAX + 1);
	for (size_t i = 0; i < n; i++)
		read += atomic_load(&all[i].is_read);
	assert_int_equal(read, 2);
	signing_keys_read_all(keys);
	for (size_t i = read = 0; i < n; i++)
		read += atomic_load(&all[i].is_read);
	assert_int_equal(read, n);
	signing_keys_close(keys);
}

static void
stage_many(struct signing_stage *s)
{
	for (int i = 0; i <= SIGNING_KEYS_AT_ONCE_MAX; i++)
		stage_folder(s, arena_printf(s->arena, "d%d.example", i));
}

static void
check_found(const struct signing_keys *keys, const char *domain, enum rc rc,
    const char *words)
{
	struct signing_choice choice;
	struct err err = {""};

	CHECK(signing_keys_find(keys, domain, &choice, &err) == rc, domain);
	if (rc == RC_OK)
		CHECK_STR(choice.keys[0].selector, words, domain);
	else
		CHECK(strstr(err.text, words) != NULL, domain);
	signing_keys_give(keys, &choice);
}

static size_t
count_read(const struct signing_keys *keys, struct arena *a)
{
	size_t n;
	struct signing_domain **domains = signing_keys_take_read(keys, a, &n);

	signing_keys_give_read(keys, domains, n);
	return n;
}

/* However its name is spelled. */
static void
of_many_domains_each_folder_is_a_promise(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys;

	stage_many(s);
	stage_file(s, "d7.example/s.pem", ed25519_pem, 0640, 1);
	stage_folder(s, "Upper.Example");
	stage_file(s, "Upper.Example/up.pem", ed25519_pem, 0640, 1);
	stage_folder(s, "München.example");
	stage_file(s, "München.example/u.pem", ed25519_pem, 0640, 1);
	stage_clear(s, "d9.example");
	stage_folder(s, "D9.example");
	stage_folder(s, "d4.Example");
	stage_file(s, "d4.example/first.pem", ed25519_pem, 0640, 1);
	stage_file(s, "d4.Example/last.pem", ed25519_pem, 0640, 2);
	stage_file(s, "D9.example/nine.pem", ed25519_pem, 0640, 1);
	stage_file(s, "readme.example", "no folder", 0640, 1);
	stage_folder(s, "not a domain");
	keys = stage_serve(s, NULL);
	told[0] = '\0';
	signing_keys_troubles(keys, tell);
	assert_non_null(strstr(told, "not a domain: no domain's name"));
	assert_null(strstr(told, ".example"));
	check_found(keys, "www.d7.example", RC_OK, "s");
	check_found(keys, "upper.example", RC_OK, "up");
	check_found(keys, "xn--mnchen-3ya.example", RC_OK, "u");
	check_found(keys, "d9.example", RC_OK, "nine");
	check_found(keys, "d4.example", RC_OK, "first");
	check_found(keys, "d8.example", RC_TEMP, "no key in it");
	check_found(keys, "readme.example", RC_NONE, "");
	check_found(keys, "example", RC_NONE, "");
	stage_clear(s, "d6.example");
	check_found(keys, "d6.example", RC_TEMP, "No such file");
	assert_true(signing_keys_promised(keys, "a.d5.example"));
	assert_false(signing_keys_promised(keys, "example"));
	assert_int_equal(count_read(keys, s->arena), 7);
	signing_keys_close(keys);
}

static void
of_many_domains_some_are_gone_after_a_reload(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys, *next;

	stage_many(s);
	stage_folder(s, "a.example");
	stage_file(s, "a.example/old.pem", rsa_pem, 0640, 1);
	stage_file(s, "a.example/new.pem", rsa_pem, 0640, 2);
	keys = stage_serve(s, NULL);
	check_found(keys, "a.example", RC_OK, "old");
	check_found(keys, "d1.example", RC_TEMP, "");
	{
		size_t n;
		struct signing_domain **read =
		    signing_keys_take_read(keys, s->arena, &n);

		atomic_store(&read[0]->files[0].record, DKIM_RECORD_SEEN);
		signing_keys_give_read(keys, read, n);
	}
	check_found(keys, "a.example", RC_OK, "new");
	stage_clear(s, "d1.example");
	stage_clear(s, "d2.example");
	stage_folder(s, "b.example");
	next = stage_serve(s, keys);
	told[0] = '\0';
	signing_keys_losses(keys, next, tell);
	assert_non_null(strstr(told, "the keys of d1.example are gone"));
	assert_non_null(strstr(told, "keys of 2 domains are gone"));
	check_found(next, "a.example", RC_OK, "new");
	check_found(next, "d2.example", RC_NONE, "");
	check_found(next, "b.example", RC_TEMP, "no key in it");
	assert_int_equal(count_read(next, s->arena), 2);
	signing_keys_close(keys);
	told[0] = '\0';
	signing_keys_losses(next, next, tell);
	assert_string_equal(told, "");
	for (int i = 3; i < 20; i++)
		stage_clear(s, arena_printf(s->arena, "d%d.example", i));
	keys = stage_serve(s, next);
	signing_keys_losses(next, keys, tell);
	assert_non_null(strstr(told, "keys of 17 domains are gone"));
	assert_int_equal(count_read(keys, s->arena), 84);
	check_found(keys, "a.example", RC_OK, "new");
	signing_keys_close(keys);
	signing_keys_close(next);
}

/* The least that is used makes room, but none that somebody has, or has learnt
   of DNS which key signs. */
static void
of_many_domains_the_keys_of_some_are_kept(void **state)
{
	struct signing_stage *s = *state;
	struct signing_keys *keys;
	struct signing_choice held;
	struct signing_domain **read;
	bool has_first = false, has_several = false, has_second = false;
	size_t n;

	for (int i = 0; i < SIGNING_KEYS_RECENT_MAX + 50; i++)
		stage_folder(s, arena_printf(s->arena, "d%d.example", i));
	stage_file(s, "d0.example/s.pem", ed25519_pem, 0640, 1);
	stage_file(s, "d2.example/s.pem", ed25519_pem, 0640, 1);
	stage_file(s, "d2.example/t.pem", ed25519_pem, 0640, 2);
	keys = stage_serve(s, NULL);
	assert_int_equal(signing_keys_find(keys, "d0.example", &held, NULL),
	    RC_OK);
	for (int i = 1; i < SIGNING_KEYS_RECENT_MAX + 50; i++)
		check_found(keys, arena_printf(s->arena, "d%d.example", i),
		    i == 2 ? RC_OK : RC_TEMP, i == 2 ? "s" : "");
	assert_string_equal(held.keys[0].selector, "s");
	read = signing_keys_take_read(keys, s->arena, &n);
	assert_int_equal(n, SIGNING_KEYS_RECENT_MAX);
	for (size_t i = 0; i < n; i++) {
		has_first |= strcmp(read[i]->name, "d0.example") == 0;
		has_second |= strcmp(read[i]->name, "d1.example") == 0;
		has_several |= strcmp(read[i]->name, "d2.example") == 0;
	}
	assert_true(has_first && has_several && !has_second);
	/* While all are taken, one more is read all the same. */
	check_found(keys, "d1.example", RC_TEMP, "no key");
	signing_keys_give_read(keys, read, n);
	signing_keys_give(keys, &held);
	signing_keys_close(keys);
}

static void
names_are_read_again_when_the_folder_has_changed(void **state)
{
	struct signing_stage *s = *state;
	struct signing_index *first, *again;

	/* It did not change within the last seconds, as the others did. */
	assert_int_equal(signing_index_open("/usr/share", NULL, &first, NULL),
	    RC_OK);
	assert_int_equal(signing_index_open("/usr/share", first, &again, NULL),
	    RC_OK);
	assert_ptr_equal(first, again);
	signing_index_close(again);
	stage_folder(s, "a.example");
	assert_int_equal(signing_index_open(s->folder, first, &again, NULL),
	    RC_OK);
	assert_ptr_not_equal(first, again);
	signing_index_close(first);
	assert_int_equal(signing_index_open(s->folder, again, &first, NULL),
	    RC_OK);
	assert_ptr_not_equal(first, again);
	assert_true(signing_index_has(first, "a.example"));
	signing_index_close(first);
	signing_index_close(again);
}

#define STAGED(test)                                                           \
	cmocka_unit_test_setup_teardown(test, stage_set_up, stage_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_missing_folder_has_no_keys),
	    STAGED(a_folder_that_cannot_be_read_is_trouble),
	    STAGED(the_nearest_domain_with_a_folder_signs),
	    STAGED(what_cannot_sign_puts_off_mail),
	    STAGED(what_may_not_be_read_puts_off_mail),
	    STAGED(two_folders_of_one_domain_are_one),
	    STAGED(too_many_keys_are_trouble),
	    STAGED(what_is_wrong_and_what_is_gone_is_told),
	    STAGED(what_was_seen_is_known_after_a_reload),
	    STAGED(of_many_domains_one_is_read_when_it_signs),
	    STAGED(of_many_domains_each_folder_is_a_promise),
	    STAGED(of_many_domains_some_are_gone_after_a_reload),
	    STAGED(of_many_domains_the_keys_of_some_are_kept),
	    STAGED(names_are_read_again_when_the_folder_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
