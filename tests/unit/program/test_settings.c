/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc
open_text(const char *text, struct settings **out, struct err *err)
{
	char path[] = "/tmp/settings.XXXXXX";
	int fd = mkstemp(path);
	enum rc rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	rc = settings_open(path, out, err);
	unlink(path);
	return rc;
}

static struct settings *
must_open(const char *text)
{
	struct settings *s;
	struct err err;

	if (open_text(text, &s, &err) != RC_OK)
		fail_msg("%s", err.text);
	return s;
}

static void
nothing_said_gives_the_defaults(void **state)
{
	struct settings *s = must_open("hostname = \"mx.remotes.club\"\n");

	(void)state;
	assert_string_equal(s->hostname, "mx.remotes.club");
	assert_int_equal(s->forwards.n_domains, 0);
	assert_string_equal(s->forwards.delimiter, "+");
	assert_null(s->forwards.home_of);
	assert_int_equal(s->policy.reject_at, 10);
	assert_int_equal(s->policy.deadline_ms, 10000);
	assert_int_equal(s->resolver.timeout_ms, 5000);
	assert_int_equal(s->policyd.max_connections, 1000);
	assert_string_equal(s->policyd.listen.items[0],
	    "unix:/var/spool/postfix/postward/policyd");
	assert_string_equal(s->store_url,
	    "sqlite:/var/lib/postward/postward.db");
	/* Two tries of 60 s, and a moment. */
	assert_int_equal(s->mailer.outbox.lease_ms, 125000);
	assert_int_equal(s->decisions.keep_ms, 14 * 24 * 3600 * (int64_t)1000);
	assert_int_equal(s->decisions.per_day, 100000);
	assert_true(s->member.page);
	assert_int_equal(s->member.codes, 5);
	assert_int_equal(s->member.times.idle_ms, 30 * 60 * 1000);
	assert_int_equal(s->member.times.most_ms, 8 * 3600 * 1000);
	assert_int_equal(s->policy.n_lists, 0);
	assert_true(s->policy.checks[CHECK_SENDER_UNKNOWN].defer_on_temp);
	assert_false(s->policy.checks[CHECK_HELO_UNKNOWN].defer_on_temp);
	assert_true(s->policy.checks[CHECK_DKIM].shadow);
	assert_true(s->policy.checks[CHECK_DMARC].shadow);
	assert_false(s->policy.checks[CHECK_FROM_HEADER].shadow);
	settings_free(s);
}

static void
mail_is_signed_and_verified_unless_it_says_no(void **state)
{
	struct settings *s = must_open("hostname = \"a.b\"\n");

	(void)state;
	assert_true(s->dkim.verify);
	assert_true(s->dkim.sign);
	assert_non_null(strstr(s->dkim.keys, "/postward/dkim"));
	settings_free(s);
	s = must_open("hostname = \"a.b\"\n"
		      "dkim { verify = no sign = no keys = \"/k\" }\n");
	assert_false(s->dkim.verify);
	assert_false(s->dkim.sign);
	assert_string_equal(s->dkim.keys, "/k");
	settings_free(s);
}

static void
members_may_be_kept_out(void **state)
{
	struct settings *s =
	    must_open("hostname = \"a.b\"\nmembers { page = no codes = 2 "
		      "session = \"5m\" session-max = \"1d\" }\n");

	(void)state;
	assert_false(s->member.page);
	assert_int_equal(s->member.codes, 2);
	assert_int_equal(s->member.times.idle_ms, 5 * 60 * 1000);
	assert_int_equal(s->member.times.most_ms, 24 * 3600 * 1000);
	assert_ptr_equal(s->member.registration, &s->registration);
	settings_free(s);
}

static void
chains_are_verified_and_nobody_is_trusted(void **state)
{
	struct settings *s = must_open("hostname = \"a.b\"\n");
	struct err err;

	(void)state;
	assert_true(s->authentication.arc);
	assert_false(s->arc_seal);
	assert_int_equal(s->authentication.n_trusted_sealers, 0);
	settings_free(s);
	s = must_open("hostname = \"a.b\"\narc { verify = no trusted = "
		      "{ \"Lists.Example.org\", \"b\" } }\n");
	assert_false(s->authentication.arc);
	assert_int_equal(s->authentication.n_trusted_sealers, 2);
	assert_string_equal(s->authentication.trusted_sealers[0],
	    "lists.example.org");
	settings_free(s);
	assert_int_equal(open_text("hostname = \"a.b\"\n"
				   "arc { trusted = { \"a b\" } }\n",
			     &s, &err),
	    RC_PERM);
	assert_non_null(strstr(err.text, "expected a domain name"));
}

