/* SPDX-License-Identifier: MIT */
#include "auth/spf.h"

#include "auth/auth_metrics.h"
#include "auth/private/spf_eval.h"
#include "auth/private/spf_guard.h"
#include "auth/private/spf_kept.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "mail/domain.h"

#include <stdlib.h>
#include <string.h>

struct spf {
	struct dns *dns;
	struct SPF_server_struct *server;
};

struct spf *
spf_new(struct dns *dns)
{
	struct spf *spf = memory_zeroed(1, sizeof(*spf));

	spf->dns = dns;
	spf->server = spf_guard_open();
	return spf;
}

void
spf_free(struct spf *spf)
{
	if (spf == NULL)
		return;
	spf_guard_close(spf->server);
	free(spf);
}

/* RFC 7208 4.3: a valid domain name of several labels, in A-labels, or NULL. */
static const char *
read_spf_domain(struct arena *a, const char *text)
{
	const char *domain;
	struct ip ip;

	if (domain_read(a, text, &domain, NULL) != RC_OK ||
	    strchr(domain, '.') == NULL || ip_parse(domain, &ip))
		return NULL;
	return domain;
}

/* What stands for the domain in the identity that is asked for. */
static const char *
domain_text(const struct spf_request *request, enum spf_identity identity)
{
	const char *at = strrchr(request->sender, '@');

	if (identity == SPF_HELO)
		return request->helo == NULL ? "" : request->helo;
	return at != NULL ? at + 1 : request->sender;
}

/* The domain of the identity, or NULL if it has none that could have an SPF
   record. */
static const char *
domain_of(struct arena *a, const struct spf_request *request,
    enum spf_identity identity)
{
	return read_spf_domain(a, domain_text(request, identity));
}

/* Sender and local part of the identity that has this domain, or NULL. */
static void
set_identity(struct arena *a, const struct spf_request *request,
    const struct spf_result *result, struct spf_values *values)
{
	const char *sender = request->sender, *at = strrchr(sender, '@');

	values->local = "postmaster"; /* RFC 7208 2.4 and 4.3 */
	if (result->identity == SPF_MAILFROM && at != NULL && at > sender)
		values->local =
		    arena_copy_bytes(a, sender, (size_t)(at - sender));
	values->origin = result->domain;
	values->sender = arena_concat(a, values->local, "@",
	    result->domain != NULL ? result->domain
				   : domain_text(request, result->identity));
}

enum spf_identity
spf_identity_of(const struct spf_request *request)
{
	return *request->sender == '\0' ? SPF_HELO : SPF_MAILFROM;
}

/* RFC 7208 6.2: what the domain has to say about the fail, if all is well. */
static const char *
spf_explanation(struct spf_eval *e)
{
	const char *spec = e->top->record.explanation, *name;
	const struct dns_record *r;
	const struct dns_query *q;
	char *text;

	if (spec == NULL || spf_eval_target(e, e->top, spec, &name) != RC_OK)
		return NULL;
	e->dns.indent = 0;
	q = spf_dns_ask(&e->dns, name, DNS_TXT);
	if (q == NULL || q->rc != RC_OK || q->n != 1)
		return NULL;
	r = &q->records[0];
	if (spf_macro_wrong(r->text, r->text_len, SPF_EXPLANATION) != NULL)
		return NULL;
	text = arena_copy_bytes(e->arena, r->text, r->text_len);
	spf_eval_values(e, e->top, text);
	return spf_macro_sentence(e->arena, text, SPF_EXPLANATION_MAX,
	    &e->values);
}

static void
tell_result(struct spf_eval *e, const struct spf_result *r)
{
	const char *name = spf_verdict_name(r->verdict);

	if (r->problem != NULL)
		spf_trace(&e->trace, 0, "%s: %s", name, r->problem);
	else if (r->term != NULL)
		spf_trace(&e->trace, 0, "%s: %s in the record of %s", name,
		    r->term, r->term_domain);
	else if (r->verdict != SPF_NONE)
		spf_trace(&e->trace, 0, "%s: no mechanism matches", name);
	else
		spf_trace(&e->trace, 0, "%s: %s", name,
		    r->domain != NULL ? "no SPF record" : "not a domain name");
}

/* What the client called itself, in A-labels if it is a domain name; as %{p} in
   want of a name (RFC 7208 7.3), if nothing. */
