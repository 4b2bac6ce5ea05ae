/* SPDX-License-Identifier: MIT */
/*
 * spf_bench - SPF evaluations a second on one core, with DNS in memory.
 *
 * usage: spf_bench [SECONDS]
 *
 * The record has an include, an ip4 and an mx: four questions.  "zone" asks
 * them of a zone in memory, "known" has the answers before it begins.
 * spf_bench.py does the same with pyspf.
 */
#include "auth/spf.h"
#include "base/clock.h"
#include "dns_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char zone[] = "example.org. TXT \"v=spf1 include:_spf.example.org "
			   "ip4:203.0.113.0/24 mx -all\"\n"
			   "_spf.example.org. TXT \"v=spf1 ip4:198.51.100.0/25 "
			   "ip4:198.51.100.128/26 ip6:2001:db8::/32 ?all\"\n"
			   "example.org. MX 10 mail.example.org.\n"
			   "mail.example.org. A 192.0.2.1\n";

static const struct {
	const char *name, *ip;
	enum spf_verdict verdict;
} cases[] = {
    {"pass by mx", "192.0.2.1", SPF_PASS},
    {"fail", "192.0.2.9", SPF_FAIL},
    {"pass in include", "198.51.100.1", SPF_PASS},
};

static struct dns *
open_zone(void)
{
	char path[] = "/tmp/postward-bench-XXXXXX";
	int fd = mkstemp(path);
	struct dns *dns;

	if (fd < 0 || write(fd, zone, sizeof(zone) - 1) < 0 ||
	    dns_open_zone(path, &dns, NULL) != RC_OK)
		abort();
	close(fd);
	unlink(path);
	return dns;
}

static double
rate(const struct spf *spf, struct arena *a, const struct spf_request *request,
    enum spf_verdict verdict, int64_t ms)
{
	int64_t start = clock_ms(), now = start;
	struct spf_result result;
	long n = 0;

	for (; now - start < ms; now = clock_ms())
		for (int i = 0; i < 1000; i++, n++) {
			spf_check(spf, a, request, &result);
			if (result.verdict != verdict)
				abort();
			arena_reset(a);
		}
	return (double)n * 1000 / (double)(now - start);
}

int
main(int argc, char **argv)
{
	int64_t ms = argc > 1 ? (int64_t)(1000 * atof(argv[1])) : 2000;
	struct dns *dns = open_zone();
	struct spf *spf = spf_new(dns);
	struct arena *a = arena_new(), *kept = arena_new();
	struct dns_query known[] = {
	    {.name = "example.org", .type = DNS_TXT},
	    {.name = "_spf.example.org", .type = DNS_TXT},
	    {.name = "example.org", .type = DNS_MX},
	    {.name = "mail.example.org", .type = DNS_A},
	};
	struct spf_request request = {
	    .helo = "mail.example.org",
	    .sender = "ann@example.org",
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 3600 * 1000,
	    .known = known,
	};

	dns_ask(dns, kept, known, 4, request.deadline);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ip_parse(cases[i].ip, &request.client);
		request.n_known = 0;
		printf("%-16s zone %7.0f/s", cases[i].name,
		    rate(spf, a, &request, cases[i].verdict, ms));
		request.n_known = 4;
		printf("  known %7.0f/s\n",
		    rate(spf, a, &request, cases[i].verdict, ms));
	}
	arena_free(kept);
	arena_free(a);
	spf_free(spf);
	dns_close(dns);
	return 0;
}
