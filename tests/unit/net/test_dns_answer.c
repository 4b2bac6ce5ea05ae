/* SPDX-License-Identifier: MIT */
#include "net/private/dns_answer.h"

#include "base/str.h"
#include "check.h"
#include "dns_wire.h"

#include <stdio.h>
#include <stdlib.h>

static struct dns_answer
read_wire(struct arena *a, const struct wire *w, const char *name,
    enum dns_type type)
{
	/* Exactly as large as the message, so that a byte read behind it is
	   found. */
	unsigned char *bytes = malloc(w->len > 0 ? w->len : 1);
	struct dns_answer answer;

	memcpy(bytes, w->bytes, w->len);
	answer = dns_answer_read(a, bytes, w->len, name, type);
	free(bytes);
	return answer;
}

static void
reads_addresses(void **state)
{
	static const unsigned char six[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "Example.TEST", ns_t_a);
	wire_add_a(&w, "example.test", 300, 0xc0000201);
	wire_add_a(&w, "EXAMPLE.test", 200, 0xc0000202);
	wire_add_a(&w, "other.test", 100, 0xc0000203);
	answer = read_wire(a, &w, "example.test", DNS_A);
	assert_int_equal(answer.rc, RC_OK);
	assert_int_equal(answer.n, 2);
	assert_int_equal(answer.ttl, 200);
	assert_string_equal(ip_text(a, &answer.records[0].ip), "192.0.2.1");
	assert_string_equal(ip_text(a, &answer.records[1].ip), "192.0.2.2");

	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_aaaa);
	wire_add_record(&w, ns_s_an, "example.test", ns_t_aaaa, 300);
	wire_add_rdata(&w, six, sizeof(six));
	answer = read_wire(a, &w, "example.test", DNS_AAAA);
	assert_int_equal(answer.n, 1);
	assert_string_equal(ip_text(a, &answer.records[0].ip), "2001:db8::1");
	arena_free(a);
}

static void
sorts_mail_exchangers_by_preference(void **state)
{
	static const char *const sorted[] = {"a.test", "b.test", "c.test"};
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_mx);
	wire_add_mx(&w, "example.test", 20, "C.test");
	wire_add_mx(&w, "example.test", 5, "A.test");
	wire_add_mx(&w, "example.test", 10, "b.TEST");
	answer = read_wire(a, &w, "example.test", DNS_MX);
	assert_int_equal(answer.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(answer.records[i].name, sorted[i]);
	assert_int_equal(answer.records[0].preference, 5);
	assert_int_equal(answer.records[2].preference, 20);
	arena_free(a);
}

static void
gives_the_root_as_an_empty_name(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_mx);
	wire_add_mx(&w, "example.test", 0, ".");
	answer = read_wire(a, &w, "example.test", DNS_MX);
	assert_int_equal(answer.rc, RC_OK);
	assert_string_equal(answer.records[0].name, "");
	arena_free(a);
}

static void
escapes_odd_bytes_in_names(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "a@b.test", ns_t_ptr);
	wire_add_target(&w, "a@b.test", ns_t_ptr, 300, "Dot\\.Ted\\010.test");
	answer = read_wire(a, &w, "a@b.test", DNS_PTR);
	assert_int_equal(answer.rc, RC_OK);
	assert_string_equal(answer.records[0].name, "dot\\.ted\\010.test");
	arena_free(a);
}

static void
joins_strings_of_a_text_by_their_length(void **state)
{
	static const char rdata[] = "\3v=s\0\4p\0f1";
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_txt);
	wire_add_record(&w, ns_s_an, "example.test", ns_t_txt, 300);
	wire_add_rdata(&w, rdata, sizeof(rdata) - 1);
	wire_add_record(&w, ns_s_an, "example.test", ns_t_txt, 300);
	wire_add_rdata(&w, "", 0);
	answer = read_wire(a, &w, "example.test", DNS_TXT);
	assert_int_equal(answer.n, 2);
	assert_int_equal(answer.records[0].text_len, 7);
	assert_memory_equal(answer.records[0].text, "v=sp\0f1", 8);
	assert_int_equal(answer.records[1].text_len, 0);
	assert_string_equal(answer.records[1].text, "");
	arena_free(a);
}