static void
lists_and_signatures_have_their_keys(void **state)
{
	static const char *const wrong[] = {"dkim { signatures-max = 0 }",
	    "dkim { signatures-max = 11 }",
	    "dmarc { trusted-lists = { \"ann@b.example\" } }"};
	struct settings *s = must_open("hostname = \"a.b\"\n");
	struct err err;

	(void)state;
	assert_int_equal(s->authentication.signatures_max, 10);
	assert_int_equal(s->policy.n_trusted_lists, 0);
	settings_free(s);
	s = must_open("hostname = \"a.b\"\ndkim { signatures-max = 3 }\n"
		      "dmarc { trusted-lists = { \"Lists.example\" } }\n");
	assert_int_equal(s->authentication.signatures_max, 3);
	assert_int_equal(s->policy.n_trusted_lists, 1);
	assert_string_equal(s->policy.trusted_lists[0], "lists.example");
	settings_free(s);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		char text[200];

		snprintf(text, sizeof(text), "hostname = \"a.b\"\n%s\n",
		    wrong[i]);
		CHECK(open_text(text, &s, &err) == RC_PERM, wrong[i]);
	}
}

static void
a_seal_needs_what_was_verified(void **state)
{
	static const char *const rows[] = {"arc { seal = yes verify = no }",
	    "arc { seal = yes } dkim { verify = no }"};
	struct settings *s = must_open("hostname = \"a.b\"\n"
				       "arc { seal = yes }\n"
				       "dkim { sign = no }\n");
	struct err err;

	(void)state;
	assert_true(s->arc_seal);
	settings_free(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "hostname = \"a.b\"\n%s\n",
		    rows[i]);
		CHECK(open_text(text, &s, &err) == RC_PERM, rows[i]);
		CHECK(strstr(err.text, "arc.seal: needs") != NULL, err.text);
	}
}

#define OURS    "hostname = \"a.b\"\ndomains = { \"remotes.club\" }\n"
#define REWRITE "forwarding { spf-only = \"rewrite\" }\n"
#define FROM(domain)                                                           \
	"forwarding { from-domain = \"" domain "\" spf-only = \"rewrite\" }\n"
#define WITH_SRS "srs { domain = { \"b.example\", \"srs.example\" } }\n"

static void
rewriting_needs_a_domain_of_its_own(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {OURS WITH_SRS REWRITE, "needs forwarding.from-domain"},
	    {OURS FROM("fwd.remotes.club"), "needs srs.domain"},
	    {OURS WITH_SRS FROM("Remotes.Club"), "is one of domains"},
	    {OURS WITH_SRS FROM("srs.example"), "is a srs.domain"},
	    {OURS WITH_SRS FROM("fwd..club"), "expected a domain name"},
	    {OURS WITH_SRS FROM("fwd.remotes.club") "dkim { sign = no }\n",
		"needs dkim.sign"},
	    {OURS "forwarding { unauthenticated = \"rewrite\" }\n",
		"unauthenticated"},
	    {OURS "forwarding { policy-fails = \"rewrite\" }\n",
		"policy-fails"},
	};
	struct settings *s = must_open(OURS WITH_SRS FROM("FWD.remotes.club"));
	struct err err;

	(void)state;
	assert_string_equal(s->authors.domain, "fwd.remotes.club");
	assert_string_equal(s->policy.fate.from_domain, "fwd.remotes.club");
	assert_int_equal(s->policy.fate.spf_only, FATE_REWRITE);
	settings_free(s);
	s = must_open(OURS);
	assert_null(s->authors.domain);
	assert_int_equal(s->policy.fate.spf_only, FATE_REJECT);
	settings_free(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(open_text(rows[i].text, &s, &err) == RC_PERM,
		    rows[i].text);
		CHECK(strstr(err.text, rows[i].says) != NULL, err.text);
	}
}

static void
srs_is_off_until_it_has_a_domain(void **state)
{
	struct settings *s = must_open("hostname = \"a.b\"\n");

	(void)state;
	assert_null(s->return_path.srs);
	assert_null(s->secrets_file);
	assert_null(s->srs_note);
	settings_free(s);
}

