/* SPDX-License-Identifier: MIT */
#include "rate_refusal.h"

#include "check.h"

static void
knows_who_wants_less_mail(void **state)
{
	static const struct {
		const char *reason;
		bool is;
	} rows[] = {
	    {"host gmail-smtp-in.l.google.com[192.0.2.1] said: 421-4.7.28 "
	     "Our system has detected an unusual rate of unsolicited mail",
		true},
	    {"host mta5.am0.yahoodns.net[192.0.2.1] refused to talk to me: "
	     "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred",
		true},
	    {"said: 451 4.7.650 The mail server [192.0.2.9] has been "
	     "temporarily rate limited due to IP reputation",
		true},
	    {"host mx.example[192.0.2.1] said: 450 4.2.1 Rate Limit exceeded",
		true},
	    {"connect to mx.example[192.0.2.1]:25: Connection timed out",
		false},
	    {"host mx.example[192.0.2.1] said: 450 4.2.0 greylisted", false},
	    {"said: 421 4.3.2 Service shutting down", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(rate_refusal_is(rows[i].reason) == rows[i].is,
		    rows[i].reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_who_wants_less_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
