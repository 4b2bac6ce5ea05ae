/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "auth/spf.h"
#include "policy/decision_record.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 10000

/* The same decisions in each run. */
static unsigned
chance(unsigned below)
{
	static uint64_t state = 20141109;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

/* Any bytes but NUL, often those that mean something in a line. */
static const char *
random_text(struct arena *a)
{
	static const char *const pieces[] = {"\\", "\"", "=", " ", "<", ">",
	    "\n", "\\x41", "\xc3\xb6", "\xe2\x80\xae", "\xff", "found=", "]",
	    "[", "{", "ann@remotes.club", "\x01", "\xcc\x81"};
	struct str s;

	str_init(&s, a);
	for (unsigned n = chance(8); n > 0; n--) {
		char byte = (char)(1 + chance(255));

		if (chance(2) == 0)
			str_add(&s, pieces[chance(COUNT(pieces))]);
		else
			str_add_bytes(&s, &byte, 1);
	}
	return s.text;
}

static const char *
perhaps_text(struct arena *a)
{
	return chance(4) == 0 ? NULL : random_text(a);
}

static struct ip
random_ip(void)
{
	struct ip ip = {0};
	char text[64];

	switch (chance(3)) {
	case 0:
		return ip;
	case 1:
		snprintf(text, sizeof(text), "192.0.2.%u", chance(256));
		break;
	default:
		snprintf(text, sizeof(text), "2001:db8::%x", chance(0xffff));
	}
	assert_true(ip_parse(text, &ip));
	return ip;
}

static struct reply
random_reply(struct arena *a)
{
	if (chance(3) == 0)
		return (struct reply){0};
	return (struct reply){
	    400 + chance(200), chance(2) == 0 ? "7.1" : "4.6", random_text(a)};
}

static void
random_facts(struct arena *a, struct facts *f)
{
	*f = (struct facts){
	    .state = (enum smtp_state)chance(SMTP_ETRN + 1),
	    .client = random_ip(),
	    .server = random_ip(),
	    .client_name = perhaps_text(a),
	    .reverse_name = perhaps_text(a),
	    .helo = perhaps_text(a),
	    .sender = perhaps_text(a),
	    .recipient = perhaps_text(a),
	    .sasl_user = perhaps_text(a),
	    .instance = perhaps_text(a),
	    .queue_id = perhaps_text(a),
	};
	if (chance(2) == 0)
		f->message = (struct facts_message){
		    .known = true,
		    .recipients = chance(3),
		    .forwarded = chance(UINT32_MAX),
		    .hops = chance(100),
		    .deliveries = chance(3),
		    .claims = chance(3),
		    .report_fields = chance(3000),
		    .delivered_to = perhaps_text(a),
		    .foreign = chance(2) == 0,
		    .from_here = chance(2) == 0,
		    .authors = chance(3),
		    .reply_as = perhaps_text(a),
		    .own_bounce = chance(2) == 0,
		    .header_over = chance(2) == 0,
		    .strategies = perhaps_text(a),
		    .passes = chance(2) == 0,
		    .target_domains = perhaps_text(a),
		};
}

static void
random_verdict(struct arena *a, const struct decision *d, struct verdict *v)
{
	v->action = (enum verdict_action)chance(VERDICT_REJECT + 1);
	v->reply = random_reply(a);
	v->points = (int)chance(2000) - 1000;
	if (d->n_findings > 0 && chance(3) > 0)
		v->decider = &d->findings[chance((unsigned)d->n_findings)];
}

static struct decision
random_decision(struct arena *a)
{
	struct decision d = {.n_findings = chance(20)};
	struct finding *findings =
	    arena_take_array(a, d.n_findings + 1, sizeof(*findings));

	random_facts(a, &d.facts);
	for (size_t i = 0; i < d.n_findings; i++)
		findings[i] = (struct finding){
		    .check = random_text(a),
		    .list = perhaps_text(a),
		    .outcome =
			(enum finding_outcome)chance(FINDING_SKIPPED + 1),
		    .settings = {(enum action)chance(ACTION_PASS + 1),
			chance(2) == 0, (int)chance(2000) - 1000,
			chance(2) == 0},
		    .passed = chance(2) == 0,
		    .why = perhaps_text(a),
		    .reply = random_reply(a),
		    .text_at = "x.key-of-a-list.example",
		};
	d.findings = findings;
	random_verdict(a, &d, &d.verdict);
	random_verdict(a, &d, &d.unshadowed);
	d.spf = chance(2) == 0 ? NULL : "softfail";
	d.iprev = chance(2) == 0 ? NULL : "permerror";
	d.author = perhaps_text(a);
	d.dkim = chance(2) == 0 ? NULL : "pass";
	d.signatures = perhaps_text(a);
	d.dmarc = chance(2) == 0 ? NULL : "temperror";
	d.dmarc_policy = chance(2) == 0 ? NULL : "quarantine";
	d.dmarc_domain = perhaps_text(a);
	d.arc = chance(2) == 0 ? NULL : "fail";
	d.arc_trusted = perhaps_text(a);
	d.aligned = chance(2) == 0 ? NULL : "spf dkim";
	d.signed_by = perhaps_text(a);
	d.sealed_by = perhaps_text(a);
	d.ms = chance(100000);
	d.new_sender = perhaps_text(a);
	d.removed = chance(3);
	d.targets_hidden = chance(2) == 0;
	d.bounced = perhaps_text(a);
	d.failure = perhaps_text(a);
	return d;
}

static void
check_reply(const struct reply *got, const struct reply *want, const char *at)
{
	CHECK(got->code == want->code, at);
	CHECK_STR(got->dsn, want->dsn, at);
	CHECK_STR(got->text, want->text, at);
}

static void
check_verdict(const struct decision *g, const struct verdict *got,
    const struct decision *w, const struct verdict *want, const char *at)
{
	CHECK(got->action == want->action, at);
	CHECK(got->points == want->points, at);
	check_reply(&got->reply, &want->reply, at);
	CHECK((got->decider == NULL) == (want->decider == NULL), at);
	if (want->decider != NULL)
		CHECK(got->decider - g->findings == want->decider - w->findings,
		    at);
}

static void
check_facts(const struct facts *got, const struct facts *want, const char *at)
{
	const struct facts_message *g = &got->message, *w = &want->message;

	CHECK(got->state == want->state, at);
	CHECK(got->client.version == want->client.version, at);
	CHECK(ip_equal(&got->client, &want->client), at);
	CHECK(ip_equal(&got->server, &want->server), at);
	CHECK_STR(got->client_name, want->client_name, at);
	CHECK_STR(got->reverse_name, want->reverse_name, at);
	CHECK_STR(got->helo, want->helo, at);
	CHECK_STR(got->sender, want->sender, at);
	CHECK_STR(got->recipient, want->recipient, at);
	CHECK_STR(got->sasl_user, want->sasl_user, at);
	CHECK_STR(got->instance, want->instance, at);
	CHECK_STR(got->queue_id, want->queue_id, at);
	CHECK(g->known == w->known, at);
	CHECK(g->recipients == w->recipients, at);
	CHECK(g->forwarded == w->forwarded, at);
	CHECK(g->hops == w->hops, at);
	CHECK(g->deliveries == w->deliveries, at);
	CHECK(g->claims == w->claims, at);
	CHECK(g->report_fields == w->report_fields, at);
	CHECK_STR(g->delivered_to, w->delivered_to, at);
	CHECK(g->foreign == w->foreign, at);
	CHECK(g->from_here == w->from_here, at);
	CHECK(g->authors == w->authors, at);
	CHECK_STR(g->reply_as, w->reply_as, at);
	CHECK(g->own_bounce == w->own_bounce, at);
	CHECK(g->header_over == w->header_over, at);
	CHECK_STR(g->strategies, w->strategies, at);
	CHECK(g->passes == w->passes, at);
	CHECK_STR(g->target_domains, w->target_domains, at);
}

static void
check_finding(const struct finding *got, const struct finding *want,
    const char *at)
{
	CHECK_STR(got->check, want->check, at);
	CHECK_STR(got->list, want->list, at);
	CHECK(got->outcome == want->outcome, at);
	CHECK(got->settings.action == want->settings.action, at);
	CHECK(got->settings.shadow == want->settings.shadow, at);
	CHECK(got->settings.points == want->settings.points, at);
	CHECK(got->settings.defer_on_temp == want->settings.defer_on_temp, at);
	CHECK(got->passed == want->passed, at);
	CHECK_STR(got->why, want->why, at);
	check_reply(&got->reply, &want->reply, at);
}

static void
check_same(const struct decision *got, const struct decision *want,
    const char *at)
{
	check_facts(&got->facts, &want->facts, at);
	CHECK(got->n_findings == want->n_findings, at);
	for (size_t i = 0; i < want->n_findings; i++)
		check_finding(&got->findings[i], &want->findings[i], at);
	check_verdict(got, &got->verdict, want, &want->verdict, at);
	check_verdict(got, &got->unshadowed, want, &want->unshadowed, at);
	CHECK_STR(got->spf, want->spf, at);
	CHECK_STR(got->author, want->author, at);
	CHECK_STR(got->dkim, want->dkim, at);
	CHECK_STR(got->signatures, want->signatures, at);
	CHECK_STR(got->dmarc, want->dmarc, at);
	CHECK_STR(got->dmarc_policy, want->dmarc_policy, at);
	CHECK_STR(got->dmarc_domain, want->dmarc_domain, at);
	CHECK_STR(got->arc, want->arc, at);
	CHECK_STR(got->arc_trusted, want->arc_trusted, at);
	CHECK_STR(got->aligned, want->aligned, at);
	CHECK_STR(got->signed_by, want->signed_by, at);
	CHECK_STR(got->sealed_by, want->sealed_by, at);
	CHECK(got->ms == want->ms, at);
	CHECK_STR(got->new_sender, want->new_sender, at);
	CHECK(got->removed == want->removed, at);
	CHECK(got->targets_hidden == want->targets_hidden, at);
	CHECK_STR(got->bounced, want->bounced, at);
	CHECK_STR(got->failure, want->failure, at);
}

static void
is_read_as_it_was_written(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (unsigned i = 0; i < RECORDS; i++) {
		struct decision d = random_decision(a), got;
		const char *pairs = decision_record_pairs(a, &d);
		struct err err = {0};
		cJSON *json;
		char *text;

		CHECK_STR(str_printable(a, pairs, strlen(pairs), SIZE_MAX),
		    pairs, "printable");
		CHECK(strstr(pairs, "key-of-a-list") == NULL, pairs);
		CHECK(decision_record_read(a, pairs, &got, &err) == RC_OK,
		    err.text);
		check_same(&got, &d, pairs);
		json = decision_record_json(a, &d);
		text = cJSON_PrintUnformatted(json);
		cJSON_Delete(json);
		CHECK(strstr(text, "key-of-a-list") == NULL, text);
		json = cJSON_Parse(text);
		CHECK(decision_record_read_json(a, json, &got, &err) == RC_OK,
		    text);
		check_same(&got, &d, text);
		cJSON_Delete(json);
		free(text);
		arena_reset(a);
	}
	arena_free(a);
}

static void
says_what_is_no_record(void **state)
{
	static const char *const wrong[] = {"state", "state=NOWHERE",
	    "action=perhaps", "client=192.0.2.300", "points=many", "from=ann",
	    "finding=1", "finding=-1", "finding=x", "reply=\"550\"",
	    "reply=\"550 4.7.1 x\"", "reply=\"99 9.7.1 x\"", "recipients=-1",
	    "found=\"outcome=odd\"", "found=\"check\"", "foreign=no"};
	struct arena *a = arena_new();
	struct decision d;
	struct err err;
	cJSON *json;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK(decision_record_read(a, wrong[i], &d, &err) == RC_PERM,
		    wrong[i]);
	json = cJSON_Parse("{\"facts\":{\"helo\":\"a\\\\q\"}}");
	CHECK(decision_record_read_json(a, json, &d, &err) == RC_PERM, "\\q");
	cJSON_Delete(json);
	CHECK(decision_record_read(a, "state=RCPT new-fact=1", &d, &err) ==
		  RC_OK,
	    "of a newer program");
	arena_free(a);
}

static const char *
line_text(struct arena *a, const struct decision *d)
{
	struct log_pair pairs[DECISION_LINE_MAX];
	size_t n = decision_record_line(a, d, pairs);
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value != NULL)
			str_addf(&s, "%s%s=%s", s.len == 0 ? "" : " ",
			    pairs[i].key, pairs[i].value);
	return s.text;
}

