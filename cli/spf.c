/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "output.h"

#include "auth/received_spf.h"
#include "auth/spf.h"
#include "base/clock.h"

#include <stdio.h>

static bool
read_spf_options(struct invocation *in, struct spf_request *request)
{
	const char *const *given = in->options;

	*request = (struct spf_request){
	    .helo = given[OPTION_HELO] == NULL ? "" : given[OPTION_HELO],
	    .sender = given[OPTION_FROM] == NULL ? "" : given[OPTION_FROM],
	    .receiver = in->settings->hostname,
	    .deadline = clock_ms() + in->settings->policy.deadline_ms,
	    .trace = given[OPTION_TRACE] != NULL,
	};
	if (given[OPTION_IP] == NULL ||
	    (given[OPTION_HELO] == NULL && request->sender[0] == '\0')) {
		fprintf(stderr, "postward: spf needs --ip IP, and --helo NAME "
				"or --from ADDRESS; --help tells more\n");
		return false;
	}
	if (!ip_parse(given[OPTION_IP], &request->client)) {
		output_wrong(in, "--ip %s: expected an address",
		    given[OPTION_IP]);
		return false;
	}
	return true;
}

static void
print_spf_result(struct invocation *in, const struct spf_request *request,
    const struct spf_result *r)
{
	const struct {
		const char *name, *value;
	} rows[] = {
	    {"result", spf_verdict_name(r->verdict)},
	    {"identity", spf_identity_name(r->identity)},
	    {"domain", r->domain},
	    {"decided by", r->term},
	    {"in record of", r->term_domain},
	    {"explanation", r->explanation},
	    {"problem", r->problem},
	    {"lookups", arena_printf(in->arena,
			    "%u of %d, %u of them void; %u questions in all",
			    r->lookups, SPF_TERMS_MAX, r->voids, r->queries)},
	};

	for (size_t i = 0; i < r->n_trace; i++)
		printf("%s\n", output_shown(in->arena, r->trace[i]));
	if (r->n_trace > 0)
		printf("\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].value != NULL)
			printf("%-13s %s\n", rows[i].name,
			    output_shown(in->arena, rows[i].value));
	printf("\n%s\n", received_spf_field(in->arena, request, r, "\n\t"));
}

static void
print_spf_result_json(const struct spf_result *r)
{
	cJSON *o = cJSON_CreateObject(), *trace;

	output_member(o, "result", spf_verdict_name(r->verdict));
	output_member(o, "explanation", r->explanation);
	output_member(o, "problem", r->problem);
	cJSON_AddNumberToObject(o, "lookups", r->lookups);
	cJSON_AddNumberToObject(o, "void-lookups", r->voids);
	cJSON_AddNumberToObject(o, "questions", r->queries);
	output_member(o, "identity", spf_identity_name(r->identity));
	output_member(o, "domain", r->domain);
	output_member(o, "mechanism", r->term);
	output_member(o, "mechanism-domain", r->term_domain);
	if (r->n_trace > 0) {
		trace = cJSON_AddArrayToObject(o, "trace");
		for (size_t i = 0; i < r->n_trace; i++)
			cJSON_AddItemToArray(trace,
			    cJSON_CreateString(r->trace[i]));
	}
	output_json(o);
}

static int
spf_status(enum spf_verdict verdict)
{
	return verdict == SPF_FAIL        ? EXIT_NO
	       : verdict == SPF_TEMPERROR ? EXIT_TRY_LATER
					  : EXIT_DONE;
}

int
spf_run(struct invocation *in)
{
	struct spf_request request;
	struct spf_result result;
	struct spf *spf;
	struct dns *dns;
	struct err err;
	enum rc rc;

	if (!read_spf_options(in, &request))
		return EXIT_USAGE;
	rc = dns_open(&in->settings->resolver, &dns, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	spf = spf_new(dns);
	spf_check(spf, in->arena, &request, &result);
	if (in->options[OPTION_JSON] != NULL)
		print_spf_result_json(&result);
	else
		print_spf_result(in, &request, &result);
	spf_free(spf);
	dns_close(dns);
	return spf_status(result.verdict);
}
