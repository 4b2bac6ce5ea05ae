/* SPDX-License-Identifier: MIT */
/*
 * dmarc_zone - evaluations against a zone that stands in the test.
 */
#pragma once

#include "auth/dmarc.h"
#include "base/clock.h"
#include "check.h"
#include "dns_zone.h"

#include <stdlib.h>
#include <unistd.h>

#define DMARC_ZONE_SIGNATURES 20

struct dmarc_zone {
	struct arena *arena;
	struct dns *dns;
};

/* text: lines as dns_open_zone reads them. */
static inline struct dmarc_zone
dmarc_zone_open(const char *text)
{
	struct dmarc_zone z = {.arena = arena_new()};
	char path[] = "/tmp/postward-zone-XXXXXX";
	int fd = mkstemp(path);
	struct err err = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (dns_open_zone(path, &z.dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	unlink(path);
	return z;
}

static inline void
dmarc_zone_close(struct dmarc_zone *z)
{
	dns_close(z->dns);
	arena_free(z->arena);
}

/* One evaluation and what must come of it. */
struct dmarc_case {
	const char *name, *author;
	/* "example.com=pass"; others: fail, temperror, partial (a pass that
	   leaves bytes of the body uncovered) */
	const char *spf;
	const char *dkim; /* several of these, with a blank between them */
	enum dmarc_verdict verdict;
	const char *org; /* NULL: not known */
	const char *policy_domain;
	const char *from_tag;
	const char *policy;  /* "published", or "published>policy" with t=y */
	const char *aligned; /* SPF, then each signature: "yn" */
	const char *walk;    /* NULL: nothing is said of it */
};

static inline struct dmarc_identifier
dmarc_zone_identifier(struct arena *a, const char *text)
{
	const char *equals = text != NULL ? strchr(text, '=') : NULL;
	struct dmarc_identifier it = {0};

	if (equals == NULL)
		return it;
	it.domain = arena_copy_bytes(a, text, (size_t)(equals - text));
	it.partial = strncmp(equals + 1, "partial", 7) == 0;
	if (it.partial || strncmp(equals + 1, "pass", 4) == 0)
		it.auth = DMARC_AUTH_PASSED;
	else if (strncmp(equals + 1, "temperror", 9) == 0)
		it.auth = DMARC_AUTH_TEMPERROR;
	return it;
}

static inline size_t
dmarc_zone_signatures(struct arena *a, const char *text,
    struct dmarc_identifier out[static DMARC_ZONE_SIGNATURES])
{
	size_t n = 0;

	while (text != NULL && *text != '\0') {
		assert_true(n < DMARC_ZONE_SIGNATURES);
		out[n++] = dmarc_zone_identifier(a, text);
		text = strchr(text, ' ');
		text = text != NULL ? text + 1 : NULL;
	}
	return n;
}

/* Both rounds, as a program asks them; the numbers of questions to asked. */
static inline struct dmarc_result
dmarc_zone_evaluate(struct dmarc_zone *z, struct dmarc_request *request,
    size_t asked[2])
{
	struct dns_query *queries =
	    arena_take_array(z->arena, 3 * DMARC_QUERIES_MAX, sizeof(*queries));
	struct dmarc_result result;

	asked[0] = dmarc_queries(z->arena, request, queries);
	dns_ask(z->dns, z->arena, queries, asked[0], clock_ms() + 20000);
	request->known = queries;
	request->n_known = asked[0];
	asked[1] = dmarc_more(z->arena, request, queries + asked[0]);
	dns_ask(z->dns, z->arena, queries + asked[0], asked[1],
	    clock_ms() + 20000);
	request->n_known += asked[1];
	dmarc_evaluate(z->arena, request, &result);
	return result;
}

static inline const char *
dmarc_zone_aligned(struct arena *a, const struct dmarc_result *r, size_t n)
{
	char *text = arena_take(a, n + 2);

	text[0] = r->spf_aligned ? 'y' : 'n';
	for (size_t i = 0; i < n; i++)
		text[i + 1] = r->dkim_aligned[i] ? 'y' : 'n';
	return text;
}

static inline const char *
dmarc_zone_policy(struct arena *a, const struct dmarc_result *r)
{
	const char *published = dmarc_policy_name(r->published);

	return r->policy == r->published ? published
					 : arena_printf(a, "%s>%s", published,
					       dmarc_policy_name(r->policy));
}

static inline const char *
dmarc_zone_walk(struct arena *a, const struct dmarc_result *r)
{
	const char *text = "";

	for (size_t i = 0; i < r->n_walk; i++)
		text = arena_printf(a, "%s%s%s", text, i > 0 ? " " : "",
		    r->author_walk[i]);
	return text;
}

static inline void
dmarc_zone_check(struct dmarc_zone *z, const struct dmarc_case *c)
{
	struct from_field from = {.domain = c->author};
	struct dmarc_identifier dkim[DMARC_ZONE_SIGNATURES];
	struct dmarc_request request = {
	    .from = &from,
	    .spf = dmarc_zone_identifier(z->arena, c->spf),
	    .dkim = dkim,
	    .n_dkim = dmarc_zone_signatures(z->arena, c->dkim, dkim),
	};
	size_t asked[2];
	struct dmarc_result r = dmarc_zone_evaluate(z, &request, asked);

	CHECK_STR(dmarc_verdict_name(r.verdict), dmarc_verdict_name(c->verdict),
	    c->name);
	CHECK_STR(r.from_domain, c->author, c->name);
	CHECK_STR(r.org, c->org, c->name);
	CHECK_STR(r.policy_domain, c->policy_domain, c->name);
	CHECK_STR(r.from_tag, c->from_tag, c->name);
	CHECK_STR(dmarc_zone_policy(z->arena, &r), c->policy, c->name);
	if (c->aligned != NULL)
		CHECK_STR(dmarc_zone_aligned(z->arena, &r, request.n_dkim),
		    c->aligned, c->name);
	if (c->walk != NULL)
		CHECK_STR(dmarc_zone_walk(z->arena, &r), c->walk, c->name);
	CHECK((r.problem != NULL) ==
		  (r.verdict == DMARC_NONE || r.verdict == DMARC_TEMPERROR),
	    c->name);
}

static inline void
dmarc_zone_run(const char *zone, const struct dmarc_case *cases, size_t n)
{
	struct dmarc_zone z = dmarc_zone_open(zone);

	for (size_t i = 0; i < n; i++) {
		dmarc_zone_check(&z, &cases[i]);
		arena_reset(z.arena);
	}
	dmarc_zone_close(&z);
}