static void
the_line_says_who_decided(void **state)
{
	static const struct reply refused = {550, "7.1", "J\xc3\xb6rg"};
	static const struct finding findings[] = {
	    {.check = "dnsbl", .list = "zen.example", .why = "listed"},
	    {.check = "spf", .why = "fail of MAIL FROM"},
	};
	struct decision d = {
	    .facts = {.state = SMTP_RCPT, .sender = "", .recipient = "ann"},
	    .findings = findings,
	    .n_findings = 2,
	    .verdict = {VERDICT_REJECT, refused, &findings[0], 0},
	    .unshadowed = {VERDICT_REJECT, refused, &findings[0], 0},
	    .ms = 7,
	};
	struct arena *a = arena_new();

	(void)state;
	assert_true(ip_parse("192.0.2.1", &d.facts.client));
	assert_string_equal(line_text(a, &d),
	    "queue_id=NOQUEUE state=RCPT action=reject check=dnsbl.zen.example "
	    "client=unknown[192.0.2.1] from=<> to=<ann> "
	    "reply=550 5.7.1 J?rg why=listed ms=7");
	d.verdict = (struct verdict){.points = 3};
	d.unshadowed.decider = &findings[1];
	d.spf = "fail";
	assert_string_equal(line_text(a, &d),
	    "queue_id=NOQUEUE state=RCPT action=accept would=reject by spf "
	    "points=3 spf=fail client=unknown[192.0.2.1] from=<> to=<ann> "
	    "ms=7");
	decision_put_off(&d, a, "the store is in trouble");
	assert_string_equal(line_text(a, &d),
	    "queue_id=NOQUEUE state=RCPT action=defer check=trouble "
	    "would=reject by spf points=3 spf=fail client=unknown[192.0.2.1] "
	    "from=<> to=<ann> reply=451 4.3.0 Temporary lookup failure "
	    "why=the store is in trouble ms=7");
	assert_int_equal(d.n_findings, 3);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_read_as_it_was_written),
	    cmocka_unit_test(says_what_is_no_record),
	    cmocka_unit_test(the_line_says_who_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
