/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_guard.h"

#include "base/str.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The headers of libspf2 do not include what they need. */
#include <netinet/in.h>
#include <sys/types.h>

#include <arpa/nameser.h>
#include <netdb.h>

#include <spf2/spf.h>

/* What a token stands for. */
struct place {
	struct spf_level *level;
	const struct spf_term *term; /* NULL: the end of the record */
	bool is_host;
	size_t host;
};

/* One run of libspf2, reached through the hook of its resolver. */
struct run {
	struct spf_eval *e;
	const struct dns_query *hosts; /* of the mx begun last */
};

static struct place
place_of(struct spf_eval *e, const char *token)
{
	struct place at = {0};
	char *p;
	size_t n = strtoul(token + 1, &p, 10);

	assert(*token == 't' && n < e->n_levels && *p == '-');
	at.level = &e->levels[n];
	n = strtoul(p + 1, &p, 10);
	if (n < at.level->record.n)
		at.term = &at.level->record.terms[n];
	else if (n == at.level->record.n)
		at.term = at.level->record.redirect;
	at.is_host = *p == '-';
	if (at.is_host)
		at.host = strtoul(p + 1, NULL, 10);
	return at;
}

/* Not str_addf: of a check's time, half would be printf's. */
static void
add_number(struct str *s, size_t n)
{
	char digits[STR_DIGITS_MAX];

	str_add_bytes(s, digits, (size_t)(str_put_decimal(digits, n) - digits));
}

static void
add_token(struct spf_eval *e, const struct spf_level *level, size_t n,
    struct str *out)
{
	str_add(out, "t");
	add_number(out, (size_t)(level - e->levels));
	str_add(out, "-");
	add_number(out, n);
	str_add(out, ".x");
}

/* A term as libspf2 reads it.  What matches without comparing addresses is an
   "exists" to it; so is an a/0, as it knows no masks of no bits. */
static void
add_term(struct spf_eval *e, const struct spf_level *level, size_t n,
    struct str *out)
{
	const struct spf_term *term = &level->record.terms[n];
	bool compares = (term->kind == SPF_A || term->kind == SPF_MX) &&
			spf_eval_bits(e, term) > 0;

	str_add(out, " ");
	str_add_bytes(out, &term->qualifier, 1);
	str_add(out, compares || term->kind == SPF_INCLUDE
			 ? spf_kind_name(term->kind)
			 : "exists");
	str_add(out, ":");
	add_token(e, level, n, out);
	if (compares) {
		str_add(out, e->values.client.version == 4 ? "/" : "//");
		add_number(out, spf_eval_bits(e, term));
	}
}

/* The record as libspf2 reads it: the terms that ask DNS, up to one more than
   may still do so, and the first that matches without. */
static const char *
write_record(struct spf_eval *e, const struct spf_level *level)
{
	const struct spf_record *r = &level->record;
	const struct spf_term *asking[SPF_TERMS_MAX + 1];
	size_t left = SPF_TERMS_MAX - e->terms, n = 0;
	bool settled = false;
	struct str s;

	str_init(&s, e->arena);
	str_add(&s, "v=spf1");
	for (size_t i = 0; i < r->n && n <= left && !settled; i++) {
		const struct spf_term *term = &r->terms[i];

		settled = spf_eval_covers(e, term);
		if (spf_eval_asks(term->kind))
			asking[n++] = term;
		else if (!settled)
			continue;
		add_term(e, level, i, &s);
	}
	if (!settled && e->trace.arena != NULL) {
		str_add(&s, " ?exists:"); /* no match: tells of the end */
		add_token(e, level, r->n + 1, &s);
	}
	if (!settled && n <= left && r->redirect != NULL) {
		str_add(&s, " redirect=");
		add_token(e, level, r->n, &s);
		asking[n++] = r->redirect;
	}
	spf_eval_ahead(e, level, asking, n);
	return s.text;
}

static SPF_dns_rr_data_t *
add_record(SPF_dns_rr_t *rr, size_t size)
{
	if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, size) != SPF_E_SUCCESS)
		abort();
	return rr->rr[rr->num_rr++];
}

static void
add_addresses(SPF_dns_rr_t *rr, const struct dns_query *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		const uint8_t *bytes = answer->records[i].ip.bytes;
		SPF_dns_rr_data_t *data = add_record(rr, sizeof(*data));

		if (rr->rr_type == ns_t_a)
			memcpy(&data->a, bytes, sizeof(data->a));
		else
			memcpy(&data->aaaa, bytes, sizeof(data->aaaa));
	}
}

static void
add_hosts(SPF_dns_rr_t *rr, const char *token, size_t n)
{
	size_t len = strlen(token) - 2; /* without the ".x" */

	for (size_t i = 0; i < n; i++) {
		size_t size = len + 24;

		snprintf(add_record(rr, size)->mx, size, "%.*s-%zu.x", (int)len,
		    token, i);
	}
}