static void
srs_needs_its_secrets(void **state)
{
	struct settings *s = must_open("hostname = \"a.b\"\n"
				       "srs { domain = \"a.b\"\n"
				       "secrets-file = \"/nonexistent\" }\n");

	(void)state;
	assert_null(s->return_path.srs);
	assert_null(s->return_path.trouble);
	assert_string_equal(s->secrets_file, "/nonexistent");
	assert_non_null(strstr(s->srs_note, "postward store init"));
	settings_free(s);
	s = must_open("hostname = \"a.b\"\n"
		      "srs { domain = \"a.b\" secrets-file = \"/\" }\n");
	assert_non_null(s->return_path.srs);
	assert_non_null(strstr(s->return_path.trouble, "srs: /: "));
	settings_free(s);
}

static void
only_who_signs_senders_reads_the_secrets(void **state)
{
	static const struct {
		const char *program;
		bool reads;
	} rows[] = {
	    {NULL, true},
	    {"policyd", true},
	    {"forwarder", true},
	    {"milter", true},
	    {"mailer", false},
	    {"signup", false},
	    {"newcomer", false},
	};
	char path[] = "/tmp/settings.XXXXXX";
	int fd = mkstemp(path);
	struct settings *s;
	struct err err;

	(void)state;
	/* A folder cannot be read as a file is, not even by root. */
	assert_true(dprintf(fd, "hostname = \"a.b\"\n"
				"srs { domain = \"srs.example\" "
				"secrets-file = \"/\" }\n") > 0);
	close(fd);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(settings_open_as(rows[i].program, path, &s, &err) ==
			  RC_OK,
		    err.text);
		CHECK((s->return_path.trouble != NULL) == rows[i].reads,
		    rows[i].program);
		CHECK(s->registration.n_srs_domains == 1, "its domain is ours");
		settings_free(s);
	}
	unlink(path);
}

static void
srs_reads_all_of_its_section(void **state)
{
	char path[] = "/tmp/secrets.XXXXXX", text[400];
	int fd = mkstemp(path);
	const struct srs *srs;
	struct settings *s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new\nold\n", 8), 8);
	snprintf(text, sizeof(text),
	    "hostname = \"a.b\"\ndomains = { \"remotes.club\" }\n"
	    "srs { domain = { \"Srs.Example\", \"b\" } max-age = \"25h\"\n"
	    "secrets-file = \"%s\" }\n",
	    path);
	s = must_open(text);
	srs = s->return_path.srs;
	assert_int_equal(srs->n_domains, 2);
	assert_string_equal(srs->domains[0], "srs.example");
	assert_ptr_equal(s->return_path.forwards, &s->forwards);
	assert_int_equal(srs->n_secrets, 2);
	assert_string_equal(srs->secrets[0], "new");
	assert_int_equal(srs->max_age, 2);
	assert_null(s->srs_note);
	settings_free(s);
	assert_int_equal(fchmod(fd, 0644), 0);
	s = must_open(text);
	assert_non_null(s->return_path.srs);
	assert_non_null(strstr(s->srs_note, "everybody can read it"));
	settings_free(s);
	close(fd);
	unlink(path);
}

static void
every_check_can_be_named(void **state)
{
	struct settings *s;

	(void)state;
	for (size_t i = 0; i < CHECK_HEADER_LIMIT; i++) {
		char text[200];

		snprintf(text, sizeof(text),
		    "hostname = \"a.b\"\ncheck \"%s\" { action = \"score\" "
		    "points = 7 mode = \"shadow\" on-temp-error = \"defer\" }",
		    check_name((enum check_id)i));
		s = must_open(text);
		CHECK(s->policy.checks[i].action == ACTION_SCORE,
		    check_name((enum check_id)i));
		CHECK(s->policy.checks[i].points == 7,
		    check_name((enum check_id)i));
		CHECK(s->policy.checks[i].shadow, check_name((enum check_id)i));
		CHECK(s->policy.checks[i].defer_on_temp,
		    check_name((enum check_id)i));
		settings_free(s);
	}
}