static void
reads_what_is_kept_as_it_is(void **state)
{
	static const struct {
		const char *name;
		unsigned type;
		const char *rdata;
		size_t len;
	} cases[] = {
	    {"TLSA", ns_t_tlsa, "\3\1\1\0\377", 5},
	    {"CAA", DNS_CAA, "\0\5issueca.test", 14},
	    {"empty", DNS_CAA, "", 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct wire w;
		struct dns_answer answer;

		wire_start(&w, 1, WIRE_REPLY | WIRE_AD, "a.test",
		    cases[i].type);
		wire_add_record(&w, ns_s_an, "a.test", cases[i].type, 60);
		wire_add_rdata(&w, cases[i].rdata, cases[i].len);
		answer =
		    read_wire(a, &w, "a.test", (enum dns_type)cases[i].type);
		CHECK(answer.rc == RC_OK, cases[i].name);
		CHECK(answer.authenticated, cases[i].name);
		CHECK(answer.records[0].text_len == cases[i].len,
		    cases[i].name);
		assert_memory_equal(answer.records[0].text, cases[i].rdata,
		    cases[i].len);
	}
	arena_free(a);
}

static void
shows_an_alias_to_who_asks_for_it(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "a.test", ns_t_cname);
	wire_add_target(&w, "a.test", ns_t_cname, 60, "B.test");
	answer = read_wire(a, &w, "a.test", DNS_CNAME);
	assert_int_equal(answer.rc, RC_OK);
	assert_string_equal(answer.records[0].name, "b.test");
	assert_false(answer.authenticated);
	arena_free(a);
}

static void
follows_aliases_in_any_order(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "one.test", ns_t_a);
	wire_add_a(&w, "three.test", 300, 0xc0000201);
	wire_add_target(&w, "two.test", ns_t_cname, 100, "Three.test");
	wire_add_target(&w, "one.test", ns_t_cname, 200, "TWO.test");
	answer = read_wire(a, &w, "one.test", DNS_A);
	assert_int_equal(answer.rc, RC_OK);
	assert_int_equal(answer.n, 1);
	assert_int_equal(answer.ttl, 100);
	arena_free(a);
}

static void
says_none_where_an_alias_leads_nowhere(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_NXDOMAIN, "one.test", ns_t_a);
	wire_add_target(&w, "one.test", ns_t_cname, 30, "two.test");
	wire_add_soa(&w, 600, 600);
	answer = read_wire(a, &w, "one.test", DNS_A);
	assert_int_equal(answer.rc, RC_NONE);
	assert_false(answer.no_such_name);
	assert_int_equal(answer.ttl, 30);
	arena_free(a);
}

/* "0.test" leads to "1.test" and so on, `links` times, to an address. */
static struct dns_answer
read_chain(struct arena *a, int links)
{
	char owner[32], target[32] = "0.test";
	struct wire w;

	wire_start(&w, 1, WIRE_REPLY, target, ns_t_a);
	for (int i = 0; i < links; i++) {
		memcpy(owner, target, sizeof(owner));
		snprintf(target, sizeof(target), "%d.test", i + 1);
		wire_add_target(&w, owner, ns_t_cname, 300, target);
	}
	wire_add_a(&w, target, 300, 0xc0000201);
	return read_wire(a, &w, "0.test", DNS_A);
}

static void
follows_so_many_aliases_and_no_more(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_int_equal(read_chain(a, DNS_ALIASES_MAX).rc, RC_OK);
	assert_int_equal(read_chain(a, DNS_ALIASES_MAX + 1).rc, RC_TEMP);
	arena_free(a);
}

static void
leaves_a_loop_of_aliases(void **state)
{
	struct arena *a = arena_new();
	struct wire w;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "one.test", ns_t_a);
	wire_add_target(&w, "one.test", ns_t_cname, 300, "two.test");
	wire_add_target(&w, "two.test", ns_t_cname, 300, "one.test");
	assert_int_equal(read_wire(a, &w, "one.test", DNS_A).rc, RC_TEMP);
	arena_free(a);
}

