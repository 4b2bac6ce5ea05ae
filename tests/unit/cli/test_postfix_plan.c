/* SPDX-License-Identifier: MIT */
#include "postfix_plan.h"

#include "postfix_words.h"

#include "base/file.h"
#include "base/str.h"
#include "check.h"

#include <string.h>

#define FORWARDS "socketmap:unix:postward/forwarder:forward"
#define DOMAINS  "socketmap:unix:postward/forwarder:domain"
#define POLICY                                                                 \
	"check_policy_service { unix:postward/policyd, timeout=20s, "          \
	"default_action=DEFER }"
#define MILTER "{ unix:postward/milter, default_action=tempfail }"
#define OWN    "permit_mynetworks, permit_sasl_authenticated"

static const char *const listens[POSTFIX_PARTS] = {"",
    "unix:/var/spool/postfix/postward/forwarder",
    "unix:/var/spool/postfix/postward/policyd",
    "unix:/var/spool/postfix/postward/milter"};
static const char *const sockets[POSTFIX_PARTS] = {"",
    "unix:postward/forwarder", "unix:postward/policyd", "unix:postward/milter"};
static const char *const domain = "remotes.club";

/* Of a Postfix 3.7 whose main.cf is empty. */
static const char *const defaults[][2] = {{"myhostname", "mx.remotes.club"},
    {"mydestination", "mx.remotes.club, localhost.remotes.club, localhost"},
    {"myorigin", "mx.remotes.club"}, {"mydomain", "remotes.club"},
    {"virtual_alias_domains", ""}, {"virtual_alias_maps", ""},
    {"virtual_alias_expansion_limit", "1000"},
    {"virtual_alias_recursion_limit", "1000"},
    {"smtpd_relay_restrictions", OWN ", defer_unauth_destination"},
    {"smtpd_helo_required", "no"}, {"smtpd_sender_restrictions", ""},
    {"smtpd_recipient_restrictions", ""},
    {"smtpd_reject_unlisted_recipient", "yes"}, {"smtpd_milters", ""},
    {"milter_default_action", "tempfail"}, {"internal_mail_filter_classes", ""},
    {"non_smtpd_milters", ""}, {"disable_mime_output_conversion", "no"},
    {"smtp_line_length_limit", "998"},
    {"local_header_rewrite_clients", "permit_inet_interfaces"},
    {"header_size_limit", "102400"}};

#define SETTINGS COUNT(defaults)

struct site {
	struct postfix_setting settings[SETTINGS];
	struct postfix_facts facts;
	struct postfix_change plan[POSTFIX_CHANGES_MAX];
	size_t n;
};

static void
site_begin(struct site *s)
{
	*s = (struct site){.facts = {
			       .settings = s->settings,
			       .n = SETTINGS,
			       .queue = "/var/spool/postfix",
			       .chrooted = true,
			       .policyd = true,
			       .hostname = "mx.remotes.club",
			       .domains = &domain,
			       .n_domains = 1,
			   }};
	for (size_t i = 0; i < POSTFIX_PARTS; i++) {
		s->facts.parts[i].listen = &listens[i];
		s->facts.parts[i].n_listen = 1;
		s->facts.parts[i].socket = sockets[i];
	}
	for (size_t i = 0; i < SETTINGS; i++)
		s->settings[i] = (struct postfix_setting){
		    defaults[i][0], NULL, defaults[i][1]};
}

static void
site_set(struct site *s, const char *name, const char *raw,
    const char *expanded)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(s->settings[i].name, name) == 0) {
			s->settings[i].raw = raw;
			s->settings[i].expanded =
			    expanded == NULL ? raw : expanded;
		}
}

static const char *
site_wants(const struct site *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->plan[i].name, name) == 0)
			return s->plan[i].after;
	return NULL;
}

/* Words apart by one blank each. */
static const char *
in_words(struct arena *a, const char *value)
{
	struct postfix_word word;
	struct str text;

	str_init(&text, a);
	while (value != NULL && postfix_word_next(&value, &word))
		str_addf(&text, "%.*s ", (int)(word.end - word.begin),
		    word.begin);
	return text.text;
}