/* Each key alone, of each check, over a check that is unlike all defaults. */
static void
what_is_not_given_stays_the_checks_own(void **state)
{
	static const struct check_settings own = {.action = ACTION_SCORE,
	    .shadow = true,
	    .points = 2,
	    .defer_on_temp = true};
	static const struct {
		const char *key;
		struct check_settings want;
	} cases[] = {
	    {"", {ACTION_SCORE, true, 2, true}},
	    {"action = \"defer\"", {ACTION_DEFER, true, 2, true}},
	    {"mode = \"enforce\"", {ACTION_SCORE, false, 2, true}},
	    {"points = 5", {ACTION_SCORE, true, 5, true}},
	    {"on-temp-error = \"accept\"", {ACTION_SCORE, true, 2, false}},
	};

	(void)state;
	for (size_t i = 0; i < CHECK_HEADER_LIMIT; i++)
		for (size_t k = 0; k < COUNT(cases); k++) {
			struct check_settings got;
			struct settings *s;
			char text[200];

			snprintf(text, sizeof(text),
			    "hostname = \"a.b\"\ncheck \"%s\" { %s }",
			    check_name((enum check_id)i), cases[k].key);
			s = must_open(text);
			got = settings_check(s->config, "check",
			    check_name((enum check_id)i), own);
			CHECK(got.action == cases[k].want.action, text);
			CHECK(got.shadow == cases[k].want.shadow, text);
			CHECK(got.points == cases[k].want.points, text);
			CHECK(got.defer_on_temp == cases[k].want.defer_on_temp,
			    text);
			settings_free(s);
		}
}

/* So do those of the table, and lists have theirs there. */
static void
shadow_changes_nothing_else(void **state)
{
	struct settings *s;

	(void)state;
	for (size_t i = 0; i < CHECK_HEADER_LIMIT; i++) {
		const struct check_settings *own = &checks[i]->def, *got;
		char text[200];

		snprintf(text, sizeof(text),
		    "hostname = \"a.b\"\n"
		    "check \"%s\" { mode = \"shadow\" }",
		    check_name((enum check_id)i));
		s = must_open(text);
		got = &s->policy.checks[i];
		CHECK(got->shadow, text);
		CHECK(got->action == own->action, text);
		CHECK(got->points == own->points, text);
		CHECK(got->defer_on_temp == own->defer_on_temp, text);
		settings_free(s);
	}
	s = must_open("hostname = \"a.b\"\n"
		      "dnsbl \"bl.test\" { action = \"score\" }\n"
		      "rhsbl \"rhs.test\" { }\n");
	assert_int_equal(s->policy.lists[0].settings.points, CHECK_POINTS);
	assert_int_equal(s->policy.lists[1].settings.action, ACTION_REJECT);
	settings_free(s);
}

static void
names_are_kept_in_their_one_form(void **state)
{
	struct settings *s =
	    must_open("hostname = \"MX.Remotes.Club.\"\n"
		      "domains = { \"Remotes.Club\", "
		      "\"m\xc3\xbcnchen.example\" }\n"
		      "allow { senders = { \"Friend.Example\", "
		      "\"<Ann@X.example>\" } }\n");

	(void)state;
	assert_string_equal(s->hostname, "mx.remotes.club");
	assert_string_equal(s->forwards.domains[0], "remotes.club");
	assert_string_equal(s->forwards.domains[1], "xn--mnchen-3ya.example");
	assert_string_equal(s->policy.allow.senders[0], "friend.example");
	assert_string_equal(s->policy.allow.senders[1], "ann@x.example");
	settings_free(s);
}

static void
lists_keep_their_order_and_codes(void **state)
{
	struct settings *s = must_open("hostname = \"a.b\"\n"
				       "rhsbl \"dbl.example\" {\n"
				       "codes = { \"127.0.1.2-127.0.1.99\" }\n"
				       "of = { \"helo\", \"sender\" } }\n"
				       "dnsbl \"b.example\" {}\n"
				       "dnsbl \"a.example\" { codes = "
				       "{ \"127.0.0.2\", \"127.0.0.4\" }\n"
				       "action = \"defer\" }\n");

	(void)state;
	assert_int_equal(s->policy.n_lists, 3);
	assert_string_equal(s->policy.lists[0].zone, "b.example");
	assert_int_equal(s->policy.lists[0].of, DNS_LIST_CLIENT);
	assert_int_equal(s->policy.lists[0].n_codes, 1);
	assert_int_equal(s->policy.lists[0].codes[0].last, 0x7f0000fe);
	assert_string_equal(s->policy.lists[1].zone, "a.example");
	assert_int_equal(s->policy.lists[1].n_codes, 2);
	assert_int_equal(s->policy.lists[1].settings.action, ACTION_DEFER);
	assert_string_equal(s->policy.lists[2].zone, "dbl.example");
	assert_int_equal(s->policy.lists[2].of,
	    DNS_LIST_HELO | DNS_LIST_SENDER);
	settings_free(s);
}

