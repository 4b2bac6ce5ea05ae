/* SPDX-License-Identifier: MIT */
#include "program/settings_losses.h"

#include "check.h"

#include <stdio.h>

#define DOMAINS "domains: guild.club is gone: its mail is not ours any more\n"
#define SRS     "srs.domain: b.club is gone: bounces to its addresses are refused\n"
#define SECRETS                                                                \
	"srs.secrets-file: 1 of 2 secrets are gone: bounces to addresses "     \
	"signed with them are refused\n"

static char said[1000];

static void
note(const char *line)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

/* The first so many of each. */
struct shape {
	size_t domains, srs_domains, secrets; /* no SRS domain: no SRS */
	const char *store;
	bool ldap;
};

static const struct settings *
settings_of(struct settings *s, struct srs *srs, struct shape shape)
{
	static const char *const domains[] = {"remotes.club", "guild.club"};
	static const char *const srs_domains[] = {"a.club", "b.club"};
	static const char *const secrets[] = {"new", "old"};

	*srs = (struct srs){.domains = srs_domains,
	    .n_domains = shape.srs_domains,
	    .secrets = secrets,
	    .n_secrets = shape.secrets};
	*s = (struct settings){.store_url = shape.store};
	s->forwards.domains = domains;
	s->forwards.n_domains = shape.domains;
	if (shape.srs_domains > 0)
		s->return_path.srs = srs;
	if (shape.ldap)
		s->forwards.directory = (struct directory *)srs;
	return s;
}

static void
what_is_gone_is_said_and_what_is_new_is_not(void **state)
{
	static const char one[] = "sqlite:/1", two[] = "sqlite:/2";
	static const struct {
		const char *name;
		struct shape old, next;
		const char *said;
	} rows[] = {
	    {"the same", {2, 2, 2, one, false}, {2, 2, 2, one, false}, ""},
	    {"more", {1, 1, 1, one, false}, {2, 2, 2, one, false}, ""},
	    {"a domain", {2, 2, 2, one, false}, {1, 2, 2, one, false}, DOMAINS},
	    {"of SRS", {2, 2, 2, one, false}, {2, 1, 2, one, false}, SRS},
	    {"a secret", {2, 2, 2, one, false}, {2, 2, 1, one, false}, SECRETS},
	    {"SRS is new", {1, 0, 0, one, false}, {1, 2, 2, one, false}, ""},
	    {"no more SRS", {1, 1, 1, one, false}, {1, 0, 0, one, false},
		"srs.domain: a.club is gone: bounces to its addresses are "
		"refused\n"
		"srs.secrets-file: 1 of 1 secrets are gone: bounces to "
		"addresses signed with them are refused\n"},
	    {"the directory", {1, 1, 1, one, true}, {1, 1, 1, one, false},
		"sources: ldap is gone: who is known to the directory alone "
		"is unknown\n"},
	    {"a directory is new", {1, 1, 1, one, false}, {1, 1, 1, one, true},
		""},
	    {"the store", {1, 1, 1, one, false}, {1, 1, 1, two, false},
		"store.url: sqlite:/2, and no more sqlite:/1\n"},
	    {"much", {2, 2, 2, one, false}, {1, 1, 1, one, false},
		DOMAINS SRS SECRETS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings old, next;
		struct srs old_srs, next_srs;

		said[0] = '\0';
		settings_losses(settings_of(&old, &old_srs, rows[i].old),
		    settings_of(&next, &next_srs, rows[i].next), note);
		CHECK_STR(said, rows[i].said, rows[i].name);
	}
}

static void
a_place_where_nobody_waits_any_more_is_said(void **state)
{
	static const char *const places[] = {"unix:/a", "inet:127.0.0.1:1"};
	static const struct service_settings both = {.listen = {places, 2}};
	static const struct service_settings first = {.listen = {places, 1}};

	(void)state;
	said[0] = '\0';
	settings_losses_of_sockets("policyd", &first, &both, note);
	assert_string_equal(said, "");
	settings_losses_of_sockets("policyd", &both, &first, note);
	assert_string_equal(said,
	    "policyd.listen: no more at inet:127.0.0.1:1: does Postfix "
	    "know?\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_gone_is_said_and_what_is_new_is_not),
	    cmocka_unit_test(a_place_where_nobody_waits_any_more_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
