/* SPDX-License-Identifier: MIT */
/*
 * Lines: the record of example.org, that of i.org, the explanation at e.org,
 * sender, HELO.  What else they ask for is answered from a small zone.
 */
#include "auth/received_spf.h"
#include "base/clock.h"
#include "dns_zone.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES 5

static const char zone[] =
    "*.org A 192.0.2.1\n*.org A 198.51.100.1\n*.org AAAA 2001:db8::1\n"
    "*.org MX 1 a.org\n*.org MX 2 b.example\n"
    "*.org TXT \"v=spf1 a mx:%{l}.org ~exists:%{ir}.%{d} redirect=i.org\"\n"
    "*.in-addr.arpa PTR a.org\n*.in-addr.arpa PTR b.example\n"
    "*.ip6.arpa PTR a.org\n"
    "slow.example TIMEOUT\n";

static struct spf *
open_spf(void)
{
	char path[] = "/tmp/postward-fuzz-XXXXXX";
	int fd = mkstemp(path);
	struct dns *dns;

	if (fd < 0 || write(fd, zone, sizeof(zone) - 1) < 0 ||
	    dns_open_zone(path, &dns, NULL) != RC_OK)
		abort();
	close(fd);
	unlink(path);
	return spf_new(dns);
}

static void
split(struct arena *a, const uint8_t *data, size_t size,
    struct dns_record lines[LINES])
{
	const char *p = (const char *)data, *end = p + size, *newline;

	for (size_t i = 0; i < LINES; i++) {
		newline = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		if (newline == NULL)
			newline = end;
		lines[i].text_len = (size_t)(newline - p);
		lines[i].text = arena_copy_bytes(a, p, lines[i].text_len);
		p = newline < end ? newline + 1 : end;
	}
}

static void
check(const struct spf *spf, struct arena *a, const struct dns_record *lines,
    const char *ip)
{
	const struct dns_query known[] = {
	    {.name = "example.org",
		.type = DNS_TXT,
		.records = &lines[0],
		.n = 1},
	    {.name = "i.org", .type = DNS_TXT, .records = &lines[1], .n = 1},
	    {.name = "e.org", .type = DNS_TXT, .records = &lines[2], .n = 1},
	};
	struct spf_request request = {
	    .sender = arena_printf(a, "%s@example.org", lines[3].text),
	    .helo = lines[4].text,
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	    .known = known,
	    .n_known = 3,
	    .trace = lines[0].text_len % 2 == 0,
	};
	struct spf_result result;

	ip_parse(ip, &request.client);
	spf_check(spf, a, &request, &result);
	received_spf_field(a, &request, &result, "\n\t");
	received_spf_authres(a, &request, &result);
	spf_check_helo(spf, a, &request, &result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Memory that is given back each time costs half of the speed. */
	static struct spf *spf;
	static struct arena *a;
	struct dns_record lines[LINES] = {0};

	if (spf == NULL) {
		spf = open_spf();
		a = arena_new();
	}
	split(a, data, size, lines);
	check(spf, a, lines,
	    lines[1].text_len % 2 == 0 ? "192.0.2.1" : "2001:db8::2");
	arena_reset(a);
	return 0;
}
