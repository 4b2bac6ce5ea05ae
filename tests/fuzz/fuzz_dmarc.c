/* SPDX-License-Identifier: MIT */
/*
 * Lines: the From field; the identifiers, that of SPF first, each with a letter
 * before it that says what became of it; an empty line; and the answers in the
 * order of the questions, each with a letter before it that says of what kind
 * it is.  When there are no more lines the answers begin anew.
 */
#include "auth/results.h"

#include "base/str.h"
#include "mail/domain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDENTIFIERS_MAX 12
#define ANSWERS_MAX     2 /* records of one answer */

struct lines {
	struct arena *arena;
	const char *p, *end, *answers;
	bool failed; /* an answer was an error */
};

static void
must(bool so)
{
	if (!so)
		abort();
}

/* NULL: there are no more. */
static const char *
next_line(struct lines *l, size_t *len)
{
	const char *p = l->p, *newline;

	if (p >= l->end)
		return NULL;
	newline = memchr(p, '\n', (size_t)(l->end - p));
	*len = (size_t)((newline != NULL ? newline : l->end) - p);
	l->p = newline != NULL ? newline + 1 : l->end;
	return arena_copy_bytes(l->arena, p, *len);
}

static size_t
read_identifiers(struct lines *l, struct dmarc_identifier *out)
{
	const char *line;
	size_t len, n = 0;

	while (n < IDENTIFIERS_MAX && (line = next_line(l, &len)) != NULL &&
	       len > 0)
		out[n++] = (struct dmarc_identifier){
		    .domain = line + 1,
		    .auth = line[0] == 'f'   ? DMARC_AUTH_FAILED
			    : line[0] == 't' ? DMARC_AUTH_TEMPERROR
			    : line[0] == '?' ? DMARC_AUTH_PENDING
					     : DMARC_AUTH_PASSED,
		    .partial = line[0] == 'l',
		};
	return n;
}

static void
answer(struct lines *l, struct dns_query *q)
{
	struct dns_record *records =
	    arena_take_array(l->arena, ANSWERS_MAX, sizeof(*records));
	size_t len = 0;
	const char *line = next_line(l, &len);

	if (line == NULL) {
		l->p = l->answers;
		line = next_line(l, &len);
	}
	q->records = records;
	q->rc = line == NULL || len == 0 || line[0] == 'n' ? RC_NONE
		: line[0] == 't'                           ? RC_TEMP
							   : RC_OK;
	q->no_such_name = line == NULL || len == 0;
	q->n = q->rc != RC_OK ? 0 : line[0] == '2' ? 2 : 1;
	l->failed |= q->rc == RC_TEMP;
	for (size_t i = 0; i < q->n; i++) {
		records[i].text = line + 1;
		records[i].text_len = len - 1;
	}
}

static size_t
answer_all(struct lines *l, struct dns_query *queries, size_t n,
    const struct dns_query *before, size_t n_before)
{
	must(n + n_before <= DMARC_QUERIES_MAX);
	for (size_t i = 0; i < n; i++) {
		must(dns_name_valid(queries[i].name));
		for (size_t j = 0; j < n_before; j++)
			must(strcmp(before[j].name, queries[i].name) != 0);
		for (size_t j = 0; j < i; j++)
			must(strcmp(queries[j].name, queries[i].name) != 0);
		answer(l, &queries[i]);
	}
	return n + n_before;
}

static void
check_result(const struct lines *l, const struct dmarc_request *request,
    const struct dmarc_result *r)
{
	bool aligned = r->spf_aligned,
	     unsure = l->failed || request->spf.auth >= DMARC_AUTH_TEMPERROR;

	for (size_t i = 0; i < request->n_dkim; i++) {
		must(!r->dkim_aligned[i] ||
		     (request->dkim[i].auth == DMARC_AUTH_PASSED &&
			 !request->dkim[i].partial));
		aligned |= r->dkim_aligned[i];
		unsure |= request->dkim[i].auth >= DMARC_AUTH_TEMPERROR;
	}
	must((r->verdict == DMARC_PASS) == aligned);
	must(r->verdict != DMARC_TEMPERROR || unsure);
	must((r->problem == NULL) ==
	     (r->verdict == DMARC_PASS || r->verdict == DMARC_FAIL));
	must((r->from_tag == NULL) == (r->policy == DMARC_POLICY_UNSAID));
	must(r->policy <= r->published);
	must(r->n_walk <= DMARC_WALK_MAX);
	if (r->from_domain == NULL)
		return;
	must(r->org == NULL || domain_within(r->from_domain, r->org));
	must(r->policy_domain == NULL ||
	     domain_within(r->from_domain, r->policy_domain));
}

static void
evaluate(struct lines *l, const struct dmarc_request *given)
{
	struct dmarc_request request = *given;
	struct dns_query queries[2 * DMARC_QUERIES_MAX];
	struct dmarc_result result;
	const char *part;
	size_t n;

	n = answer_all(l, queries, dmarc_queries(l->arena, &request, queries),
	    NULL, 0);
	request.known = queries;
	request.n_known = n;
	n = answer_all(l, queries + n,
	    dmarc_more(l->arena, &request, queries + n), queries, n);
	request.n_known = n;
	must(dmarc_more(l->arena, &request, queries + n) == 0);
	dmarc_evaluate(l->arena, &request, &result);
	check_result(l, &request, &result);
	part = results_dmarc(l->arena, &result);
	must(str_is_ascii(part));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Memory that is given back each time costs half of the speed. */
	static struct arena *a;
	struct dmarc_identifier identifiers[IDENTIFIERS_MAX] = {{0}};
	struct lines l = {.p = (const char *)data};
	struct mail_field field = {"From", "", 0};
	struct from_field from;
	struct dmarc_request request = {.from = &from};
	const char *line;
	size_t n;

	if (a == NULL)
		a = arena_new();
	l.arena = a;
	l.end = l.p + size;
	line = next_line(&l, &field.len);
	if (line != NULL)
		field.value = line;
	from_field_read(a, &field, 1, &from);
	n = read_identifiers(&l, identifiers);
	l.answers = l.p;
	request.spf = identifiers[0];
	request.dkim = identifiers + 1;
	request.n_dkim = n > 0 ? n - 1 : 0;
	evaluate(&l, &request);
	arena_reset(a);
	return 0;
}