static const char *
helo_of(struct arena *a, const char *helo)
{
	const char *domain;

	if (helo == NULL || *helo == '\0')
		return "unknown";
	for (const char *p = helo; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80 &&
		    domain_read(a, helo, &domain, NULL) == RC_OK)
			return domain;
	return helo;
}

static void
spf_evaluate(const struct spf *spf, struct spf_eval *e, struct spf_result *out)
{
	struct spf_level *first = spf_eval_open(e, out->domain, 0);

	if (first != NULL)
		spf_guard_run(spf->server, e, first);
	out->verdict = e->verdict;
	out->problem = e->problem;
	if (e->term != NULL) {
		out->term = e->term->text;
		out->term_domain = e->top->domain;
	}
	if (out->verdict == SPF_FAIL)
		out->explanation = spf_explanation(e);
}

/* Until when others may have the result. */
static int64_t
kept_until(const struct spf_eval *e)
{
	return e->personal || e->verdict == SPF_TEMPERROR ||
		       e->dns.until <= clock_ms()
		   ? 0
		   : e->dns.until;
}

static void
evaluate_anew(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out)
{
	struct spf_eval e = {.arena = a, .verdict = SPF_NONE};

	e.trace.arena = request->trace ? a : NULL;
	set_identity(a, request, out, &e.values);
	e.values.client = request->client;
	e.values.receiver = request->receiver;
	e.values.now = clock_now();
	e.values.helo = helo_of(a, request->helo);
	spf_dns_init(&e.dns, spf->dns, a, &request->client, request->deadline);
	e.dns.trace = &e.trace;
	spf_dns_know(&e.dns, request->known, request->n_known);
	if (out->domain != NULL && request->client.version != 0) {
		metric_add(&auth_spf_results, AUTH_SPF_EVALUATED, 1);
		spf_evaluate(spf, &e, out);
		out->kept_until = kept_until(&e);
	}
	out->lookups = e.terms;
	out->voids = e.voids;
	out->queries = e.dns.sent;
	tell_result(&e, out);
	out->trace = e.trace.lines;
	out->n_trace = e.trace.n;
}

static bool
find_kept(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out)
{
	if (request->trace || out->domain == NULL ||
	    request->client.version == 0 ||
	    !spf_kept_find(spf->dns, a, &request->client, out->domain, out))
		return false;
	metric_add(&auth_spf_results, AUTH_SPF_KEPT, 1);
	return true;
}

static void
check_host(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out)
{
	out->domain = domain_of(a, request, out->identity);
	if (find_kept(spf, a, request, out))
		return;
	evaluate_anew(spf, a, request, out);
	if (out->kept_until != 0)
		spf_kept_add(spf->dns, a, &request->client, out);
}

bool
spf_recall(const struct spf *spf, struct arena *a,
    const struct spf_request *request, enum spf_identity identity,
    struct spf_result *out)
{
	*out = (struct spf_result){.identity = identity};
	out->domain = domain_of(a, request, identity);
	return find_kept(spf, a, request, out);
}

void
spf_check(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out)
{
	*out = (struct spf_result){.identity = spf_identity_of(request)};
	check_host(spf, a, request, out);
}

void
spf_check_helo(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out)
{
	*out = (struct spf_result){.identity = SPF_HELO};
	check_host(spf, a, request, out);
}

size_t
spf_queries(struct arena *a, const struct spf_request *request,
    struct dns_query out[2])
{
	const enum spf_identity both[] = {SPF_HELO, spf_identity_of(request)};
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		const char *domain = domain_of(a, request, both[i]);

		if (domain == NULL ||
		    (n > 0 && strcmp(out[0].name, domain) == 0))
			continue;
		out[n++] = (struct dns_query){.name = domain, .type = DNS_TXT};
	}
	return n;
}

const char *
spf_verdict_name(enum spf_verdict verdict)
{
	switch (verdict) {
	case SPF_NONE:
		return "none";
	case SPF_NEUTRAL:
		return "neutral";
	case SPF_PASS:
		return "pass";
	case SPF_FAIL:
		return "fail";
	case SPF_SOFTFAIL:
		return "softfail";
	case SPF_TEMPERROR:
		return "temperror";
	case SPF_PERMERROR:
		return "permerror";
	}
	return "?";
}

const char *
spf_identity_name(enum spf_identity identity)
{
	return identity == SPF_HELO ? "helo" : "mailfrom";
}