/* libspf2 asks for the DNS records of a token. */
static void
answer_libspf2(struct run *run, const char *token, SPF_dns_rr_t *rr)
{
	struct place at = place_of(run->e, token);
	struct spf_found found;

	if (at.is_host)
		found =
		    spf_eval_host(run->e, run->hosts->records[at.host].name);
	else if (!spf_eval_begin(run->e, at.level, at.term) || at.term == NULL)
		return;
	else
		found = spf_eval_find(run->e, at.level, at.term);
	if (rr->rr_type == ns_t_mx && found.answer != NULL) {
		run->hosts = found.answer;
		add_hosts(rr, token, found.answer->n);
	} else if (found.matches) {
		add_record(rr, sizeof(SPF_dns_rr_data_t));
	} else if (found.answer != NULL) {
		add_addresses(rr, found.answer);
	}
}

static SPF_dns_rr_t *
on_lookup(SPF_dns_server_t *resolver, const char *token, ns_type type,
    int cache)
{
	struct run *run = resolver->hook;
	SPF_dns_rr_t *rr =
	    SPF_dns_rr_new_init(resolver, token, type, 0, NETDB_SUCCESS);

	(void)cache;
	if (rr == NULL)
		abort();
	if (!run->e->stopped)
		answer_libspf2(run, token, rr);
	if (run->e->stopped)
		rr->herrno = TRY_AGAIN; /* libspf2 gives up at once */
	return rr;
}

/* libspf2 asks for the record that an include or redirect leads to. */
static SPF_errcode_t
on_record(SPF_server_t *server, SPF_request_t *request,
    SPF_response_t *response, SPF_record_t **out)
{
	struct run *run = server->resolver->hook;
	struct spf_eval *e = run->e;
	struct place at = place_of(e, request->cur_dom);
	const char *record = "v=spf1"; /* matches nothing */
	const struct spf_level *level = NULL;

	*out = NULL;
	if (!e->stopped && spf_eval_begin(e, at.level, at.term))
		level = spf_eval_follow(e, at.level, at.term);
	if (e->stopped)
		return SPF_E_DNS_ERROR;
	if (level != NULL)
		record = write_record(e, level);
	return SPF_record_compile(server, response, out, record);
}

static void
set_verdict(struct spf_eval *e, SPF_result_t result, SPF_reason_t reason)
{
	static const enum spf_verdict verdicts[] = {
	    [SPF_RESULT_NEUTRAL] = SPF_NEUTRAL,
	    [SPF_RESULT_PASS] = SPF_PASS,
	    [SPF_RESULT_FAIL] = SPF_FAIL,
	    [SPF_RESULT_SOFTFAIL] = SPF_SOFTFAIL,
	};

	if (!e->stopped && result >= SPF_RESULT_NEUTRAL &&
	    result <= SPF_RESULT_SOFTFAIL)
		e->verdict = verdicts[result];
	else
		spf_eval_stop(e, SPF_TEMPERROR, "libspf2 gave no result");
	if (e->stopped || reason != SPF_REASON_MECH)
		e->term = NULL;
}

static void
set_client(SPF_request_t *request, const struct ip *ip)
{
	struct in6_addr v6;
	struct in_addr v4;

	memcpy(&v4, ip->bytes, sizeof(v4));
	memcpy(&v6, ip->bytes, sizeof(v6));
	if (ip->version == 4)
		SPF_request_set_ipv4(request, v4);
	else
		SPF_request_set_ipv6(request, v6);
}

void
spf_guard_run(const SPF_server_t *shared, struct spf_eval *e,
    struct spf_level *level)
{
	struct run run = {.e = e};
	SPF_dns_server_t resolver = {.lookup = on_lookup,
	    .get_spf = on_record,
	    .name = "postward",
	    .hook = &run};
	SPF_server_t server = *shared;
	SPF_request_t *request = SPF_request_new(&server);
	SPF_response_t *response = SPF_response_new(request);
	SPF_record_t *record = NULL;

	if (request == NULL || response == NULL)
		abort();
	server.resolver = &resolver;
	set_client(request, &e->values.client);
	request->cur_dom = "x"; /* it must have one, and shows it nowhere */
	SPF_record_compile(&server, response, &record, write_record(e, level));
	if (record == NULL)
		abort();
	response->spf_record_exp = record;
	/* Not SPF_request_query_mailfrom: to that, loopback clients pass. */
	SPF_record_interpret(record, request, response, 0);
	set_verdict(e, SPF_response_result(response),
	    SPF_response_reason(response));
	SPF_record_free(record);
	SPF_response_free(response);
	SPF_request_free(request);
}

/* Its handlers are global and would print; once, as others may be checking
   when another configuration brings another server. */
static void
silence_libspf2(void)
{
	SPF_error_handler = NULL;
	SPF_warning_handler = NULL;
	SPF_info_handler = NULL;
	SPF_debug_handler = NULL;
}

SPF_server_t *
spf_guard_open(void)
{
	static pthread_once_t silenced = PTHREAD_ONCE_INIT;
	SPF_server_t *server;

	pthread_once(&silenced, silence_libspf2);
	server = SPF_server_new_dns(NULL, 0);
	if (server == NULL)
		abort();
	SPF_macro_free(server->explanation);
	server->explanation = NULL;
	server->max_dns_mech = server->max_dns_mx = INT_MAX;
	return server;
}

void
spf_guard_close(SPF_server_t *server)
{
	if (server != NULL)
		SPF_server_free(server);
}