static void
keeps_negative_answers_as_long_as_their_soa_says(void **state)
{
	static const struct {
		const char *name;
		unsigned flags;
		uint32_t ttl, minimum, kept;
		bool soa, no_such_name;
	} cases[] = {
	    {"no such name", WIRE_NXDOMAIN, 300, 600, 300, true, true},
	    {"no such records", WIRE_REPLY, 300, 600, 300, true, false},
	    {"lesser minimum", WIRE_REPLY, 600, 60, 60, true, false},
	    {"an hour at most", WIRE_REPLY, 99999, 99999, 3600, true, false},
	    {"TTL with the first bit", WIRE_REPLY, 1u << 31, 9, 0, true, false},
	    {"no SOA", WIRE_NXDOMAIN, 0, 0, 0, false, true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_answer answer;
		struct wire w;

		wire_start(&w, 1, cases[i].flags, "example.test", ns_t_mx);
		if (cases[i].soa)
			wire_add_soa(&w, cases[i].ttl, cases[i].minimum);
		answer = read_wire(a, &w, "example.test", DNS_MX);
		CHECK(answer.rc == RC_NONE, cases[i].name);
		CHECK(answer.no_such_name == cases[i].no_such_name,
		    cases[i].name);
		CHECK(answer.ttl == cases[i].kept, cases[i].name);
		CHECK(answer.n == 0, cases[i].name);
	}
	arena_free(a);
}

static void
keeps_positive_answers_a_day_at_most(void **state)
{
	struct arena *a = arena_new();
	struct wire w;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_a);
	wire_add_a(&w, "example.test", INT32_MAX, 0xc0000201);
	assert_int_equal(read_wire(a, &w, "example.test", DNS_A).ttl, 86400);
	arena_free(a);
}