/* What conf/postfix/main.cf sets, on one line; NULL: nothing. */
static const char *
in_sample(struct arena *a, const char *sample, const char *name)
{
	const char *at = strstr(sample, arena_printf(a, "\n%s =", name));
	struct str text;

	if (at == NULL)
		return NULL;
	str_init(&text, a);
	at += strlen(name) + 3;
	do {
		size_t len;

		at += strspn(at, " \t");
		len = strcspn(at, "\n");
		str_addf(&text, "%s%.*s", text.len > 0 ? " " : "", (int)len,
		    at);
		at += len + 1;
	} while (*at == ' ' || *at == '\t');
	return text.text;
}

/* Whoever has set nothing gets the sample, but for what is so already. */
static void
is_what_the_sample_says(void **state)
{
	struct arena *a = arena_new();
	struct site s;
	char *sample;
	size_t len, n = 0;

	(void)state;
	assert_int_equal(file_read(a, "conf/postfix/main.cf", 65536, &sample,
			     &len, NULL, NULL),
	    RC_OK);
	site_begin(&s);
	assert_int_equal(postfix_plan(a, &s.facts, s.plan, &s.n, NULL), RC_OK);
	for (size_t i = 0; i < s.n; i++) {
		const char *said = in_sample(a, sample, s.plan[i].name);

		CHECK(said != NULL, s.plan[i].name);
		CHECK_STR(in_words(a, s.plan[i].after), in_words(a, said),
		    s.plan[i].name);
	}
	for (const char *at = sample; (at = strchr(at, '\n')) != NULL; at++)
		n += at[1] >= 'a' && at[1] <= 'z';
	assert_int_equal(n, s.n + 2); /* relay, and milter_default_action */
	arena_free(a);
}