static void
what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"hostnam = \"x\"\n", ":1: "},
	    {"hostnam = \"x\"\n", "did you mean \"hostname\""},
	    {"\npolicyd { max-connections = many }\n", ":2: "},
	    {"policyd { max-connections = 0 }\n", "from 1 to 100000"},
	    {"policyd { listen = { \"10040\" } }\n", "expected"},
	    {"store { url = \"mysql://x\" }\n", "expected sqlite:"},
	    {"resolver { servers = { \"dns.example\" } }\n",
		"expected an address"},
	    {"check \"helo_unknwon\" {}\n", "helo_unknown"},
	    {"rhsbl \"x.example\" { codes = { \"127.0.0.1: pass\" } }\n",
		"rhsbl x.example: codes: \"pass\" is for lists of clients"},
	    {"dnsbl \"x.example\" { codes = { \"10.0.0.1\" } }\n",
		"127.0.0.0/8"},
	    {"rhsbl \"x.example\" { of = { \"hello\" } }\n",
		"\"reverse-client\""},
	    {"dnsbl \"not a zone\" {}\n", "domain name"},
	    {"allow { clients = { \"192.0.2.1/24\" } }\n",
		"expected an address or a network"},
	    {"domains = { \"a b\" }\n", "expected a domain name"},
	    {"recipient-delimiter = \"++\"\n", "expected one character"},
	    {"resolver { timeout = \"5\" }\n", "expected"},
	    {"home-forwards = perhaps\n", "expected"},
	    {"mailer { retry-least = 1s }\n",
		"unknown key \"retry-least\" in mailer; did you mean "
		"\"retry-min\"?"},
	    {"mailer { retry-most = 1h }\n",
		"unknown key \"retry-most\" in mailer; did you mean "
		"\"retry-max\"?"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings *s = NULL;
		struct err err = {0};

		CHECK(open_text(cases[i].text, &s, &err) == RC_PERM,
		    cases[i].text);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s says: %s", cases[i].text, err.text);
		CHECK(s == NULL, cases[i].text);
	}
}

static void
a_missing_file_is_said(void **state)
{
	struct settings *s;
	struct err err;

	(void)state;
	assert_int_not_equal(settings_open("/nowhere/postward.conf", &s, &err),
	    RC_OK);
	assert_non_null(strstr(err.text, "/nowhere/postward.conf"));
}

static void
the_file_that_is_installed_is_right(void **state)
{
	struct settings *s;
	struct err err;

	(void)state;
	if (settings_open("conf/postward.conf", &s, &err) != RC_OK)
		fail_msg("%s", err.text);
	settings_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_said_gives_the_defaults),
	    cmocka_unit_test(mail_is_signed_and_verified_unless_it_says_no),
	    cmocka_unit_test(members_may_be_kept_out),
	    cmocka_unit_test(chains_are_verified_and_nobody_is_trusted),
	    cmocka_unit_test(lists_and_signatures_have_their_keys),
	    cmocka_unit_test(a_seal_needs_what_was_verified),
	    cmocka_unit_test(rewriting_needs_a_domain_of_its_own),
	    cmocka_unit_test(srs_is_off_until_it_has_a_domain),
	    cmocka_unit_test(srs_needs_its_secrets),
	    cmocka_unit_test(only_who_signs_senders_reads_the_secrets),
	    cmocka_unit_test(srs_reads_all_of_its_section),
	    cmocka_unit_test(every_check_can_be_named),
	    cmocka_unit_test(what_is_not_given_stays_the_checks_own),
	    cmocka_unit_test(shadow_changes_nothing_else),
	    cmocka_unit_test(names_are_kept_in_their_one_form),
	    cmocka_unit_test(lists_keep_their_order_and_codes),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_line),
	    cmocka_unit_test(a_missing_file_is_said),
	    cmocka_unit_test(the_file_that_is_installed_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
