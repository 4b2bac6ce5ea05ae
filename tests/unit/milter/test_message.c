/* SPDX-License-Identifier: MIT */
#include "stamp.h"

#include "check.h"
#include "policy/judge.h"

static const char *const domains[] = {"remotes.club"};
static const struct forwards_settings served = {
    .domains = domains, .n_domains = 1, .delimiter = "+"};
static const struct message_rules rules = {
    .hostname = "mx.remotes.club", .forwards = &served};
static const char *const target[] = {"ann@mail.example"};

struct decided {
	struct reply refusal;
	struct stamp stamp; /* of what is not refused */
};

/* As the session does: the checks of a message, then what it gets. */
static struct decided
decide(struct message *l)
{
	static const struct stamp_results no_results;
	static const struct return_path_settings no_srs;
	struct policy_settings settings = {
	    .reject_at = 10,
	    .hop_limit = 2,
	    .forwards = &served,
	    .return_path = &no_srs,
	};
	const struct judge judge = {.settings = &settings};
	struct facts facts = {
	    .state = SMTP_END_OF_MESSAGE,
	    .sender = l->sender,
	    .from = l->from,
	    .message = message_facts(l),
	};
	struct judgement j;
	struct decided d = {0};

	for (size_t i = 0; i < CHECKS; i++)
		settings.checks[i] = checks[i]->def;
	judge_facts(&judge, &facts, NULL, l->arena, &j);
	d.refusal = j.verdict.reply;
	if (d.refusal.code == 0)
		d.stamp = stamp_message(l, &no_results);
	return d;
}

#define PATH(text) (&(const struct message_path){text, NULL})

static void
add(struct message *l, const char *recipient, const char *account)
{
	struct message_recipient *r = message_add_recipient(l, PATH(recipient));

	r->found = true;
	if (account != NULL)
		r->forwards = (struct forwards){.known = FORWARDS_FOUND,
		    .account = account,
		    .targets = target,
		    .n = 1};
}