static void
keeps_what_a_site_has(void **state)
{
	static const struct {
		const char *name, *raw, *expanded, *after;
	} rows[] = {
	    {"virtual_alias_maps", "hash:/v", NULL, "hash:/v, " FORWARDS},
	    {"virtual_alias_maps", FORWARDS, NULL, NULL},
	    {"virtual_alias_maps", "hash:/v proxy:" FORWARDS, NULL, NULL},
	    {"virtual_alias_maps", "$mine", "hash:/v, " FORWARDS, NULL},
	    {"virtual_alias_maps",
		"socketmap:unix:/var/spool/postfix/postward/forwarder:forward",
		NULL, FORWARDS},
	    {"smtpd_relay_restrictions", "permit_mynetworks, reject", NULL,
		NULL},
	    {"smtpd_relay_restrictions", "permit_mynetworks permit", NULL,
		"permit_mynetworks, reject_unauth_destination, permit"},
	    {"smtpd_relay_restrictions", "", "",
		OWN ", reject_unauth_destination"},
	    {"smtpd_sender_restrictions",
		"reject_unknown_sender_domain, permit", NULL,
		"reject_unknown_sender_domain, " OWN
		", reject_non_fqdn_sender, permit"},
	    {"smtpd_sender_restrictions", "$x", "reject_non_fqdn_sender", NULL},
	    {"smtpd_recipient_restrictions", "permit", NULL, POLICY ", permit"},
	    {"smtpd_recipient_restrictions",
		"permit_mynetworks permit_sasl_authenticated\n"
		"  reject_unauth_destination\n  check_client_access hash:/ok\n"
		"  permit",
		NULL,
		"permit_mynetworks permit_sasl_authenticated\n"
		"  reject_unauth_destination, " POLICY
		", check_client_access hash:/ok\n  permit"},
	    {"smtpd_recipient_restrictions", "reject_unlisted_recipient", NULL,
		POLICY ", reject_unlisted_recipient"},
	    {"smtpd_recipient_restrictions", "$mine, permit",
		"permit_mynetworks, reject_unauth_destination, permit",
		"permit_mynetworks, " POLICY ", $mine, permit"},
	    {"smtpd_recipient_restrictions", "permit_mynetworks, " POLICY, NULL,
		NULL},
	    {"smtpd_recipient_restrictions",
		"permit_mynetworks, permit, " POLICY, NULL,
		"permit_mynetworks, " POLICY ", permit"},
	    {"smtpd_recipient_restrictions",
		"check_policy_service unix:private/policyd-spf", NULL,
		POLICY ", check_policy_service unix:private/policyd-spf"},
	    {"smtpd_milters", "inet:localhost:8891", NULL,
		MILTER ", inet:localhost:8891"},
	    {"smtpd_milters", "inet:a:1, unix:postward/milter", NULL, NULL},
	    {"non_smtpd_milters", "$smtpd_milters", "", NULL},
	    {"milter_default_action", "accept", NULL, NULL},
	    {"internal_mail_filter_classes", "notify", NULL, "notify, bounce"},
	    {"header_size_limit", "1000", NULL, "102400"},
	    {"smtpd_helo_required", "yes", NULL, NULL},
	    {"myhostname", NULL, "localhost.localdomain", "mx.remotes.club"},
	    {"myhostname", NULL, "mail.other.example", NULL},
	    {"myorigin", "/etc/mailname", "remotes.club", "$myhostname"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct site s;

		site_begin(&s);
		site_set(&s, rows[i].name, rows[i].raw, rows[i].expanded);
		CHECK(postfix_plan(a, &s.facts, s.plan, &s.n, NULL) == RC_OK,
		    rows[i].name);
		CHECK_STR(site_wants(&s, rows[i].name), rows[i].after,
		    rows[i].raw == NULL ? rows[i].name : rows[i].raw);
	}
	arena_free(a);
}

/* By default the keys of virtual_alias_maps are virtual_alias_domains. */
static void
keeps_domains_of_its_aliases(void **state)
{
	struct arena *a = arena_new();
	struct site s;

	(void)state;
	site_begin(&s);
	site_set(&s, "virtual_alias_maps", "hash:/v", NULL);
	site_set(&s, "virtual_alias_domains", NULL, "hash:/v");
	assert_int_equal(postfix_plan(a, &s.facts, s.plan, &s.n, NULL), RC_OK);
	assert_string_equal(site_wants(&s, "virtual_alias_domains"),
	    "hash:/v, " DOMAINS);
	assert_null(site_wants(&s, "virtual_alias_expansion_limit"));
	arena_free(a);
}

static void
takes_domains_out_if_told(void **state)
{
	static const struct {
		const char *raw, *after; /* NULL: nothing is to be done */
	} rows[] = {
	    {"$myhostname, remotes.club, localhost", "$myhostname, localhost"},
	    {"$myhostname Remotes.Club localhost", "$myhostname, localhost"},
	    {"$mydomain", ""},
	    {"${mydomain},localhost", "localhost"},
	    {"$myhostname, localhost.remotes.club", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct site s;
		struct err err;

		site_begin(&s);
		site_set(&s, "mydestination", rows[i].raw, NULL);
		CHECK((postfix_plan(a, &s.facts, s.plan, &s.n, &err) ==
			  RC_OK) == (rows[i].after == NULL),
		    rows[i].raw);
		s.facts.takes_domains = true;
		CHECK(postfix_plan(a, &s.facts, s.plan, &s.n, &err) == RC_OK,
		    rows[i].raw);
		CHECK_STR(site_wants(&s, "mydestination"), rows[i].after,
		    rows[i].raw);
	}
	arena_free(a);
}

static void
takes_ours_out_again(void **state)
{
	static const struct {
		const char *name, *value, *without;
	} rows[] = {
	    {"smtpd_milters", MILTER, ""},
	    {"smtpd_milters", "inet:a:1, " MILTER " inet:b:2",
		"inet:a:1, inet:b:2"},
	    {"smtpd_milters", "inet:a:1", NULL},
	    {"virtual_alias_maps", "hash:/v, " FORWARDS, "hash:/v"},
	    {"smtpd_recipient_restrictions",
		"permit_mynetworks, " POLICY ", check_policy_service inet:a:1",
		"permit_mynetworks, check_policy_service inet:a:1"},
	    {"mydestination", "postward", NULL},
	};
	struct arena *a = arena_new();
	struct site s;

	(void)state;
	site_begin(&s);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(postfix_plan_without(a, &s.facts, rows[i].name,
			      rows[i].value),
		    rows[i].without, rows[i].value);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_the_sample_says),
	    cmocka_unit_test(keeps_what_a_site_has),
	    cmocka_unit_test(keeps_domains_of_its_aliases),
	    cmocka_unit_test(takes_domains_out_if_told),
	    cmocka_unit_test(takes_ours_out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
