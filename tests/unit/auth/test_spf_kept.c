/* SPDX-License-Identifier: MIT */
#include "auth/spf.h"

#include "net/private/dns_driver.h"
#include "spf_zone.h"

#include <stdio.h>

/* Checks in a zone, of which the answers and the results are kept. */
static struct spf_zone
kept_zone_open(const char *text)
{
	struct spf_zone z = spf_zone_open(text);

	dns_keep_answers(z.dns, 20000);
	return z;
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* In all that anybody sees but when it was found. */
static bool
is_same_result(const struct spf_result *a, const struct spf_result *b)
{
	return a->verdict == b->verdict && a->identity == b->identity &&
	       is_same_text(a->domain, b->domain) &&
	       is_same_text(a->explanation, b->explanation) &&
	       is_same_text(a->problem, b->problem) &&
	       is_same_text(a->term, b->term) &&
	       is_same_text(a->term_domain, b->term_domain) &&
	       a->lookups == b->lookups && a->voids == b->voids &&
	       a->queries == b->queries;
}

static void
keeps_a_result_for_other_senders(void **state)
{
	struct spf_zone z = kept_zone_open("a.test TXT \"v=spf1 include:b.test "
					   "a:none.test -all exp=why.test\"\n"
					   "b.test TXT \"v=spf1 mx -all\"\n"
					   "b.test MX 1 m.test\n"
					   "m.test A 192.0.2.1\n"
					   "why.test TXT \"ask %{o}\"\n");
	struct spf_result one, other;

	clock_set(1000000, 5000);
	one = spf_zone_check(&z, "192.0.2.9", "ann@a.test");
	assert_int_equal(one.verdict, SPF_FAIL);
	assert_string_equal(one.explanation, "ask a.test");
	assert_int_equal(one.kept_since, 0);
	assert_int_equal(one.kept_until, 5000 + DNS_ZONE_TTL_OF_NONE * 1000);
	clock_advance(7000);
	other = spf_zone_check(&z, "192.0.2.9", "bob@A.test");
	assert_int_equal(other.kept_since, 1000000);
	assert_int_equal(other.kept_until, one.kept_until);
	assert_true(is_same_result(&one, &other));
	other = spf_zone_check(&z, "192.0.2.8", "ann@a.test");
	assert_int_equal(other.kept_since, 0);
	other = spf_zone_check(&z, "192.0.2.1", "ann@a.test");
	assert_int_equal(other.kept_since, 0);
	assert_int_equal(other.verdict, SPF_PASS);
	other = spf_zone_check(&z, "2001:db8::1", "ann@a.test");
	assert_int_equal(other.kept_since, 0);
	spf_zone_close(&z);
	(void)state;
}

static struct spf_result
check_as(struct spf_zone *z, enum spf_identity identity, const char *helo,
    const char *sender, bool trace)
{
	struct spf_request request = {.helo = helo,
	    .sender = sender,
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	    .trace = trace};
	struct spf_result r;

	assert_true(ip_parse("192.0.2.9", &request.client));
	if (identity == SPF_HELO)
		spf_check_helo(z->spf, z->arena, &request, &r);
	else
		spf_check(z->spf, z->arena, &request, &r);
	return r;
}

static void
tells_identities_apart(void **state)
{
	struct spf_zone z =
	    kept_zone_open("a.test TXT \"v=spf1 -all exp=why.test\"\n"
			   "why.test TXT \"%{d}\"\n");
	struct spf_result helo, mailfrom, null, trace;

	helo = check_as(&z, SPF_HELO, "a.test", "x@y.test", false);
	mailfrom = check_as(&z, SPF_MAILFROM, "other.test", "x@a.test", false);
	null = check_as(&z, SPF_MAILFROM, "a.test", "", false);
	trace = check_as(&z, SPF_MAILFROM, "a.test", "x@a.test", true);
	assert_int_equal(helo.kept_since, 0);
	assert_int_equal(helo.identity, SPF_HELO);
	assert_int_not_equal(mailfrom.kept_since, 0);
	assert_int_equal(mailfrom.identity, SPF_MAILFROM);
	assert_int_not_equal(null.kept_since, 0);
	assert_int_equal(null.identity, SPF_HELO);
	assert_int_equal(trace.kept_since, 0);
	assert_true(trace.n_trace > 0);
	mailfrom.identity = helo.identity;
	assert_true(is_same_result(&helo, &mailfrom));
	assert_true(is_same_result(&helo, &null));
	spf_zone_close(&z);
	(void)state;
}

/* What only one sender, HELO name, receiver or moment gets. */
static void
keeps_nothing_that_is_personal(void **state)
{
	static const struct {
		const char *name, *record;
		bool kept;
	} cases[] = {
	    {"client", "v=spf1 exists:%{ir}.%{v}.x.test -all", true},
	    {"domain", "v=spf1 exists:%{d}.x.test exists:%{o}.x.test -all",
		true},
	    {"validated name", "v=spf1 exists:%{p}.x.test -all", true},
	    {"sender", "v=spf1 exists:%{s}.x.test -all", false},
	    {"local part", "v=spf1 exists:%{l1r-}.x.test -all", false},
	    {"upper case", "v=spf1 exists:%{L}.x.test -all", false},
	    {"HELO", "v=spf1 exists:%{h}.x.test -all", false},
	    {"in a redirect", "v=spf1 redirect=%{l}.x.test", false},
	    {"in an included record", "v=spf1 include:personal.test -all",
		false},
	    {"explanation's name", "v=spf1 -all exp=%{l}.why.test", false},
	    {"explanation of a client", "v=spf1 -all exp=c.why.test", true},
	    {"explanation of a domain", "v=spf1 -all exp=d.why.test", true},
	    {"explanation of a local part", "v=spf1 -all exp=l.why.test",
		false},
	    {"explanation of a sender", "v=spf1 -all exp=s.why.test", false},
	    {"explanation of a HELO", "v=spf1 -all exp=h.why.test", false},
	    {"explanation of a receiver", "v=spf1 -all exp=r.why.test", false},
	    {"explanation of a time", "v=spf1 -all exp=t.why.test", false},
	    {"an explanation that nobody wants", "v=spf1 ~all exp=t.why.test",
		true},
	    {"a modifier that says nothing", "v=spf1 -all of=%{l}", true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[1024];
		struct spf_zone z;
		struct spf_result one, other;

		snprintf(text, sizeof(text),
		    "a.test TXT \"%s\"\n"
		    "personal.test TXT \"v=spf1 exists:%%{l}.x.test -all\"\n"
		    "*.x.test TXT \"v=spf1 ?all\"\n"
		    "c.why.test TXT \"%%{c}\"\nd.why.test TXT \"%%{d} %%{o}\"\n"
		    "l.why.test TXT \"%%{l}\"\ns.why.test TXT \"%%{s}\"\n"
		    "h.why.test TXT \"%%{h}\"\nr.why.test TXT \"%%{r}\"\n"
		    "t.why.test TXT \"%%{t}\"\n*.why.test TXT \"why\"\n",
		    cases[i].record);
		z = kept_zone_open(text);
		one = spf_zone_check(&z, "192.0.2.9", "ann@a.test");
		other = spf_zone_check(&z, "192.0.2.9", "ann@a.test");
		CHECK((one.kept_until != 0) == cases[i].kept, cases[i].name);
		CHECK((other.kept_since != 0) == cases[i].kept, cases[i].name);
		CHECK(is_same_result(&one, &other), cases[i].name);
		spf_zone_close(&z);
	}
	(void)state;
}

static void
lasts_as_long_as_the_shortest_answer(void **state)
{
	static const struct {
		const char *name, *zone;
		int64_t seconds; /* 0: not kept */
	} cases[] = {
	    {"the record", "a.test 50 TXT \"v=spf1 ?all\"\n", 50},
	    {"an address",
		"a.test 50 TXT \"v=spf1 a ?all\"\na.test 40 A "
		"192.0.2.1\n",
		40},
	    {"one of two addresses",
		"a.test 50 TXT \"v=spf1 a ?all\"\na.test 40 A 192.0.2.1\n"
		"a.test 30 A 192.0.2.2\n",
		30},
	    {"an alias",
		"a.test 50 TXT \"v=spf1 a:b.test ?all\"\n"
		"b.test 20 CNAME c.test\nc.test 40 A 192.0.2.1\n",
		20},
	    {"an explanation",
		"a.test 50 TXT \"v=spf1 -all exp=b.test\"\n"
		"b.test 10 TXT \"no\"\n",
		10},
	    {"what is not there", "a.test 5000 TXT \"v=spf1 a ?all\"\n",
		DNS_ZONE_TTL_OF_NONE},
	    {"no record at all", "b.test A 192.0.2.1\n", DNS_ZONE_TTL_OF_NONE},
	    {"a permerror", "a.test 45 TXT \"v=spf1 junk\"\n", 45},
	    {"what is not come to",
		"a.test 50 TXT \"v=spf1 ?all a:b.test\"\n"
		"b.test 10 A 192.0.2.1\n",
		50},
	    {"what was asked ahead and not come to",
		"a.test 50 TXT \"v=spf1 a:c.test a:b.test ?all\"\n"
		"b.test 10 A 192.0.2.1\nc.test 40 A 192.0.2.9\n",
		40},
	    {"no name that DNS could be asked for",
		"a.test 50 TXT \"v=spf1 a:%{d}..test ?all\"\n", 50},
	    {"a life of 0", "a.test 0 TXT \"v=spf1 ?all\"\n", 0},
	    {"a life of 0 behind others",
		"a.test TXT \"v=spf1 a ?all\"\na.test 0 A 192.0.2.1\n", 0},
	    {"no answer", "a.test TIMEOUT\n", 0},
	    {"no answer of an include",
		"a.test TXT \"v=spf1 include:b.test ?all\"\nb.test SERVFAIL\n",
		0},
	    {"no answer of the explanation",
		"a.test TXT \"v=spf1 -all exp=b.test\"\nb.test SERVFAIL\n", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_zone z = kept_zone_open(cases[i].zone);
		const char *name = cases[i].name;
		struct spf_result r;

		clock_set(1000000, 5000);
		spf_zone_check(&z, "192.0.2.9", "ann@a.test");
		if (cases[i].seconds > 0) {
			clock_advance(cases[i].seconds * 1000 - 1);
			r = spf_zone_check(&z, "192.0.2.9", "bob@a.test");
			CHECK(r.kept_since == 1000000, name);
			clock_advance(1);
		}
		r = spf_zone_check(&z, "192.0.2.9", "bob@a.test");
		CHECK(r.kept_since == 0, name);
		spf_zone_close(&z);
	}
	(void)state;
}

/* DNS that can be switched off: one record, which is new with each answer. */
struct moody {
	bool off;
	unsigned asked;
};

static void
moody_ask(void *state, struct arena *a, struct dns_driver_query *queries,
    size_t n, const struct dns_watch *watch)
{
	struct moody *m = state;

	(void)watch;
	for (size_t i = 0; i < n; i++) {
		struct dns_record *r = arena_take(a, sizeof(*r));

		m->asked++;
		r->text = "v=spf1 ip4:192.0.2.0/24 -all";
		r->text_len = strlen(r->text);
		queries[i].answer =
		    m->off ? dns_answer_failed("no answer in time")
			   : (struct dns_answer){
				 .rc = RC_OK, .records = r, .n = 1, .ttl = 10};
	}
}

static void
moody_close(void *state)
{
	(void)state;
}

static void
stays_while_dns_is_gone(void **state)
{
	struct moody moody = {0};
	struct spf_zone z = {.arena = arena_new()};
	struct spf_result r;

	z.dns = dns_open_driver(&(struct dns_driver){
	    .state = &moody, .ask = moody_ask, .close = moody_close});
	dns_keep_answers(z.dns, 20000);
	z.spf = spf_new(z.dns);
	clock_set(1000000, 5000);
	spf_zone_check(&z, "192.0.2.9", "ann@a.test");
	moody.off = true;
	clock_advance(9999);
	r = spf_zone_check(&z, "192.0.2.9", "bob@a.test");
	assert_int_equal(r.verdict, SPF_PASS);
	assert_int_equal(moody.asked, 1);
	clock_advance(1);
	r = spf_zone_check(&z, "192.0.2.9", "bob@a.test");
	assert_int_equal(r.verdict, SPF_TEMPERROR);
	assert_int_equal(r.kept_until, 0);
	moody.off = false;
	r = spf_zone_check(&z, "192.0.2.9", "bob@a.test");
	assert_int_equal(r.verdict, SPF_PASS);
	assert_int_equal(r.kept_since, 0);
	spf_zone_close(&z);
	(void)state;
}

static void
recalls_without_asking(void **state)
{
	struct spf_zone z = kept_zone_open("a.test TXT \"v=spf1 a -all\"\n"
					   "b.test TXT \"v=spf1 a -all\"\n");
	struct spf_request request = {.helo = "b.test",
	    .sender = "ann@a.test",
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000};
	struct spf_result found, r;

	assert_true(ip_parse("192.0.2.9", &request.client));
	assert_false(spf_recall(z.spf, z.arena, &request, SPF_MAILFROM,
	    &found));
	spf_check(z.spf, z.arena, &request, &r);
	assert_true(spf_recall(z.spf, z.arena, &request, SPF_MAILFROM, &found));
	assert_true(is_same_result(&r, &found));
	assert_false(spf_recall(z.spf, z.arena, &request, SPF_HELO, &found));
	request.client.version = 0;
	assert_false(spf_recall(z.spf, z.arena, &request, SPF_MAILFROM,
	    &found));
	spf_zone_close(&z);
	(void)state;
}

/* ---- the same, by chance */

static unsigned chance_state = 17;

static unsigned
chance(unsigned n)
{
	chance_state = chance_state * 1103515245 + 12345;
	return (chance_state >> 16) % n;
}

#define DOMAINS 12

static size_t
add_random_term(char *to, size_t room)
{
	static const char *const terms[] = {"a", "mx", "a:d%u.test",
	    "mx:d%u.test/28", "include:d%u.test", "ip4:192.0.2.%u",
	    "ip6:2001:db8::%u", "ptr", "ptr:d%u.test", "exists:%%{i}.d%u.test",
	    "exists:%%{l}.d%u.test", "exists:%%{s}.d%u.test",
	    "exists:%%{h}.d%u.test", "exists:%%{p}.d%u.test",
	    "exists:%%{d2}.d%u.test", "exists:%%{o}.d%u.test",
	    "exists:%%{v}.d%u.test", "include:%%{l}", "a:none%u.test",
	    "include:fails%u.test", "junk%u"};
	static const char *const qualifiers[] = {"", "-", "~", "?", "+"};
	int n = snprintf(to, room, " %s", qualifiers[chance(5)]);

	return (size_t)(n +
			snprintf(to + n, room - (size_t)n,
			    terms[chance(chance(8) == 0 ? COUNT(terms)
							: COUNT(terms) - 2)],
			    chance(DOMAINS)));
}

static void
add_random_domain(char *to, size_t room, unsigned number)
{
	static const char *const ends[] = {" -all", " ~all", "",
	    " redirect=d%u.test", " -all exp=why%u.test",
	    " -all exp=%%{l}.why%u.test"};
	size_t n = (size_t)snprintf(to, room, "d%u.test TXT \"v=spf1", number);

	for (unsigned i = chance(4); i > 0; i--)
		n += add_random_term(to + n, room - n);
	n += (size_t)snprintf(to + n, room - n, ends[chance(COUNT(ends))],
	    chance(DOMAINS));
	snprintf(to + n, room - n,
	    "\"\nd%u.test A 192.0.2.%u\nd%u.test MX 5 d%u.test\n"
	    "why%u.test TXT \"%s\"\n*.d%u.test A 127.0.0.2\n",
	    number, chance(8), number, chance(DOMAINS), number,
	    ((const char *const[]){"plain", "%{s} %{d}", "%{c} %{o}", "%{h}",
		"%{r}", "%{i} %{p}"})[chance(6)],
	    chance(2 * DOMAINS));
}

static void
random_zone(char *to, size_t room)
{
	size_t n = (size_t)snprintf(to, room,
	    "*.2.0.192.in-addr.arpa PTR d%u.test\nfails1.test SERVFAIL\n"
	    "fails2.test TIMEOUT\n",
	    chance(DOMAINS));

	for (unsigned i = 0; i < DOMAINS; i++) {
		add_random_domain(to + n, room - n, i);
		n += strlen(to + n);
	}
}

static size_t
compare_by_chance(struct spf_zone *kept, struct spf_zone *plain)
{
	static const char *const locals[] = {"ann", "bob", "", "\xc3\xa9"};
	char ip[40], sender[64], helo[64];
	struct spf_request request = {.receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	    .helo = helo,
	    .sender = sender};
	void (*check)(const struct spf *, struct arena *,
	    const struct spf_request *, struct spf_result *) =
	    chance(4) == 0 ? spf_check_helo : spf_check;
	struct spf_result one, other;

	snprintf(ip, sizeof(ip), chance(4) == 0 ? "2001:db8::%u" : "192.0.2.%u",
	    chance(8));
	assert_true(ip_parse(ip, &request.client));
	snprintf(helo, sizeof(helo), "d%u.test", chance(DOMAINS));
	snprintf(sender, sizeof(sender), "%s@d%u.test",
	    locals[chance(COUNT(locals))], chance(DOMAINS));
	check(kept->spf, kept->arena, &request, &one);
	check(plain->spf, plain->arena, &request, &other);
	if (!is_same_result(&one, &other))
		fail_msg("%s, HELO %s, from %s: %s (%s), not %s (%s)", ip, helo,
		    sender, spf_verdict_name(one.verdict),
		    one.problem ? one.problem : "",
		    spf_verdict_name(other.verdict),
		    other.problem ? other.problem : "");
	arena_reset(kept->arena);
	arena_reset(plain->arena);
	return one.kept_since != 0;
}

static void
is_the_same_as_an_evaluation(void **state)
{
	static char text[32768];
	size_t found = 0;

	clock_set(1000000, 5000);
	for (unsigned round = 0; round < 60; round++) {
		struct spf_zone kept, plain;

		random_zone(text, sizeof(text));
		kept = kept_zone_open(text);
		plain = spf_zone_open(text);
		for (unsigned i = 0; i < 200; i++)
			found += compare_by_chance(&kept, &plain);
		spf_zone_close(&kept);
		spf_zone_close(&plain);
	}
	assert_in_range(found, 500, 60 * 200 - 500);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_a_result_for_other_senders),
	    cmocka_unit_test(tells_identities_apart),
	    cmocka_unit_test(keeps_nothing_that_is_personal),
	    cmocka_unit_test(lasts_as_long_as_the_shortest_answer),
	    cmocka_unit_test(stays_while_dns_is_gone),
	    cmocka_unit_test(recalls_without_asking),
	    cmocka_unit_test(is_the_same_as_an_evaluation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