static void
says_what_is_wrong_with_a_message(void **state)
{
	static const struct {
		const char *name, *asked;
		unsigned flags, type;
		const char *problem;
	} cases[] = {
	    {"server failure", "example.test", WIRE_REPLY | ns_r_servfail,
		ns_t_a, "SERVFAIL from the resolver"},
	    {"refused", "example.test", WIRE_REPLY | ns_r_refused, ns_t_a,
		"REFUSED from the resolver"},
	    {"not implemented", "example.test", WIRE_REPLY | ns_r_notimpl,
		ns_t_a, "NOTIMP from the resolver"},
	    {"unknown code", "example.test", WIRE_REPLY | 15, ns_t_a,
		"code 15 from the resolver"},
	    {"truncated", "example.test", WIRE_REPLY | WIRE_TC, ns_t_a,
		"a truncated answer over TCP"},
	    {"not a reply", "example.test", 0x0100, ns_t_a,
		"a garbled answer from the resolver"},
	    {"another name", "example.tesu", WIRE_REPLY, ns_t_a,
		"an answer to another question"},
	    {"another type", "example.test", WIRE_REPLY, ns_t_aaaa,
		"an answer to another question"},
	    {"a referral", "example.test", 0x8100, ns_t_a,
		"the resolver does not recurse"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_answer answer;
		struct wire w;

		wire_start(&w, 1, cases[i].flags, cases[i].asked,
		    cases[i].type);
		answer = read_wire(a, &w, "example.test", DNS_A);
		CHECK(answer.rc == RC_TEMP, cases[i].name);
		CHECK(answer.ttl == 0, cases[i].name);
		CHECK_STR(answer.problem, cases[i].problem, cases[i].name);
	}
	arena_free(a);
}

static void
refuses_malformed_records(void **state)
{
	static const struct {
		const char *name;
		unsigned type;
		const char *rdata;
		size_t len;
	} cases[] = {
	    {"address too short", ns_t_a, "\1\2\3", 3},
	    {"address too long", ns_t_a, "\1\2\3\4\5", 5},
	    {"IPv6 address too short", ns_t_aaaa, "\1\2\3\4", 4},
	    {"MX without a name", ns_t_mx, "\0\1", 2},
	    {"MX of one byte", ns_t_mx, "\0", 1},
	    {"bytes after the name", ns_t_mx, "\0\1\1a\0xx", 7},
	    {"name without an end", ns_t_ptr, "\1a", 2},
	    {"label past the end", ns_t_ptr, "\77a\0", 3},
	    {"pointer to itself", ns_t_ptr, "\xc0\x36", 2},
	    {"pointer past the end", ns_t_ptr, "\xff\xff", 2},
	    {"string past the end", ns_t_txt, "\5abc", 4},
	    {"alias without a name", ns_t_cname, "", 0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned asked =
		    cases[i].type == ns_t_cname ? ns_t_a : cases[i].type;
		struct dns_answer answer;
		struct wire w;

		wire_start(&w, 1, WIRE_REPLY, "example.test", asked);
		wire_add_record(&w, ns_s_an, "example.test", cases[i].type, 1);
		wire_add_rdata(&w, cases[i].rdata, cases[i].len);
		answer = read_wire(a, &w, "example.test", asked);
		CHECK(answer.rc == RC_TEMP, cases[i].name);
	}
	arena_free(a);
}

static void
refuses_a_message_cut_off_anywhere(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	size_t whole;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "one.test", ns_t_mx);
	wire_add_target(&w, "one.test", ns_t_cname, 300, "two.test");
	wire_add_mx(&w, "two.test", 10, "mx.test");
	wire_add_soa(&w, 300, 300);
	assert_int_equal(read_wire(a, &w, "one.test", DNS_MX).rc, RC_OK);
	whole = w.len;
	for (w.len = 0; w.len < whole; w.len++)
		assert_int_equal(read_wire(a, &w, "one.test", DNS_MX).rc,
		    RC_TEMP);
	arena_free(a);
}

static void
leaves_out_what_is_past_the_500th_record(void **state)
{
	struct arena *a = arena_new();
	struct wire w;
	struct dns_answer answer;

	(void)state;
	wire_start(&w, 1, WIRE_REPLY, "example.test", ns_t_a);
	for (uint32_t i = 0; i < 600; i++)
		wire_add_a(&w, "example.test", 300, i);
	answer = read_wire(a, &w, "example.test", DNS_A);
	assert_int_equal(answer.rc, RC_OK);
	assert_int_equal(answer.n, 500);
	arena_free(a);
}

static void
copies_need_nothing_of_the_original(void **state)
{
	struct arena *a = arena_new();
	struct dns_record records[] = {
	    {.name = "mx.test", .preference = 10},
	    {.text = "v=s\0pf1", .text_len = 7},
	};
	struct dns_answer answer = {.records = records,
	    .n = COUNT(records),
	    .problem = "none",
	    .ttl = 7};
	size_t size = dns_answer_size(&answer);
	struct dns_answer copy = dns_answer_copy(&answer, arena_take(a, size));

	(void)state;
	memset(records, 0, sizeof(records));
	assert_int_equal(copy.n, 2);
	assert_int_equal(copy.ttl, 7);
	assert_string_equal(copy.problem, "none");
	assert_string_equal(copy.records[0].name, "mx.test");
	assert_int_equal(copy.records[0].preference, 10);
	assert_memory_equal(copy.records[1].text, "v=s\0pf1", 8);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_addresses),
	    cmocka_unit_test(sorts_mail_exchangers_by_preference),
	    cmocka_unit_test(gives_the_root_as_an_empty_name),
	    cmocka_unit_test(escapes_odd_bytes_in_names),
	    cmocka_unit_test(joins_strings_of_a_text_by_their_length),
	    cmocka_unit_test(reads_what_is_kept_as_it_is),
	    cmocka_unit_test(shows_an_alias_to_who_asks_for_it),
	    cmocka_unit_test(follows_aliases_in_any_order),
	    cmocka_unit_test(says_none_where_an_alias_leads_nowhere),
	    cmocka_unit_test(follows_so_many_aliases_and_no_more),
	    cmocka_unit_test(leaves_a_loop_of_aliases),
	    cmocka_unit_test(keeps_negative_answers_as_long_as_their_soa_says),
	    cmocka_unit_test(keeps_positive_answers_a_day_at_most),
	    cmocka_unit_test(says_what_is_wrong_with_a_message),
	    cmocka_unit_test(refuses_malformed_records),
	    cmocka_unit_test(refuses_a_message_cut_off_anywhere),
	    cmocka_unit_test(leaves_out_what_is_past_the_500th_record),
	    cmocka_unit_test(copies_need_nothing_of_the_original),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
