/* SPDX-License-Identifier: MIT */
#include "postfix_restrictions.h"

#include "check.h"
#include "postfix_membership.h"

#include <string.h>

static const char parameters[] = "smtpd_restriction_classes = easy, round\n"
				 "easy = permit_mynetworks, permit\n"
				 "round = round\n";

/* One table, with a line for each thing that may be asked. */
static enum rc
look_up(void *context, const char *table, const char *key, const char **value)
{
	static const char *const rows[][2] = {{"remotes.club", "OK"},
	    {"198.51", "OK"}, {"example.com", "reject_unauth_destination"},
	    {"example.net", "DUNNO"}, {"helo.example", "554 no"}};

	(void)context;
	if (strcmp(table, "hash:/t") != 0)
		return RC_NONE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i][0], key) == 0) {
			*value = rows[i][1];
			return RC_OK;
		}
	return RC_NONE;
}

static bool
is_ours(void *context, const char *entry)
{
	(void)context;
	return strstr(entry, "postward/policyd") != NULL;
}

#define OURS "check_policy_service { unix:postward/policyd, timeout=20s }"

static void
walks_a_stranger_through(void **state)
{
	static const struct {
		const char *list;
		bool to_us;
		enum postfix_outcome outcome;
		const char *culprit;
	} cases[] = {
	    {"", true, POSTFIX_PASSES, NULL},
	    {"permit_mynetworks, " OURS, true, POSTFIX_ASKS,
		"check_policy_service"},
	    {"permit_mynetworks permit " OURS, true, POSTFIX_PERMITS, "permit"},
	    {"PERMIT, " OURS, true, POSTFIX_PERMITS, "PERMIT"},
	    {"permit_auth_destination," OURS, true, POSTFIX_PERMITS,
		"permit_auth_destination"},
	    {"permit_auth_destination," OURS, false, POSTFIX_ASKS,
		"check_policy_service"},
	    {"reject_unauth_destination," OURS, true, POSTFIX_ASKS,
		"check_policy_service"},
	    {"reject_unauth_destination, permit", false, POSTFIX_REFUSES,
		"reject_unauth_destination"},
	    {"warn_if_reject reject_unauth_destination, permit", false,
		POSTFIX_PERMITS, "warn_if_reject"},
	    {"warn_if_reject " OURS, true, POSTFIX_PASSES, "warn_if_reject"},
	    {"easy, " OURS, true, POSTFIX_PERMITS, "permit"},
	    {"round, " OURS, true, POSTFIX_ASKS, "check_policy_service"},
	    {"check_recipient_access hash:/t, " OURS, true, POSTFIX_PERMITS,
		"hash:/t"},
	    {"check_sender_access hash:/t", false, POSTFIX_REFUSES, NULL},
	    {"check_client_access hash:/t", true, POSTFIX_PERMITS, "hash:/t"},
	    {"hash:/t", true, POSTFIX_PERMITS, "hash:/t"},
	    {"check_recipient_access hash:/t, reject", false, POSTFIX_REFUSES,
		"reject"},
	    {"check_recipient_mx_access hash:/t, " OURS, true, POSTFIX_ASKS,
		"check_policy_service"},
	    {"reject_rbl_client permit, " OURS, true, POSTFIX_ASKS,
		"check_policy_service"},
	    {"check_policy_service unix:private/other, permit", true,
		POSTFIX_PERMITS, "permit"},
	    {"check_helo_access hash:/t", true, POSTFIX_REFUSES, "hash:/t"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct postfix_printed printed = {
		    parameters, "", "", "", ""};
		struct postfix_walk walk = {
		    .arena = a,
		    .view = postfix_view_read(a, &printed),
		    .client = "198.51.100.25",
		    .helo = "helo.example",
		    .sender = "somebody@example.com",
		    .recipient = cases[i].to_us ? "postmaster@remotes.club"
						: "somebody@example.net",
		    .to_us = cases[i].to_us,
		    .is_ours = is_ours,
		    .look_up = look_up,
		};

		CHECK(postfix_walk(&walk, "recipient", cases[i].list) ==
			  cases[i].outcome,
		    cases[i].list);
		if (cases[i].culprit != NULL)
			CHECK_STR(walk.culprit, cases[i].culprit,
			    cases[i].list);
		arena_reset(a);
	}
	arena_free(a);
}

static bool
is_unwanted(void *context, const char *word, const char *argument)
{
	(void)context;
	return (argument != NULL && is_ours(NULL, argument)) ||
	       postfix_guards_relay(word);
}

static void
puts_a_guard_before_what_strangers_meet(void **state)
{
	static const struct {
		const char *list, *guarded;
	} cases[] = {
	    {"", "GUARD x"},
	    {"permit", "GUARD x, permit"},
	    {"permit_mynetworks", "permit_mynetworks, GUARD x"},
	    {"permit_mynetworks  permit_sasl_authenticated,permit",
		"permit_mynetworks, permit_sasl_authenticated, GUARD x, "
		"permit"},
	    {"permit, " OURS ", reject_rbl_client a.b",
		"GUARD x, permit, reject_rbl_client a.b"},
	    {"warn_if_reject " OURS ", permit", "GUARD x, permit"},
	    {"warn_if_reject reject_rbl_client a.b, "
	     "defer_unauth_destination",
		"GUARD x, warn_if_reject reject_rbl_client a.b"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct postfix_list list = postfix_list_read(a, cases[i].list);

		list =
		    postfix_restrictions_without(a, &list, is_unwanted, NULL);
		CHECK_STR(postfix_restrictions_guarded(a, &list, "GUARD x"),
		    cases[i].guarded, cases[i].list);
	}
	arena_free(a);
}

static void
finds_domains_in_lists(void **state)
{
	static const struct {
		const char *list;
		bool parents;
		const char *entry;
	} cases[] = {
	    {"localhost, Remotes.Club", false, "Remotes.Club"},
	    {"club", false, NULL},
	    {"club", true, "club"},
	    {"emotes.club", true, NULL},
	    {".club", false, ".club"},
	    {"!remotes.club, .club", false, NULL},
	    {"localhost hash:/t", false, "hash:/t"},
	    {"!hash:/t, .club", false, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct postfix_list list = postfix_list_read(a, cases[i].list);

		CHECK_STR(postfix_domain_entry(a, &list, "remotes.club",
			      cases[i].parents, look_up, NULL),
		    cases[i].entry, cases[i].list);
	}
	arena_free(a);
}

static void
knows_how_broad_a_network_is(void **state)
{
	static const struct {
		const char *entry;
		enum postfix_breadth breadth;
	} cases[] = {
	    {"0.0.0.0/0", POSTFIX_ALL},
	    {"128.0.0.0/1", POSTFIX_ALL},
	    {"0/0", POSTFIX_NARROW}, /* Postfix refuses it */
	    {"[::]/0", POSTFIX_ALL},
	    {"::/0", POSTFIX_ALL},
	    {"[2000::]/3", POSTFIX_ALL},
	    {"203.0.0.0/8", POSTFIX_BROAD},
	    {"203.0.113.0/24", POSTFIX_NARROW},
	    {"10.0.0.0/8", POSTFIX_NARROW},
	    {"172.16.0.0/12", POSTFIX_NARROW},
	    {"127.0.0.0/8", POSTFIX_NARROW},
	    {"[::ffff:127.0.0.0]/104", POSTFIX_NARROW},
	    {"[::ffff:0.0.0.0]/96", POSTFIX_ALL},
	    {"[fe80::]/64", POSTFIX_NARROW},
	    {"[fc00::]/7", POSTFIX_NARROW},
	    {"[2001:db8::]/32", POSTFIX_BROAD},
	    {"[2001:db8:1::]/48", POSTFIX_NARROW},
	    {"192.0.2.1", POSTFIX_NARROW},
	    {"mail.example.org", POSTFIX_NARROW},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(postfix_network_breadth(a, cases[i].entry) ==
			  cases[i].breadth,
		    cases[i].entry);
	arena_free(a);
}

static void
sees_which_services_strangers_reach(void **state)
{
	static const struct {
		const char *name, *master, *overrides, *strangers, *network;
	} cases[] = {
	    {"Debian's", "smtp inet n - y - - smtpd\n", "", "smtp", "smtp"},
	    {"postscreen",
		"smtp inet n - y - 1 postscreen\n"
		"smtpd pass - - y - - smtpd\n",
		"", "smtpd", "smtpd"},
	    {"with submission and a filter",
		"25 inet n - y - - smtpd\n587 inet n - y - - smtpd\n"
		"127.0.0.1:10025 inet n - y - - smtpd\n",
		"", "25", "25 587"},
	    {"no port 25",
		"127.0.0.1:2525 inet n - y - - smtpd\n"
		"127.0.0.1:10587 inet n - y - - smtpd\n",
		"127.0.0.1:10587/inet/smtpd_client_restrictions = "
		"permit_mynetworks,reject\n",
		"127.0.0.1:2525", ""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct postfix_printed printed = {
		    "", "", cases[i].master, cases[i].overrides, ""};
		struct postfix_view *view = postfix_view_read(a, &printed);
		const char *strangers = "", *network = "";

		for (size_t k = 0; k < view->n_services; k++) {
			const struct postfix_service *s = &view->services[k];

			if (postfix_serves_strangers(view, a, s))
				strangers = arena_printf(a, "%s%s%s", strangers,
				    *strangers == '\0' ? "" : " ", s->name);
			if (postfix_faces_network(s))
				network = arena_printf(a, "%s%s%s", network,
				    *network == '\0' ? "" : " ", s->name);
		}
		CHECK_STR(strangers, cases[i].strangers, cases[i].name);
		CHECK_STR(network, cases[i].network, cases[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(walks_a_stranger_through),
	    cmocka_unit_test(puts_a_guard_before_what_strangers_meet),
	    cmocka_unit_test(finds_domains_in_lists),
	    cmocka_unit_test(knows_how_broad_a_network_is),
	    cmocka_unit_test(sees_which_services_strangers_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
