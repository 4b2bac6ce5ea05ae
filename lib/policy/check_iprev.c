/* SPDX-License-Identifier: MIT */
#include "policy/private/check_rows.h"

#include <string.h>

/* Questions of this request that wait for their answers. */
struct iprev_asked {
	size_t ptr;
	bool ahead; /* Postfix told the name: its addresses were asked too */
	size_t addresses;
};

/* Postfix says a client's name only if it leads back to the client.  If it says
   none, nobody knows whether there is none, or DNS did not answer: then we ask
   ourselves. */
static bool
iprev_is_known(const struct check_run *run)
{
	return run->facts->client_name != NULL;
}

static bool
check_iprev_applies(const struct check_run *run)
{
	return run->facts->client.version != 0;
}

static void
check_iprev_ask(struct check_run *run)
{
	const struct facts *facts = run->facts;
	struct iprev_asked *asked;

	if (run->asked[CHECK_IPREV] != NULL || iprev_is_known(run) ||
	    check_client_is_us(run))
		return;
	asked = arena_take(run->arena, sizeof(*asked));
	run->asked[CHECK_IPREV] = asked;
	asked->ptr = queries_add(&run->queries, run->arena,
	    ip_pointer_name(run->arena, &facts->client), DNS_PTR);
	asked->ahead = facts->reverse_domain != NULL;
	if (asked->ahead)
		asked->addresses = queries_add(&run->queries, run->arena,
		    facts->reverse_domain, iprev_address_type(&facts->client));
}

/* The place of the answers about that name, if they were asked ahead; else
   they will be asked. */
static size_t
iprev_place_of(struct check_run *run, const struct iprev_asked *asked,
    const char *name)
{
	if (asked->ahead &&
	    strcmp(run->queries.all[asked->addresses].name, name) == 0)
		return asked->addresses;
	return queries_add(&run->queries, run->arena, name,
	    iprev_address_type(&run->facts->client));
}

static struct iprev_result
iprev_of_answers(struct check_run *run, const struct iprev_asked *asked)
{
	const char *names[IPREV_NAMES_MAX];
	size_t places[IPREV_NAMES_MAX], before = run->queries.n;
	const struct dns_query *addresses[IPREV_NAMES_MAX];
	size_t n = iprev_names(&run->queries.all[asked->ptr], names);

	for (size_t i = 0; i < n; i++)
		places[i] = iprev_place_of(run, asked, names[i]);
	if (run->queries.n > before)
		dns_ask(run->dns, run->arena, run->queries.all + before,
		    run->queries.n - before, run->deadline);
	for (size_t i = 0; i < n; i++)
		addresses[i] = &run->queries.all[places[i]];
	return iprev_evaluate(&run->facts->client,
	    &run->queries.all[asked->ptr], addresses, n);
}

/* What is known of the client's name; it was asked for before. */
static const struct iprev_result *
iprev_result_of(struct check_run *run)
{
	const struct iprev_asked *asked = run->asked[CHECK_IPREV];
	struct iprev_result *r;

	if (run->iprev != NULL)
		return run->iprev;
	r = arena_take(run->arena, sizeof(*r));
	if (asked == NULL)
		*r = (struct iprev_result){
		    .verdict = IPREV_PASS, .name = run->facts->client_name};
	else
		*r = iprev_of_answers(run, asked);
	run->iprev = r;
	return r;
}

static const char *
iprev_why(struct arena *a, const struct iprev_result *r)
{
	switch (r->verdict) {
	case IPREV_PASS:
		return arena_printf(a, "%s leads back to the client", r->name);
	case IPREV_FAIL:
		return r->name == NULL
			   ? "the reverse name is none that DNS can hold"
			   : arena_printf(a, "%s does not lead back", r->name);
	case IPREV_TEMPERROR:
		return r->problem;
	case IPREV_PERMERROR:
		break;
	}
	return "the client has no reverse name";
}

static void
check_iprev_judge(struct check_run *run)
{
	const struct iprev_result *r;
	struct finding *f;

	if (check_client_is_us(run)) {
		check_found(run, CHECK_IPREV, FINDING_FINE,
		    "the client is this machine");
		return;
	}
	r = iprev_result_of(run);
	f = check_found(run, CHECK_IPREV,
	    r->verdict == IPREV_PASS        ? FINDING_FINE
	    : r->verdict == IPREV_TEMPERROR ? FINDING_TEMP
					    : FINDING_HIT,
	    iprev_why(run->arena, r));
	/* RFC 7372 3.3 */
	if (f->outcome == FINDING_HIT)
		f->reply = (struct reply){550, "7.25",
		    arena_printf(run->arena,
			"Reverse DNS validation failed; client [%s] %s",
			ip_text(run->arena, &run->facts->client),
			r->verdict == IPREV_PERMERROR
			    ? "has no name"
			    : "has a name of another address")};
}

/* Who sends through us has shown who he is. */
static bool
iprev_is_of_message(const struct check_run *run)
{
	return run->facts->message.known && check_iprev_applies(run) &&
	       run->settings->checks[CHECK_IPREV].action != ACTION_OFF &&
	       run->facts->sasl_user == NULL && !check_client_is_us(run);
}

void
check_iprev_ask_of_message(struct check_run *run)
{
	if (iprev_is_of_message(run))
		check_iprev_ask(run);
}

const struct iprev_result *
check_iprev_of_message(struct check_run *run)
{
	return iprev_is_of_message(run) ? iprev_result_of(run) : NULL;
}

/* Many a good client has no such name: who wants to know has to say so. */
const struct check check_iprev = {
    .stage = CHECK_AT_CONNECT,
    .def = {.action = ACTION_OFF, .points = CHECK_POINTS},
    .exempts_roles = true,
    .applies = check_iprev_applies,
    .ask = check_iprev_ask,
    .judge = check_iprev_judge,
};
