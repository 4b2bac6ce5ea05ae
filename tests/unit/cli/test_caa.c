/* SPDX-License-Identifier: MIT */
#include "caa.h"

#include "check.h"

/* One property of a record: flags, then the tag with its length. */
struct property {
	const char *rdata;
	size_t len;
};

#define PROPERTY(text)                                                         \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static void
lets_those_issue_that_are_named(void **state)
{
	static const struct {
		const char *name;
		struct property records[2];
		bool allowed;
	} cases[] = {
	    {"nothing", {{NULL, 0}}, true},
	    {"named", {PROPERTY("\0\5issueletsencrypt.org")}, true},
	    {"in capitals", {PROPERTY("\0\5ISSUELetsEncrypt.org")}, true},
	    {"with parameters",
		{PROPERTY("\0\5issue letsencrypt.org ; accounturi=x")}, true},
	    {"another", {PROPERTY("\0\5issuedigicert.com")}, false},
	    {"both",
		{PROPERTY("\0\5issuedigicert.com"),
		    PROPERTY("\0\5issueletsencrypt.org")},
		true},
	    {"nobody", {PROPERTY("\0\5issue;")}, false},
	    {"nothing said", {PROPERTY("\0\5issue")}, false},
	    {"of wildcards", {PROPERTY("\0\11issuewild;")}, true},
	    {"where to complain", {PROPERTY("\0\5iodefmailto:a@b")}, true},
	    {"critical and unknown", {PROPERTY("\200\3tbsx")}, false},
	    {"unknown", {PROPERTY("\0\3tbsx")}, true},
	    {"cut off", {PROPERTY("\0\11iss")}, false},
	    {"no tag", {PROPERTY("\0\0x")}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_record records[2] = {{.text = NULL}};
		struct dns_query answer = {.rc = RC_OK, .records = records};

		for (; answer.n < 2 && cases[i].records[answer.n].rdata != NULL;
		     answer.n++) {
			records[answer.n].text =
			    cases[i].records[answer.n].rdata;
			records[answer.n].text_len =
			    cases[i].records[answer.n].len;
		}
		if (answer.n == 0)
			answer.rc = RC_NONE;
		CHECK(caa_allows(&answer, "letsencrypt.org") ==
			  cases[i].allowed,
		    cases[i].name);
	}
}

static void
knows_authorities_by_their_certificate(void **state)
{
	(void)state;
	assert_string_equal(caa_name_of_issuer("Let's Encrypt"),
	    "letsencrypt.org");
	assert_string_equal(caa_name_of_issuer("DigiCert Inc"), "digicert.com");
	assert_null(caa_name_of_issuer("A Club"));
	assert_null(caa_name_of_issuer(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lets_those_issue_that_are_named),
	    cmocka_unit_test(knows_authorities_by_their_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
