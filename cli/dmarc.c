/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "output.h"

#include "auth/dmarc.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is given on the command line. */
struct dmarc_given {
	struct mail_field *fields;
	struct dmarc_identifier *dkim;
	struct dmarc_identifier spf;
	size_t n_fields, n_dkim;
};

/* Words of RFC 8601 2.7. */
static const struct {
	const char *word;
	enum dmarc_auth auth;
	bool spf, dkim; /* it is a result of that */
} auth_words[] = {
    {"pass", DMARC_AUTH_PASSED, true, true},
    {"temperror", DMARC_AUTH_TEMPERROR, true, true},
    {"none", DMARC_AUTH_FAILED, true, true},
    {"neutral", DMARC_AUTH_FAILED, true, true},
    {"fail", DMARC_AUTH_FAILED, true, true},
    {"permerror", DMARC_AUTH_FAILED, true, true},
    {"softfail", DMARC_AUTH_FAILED, true, false},
    {"policy", DMARC_AUTH_FAILED, true, true},
};

static bool
read_identifier(struct invocation *in, const struct given_option *given,
    struct dmarc_identifier *out)
{
	const char *equals = strrchr(given->value, '=');
	bool spf = given->id == OPTION_SPF;

	for (size_t i = 0; i < sizeof(auth_words) / sizeof(*auth_words); i++) {
		if (equals == NULL || equals == given->value ||
		    !str_equal_fold(equals + 1, auth_words[i].word) ||
		    !(spf ? auth_words[i].spf : auth_words[i].dkim))
			continue;
		out->auth = auth_words[i].auth;
		out->domain = arena_copy_bytes(in->arena, given->value,
		    (size_t)(equals - given->value));
		return true;
	}
	output_wrong(in,
	    "--%s %s: expected DOMAIN=RESULT, such as "
	    "example.org=pass",
	    spf ? "spf" : "dkim", given->value);
	return false;
}

static void
add_given_field(struct dmarc_given *given, const char *value)
{
	given->fields[given->n_fields++] =
	    (struct mail_field){"From", value, strlen(value)};
}

static bool
read_dmarc_options(struct invocation *in, struct dmarc_given *out)
{
	size_t most = in->n_given + (size_t)in->n_arguments + 1;

	*out = (struct dmarc_given){0};
	out->fields = arena_take_array(in->arena, most, sizeof(*out->fields));
	out->dkim = arena_take_array(in->arena, most, sizeof(*out->dkim));
	for (size_t i = 0; i < in->n_given; i++) {
		const struct given_option *given = &in->given[i];

		if (given->id == OPTION_FROM_FIELD)
			add_given_field(out, given->value);
		else if (given->id == OPTION_SPF &&
			 !read_identifier(in, given, &out->spf))
			return false;
		else if (given->id == OPTION_DKIM &&
			 !read_identifier(in, given, &out->dkim[out->n_dkim++]))
			return false;
	}
	if (out->n_fields == 0) {
		fprintf(stderr, "postward: dmarc needs --from-field TEXT; "
				"--help tells more\n");
		return false;
	}
	for (int i = 0; i < in->n_arguments; i++)
		add_given_field(out, in->arguments[i]);
	return true;
}

static cJSON *
aligned_json(const struct dmarc_result *r, size_t n)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(array,
		    cJSON_CreateBool(r->dkim_aligned[i]));
	return array;
}

