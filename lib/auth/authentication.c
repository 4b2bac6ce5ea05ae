/* SPDX-License-Identifier: MIT */
#include "auth/authentication.h"

#include "auth/private/dkim_message.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct authentication {
	struct arena *arena;
	struct authentication_wanted wanted;
	struct mail_field *fields;
	size_t n, room;
	size_t bytes; /* of the fields that are kept */
	bool header_over, body_over;
	struct from_field from;
	struct message_form form;
	struct body_hashes *bodies;
	const struct body_hash *signed_body; /* NULL: nobody signs */
	struct dkim_verify *dkim;            /* NULL: nobody verifies */
	struct arc_verify *arc;              /* NULL: nobody looks */
	const struct dkim_result *results;   /* NULL: not evaluated yet */
};

static const struct authentication_rules default_rules = {
    .signatures_max = DKIM_SIGNATURES_MAX, .arc = true};

struct authentication *
authentication_new(const struct authentication_wanted *wanted)
{
	struct authentication *au = memory_zeroed(1, sizeof(*au));

	au->arena = arena_new();
	au->wanted = *wanted;
	if (wanted->rules == NULL)
		au->wanted.rules = &default_rules;
	au->bodies = body_hashes_new();
	if (wanted->sign)
		au->signed_body =
		    body_hashes_want(au->bodies, CANON_RELAXED, BODY_WHOLE);
	return au;
}

void
authentication_free(struct authentication *au)
{
	if (au == NULL)
		return;
	dkim_verify_free(au->dkim);
	arc_verify_free(au->arc);
	body_hashes_free(au->bodies);
	arena_free(au->arena);
	free(au);
}

static void
authentication_make_room(struct authentication *au)
{
	size_t room = au->room == 0 ? 64 : au->room * 2;
	struct mail_field *fields;

	if (au->n < au->room)
		return;
	fields = arena_take_array(au->arena, room, sizeof(*fields));
	if (au->n > 0)
		memcpy(fields, au->fields, au->n * sizeof(*fields));
	au->fields = fields;
	au->room = room;
}

void
authentication_add_field(struct authentication *au,
    const struct mail_field *field)
{
	if (au->header_over || au->bytes > DKIM_HEADER_BYTES_MAX)
		return;
	authentication_make_room(au);
	message_form_add_field(&au->form, field);
	au->fields[au->n++] = (struct mail_field){
	    .name = arena_copy_text(au->arena, field->name),
	    .value = arena_copy_bytes(au->arena, field->value, field->len),
	    .len = field->len,
	};
	au->bytes += strlen(field->name) + field->len + strlen(":\r\n");
}

void
authentication_end_header(struct authentication *au)
{
	struct dkim_message message;

	if (au->header_over)
		return;
	au->header_over = true;
	from_field_read(au->arena, au->fields, au->n, &au->from);
	if (!au->wanted.verify)
		return;
	message = (struct dkim_message){
	    .fields = au->fields,
	    .n = au->n,
	    .author_domain = au->from.domain,
	    .signatures_max = au->wanted.rules->signatures_max,
	};
	au->dkim = dkim_verify_open(au->arena, &message, au->bodies);
	if (au->wanted.rules->arc)
		au->arc =
		    arc_verify_new(au->arena, au->fields, au->n, au->bodies);
}

bool
authentication_wants_body(const struct authentication *au)
{
	return body_hashes_wanted(au->bodies);
}

void
authentication_add_body(struct authentication *au, const char *bytes,
    size_t len)
{
	if (!authentication_wants_body(au))
		return;
	message_form_add_body(&au->form, bytes, len);
	body_hashes_add(au->bodies, bytes, len);
}

void
authentication_end_body(struct authentication *au)
{
	authentication_end_header(au);
	if (!au->body_over)
		body_hashes_end(au->bodies);
	au->body_over = true;
}

const struct from_field *
authentication_from(const struct authentication *au)
{
	return &au->from;
}

const struct mail_field *
authentication_fields(const struct authentication *au, size_t *n, bool *cut)
{
	*n = au->n;
	*cut = au->bytes > DKIM_HEADER_BYTES_MAX;
	return au->fields;
}

const struct message_form *
authentication_form(const struct authentication *au)
{
	return &au->form;
}

const struct body_hash *
authentication_signed_body(const struct authentication *au)
{
	return au->signed_body;
}

/* ---- questions and answers */

static const struct dmarc_identifier *
authentication_pending(const struct authentication *au, struct arena *a)
{
	size_t n = dkim_verify_count(au->dkim);
	struct dmarc_identifier *dkim =
	    arena_take_array(a, n + 1, sizeof(*dkim));

	for (size_t i = 0; i < n; i++)
		dkim[i] = (struct dmarc_identifier){
		    .domain = dkim_verify_open_domain(au->dkim, i),
		    .auth = DMARC_AUTH_PENDING,
		};
	return dkim;
}

