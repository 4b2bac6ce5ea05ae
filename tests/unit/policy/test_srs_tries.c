/* SPDX-License-Identifier: MIT */
#include "policy/srs_tries.h"

#include "check.h"

#include <pthread.h>
#include <stdio.h>

#define MINUTE ((int64_t)60 * 1000)

static struct ip
ip(const char *text)
{
	struct ip out;

	CHECK(ip_parse(text, &out), text);
	return out;
}

static bool
must_wait(struct srs_tries *t, const char *client, int64_t now)
{
	struct ip c = ip(client);

	return srs_tries_must_wait(t, &c, now);
}

/* How often he could be wrong before he had to wait. */
static int
wrong_until_slow(struct srs_tries *t, const char *client, int64_t now, int most)
{
	struct ip c = ip(client);
	int n = 0;

	for (; n < most && !srs_tries_must_wait(t, &c, now); n++)
		srs_tries_wrong(t, &c, now);
	return n;
}

static void
a_client_is_slowed_alone(void **state)
{
	static const struct {
		const char *guesser, *other;
	} rows[] = {
	    {"192.0.2.77", "192.0.2.10"},
	    {"2001:db8::77", "2001:db8:0:1::10"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct srs_tries *t = srs_tries_new();

		CHECK(wrong_until_slow(t, rows[i].guesser, 0, 100) == 5,
		    rows[i].guesser);
		CHECK(!must_wait(t, rows[i].other, 0), rows[i].other);
		CHECK(must_wait(t, rows[i].guesser, 10 * MINUTE - 1), "soon");
		CHECK(!must_wait(t, rows[i].guesser, 10 * MINUTE), "later");
		CHECK(wrong_until_slow(t, rows[i].guesser, 10 * MINUTE, 100) ==
			  1,
		    "once more");
		CHECK(wrong_until_slow(t, rows[i].guesser, 1000 * MINUTE,
			  100) == 5,
		    "forgotten");
		srs_tries_free(t);
	}
}

static void
who_has_many_addresses_is_slowed_by_his_network(void **state)
{
	static const struct {
		const char *format;
		int most;
	} rows[] = {
	    {"192.0.2.%d", 20}, {"2001:db8::%d", 5}, /* one /64 */
	    {"2001:db8:0:%d::1", 20},                /* one /48 */
	    {"2001:db8:%d:1::1", 80},                /* one /32 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct srs_tries *t = srs_tries_new();
		int n = 0;

		for (int k = 1; k < 250; k++) {
			char client[64];

			snprintf(client, sizeof(client), rows[i].format, k);
			n += wrong_until_slow(t, client, 0, 1);
		}
		CHECK(n == rows[i].most, rows[i].format);
		srs_tries_free(t);
	}
}

static void
behind_loopback_everybody_may_be(void **state)
{
	static const char *const rows[] = {"127.0.0.1", "::1"};
	struct srs_tries *t = srs_tries_new();
	struct ip none = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(wrong_until_slow(t, rows[i], 0, 100) == 100, rows[i]);
	for (int i = 0; i < 100; i++)
		srs_tries_wrong(t, &none, 0);
	CHECK(!srs_tries_must_wait(t, &none, 0), "none");
	srs_tries_free(t);
}

/* However many there are, who was wrong last is known. */
static void
a_full_table_forgets_who_waits_least(void **state)
{
	struct srs_tries *t = srs_tries_new();

	(void)state;
	CHECK(wrong_until_slow(t, "192.0.2.77", 0, 100) == 5, "slow");
	for (int i = 0; i < 200000; i++) {
		struct ip c = {.version = 4,
		    .bytes = {
			10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};

		srs_tries_wrong(t, &c, 0);
	}
	CHECK(must_wait(t, "192.0.2.77", 0) ||
		  wrong_until_slow(t, "192.0.2.77", 0, 100) == 5,
	    "bounded");
	srs_tries_free(t);
}

static void
is_counted(void **state)
{
	struct srs_tries *t = srs_tries_new();
	int64_t wrong = metric_value(&srs_wrong_hashes, 0);
	int64_t slowed = metric_value(&srs_slowed, 0);

	(void)state;
	wrong_until_slow(t, "192.0.2.77", 0, 100);
	CHECK(metric_value(&srs_wrong_hashes, 0) == wrong + 5, "wrong");
	CHECK(metric_value(&srs_slowed, 0) == slowed + 1, "slowed");
	srs_tries_free(t);
}

static void *
guess(void *context)
{
	struct srs_tries *t = context;
	struct ip c = ip("192.0.2.77");

	for (int i = 0; i < 1000; i++) {
		srs_tries_wrong(t, &c, 0);
		srs_tries_must_wait(t, &c, 0);
	}
	return NULL;
}

static void
threads_may_ask_at_once(void **state)
{
	struct srs_tries *t = srs_tries_new();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, guess, t);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	/* None was lost: each costs ten minutes. */
	CHECK(must_wait(t, "192.0.2.77", (4000 - 4) * 10 * MINUTE - 1), "all");
	CHECK(!must_wait(t, "192.0.2.77", (4000 - 4) * 10 * MINUTE),
	    "not more");
	srs_tries_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_client_is_slowed_alone),
	    cmocka_unit_test(who_has_many_addresses_is_slowed_by_his_network),
	    cmocka_unit_test(behind_loopback_everybody_may_be),
	    cmocka_unit_test(a_full_table_forgets_who_waits_least),
	    cmocka_unit_test(is_counted),
	    cmocka_unit_test(threads_may_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
