/* SPDX-License-Identifier: MIT */
/*
 * spf_zone - SPF checks against a zone that stands in the test.
 */
#pragma once

#include "auth/spf.h"
#include "base/clock.h"
#include "check.h"
#include "dns_zone.h"

#include <stdlib.h>
#include <unistd.h>

struct spf_zone {
	struct arena *arena;
	struct dns *dns;
	struct spf *spf;
};

/* text: lines as dns_open_zone reads them. */
static inline struct spf_zone
spf_zone_open(const char *text)
{
	struct spf_zone z = {.arena = arena_new()};
	char path[] = "/tmp/postward-zone-XXXXXX";
	int fd = mkstemp(path);
	struct err err = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (dns_open_zone(path, &z.dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
	z.spf = spf_new(z.dns);
	return z;
}

static inline void
spf_zone_close(struct spf_zone *z)
{
	spf_free(z->spf);
	dns_close(z->dns);
	arena_free(z->arena);
}

/* The check of a client at ip, which says HELO mail.example.org. */
static inline struct spf_result
spf_zone_check(struct spf_zone *z, const char *ip, const char *sender)
{
	struct spf_request request = {
	    .helo = "mail.example.org",
	    .sender = sender,
	    .receiver = "mx.example.net",
	    .deadline = clock_ms() + 20000,
	};
	struct spf_result result;

	assert_true(ip_parse(ip, &request.client));
	spf_check(z->spf, z->arena, &request, &result);
	return result;
}

/* One check and what must come of it.  Of what is NULL, nothing is said. */
struct spf_case {
	const char *name;
	const char *sender;
	const char *ip;
	enum spf_verdict verdict;
	const char *term;        /* "": no mechanism decided */
	const char *explanation; /* "": none */
};

static inline void
spf_zone_run(const char *zone, const struct spf_case *cases, size_t n)
{
	struct spf_zone z = spf_zone_open(zone);

	for (size_t i = 0; i < n; i++) {
		const struct spf_case *c = &cases[i];
		struct spf_result r = spf_zone_check(&z, c->ip, c->sender);

		if (r.verdict != c->verdict)
			fail_msg("%s: %s (%s), not %s", c->name,
			    spf_verdict_name(r.verdict),
			    r.problem != NULL ? r.problem : "",
			    spf_verdict_name(c->verdict));
		if (c->term != NULL)
			CHECK_STR(r.term != NULL ? r.term : "", c->term,
			    c->name);
		if (c->explanation != NULL)
			CHECK_STR(r.explanation != NULL ? r.explanation : "",
			    c->explanation, c->name);
		CHECK((r.problem != NULL) == (r.verdict == SPF_TEMPERROR ||
						 r.verdict == SPF_PERMERROR),
		    c->name);
		arena_reset(z.arena);
	}
	spf_zone_close(&z);
}