size_t
authentication_queries(const struct authentication *au, struct arena *a,
    const char *spf_domain,
    struct dns_query out[static AUTHENTICATION_QUERIES_MAX])
{
	const struct dmarc_request request = {
	    .from = &au->from,
	    .spf = {.domain = spf_domain, .auth = DMARC_AUTH_PENDING},
	    .dkim = authentication_pending(au, a),
	    .n_dkim = dkim_verify_count(au->dkim),
	};
	size_t n = dkim_verify_queries(au->dkim, out);

	if (au->arc != NULL)
		n += arc_verify_queries(au->arc, out + n);
	return n + dmarc_queries(a, &request, out + n);
}

static enum dmarc_auth
dkim_as_auth(enum dkim_verdict verdict)
{
	return verdict == DKIM_PASS        ? DMARC_AUTH_PASSED
	       : verdict == DKIM_TEMPERROR ? DMARC_AUTH_TEMPERROR
					   : DMARC_AUTH_FAILED;
}

/* With the signatures verified. */
static struct dmarc_request
dmarc_request_of(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers)
{
	size_t n = dkim_verify_count(au->dkim);
	struct dmarc_identifier *dkim =
	    arena_take_array(a, n + 1, sizeof(*dkim));

	if (au->results == NULL)
		au->results = dkim_verify_finish(au->dkim, answers->queries,
		    answers->n, answers->arrival);
	for (size_t i = 0; i < n; i++)
		dkim[i] = (struct dmarc_identifier){
		    .domain = au->results[i].domain,
		    .auth = dkim_as_auth(au->results[i].verdict),
		    .partial = au->results[i].body_unsigned > 0,
		};
	return (struct dmarc_request){
	    .from = &au->from,
	    .spf = answers->spf,
	    .dkim = dkim,
	    .n_dkim = n,
	    .known = answers->queries,
	    .n_known = answers->n,
	};
}

size_t
authentication_more(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers,
    struct dns_query out[static DMARC_QUERIES_MAX])
{
	const struct dmarc_request request = dmarc_request_of(au, a, answers);

	return dmarc_more(a, &request, out);
}

/* What says most of the message comes last. */
static enum dkim_verdict
dkim_verdict_of(const struct dkim_result *results, size_t n)
{
	static const unsigned rank[DKIM_VERDICTS] = {
	    [DKIM_NONE] = 0,
	    [DKIM_PERMERROR] = 1,
	    [DKIM_NEUTRAL] = 2,
	    [DKIM_POLICY] = 3,
	    [DKIM_FAIL] = 4,
	    [DKIM_TEMPERROR] = 5,
	    [DKIM_PASS] = 6,
	};
	enum dkim_verdict best = DKIM_NONE;

	for (size_t i = 0; i < n; i++)
		if (rank[results[i].verdict] > rank[best])
			best = results[i].verdict;
	return best;
}

static void
authentication_evaluate_arc(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers,
    struct authentication_results *out)
{
	const struct authentication_rules *rules = au->wanted.rules;
	const struct arc_set *set;

	if (au->arc == NULL)
		return;
	arc_verify_finish(au->arc, answers->queries, answers->n,
	    answers->arrival, &out->arc);
	set = arc_vouched(a, &out->arc, rules->trusted_sealers,
	    rules->n_trusted_sealers, au->from.domain);
	if (set != NULL)
		out->arc_trusted = set->domain;
}

void
authentication_evaluate(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers,
    struct authentication_results *out)
{
	const struct dmarc_request request = dmarc_request_of(au, a, answers);

	*out = (struct authentication_results){
	    .from = &au->from,
	    .dkim = au->results,
	    .n_dkim = request.n_dkim,
	    .dkim_verdict = dkim_verdict_of(au->results, request.n_dkim),
	};
	dmarc_evaluate(a, &request, &out->dmarc);
	authentication_evaluate_arc(au, a, answers, out);
}

size_t
authentication_parts(struct arena *a,
    const struct authentication_results *results,
    const char *out[static AUTHENTICATION_PARTS_MAX])
{
	size_t n = results_dkim(a, results->dkim, results->n_dkim, out);

	out[n++] = results_dmarc(a, &results->dmarc);
	/* Few have a chain: who has none needs no word about it. */
	if (results->arc.verdict != ARC_NONE)
		out[n++] =
		    results_arc(a, arc_verdict_name(results->arc.verdict),
			results->arc.problem, results->arc_trusted);
	return n;
}