static void
rewrites_only_foreign_senders_of_forwarded_mail(void **state)
{
	static const struct {
		const char *sender, *account;
		bool authenticated, want;
	} cases[] = {
	    {"<sam@example.org>", "ann@remotes.club", false, true},
	    {"sam@example.org", "ann@remotes.club", false, true},
	    {"<>", "ann@remotes.club", false, false},

	    {"<bob%example.org>", "ann@remotes.club", false, true},
	    {"<example.org!bob>", "ann@remotes.club", false, true},
	    {"<\"bob@example.org\">", "ann@remotes.club", false, true},
	    {"<bob%remotes.club>", "ann@remotes.club", false, false},
	    {"<bob%example.org@remotes.club>", "ann@remotes.club", false,
		false},
	    {"<bob@[192.0.2.1]>", "ann@remotes.club", false, true},
	    {"<bob>", "ann@remotes.club", false, false},
	    {"<bob>", "ann@remotes.club", true, false},
	    {"", "ann@remotes.club", false, false},
	    {"<bob@Remotes.Club>", "ann@remotes.club", false, false},
	    {"<sam@example.org>", "ann@remotes.club", true, false},
	    {"<sam@example.org>", NULL, false, false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *l = message_new(a, &rules,
		    PATH(cases[i].sender), cases[i].authenticated);
		struct decided d;

		add(l, "<ann@remotes.club>", cases[i].account);
		d = decide(l);
		CHECK(d.stamp.new_sender == cases[i].want, cases[i].sender);
		CHECK(d.refusal.code == 0, cases[i].sender);
	}
	arena_free(a);
}

/* What is left to members is not counted only if all of them say so. */
static void
a_sender_passes_if_all_members_let_him(void **state)
{
	static const char lets[] = "+example.org\n",
			  blocks[] = "-example.org\n";
	static const struct {
		const char *sender, *first, *second;
		bool passes;
	} cases[] = {
	    {"<sam@example.org>", lets, lets, true},
	    {"<sam%example.org>", lets, lets, true},
	    {"<sam@example.org>", lets, NULL, false},
	    {"<sam@example.org>", NULL, lets, false},
	    {"<sam@example.org>", lets, blocks, false},
	    {"<sam@example.net>", lets, lets, false},
	    {"<>", lets, lets, false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *l =
		    message_new(a, &rules, PATH(cases[i].sender), false);

		CHECK(!message_facts(l).passes, "without recipients");
		add(l, "<ann@remotes.club>", "ann@remotes.club");
		add(l, "<bob@remotes.club>", "bob@remotes.club");
		l->recipients[0].forwards.rules = cases[i].first;
		l->recipients[1].forwards.rules = cases[i].second;
		CHECK(message_facts(l).passes == cases[i].passes,
		    cases[i].sender);
	}
	arena_free(a);
}

/* What would be forwarded as a stranger wrote it. */
static void
refuses_a_sender_that_cannot_be_rewritten(void **state)
{
	static const char *const senders[] = {"<@example.org>", "<bob@(x>",
	    "<<bob@example.org>>", "<bob@a..b>", "<Bob <bob@example.org>>",
	    "<b\x01@example.org>", "<bob@[192.0.2.1>", "<grp:bob@example.org;>",
	    "<%example.org>"};
	struct message_rules here = rules;
	struct arena *a = arena_new();

	(void)state;
	here.from_here = true;
	for (size_t i = 0; i < COUNT(senders); i++) {
		struct message *l =
		    message_new(a, &rules, PATH(senders[i]), false);
		struct decided d;

		add(l, "<x@example.org>", NULL);
		CHECK(decide(l).refusal.code == 0, senders[i]);
		add(l, "<ann@remotes.club>", "ann@remotes.club");
		d = decide(l);
		CHECK(d.refusal.code == 550, senders[i]);
		CHECK_STR(d.refusal.dsn, "1.7", senders[i]);
		l = message_new(a, &here, PATH(senders[i]), false);
		add(l, "<ann@remotes.club>", "ann@remotes.club");
		CHECK(decide(l).refusal.code == 0, senders[i]);
		l = message_new(a, &rules, PATH(senders[i]), true);
		add(l, "<ann@remotes.club>", "ann@remotes.club");
		CHECK(decide(l).refusal.code == 0, senders[i]);
	}
	arena_free(a);
}

/* Or its loops and its sender would not be seen. */
static void
an_odd_recipient_is_whom_postfix_takes_it_for(void **state)
{
	static const char *const forms[] = {"<ann%remotes.club>",
	    "<remotes.club!ann>", "<\"ann@remotes.club\">",
	    "<\"ann\"@remotes.club>", "<@a.example:ann@Remotes.club.>"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct message *l = message_new(a, &rules, PATH("<>"), false);
		struct message_recipient *r =
		    message_add_recipient(l, PATH(forms[i]));

		CHECK(!r->found, forms[i]);
		CHECK_STR(address_text(a, &r->address), "ann@remotes.club",
		    forms[i]);
	}
	arena_free(a);
}

/* Whatever Postfix makes of it: it knows $myorigin, and its settings. */
static void
believes_what_the_mta_has_read(void **state)
{
	static const struct {
		struct message_path path;
		const char *sender, *from;
		bool foreign;
	} cases[] = {
	    {{"<bob@(x)example.org>", "bob@example.org"}, "bob@example.org",
		"bob@example.org", true},
	    /* Whose case is his own; Postfix folds it for itself. */
	    {{"<Sam.Upper+Tag@b.example>", "sam.upper+tag@b.example"},
		"Sam.Upper+Tag@b.example", "Sam.Upper+Tag@b.example", true},
	    {{"<\"A b\"@b.example>", "\"a b\"@b.example"}, "A b@b.example",
		"A b@b.example", true},
	    {{"<ann>", "ann@remotes.club"}, "ann", "ann@remotes.club", false},
	    {{"<ann>", "ann@mx.remotes.club"}, "ann", "ann@mx.remotes.club",
		true},
	    {{"<a!b>", "\"a!b\"@remotes.club"}, "a!b", "a!b@remotes.club",
		false},
	    {{"<<ann>>", "ann@mx.remotes.club"}, "<<ann>>",
		"ann@mx.remotes.club", true},
	    {{"<<ann@b.example>>", "ann@b.example"}, "ann@b.example",
		"ann@b.example", true},
	    {{"<MAILER-DAEMON>", "mailer-daemon@mx.remotes.club"},
		"MAILER-DAEMON", "", false},
	    {{"<>", ""}, "", "", false},
	    {{"< >", ""}, "", "", false},
	    {{"<a@b.example>", "a@("}, "a@b.example", "a@b.example", true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = cases[i].path.said;
		struct message *l =
		    message_new(a, &rules, &cases[i].path, false);

		CHECK_STR(l->sender, cases[i].sender, name);
		CHECK_STR(l->from.text, cases[i].from, name);
		CHECK(message_sender_is_foreign(l) == cases[i].foreign, name);
	}
	arena_free(a);
}

static void
names_the_account_to_its_own_target_only(void **state)
{
	struct arena *a = arena_new();
	struct message *l = message_new(a, &rules, PATH("<>"), false);
	struct decided d;

	(void)state;
	add(l, "<ann@remotes.club>", "ann@remotes.club");
	add(l, "<ann+x@remotes.club>", "ann@remotes.club");
	d = decide(l);
	assert_string_equal(d.stamp.fields[0].name, "Delivered-To");
	assert_string_equal(d.stamp.fields[0].value, "ann@remotes.club");
	add(l, "<Zed@remotes.club>", "@remotes.club");
	d = decide(l);
	assert_int_equal(d.stamp.n_fields, 1);
	assert_string_equal(d.stamp.fields[0].value, "mx.remotes.club; none");
	arena_free(a);
}

static void
counts_only_what_claims_to_be_ours(void **state)
{
	struct arena *a = arena_new();
	struct message *l = message_new(a, &rules, PATH("<>"), false);

	(void)state;
	for (size_t i = 0; i < 2 * FACTS_CLAIMS_MAX; i++)
		message_add_field(l, "Authentication-Results",
		    "spf=pass (sender IP is 192.0.2.1)");
	message_add_field(l, "authentication-results ",
	    "mx.remotes.club; none");
	message_add_field(l, "Received-SPF", "pass receiver=mx.remotes.club");
	assert_int_equal(l->authres.n, 1);
	assert_int_equal(l->authres.at[0], 2 * FACTS_CLAIMS_MAX + 1);
	assert_int_equal(l->received_spf.n, 1);
	assert_int_equal(decide(l).refusal.code, 0);
	for (size_t i = 0; i < FACTS_CLAIMS_MAX; i++)
		message_add_field(l, "Authentication-Results",
		    "mx.remotes.club/x; spf=pass");
	assert_int_equal(decide(l).refusal.code, 550);
	arena_free(a);
}

static void
refuses_loops(void **state)
{
	struct arena *a = arena_new();
	struct message *l = message_new(a, &rules, PATH("<>"), false);

	(void)state;
	add(l, "<ann@remotes.club>", "ann@remotes.club");
	message_add_field(l, "Received", "x");
	message_add_field(l, "Received", "x");
	assert_int_equal(decide(l).refusal.code, 0);
	message_add_field(l, "Received", "x");
	assert_int_equal(decide(l).refusal.code, 550);
	l = message_new(a, &rules, PATH("<>"), false);
	add(l, "<ann@remotes.club>", "ann@remotes.club");
	message_add_field(l, "Delivered-To", "ann@remotes.club");
	assert_string_equal(decide(l).refusal.dsn, "4.6");
	arena_free(a);
}

#define BOUNCES "<bounce+0123456789abcdefghijklmnop@remotes.club>"
#define OTHERS  "<bounce+vvvvvvvvvvvvvvvvvvvvvvvvvv@remotes.club>"
#define REPORT  "multipart/report; boundary=b"
#define STATUS                                                                 \
	"--b\nContent-Type: message/delivery-status\n\n"                       \
	"Final-Recipient: rfc822; ann@mail.example\n"                          \
	"Original-Recipient: rfc822; ann@remotes.club\n"
#define FAILED STATUS "Action: failed\nStatus: 5.1.1\n"

static struct decided
decide_report(struct arena *a, const struct message_rules *under,
    const char *sender, const char *const *recipients, const char *type,
    const char *body)
{
	struct message *l = message_new(a, under, PATH(sender), false);

	for (; *recipients != NULL; recipients++) {
		const char *address = *recipients + (**recipients == '!');

		add(l, address,
		    address == *recipients ? "a@remotes.club" : NULL);
	}
	message_add_field(l, "Content-Type", type);
	message_add_body(l, body, strlen(body) / 2);
	message_add_body(l, body + strlen(body) / 2,
	    strlen(body) - strlen(body) / 2);
	return decide(l);
}

/* "!": there is no such mail. */
static void
knows_which_mail_came_back(void **state)
{
	static const struct {
		const char *name, *sender, *recipients[3], *type, *body;
		bool want;
	} cases[] = {
	    {"a failure", "<>", {BOUNCES}, REPORT, FAILED, true},
	    {"twice", "<>", {BOUNCES, BOUNCES}, REPORT, FAILED, true},
	    {"and to ann", "<>", {"<ann@remotes.club>", BOUNCES}, REPORT,
		FAILED, true},
	    {"one is unknown", "<>", {"!" OTHERS, BOUNCES}, REPORT, FAILED,
		true},
	    {"to two mails", "<>", {BOUNCES, OTHERS}, REPORT, FAILED, false},
	    {"unknown", "<>", {"!" BOUNCES}, REPORT, FAILED, false},
	    {"to ann", "<>", {"<ann@remotes.club>"}, REPORT, FAILED, false},
	    {"a sender", "<sam@example.org>", {BOUNCES}, REPORT, FAILED, false},
	    {"multipart/mixed", "<>", {BOUNCES}, "multipart/mixed; boundary=b",
		FAILED, true},
	    {"no report", "<>", {BOUNCES}, "text/plain; boundary=b", FAILED,
		false},
	    {"a delay", "<>", {BOUNCES}, REPORT, STATUS "Action: delayed\n",
		false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decided d = decide_report(a, &rules, cases[i].sender,
		    cases[i].recipients, cases[i].type, cases[i].body);

		CHECK_STR(d.stamp.bounced,
		    cases[i].want ? "0123456789abcdefghijklmnop" : NULL,
		    cases[i].name);
		CHECK_STR(d.stamp.failure, cases[i].want ? "5.1.1" : NULL,
		    cases[i].name);
		CHECK(d.stamp.body == NULL, cases[i].name);
	}
	arena_free(a);
}

static void
hides_no_target_from_who_gets_our_bounces(void **state)
{
	static const struct {
		const char *name, *recipients[3];
		bool here, hidden;
	} cases[] = {
	    {"to a stranger", {"!<sam@example.org>"}, true, true},
	    {"to us", {BOUNCES}, true, false},
	    {"to an unknown one", {"!" BOUNCES}, true, true},
	    {"to us and a stranger", {BOUNCES, "!<sam@example.org>"}, true,
		true},
	    {"from elsewhere", {"!<sam@example.org>"}, false, false},
	    {"from elsewhere to both", {BOUNCES, "!<sam@example.org>"}, false,
		false},
	};
	struct message_rules hiding = rules;
	struct arena *a = arena_new();

	(void)state;
	hiding.hide_targets = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decided d;

		hiding.from_here = cases[i].here;
		d = decide_report(a, &hiding, "<>", cases[i].recipients, REPORT,
		    FAILED);
		CHECK((d.stamp.body != NULL) == cases[i].hidden, cases[i].name);
	}
	arena_free(a);
}

static const char *
changed(const struct stamp *d, const char *name, unsigned at)
{
	for (size_t i = 0; i < d->n_changes; i++)
		if (strcmp(d->changes[i].name, name) == 0 &&
		    d->changes[i].at == at)
			return d->changes[i].value == NULL
				   ? "gone"
				   : d->changes[i].value;
	return NULL;
}

static void
tells_no_target_of_a_report_from_elsewhere(void **state)
{
	static const struct {
		const char *name, *sender, *recipient, *from, *type, *body;
		bool want;
	} cases[] = {
	    {"a report", "<>", "<SRS0=x=y=a.example=b@remotes.club>",
		"x@mail.example", REPORT, FAILED, true},
	    {"a delay", "<>", "<srs1+x==y@remotes.club>", "x@mail.example",
		"multipart/mixed; boundary=b", STATUS "Action: delayed\n",
		true},
	    {"a text", "<>", "<SRS0-x=y=a.example=b@remotes.club>",
		"Mail Delivery System <MAILER-DAEMON@mail.example>",
		"text/plain", "Nobody is ann@mail.example.\n", true},
	    {"a reply", "<>", "<SRS0=x=y=a.example=b@remotes.club>",
		"ann@mail.example", "text/plain", "I am away.\n", false},
	    {"a receipt", "<>", "<SRS0=x=y=a.example=b@remotes.club>",
		"ann@mail.example",
		"multipart/report; report-type=disposition-notification",
		"Read\n", false},
	    {"to a member", "<>", "<ann@remotes.club>", "x@mail.example",
		"text/plain", FAILED, false},
	    {"of a sender", "<x@mail.example>",
		"<SRS0=x=y=a.example=b@remotes.club>", "x@mail.example", REPORT,
		FAILED, false},
	};
	struct message_rules hiding = rules;
	struct arena *a = arena_new();

	(void)state;
	hiding.hide_targets = true;
	/* Through a content filter, as it may be. */
	hiding.from_here = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *l =
		    message_new(a, &hiding, PATH(cases[i].sender), false);
		struct decided d;

		add(l, cases[i].recipient, NULL);
		message_add_field(l, "Received", "from mail.example; Sat");
		message_add_field(l, "X-Told", "ann@mail.example");
		message_add_field(l, "From", cases[i].from);
		message_add_field(l, "X-Told", "b@mail.example");
		message_add_field(l, "Content-Type", cases[i].type);
		message_add_body(l, cases[i].body, strlen(cases[i].body));
		d = decide(l);
		CHECK((d.stamp.body != NULL) == cases[i].want, cases[i].name);
		if (!cases[i].want)
			continue;
		CHECK(strstr(d.stamp.body, "mail.example") == NULL,
		    cases[i].name);
		CHECK_STR(changed(&d.stamp, "X-Told", 2), "gone",
		    cases[i].name);
		CHECK_STR(changed(&d.stamp, "Received", 1),
		    "by mx.remotes.club; Sat", cases[i].name);
		CHECK_STR(changed(&d.stamp, "From", 1),
		    "Mail Delivery System <MAILER-DAEMON@mx.remotes.club>",
		    cases[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rewrites_only_foreign_senders_of_forwarded_mail),
	    cmocka_unit_test(a_sender_passes_if_all_members_let_him),
	    cmocka_unit_test(refuses_a_sender_that_cannot_be_rewritten),
	    cmocka_unit_test(an_odd_recipient_is_whom_postfix_takes_it_for),
	    cmocka_unit_test(believes_what_the_mta_has_read),
	    cmocka_unit_test(names_the_account_to_its_own_target_only),
	    cmocka_unit_test(counts_only_what_claims_to_be_ours),
	    cmocka_unit_test(refuses_loops),
	    cmocka_unit_test(knows_which_mail_came_back),
	    cmocka_unit_test(hides_no_target_from_who_gets_our_bounces),
	    cmocka_unit_test(tells_no_target_of_a_report_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
