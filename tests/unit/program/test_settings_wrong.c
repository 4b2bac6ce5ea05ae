/* SPDX-License-Identifier: MIT */
#include "program/private/settings_wrong.h"

#include "check.h"

typedef const char *wrong_fn(struct arena *a, const char *value);

static void
a_value_fits_or_is_told_what_was_expected(void **state)
{
	/* expected: NULL, or a word of what is said. */
	static const struct {
		wrong_fn *wrong;
		const char *value, *expected;
	} rows[] = {
	    {settings_wrong_domain, "remotes.club", NULL},
	    {settings_wrong_domain, "m\xc3\xbcnchen.example", NULL},
	    {settings_wrong_domain, "", "domain"},
	    {settings_wrong_domain, "remotes..club", "domain"},
	    {settings_wrong_hostname, "", NULL},
	    {settings_wrong_hostname, "mx.remotes.club", NULL},
	    {settings_wrong_hostname, "mx remotes", "domain"},
	    {settings_wrong_listen, "unix:/run/policyd", NULL},
	    {settings_wrong_listen, "systemd:policyd", NULL},
	    {settings_wrong_listen, "unix:policyd", "expected"},
	    {settings_wrong_milter_listen, "inet:127.0.0.1:1", NULL},
	    {settings_wrong_milter_listen, "systemd:milter", "libmilter"},
	    {settings_wrong_milter_listen, "127.0.0.1:1", "expected"},
	    {settings_wrong_file, "/etc/x", NULL},
	    {settings_wrong_file, "x", "/path"},
	    {settings_wrong_file, "", "/path"},
	    {settings_wrong_list_name, "", NULL},
	    {settings_wrong_list_name, "zen.spamhaus.org", NULL},
	    {settings_wrong_list_name, "zen spamhaus", "word"},
	    {settings_wrong_server, "127.0.0.1", NULL},
	    {settings_wrong_server, "[::1]:53", NULL},
	    {settings_wrong_server, "ns.example", "address"},
	    {settings_wrong_spam_field, "X-Spam: Yes", NULL},
	    {settings_wrong_spam_field, "X-Virus:", NULL},
	    {settings_wrong_spam_field, "X-Spam", "NAME: VALUE"},
	    {settings_wrong_spam_field, ": Yes", "NAME: VALUE"},
	    {settings_wrong_spam_field, "X Spam: Yes", "NAME: VALUE"},
	    {settings_wrong_spam_field, "X-Sp\xc3\xa4m: Yes", "NAME: VALUE"},
	    {settings_wrong_codes, "127.0.0.2", NULL},
	    {settings_wrong_codes, "127.0.0.2-127.0.0.11", NULL},
	    {settings_wrong_codes, "127.0.0.11-127.0.0.2", "range"},
	    {settings_wrong_codes, "192.0.2.1", "127.0.0.0/8"},
	    {settings_wrong_network, "192.0.2.0/24", NULL},
	    {settings_wrong_network, "2001:db8::/32", NULL},
	    {settings_wrong_network, "192.0.2.1", NULL},
	    {settings_wrong_network, "192.0.2.1/24", "bits"},
	    {settings_wrong_network, "remotes.club", "network"},
	    {settings_wrong_sender, "example.org", NULL},
	    {settings_wrong_sender, "sam@example.org", NULL},
	    {settings_wrong_sender, "sam@", "address"},
	    {settings_wrong_sender, "exam ple", "domain"},
	    {settings_wrong_bounce_sender, "double-bounce", NULL},
	    {settings_wrong_bounce_sender, "b@remotes.club", NULL},
	    {settings_wrong_bounce_sender, "", "\"@\""},
	    {settings_wrong_bounce_sender, "b@remotes..club", "\"@\""},
	    {settings_wrong_spf_action, "accept", NULL},
	    {settings_wrong_spf_action, "-1000", NULL},
	    {settings_wrong_spf_action, "1001", "1000"},
	    {settings_wrong_spf_action, "5 points", "points"},
	    {settings_wrong_spf_action, "", "points"},
	    {settings_wrong_spf_action, "off", "points"},
	    {settings_wrong_name_part, "helo", NULL},
	    {settings_wrong_name_part, "sender", NULL},
	    {settings_wrong_name_part, "recipient", "reverse-client"},
	    {settings_wrong_delimiter, "", NULL},
	    {settings_wrong_delimiter, "+", NULL},
	    {settings_wrong_delimiter, "+-", "one character"},
	    {settings_wrong_delimiter, "@", "one character"},
	    {settings_wrong_delimiter, ".", "one character"},
	    {settings_wrong_mailbox, "", NULL},
	    {settings_wrong_mailbox, "ann@remotes.club", NULL},
	    {settings_wrong_mailbox, "ann", "address"},
	    {settings_wrong_mailbox, "<>", "address"},
	    {settings_wrong_web_listen, "127.0.0.1:8080", NULL},
	    {settings_wrong_web_listen, "[::1]:8080", NULL},
	    {settings_wrong_web_listen, "unix:/run/signup", NULL},
	    {settings_wrong_web_listen, "systemd:signup", NULL},
	    {settings_wrong_web_listen, "8080", "PORT"},
	    {settings_wrong_web_listen, "http://127.0.0.1:8080", "PORT"},
	    {settings_wrong_metrics, "", NULL},
	    {settings_wrong_metrics, "127.0.0.1:9797", NULL},
	    {settings_wrong_metrics, "[::1]:9797", NULL},
	    {settings_wrong_metrics, "192.0.2.1:9797", "this machine"},
	    {settings_wrong_metrics, "[::]:9797", "this machine"},
	    {settings_wrong_metrics, "127.0.0.1", "PORT"},
	    {settings_wrong_url, "", NULL},
	    {settings_wrong_url, "https://remotes.club/join", NULL},
	    {settings_wrong_url, "https://", "https"},
	    {settings_wrong_url, "ftp://remotes.club", "https"},
	    {settings_wrong_url, "https://remotes.club/\"", "https"},
	    {settings_wrong_url, "https://remotes.club/a b", "https"},
	    {settings_wrong_url, "https://m\xc3\xbcnchen.example", "https"},
	    {settings_wrong_smtp, "smtp://127.0.0.1:25", NULL},
	    {settings_wrong_smtp, "smtps://mx.example", NULL},
	    {settings_wrong_smtp, "", "smtp"},
	    {settings_wrong_smtp, "http://127.0.0.1", "smtp"},
	    {settings_wrong_store, "sqlite:/var/lib/x.db", NULL},
	    {settings_wrong_store, "mariadb://p@127.0.0.1/postward", NULL},
	    {settings_wrong_store, "/var/lib/x.db", "expected"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *said = rows[i].wrong(a, rows[i].value);

		CHECK((said != NULL) == (rows[i].expected != NULL),
		    rows[i].value);
		if (said == NULL)
			continue;
		CHECK(strncmp(said, "expected ", 9) == 0, rows[i].value);
		CHECK(strstr(said, rows[i].expected) != NULL, rows[i].value);
	}
	arena_free(a);
}

static void
a_browsers_address_is_one_of_the_internet(void **state)
{
	static const char *const rows[][2] = {
	    {"127.0.0.1:8080", "inet:127.0.0.1:8080"},
	    {"[::1]:8080", "inet:[::1]:8080"},
	    {"inet:127.0.0.1:8080", "inet:127.0.0.1:8080"},
	    {"unix:/run/signup", "unix:/run/signup"},
	    {"systemd:signup", "systemd:signup"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(settings_web_listen(a, rows[i][0]), rows[i][1],
		    rows[i][0]);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_fits_or_is_told_what_was_expected),
	    cmocka_unit_test(a_browsers_address_is_one_of_the_internet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
