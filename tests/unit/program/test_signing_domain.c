/* SPDX-License-Identifier: MIT */
#include "program/signing_domain.h"

#include "auth/dkim_keys.h"
#include "check.h"

#include <stdio.h>

#define FILES 4

struct fixture {
	struct private_key *rsa, *ed25519;
	struct signing_file files[FILES];
	struct signing_domain domain;
};

static int
set_up(void **state)
{
	static struct fixture f;

	*state = &f;
	return private_key_read(rsa_pem, strlen(rsa_pem), &f.rsa, NULL) ==
			   RC_OK &&
		       private_key_read(ed25519_pem, strlen(ed25519_pem),
			   &f.ed25519, NULL) == RC_OK
		   ? 0
		   : -1;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	private_key_free(f->rsa);
	private_key_free(f->ed25519);
	return 0;
}

/* Two characters a file, the newest first: R or E for its key, or T for
   trouble; + seen, - missing, x another one there, ? unknown. */
static void
play_files(struct fixture *f, const char *text)
{
	static const char *const paths[FILES] = {"0", "1", "2", "3"};

	memset(f->files, 0, sizeof(f->files));
	f->domain = (struct signing_domain){
	    .name = "a.example", .folder = "a.example", .files = f->files};
	for (; *text != '\0'; text += 2) {
		struct signing_file *file = &f->files[f->domain.n];

		file->path = file->selector = paths[f->domain.n++];
		file->key = text[0] == 'R'   ? f->rsa
			    : text[0] == 'E' ? f->ed25519
					     : NULL;
		file->trouble = file->key == NULL ? "it is in trouble" : NULL;
		file->record = text[1] == '+'   ? DKIM_RECORD_SEEN
			       : text[1] == '-' ? DKIM_RECORD_MISSING
			       : text[1] == 'x' ? DKIM_RECORD_OTHER
						: DKIM_RECORD_UNKNOWN;
	}
}

static void
the_newest_signs_once_it_is_seen(void **state)
{
	static const struct {
		const char *name, *files;
		const char *signers; /* their numbers; "T": nobody */
		const char *states;  /* of all: s, w, r, t */
		const char *asked;   /* for whose records */
	} rows[] = {
	    {"one", "R?", "0", "s", ""},
	    {"one, not published", "R-", "0", "s", ""},
	    {"one, of another", "Rx", "0", "s", ""},
	    {"one Ed25519", "E?", "0", "s", ""},
	    {"none", "", "T", "", ""},
	    {"one in trouble", "T?", "T", "t", ""},
	    {"after a start", "R?R?", "1", "ws", "01"},
	    {"not seen yet", "R-R+", "1", "ws", "0"},
	    {"somebody else's", "RxR+", "1", "ws", "0"},
	    {"seen", "R+R+", "0", "sr", ""},
	    {"seen, the old one gone", "R+R-", "0", "sr", ""},
	    {"seen, the old one in trouble", "R+T?", "0", "st", ""},
	    {"the newest but one", "R?R?R?", "1", "wsr", "012"},
	    {"not one that is missing", "R?R-R?", "2", "wws", "012"},
	    {"not one that is another's", "R?RxR?", "2", "wws", "012"},
	    {"rather one that was seen", "R?R?R+", "2", "wws", "01"},
	    {"all missing", "R-R-R-", "1", "wsr", "012"},
	    {"the newest in trouble", "T?R?", "T", "tw", "1"},
	    {"the newest in trouble, the other missing", "T?R-", "T", "tw",
		"1"},
	    {"the newest in trouble, the other seen", "T?R+", "1", "ts", ""},
	    {"an old one in trouble", "R?R?T?", "T", "wwt", "01"},
	    {"an old one in trouble, one seen", "R?R+T?", "1", "wst", "0"},
	    {"Ed25519 beside RSA", "E+R?", "10", "ss", "1"},
	    {"Ed25519 beside RSA, not seen", "E?R?", "1", "ws", "01"},
	    {"Ed25519 beside RSA, older", "R?E+", "01", "ss", "0"},
	    {"Ed25519 beside RSA, both rotate", "E?R?E+R+", "32", "wwss", "01"},
	    {"Ed25519, RSA in trouble", "E+T?", "T", "wt", ""},
	    {"Ed25519 rotates alone", "E?E?", "1", "ws", "01"},
	    {"Ed25519 rotated alone", "E+E?", "0", "sr", ""},
	};
	static const char letters[] = {[SIGNING_SIGNS] = 's',
	    [SIGNING_WAITS] = 'w',
	    [SIGNING_RETIRED] = 'r',
	    [SIGNING_TROUBLE] = 't'};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct signing_file *chosen[SIGNING_FILES_MAX];
		char signers[8] = "", states[8] = "", asked[8] = "";
		struct err err = {0};
		enum rc rc;
		size_t n;

		play_files(f, rows[i].files);
		rc = signing_domain_choose(&f->domain, chosen, &n, &err);
		CHECK(rc == (n > 0 ? RC_OK : RC_TEMP), rows[i].name);
		CHECK((err.text[0] == '\0') == (n > 0), rows[i].name);
		if (n == 0)
			strcpy(signers, "T");
		for (size_t k = 0; k < n; k++)
			strcat(signers, chosen[k]->path);
		for (size_t k = 0; k < f->domain.n; k++) {
			states[k] = letters[signing_domain_state(&f->domain,
			    &f->files[k])];
			if (signing_domain_asks(&f->domain, &f->files[k]))
				strcat(asked, f->files[k].path);
		}
		CHECK_STR(signers, rows[i].signers, rows[i].name);
		CHECK_STR(states, rows[i].states, rows[i].name);
		CHECK_STR(asked, rows[i].asked, rows[i].name);
	}
}

static void
files_are_sorted_by_time_and_name(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *path;
		struct timespec modified;
	} rows[] = {
	    {"pw20261128", {100, 5}},
	    {"pw20261128a", {100, 5}},
	    {"old", {99, 9}},
	    {"new", {100, 6}},
	};

	play_files(f, "R?R?R?R?");
	for (size_t i = 0; i < FILES; i++) {
		f->files[i].path = rows[i].path;
		f->files[i].modified = rows[i].modified;
	}
	signing_domain_sort(&f->domain);
	assert_string_equal(f->files[0].path, "new");
	assert_string_equal(f->files[1].path, "pw20261128a");
	assert_string_equal(f->files[2].path, "pw20261128");
	assert_string_equal(f->files[3].path, "old");
}

static void
a_domain_in_trouble_signs_with_what_is_seen(void **state)
{
	const struct signing_file *chosen[SIGNING_FILES_MAX];
	struct fixture *f = *state;
	struct err err;
	size_t n;

	play_files(f, "R?");
	f->domain.trouble = "a.example: more than 50 keys";
	assert_int_equal(signing_domain_choose(&f->domain, chosen, &n, &err),
	    RC_TEMP);
	assert_string_equal(err.text, f->domain.trouble);
	f->files[0].record = DKIM_RECORD_SEEN;
	assert_int_equal(signing_domain_choose(&f->domain, chosen, &n, &err),
	    RC_OK);
	assert_string_equal(signing_state_name(SIGNING_RETIRED), "retired");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_newest_signs_once_it_is_seen),
	    cmocka_unit_test(files_are_sorted_by_time_and_name),
	    cmocka_unit_test(a_domain_in_trouble_signs_with_what_is_seen),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
