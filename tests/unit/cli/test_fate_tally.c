/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "fate_tally.h"

#include <string.h>

#define TAG     "Nov 28 20:00:00 mx postward/milter[17]: "
#define REFUSED "queue_id=4X state=END-OF-MESSAGE action=accept check=none "
#define SHADOW                                                                 \
	"author=shop.example fate=reject fate_mode=shadow fate_case=spf-only " \
	"survives=no at=gmail:5.7.26,outlook:unsure,strict:5.7.26"

static void
a_line_tells_of_one_message(void **state)
{
	static const struct {
		const char *name, *line;
		bool told;
	} rows[] = {
	    {"syslog", TAG REFUSED SHADOW, true},
	    {"with a time of its own",
		"2026-11-28T20:00:00.1+00:00 mx postward/milter[17]: " REFUSED
		    SHADOW,
		true},
	    {"on standard error", "postward/milter[17]: " REFUSED SHADOW, true},
	    {"of the journal", REFUSED SHADOW, true},
	    {"JSON",
		"{\"time\":\"x\",\"level\":\"info\",\"program\":\"milter\","
		"\"queue_id\":\"4X\",\"action\":\"accept\",\"author\":"
		"\"shop.example\",\"fate\":\"hold\"}",
		true},
	    {"JSON behind a tag",
		TAG "{\"program\":\"milter\",\"action\":\"accept\",\"fate\":"
		    "\"hold\"}",
		true},
	    {"JSON of another program",
		"{\"program\":\"policyd\",\"fate\":\"hold\"}", false},
	    {"broken JSON", "{\"program\":\"milter\",\"fate\":\"hold\"", false},
	    {"cut", TAG REFUSED SHADOW " from=\"<sue@shop...", true},
	    {"refused for its fate",
		TAG "queue_id=4X action=reject check=fate fate=reject", true},
	    {"refused for something else",
		TAG "queue_id=4X action=reject check=dmarc fate=reject", false},
	    {"put off for something else",
		TAG "queue_id=4X action=defer check=trouble fate=sign", false},
	    {"without a fate", TAG "queue_id=4X action=accept", false},
	    {"a fate of tomorrow", TAG "queue_id=4X fate=burn", false},
	    {"of policyd",
		"Nov 28 20:00:00 mx postward/policyd[17]: " REFUSED SHADOW,
		false},
	    {"what a stranger has Postfix say",
		"Nov 28 20:00:00 mx postfix/smtpd[1]: NOQUEUE: helo=<" TAG
		    REFUSED SHADOW ">",
		false},
	    {"what a stranger has us say",
		TAG "queue_id=4X state=RCPT action=accept helo=\"x fate=reject "
		    "author=bank.example\"",
		false},
	    {"another milter's", "mx notpostward/milter[1]: " REFUSED SHADOW,
		false},
	    {"a word before", TAG "warning: " REFUSED SHADOW, false},
	    {"nothing", "", false},
	    {"half a tag", "postward/milter[", false},
	    {"without a number", "postward/milter[]: " REFUSED SHADOW, true},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fate_tally *t = fate_tally_new(a);

		CHECK(fate_tally_line(t, rows[i].line) == rows[i].told,
		    rows[i].name);
		CHECK(fate_tally_messages(t) == rows[i].told, rows[i].name);
		fate_tally_end(t);
	}
	arena_free(a);
}

static void
who_sends_most_comes_first(void **state)
{
	static const struct {
		unsigned times;
		const char *line;
	} lines[] = {
	    {2, "author=a.example fate=forward fate_case=aligned"},
	    {3, "author=shop.example fate=reject fate_mode=shadow "
		"fate_case=spf-only at=gmail:5.7.26,outlook:unsure"},
	    {1, "author=shop.example fate=rewrite fate_case=spf-only"},
	    {5, "author=list.example fate=hold fate_case=policy-fails "
		"at=strict:spam"},
	    {4, "author=c.example fate=sign fate_case=unaligned"},
	    {1, "fate=reject fate_case=no-author at=yahoo:5.7.1"},
	};
	struct arena *a = arena_new();
	struct fate_tally *t = fate_tally_new(a);
	const struct fate_sender **senders;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		for (unsigned k = 0; k < lines[i].times; k++)
			CHECK(fate_tally_line(t,
				  arena_printf(a,
				      "queue_id=4X action=accept "
				      "%s",
				      lines[i].line)),
			    lines[i].line);
	senders = fate_tally_senders(t, &n);
	CHECK(n == 3 && fate_tally_messages(t) == 16, "messages");
	CHECK(t->shadow[FATE_REJECT] == 3 && t->done[FATE_REJECT] == 1,
	    "shadow");
	CHECK(t->done[FATE_HOLD] == 5 && t->done[FATE_FORWARD] == 2, "done");
	CHECK_STR(senders[0]->author, "list.example", "most");
	CHECK(senders[0]->at[FATE_STRICT] == 5, "spam counts");
	CHECK_STR(senders[1]->author, "shop.example", "second");
	CHECK(fate_sender_acted(senders[1]) == 4, "second");
	CHECK(senders[1]->at[FATE_GMAIL] == 3, "at");
	CHECK(senders[1]->at[FATE_OUTLOOK] == 0, "unsure does not count");
	CHECK(senders[1]->cases[FATE_SPF_ONLY] == 4, "cases");
	CHECK_STR(senders[2]->author, NULL, "nobody");
	CHECK(t->at[FATE_YAHOO][FATE_REJECT] == 1, "by receiver");
	fate_tally_end(t);
	arena_free(a);
}

/* Whose messages are counted all the same. */
static void
names_so_many_domains_and_no_more(void **state)
{
	struct arena *a = arena_new(), *of_line = arena_new();
	struct fate_tally *t = fate_tally_new(a);
	size_t n;

	(void)state;
	for (size_t i = 0; i < FATE_AUTHORS_MAX + 3; i++) {
		CHECK(fate_tally_line(t,
			  arena_printf(of_line,
			      "queue_id=4X action=accept author=d%zu.example "
			      "fate=%s fate_case=spf-only at=gmail:5.7.26",
			      i, i % 2 == 0 ? "reject" : "hold")),
		    "line");
		arena_reset(of_line);
	}
	fate_tally_senders(t, &n);
	CHECK(n == FATE_AUTHORS_MAX, "domains");
	CHECK(fate_tally_more(t) == 3, "further ones");
	CHECK(t->more[FATE_REJECT] == 2 && t->more[FATE_HOLD] == 1, "each");
	CHECK(fate_tally_messages(t) == FATE_AUTHORS_MAX + 3, "messages");
	CHECK(t->at[FATE_GMAIL][FATE_HOLD] == FATE_AUTHORS_MAX / 2 + 1, "at");
	fate_tally_end(t);
	arena_free(of_line);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_tells_of_one_message),
	    cmocka_unit_test(who_sends_most_comes_first),
	    cmocka_unit_test(names_so_many_domains_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