static void
print_dmarc_result_json(const struct dmarc_result *r,
    const struct dmarc_request *request)
{
	cJSON *o = cJSON_CreateObject(), *walk;

	output_member(o, "result", dmarc_verdict_name(r->verdict));
	output_member(o, "from_domain", r->from_domain);
	output_member(o, "org", r->org);
	output_member(o, "policy_domain", r->policy_domain);
	output_member(o, "published", dmarc_policy_name(r->published));
	output_member(o, "from_tag", r->from_tag);
	output_member(o, "policy", dmarc_policy_name(r->policy));
	cJSON_AddBoolToObject(o, "spf_aligned", r->spf_aligned);
	cJSON_AddItemToObject(o, "dkim_aligned",
	    aligned_json(r, request->n_dkim));
	walk = cJSON_AddArrayToObject(o, "author_walk");
	for (size_t i = 0; i < r->n_walk; i++)
		cJSON_AddItemToArray(walk,
		    cJSON_CreateString(r->author_walk[i]));
	output_member(o, "problem", r->problem);
	output_json(o);
}

static const char *
aligned_text(struct arena *a, const struct dmarc_result *r,
    const struct dmarc_request *request)
{
	struct str s;

	str_init(&s, a);
	if (r->spf_aligned)
		str_addf(&s, "spf=%s", request->spf.domain);
	for (size_t i = 0; i < request->n_dkim; i++)
		if (r->dkim_aligned[i])
			str_addf(&s, "%sdkim=%s", s.len > 0 ? " " : "",
			    request->dkim[i].domain);
	return s.len > 0 ? s.text : "nothing";
}

static void
print_dmarc_result(struct invocation *in, const struct dmarc_result *r,
    const struct dmarc_request *request)
{
	const struct {
		const char *name, *value;
	} rows[] = {
	    {"result", dmarc_verdict_name(r->verdict)},
	    {"author", r->from_domain},
	    {"organization", r->org},
	    {"record of", r->policy_domain},
	    {"published", r->from_tag == NULL
			      ? NULL
			      : arena_printf(in->arena, "%s=%s", r->from_tag,
				    dmarc_policy_name(r->published))},
	    {"policy", dmarc_policy_name(r->policy)},
	    {"aligned", aligned_text(in->arena, r, request)},
	    {"problem", r->problem},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].value != NULL)
			printf("%-13s %s\n", rows[i].name,
			    output_shown(in->arena, rows[i].value));
	for (size_t i = 0; i < r->n_walk; i++)
		printf("%-13s %s\n", i == 0 ? "asked" : "", r->author_walk[i]);
}

static void
ask_dmarc(struct invocation *in, struct dns *dns, struct dmarc_request *request)
{
	struct dns_query *queries = arena_take_array(in->arena,
	    (size_t)2 * DMARC_QUERIES_MAX, sizeof(*queries));
	size_t n = dmarc_queries(in->arena, request, queries), more;

	dns_ask(dns, in->arena, queries, n,
	    clock_ms() + in->settings->policy.deadline_ms);
	request->known = queries;
	request->n_known = n;
	more = dmarc_more(in->arena, request, queries + n);
	dns_ask(dns, in->arena, queries + n, more,
	    clock_ms() + in->settings->policy.deadline_ms);
	request->n_known += more;
}

int
dmarc_run(struct invocation *in)
{
	struct dmarc_given given;
	struct from_field from;
	struct dmarc_request request = {.from = &from};
	struct dmarc_result result;
	struct dns *dns;
	struct err err;
	enum rc rc;

	if (!read_dmarc_options(in, &given))
		return EXIT_USAGE;
	from_field_read(in->arena, given.fields, given.n_fields, &from);
	request.spf = given.spf;
	request.dkim = given.dkim;
	request.n_dkim = given.n_dkim;
	rc = dns_open(&in->settings->resolver, &dns, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	ask_dmarc(in, dns, &request);
	dmarc_evaluate(in->arena, &request, &result);
	dns_close(dns);
	if (in->options[OPTION_JSON] != NULL)
		print_dmarc_result_json(&result, &request);
	else
		print_dmarc_result(in, &result, &request);
	return result.verdict == DMARC_TEMPERROR ? EXIT_TRY_LATER
	       : result.verdict == DMARC_FAIL || from.kind != FROM_FIELD_ONE
		   ? EXIT_NO
		   : EXIT_DONE;
}
