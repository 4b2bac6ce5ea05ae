/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "log_search.h"
#include "log_wanted.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Each place of a text of 517 bytes, with nothing behind its last byte. */
static void
a_text_is_found_wherever_it_is(void **state)
{
	static const char *const texts[] = {"<ann", "ab", "=example.org=sam@"};
	struct log_search search = {0};

	for (size_t k = 0; k < COUNT(texts); k++)
		log_search_add(&search, texts[k]);
	for (size_t k = 0; k < COUNT(texts); k++)
		for (size_t at = 0; at + strlen(texts[k]) <= 517; at++) {
			char *bytes = malloc(517);

			assert_non_null(bytes);
			memset(bytes, 'A', 517);
			for (size_t i = 0; texts[k][i] != '\0'; i++)
				bytes[at + i] =
				    i % 2 == 0 || texts[k][i] < 'a'
					? texts[k][i]
					: (char)(texts[k][i] - 'a' + 'A');
			/* What begins so, and ends otherwise. */
			if (at > 2 && k != 1)
				bytes[at - 2] = texts[k][0];
			if (at == 0 || k != 1)
				assert_ptr_equal(log_search_next(&search, bytes,
						     517),
				    bytes + at);
			free(bytes);
		}
	(void)state;
}

static void
what_is_not_there_is_not_found(void **state)
{
	struct log_search search = {0};
	char bytes[400];

	log_search_add(&search, "<ann");
	memset(bytes, '<', sizeof(bytes));
	assert_null(log_search_next(&search, bytes, sizeof(bytes)));
	memcpy(bytes + 397, "<an", 3);
	assert_null(log_search_next(&search, bytes, sizeof(bytes)));
	assert_null(log_search_next(&search, bytes, 0));
	/* '<' and a control character differ in one bit. */
	memcpy(bytes + 100, "\034ann", 4);
	assert_null(log_search_next(&search, bytes, sizeof(bytes)));
	(void)state;
}

static void
an_address_is_whose(void **state)
{
	static const struct {
		const char *to, *address;
		bool is;
	} rows[] = {
	    {"ann@remotes.club", "ann@remotes.club", true},
	    {"ann@remotes.club", "Ann+List@Remotes.Club", true},
	    {"ann@remotes.club", "anna@remotes.club", false},
	    {"ann@remotes.club", "ann-x@remotes.club", false},
	    {"ann@remotes.club", "ann@remotes.club.example", false},
	    {"ann@remotes.club", "an@remotes.club", false},
	    {"ann+x@remotes.club", "ann@remotes.club", false},
	    {"@remotes.club", "zoe@remotes.club", true},
	    {"@remotes.club", "zoe@x.remotes.club", false},
	    {"ann@remotes.club", "ann", false},
	    {"ann@remotes.club", NULL, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct log_wanted wanted = {
		    .to = rows[i].to, .delimiter = "+"};

		CHECK(log_wanted_is_to(&wanted, rows[i].address) == rows[i].is,
		    rows[i].to);
	}
	(void)state;
}

static void
a_sender_is_in_a_rewritten_one(void **state)
{
	static const struct {
		const char *from, *address, *sender;
		bool is;
	} rows[] = {
	    {"sam@example.org", "Sam@Example.org", "Sam@Example.org", true},
	    {"sam@example.org", "SRS0=AbCd=JS=example.org=sam@remotes.club",
		"sam@example.org", true},
	    {"am@example.org", "SRS0=AbCd=JS=example.org=sam@remotes.club",
		"sam@example.org", false},
	    {"sam@example.org", "SRS0=AbCd=JS=x.example.org=sam@remotes.club",
		"sam@x.example.org", false},
	    {"a=b@example.org", "SRS0=AbCd=JS=example.org=a=b@remotes.club",
		"a=b@example.org", true},
	    {"sam@example.org",
		"SRS1=AbCd=hop.example==EfGh=JS=example.org=sam@remotes.club",
		"SRS1=AbCd=hop.example==EfGh=JS=example.org=sam@remotes.club",
		true},
	    {"sam@example.org", "SRS0=AbCd=JS=1=TOKEN@remotes.club",
		"SRS0=AbCd=JS=1=TOKEN@remotes.club", false},
	    {"sam@example.org", "SRS0=@remotes.club", "SRS0=@remotes.club",
		false},
	    {"", "", "", true},
	    {"", "sam@example.org", "sam@example.org", false},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct log_wanted wanted = {.from = rows[i].from};

		CHECK(log_wanted_is_from(&wanted, rows[i].address) ==
			  rows[i].is,
		    rows[i].address);
		CHECK_STR(log_wanted_sender(a, rows[i].address), rows[i].sender,
		    rows[i].address);
	}
	arena_free(a);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_is_found_wherever_it_is),
	    cmocka_unit_test(what_is_not_there_is_not_found),
	    cmocka_unit_test(an_address_is_whose),
	    cmocka_unit_test(a_sender_is_in_a_rewritten_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
