/* SPDX-License-Identifier: MIT */
#include "policy/private/check_choice.h"

#include "forwarding/domains.h"
#include "mail/domain.h"

#include <string.h>

/* So many of our mail exchangers are looked at, and no more. */
#define OWN_DOMAINS_MAX 10
#define OWN_HOSTS_MAX   20

/* SPF is about a sender; the HELO name alone is half of it.  Without HELO, MAIL
   FROM is checked all the same (RFC 7208 2.4). */
static bool
check_spf_applies(const struct check_run *run)
{
	return run->facts->sender != NULL;
}

/* Returns where the results are kept: as long as the message, or the
   request. */
static struct transaction *
transaction_of(struct check_run *run)
{
	if (run->transaction == NULL) {
		run->transaction =
		    arena_take(run->arena, sizeof(*run->transaction));
		run->transaction->arena = run->arena;
	}
	return run->transaction;
}

static struct spf_request
request_of(const struct check_run *run)
{
	return (struct spf_request){
	    .client = run->facts->client,
	    .helo = run->facts->helo,
	    .sender = run->facts->from.text,
	    .receiver = run->settings->hostname,
	    .deadline = run->deadline,
	};
}

struct first_queries {
	size_t n, at[2];
};

/* RFC 7208 2.3: HELO first; if it fails, that result counts.  Of a null sender
   it is the only identity. */
static bool
is_helo_checked(const struct check_run *run)
{
	return run->settings->spf.helo && run->facts->helo != NULL &&
	       run->facts->from.text[0] != '\0';
}

/* True: nothing is to be asked, as what evaluation would find is known. */
static bool
recall_spf(struct check_run *run, bool with_helo)
{
	struct transaction *m = transaction_of(run);
	const struct spf_request request = request_of(run);
	struct spf_result helo, mailfrom;

	if (!spf_recall(run->spf, m->arena, &request, spf_identity_of(&request),
		&mailfrom) ||
	    (with_helo &&
		!spf_recall(run->spf, m->arena, &request, SPF_HELO, &helo)))
		return false;
	if (with_helo) {
		m->helo = helo;
		m->has_helo = true;
	}
	m->mailfrom = mailfrom;
	m->has_mailfrom = true;
	return true;
}

/* Asks for the records that evaluation begins with, together with the questions
   of all checks. */
static void
ask_first_records(struct check_run *run, bool with_helo)
{
	const struct spf_request request = request_of(run);
	struct first_queries *asked = arena_take(run->arena, sizeof(*asked));
	struct dns_query first[2];

	run->asked[CHECK_SPF] = asked;
	if (transaction_of(run)->has_mailfrom || recall_spf(run, with_helo))
		return;
	asked->n = spf_queries(run->arena, &request, first);
	for (size_t i = 0; i < asked->n; i++)
		asked->at[i] = queries_add(&run->queries, run->arena,
		    first[i].name, first[i].type);
}

static void
check_spf_ask(struct check_run *run)
{
	ask_first_records(run, is_helo_checked(run));
}

/* The answers to these; none if nothing was asked. */
static size_t
answers_of_first(const struct check_run *run, struct dns_query known[2])
{
	const struct first_queries *asked = run->asked[CHECK_SPF];
	size_t n = asked == NULL ? 0 : asked->n;

	for (size_t i = 0; i < n; i++)
		known[i] = run->queries.all[asked->at[i]];
	return n;
}

static void
evaluate_spf(struct check_run *run)
{
	struct transaction *m = transaction_of(run);
	struct spf_request request = request_of(run);
	struct dns_query known[2];

	request.n_known = answers_of_first(run, known);
	request.known = known;
	if (is_helo_checked(run)) {
		spf_check_helo(run->spf, m->arena, &request, &m->helo);
		m->has_helo = true;
	}
	spf_check(run->spf, m->arena, &request, &m->mailfrom);
	m->has_mailfrom = true;
}

const struct check_settings *
check_spf_settings(const struct policy_settings *settings,
    enum spf_verdict verdict, const char *domain)
{
	const struct spf_rules *rules = settings->spf.rules;

	while (rules->domain != NULL &&
	       (domain == NULL || !domain_within(domain, rules->domain)))
		rules++;
	return &rules->of[verdict];
}

static bool
has_client(const struct check_run *run, const struct dns_query *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (ip_equal(&q->records[i].ip, &run->facts->client))
			return true;
	return false;
}

bool
check_client_is_our_mx(const struct check_run *run)
{
	const struct forwards_settings *ours = run->settings->forwards;
	const char *to = run->facts->to_domain;
	struct dns_query mx[OWN_DOMAINS_MAX], hosts[OWN_HOSTS_MAX];
	size_t n_mx = 0, n_hosts = 0;

	if (to != NULL && domains_ours(ours, to))
		mx[n_mx++] = (struct dns_query){.name = to, .type = DNS_MX};
	for (size_t i = 0; i < ours->n_domains && n_mx < OWN_DOMAINS_MAX; i++)
		if (n_mx == 0 || strcmp(ours->domains[i], mx[0].name) != 0)
			mx[n_mx++] = (struct dns_query){
			    .name = ours->domains[i], .type = DNS_MX};
	dns_ask(run->dns, run->arena, mx, n_mx, run->deadline);
	for (size_t i = 0; i < n_mx; i++)
		for (size_t k = 0; k < mx[i].n && n_hosts < OWN_HOSTS_MAX; k++)
			hosts[n_hosts++] = (struct dns_query){
			    .name = mx[i].records[k].name,
			    .type = run->facts->client.version == 4 ? DNS_A
								    : DNS_AAAA,
			};
	dns_ask(run->dns, run->arena, hosts, n_hosts, run->deadline);
	for (size_t i = 0; i < n_hosts; i++)
		if (hosts[i].rc == RC_OK && has_client(run, &hosts[i]))
			return true;
	return false;
}

static const char *
describe_spf(struct check_run *run, const struct spf_result *r)
{
	struct arena *a = run->arena;
	const char *name = spf_verdict_name(r->verdict);
	const char *identity = spf_identity_name(r->identity);
	const char *domain = r->domain == NULL ? "no domain" : r->domain;

	if (r->problem != NULL)
		return arena_concat(a, name, " of ", identity, " ", domain,
		    ": ", r->problem);
	if (r->term != NULL)
		return arena_concat(a, name, " of ", identity, " ", domain,
		    ": ", r->term, " in the record of ", r->term_domain);
	return arena_concat(a, name, " of ", identity, " ", domain);
}

/* RFC 7208 6.2: the reader must see whose words the explanation is. */
struct reply
check_spf_reply(struct arena *a, enum spf_verdict verdict, const char *domain,
    const struct ip *client, const char *explanation)
{
	if (verdict == SPF_TEMPERROR)
		return (struct reply){451, "4.3",
		    arena_printf(a, "SPF check of %s failed for the time being",
			domain == NULL ? "the sender" : domain)};
	if (verdict == SPF_FAIL && explanation != NULL)
		return (struct reply){550, "7.23",
		    arena_printf(a, "SPF fail; %s explains: %s", domain,
			explanation)};
	return (struct reply){550, "7.23",
	    arena_printf(a,
		"SPF %s; client [%s] is not permitted to send mail for %s",
		spf_verdict_name(verdict), ip_text(a, client),
		domain == NULL ? "this sender" : domain)};
}

static struct finding *
spf_found(struct check_run *run, enum finding_outcome outcome,
    const struct check_settings *settings, const char *why)
{
	struct finding *f = check_found(run, CHECK_SPF, outcome, why);

	f->settings = *settings;
	f->settings.shadow = check_shadowed(run, CHECK_SPF, settings->shadow);
	return f;
}

static void
judge_result(struct check_run *run, const struct spf_result *r)
{
	const struct check_settings *settings =
	    check_spf_settings(run->settings, r->verdict, r->domain);
	const char *why = describe_spf(run, r);
	struct finding *f;

	if (r->verdict == SPF_PASS || settings->action == ACTION_OFF ||
	    (settings->action == ACTION_SCORE && settings->points == 0)) {
		spf_found(run, FINDING_FINE, settings, why);
		return;
	}
	if (check_client_is_our_mx(run)) {
		spf_found(run, FINDING_SKIPPED, settings,
		    "the client is a mail exchanger of our domains");
		return;
	}
	f = spf_found(run,
	    r->verdict == SPF_TEMPERROR ? FINDING_TEMP : FINDING_HIT, settings,
	    why);
	f->reply = check_spf_reply(run->arena, r->verdict, r->domain,
	    &run->facts->client, r->explanation);
}

const struct spf_result *
check_spf_mailfrom(struct check_run *run)
{
	struct transaction *m = transaction_of(run);

	if (!m->has_mailfrom)
		evaluate_spf(run);
	return &m->mailfrom;
}

/* Of HELO only a fail tells anything: few names have a record. */
static const struct spf_result *
spf_that_counts(const struct transaction *m)
{
	return m->has_helo && m->helo.verdict == SPF_FAIL ? &m->helo
							  : &m->mailfrom;
}

/* Of those who send through us SPF has nothing to say. */
static bool
spf_is_of_message(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	return facts->sasl_user == NULL && facts->client.version != 0 &&
	       !ip_is_loopback(&facts->client) && run->spf != NULL;
}

void
check_spf_ask_of_message(struct check_run *run)
{
	if (spf_is_of_message(run))
		ask_first_records(run, false);
}

const struct spf_result *
check_spf_mailfrom_of_message(struct check_run *run)
{
	struct transaction *m = transaction_of(run);
	struct spf_request request = request_of(run);
	struct dns_query known[2];

	if (!spf_is_of_message(run))
		return NULL;
	if (!m->has_mailfrom) {
		request.n_known = answers_of_first(run, known);
		request.known = known;
		spf_check(run->spf, m->arena, &request, &m->mailfrom);
		m->has_mailfrom = true;
	}
	return &m->mailfrom;
}

const struct spf_result *
check_spf_of_message(struct check_run *run)
{
	return check_spf_mailfrom_of_message(run) == NULL
		   ? NULL
		   : spf_that_counts(transaction_of(run));
}

/* Without a client address there is nothing to compare. */
static void
judge_nowhere(struct check_run *run)
{
	struct finding *f = check_found(run, CHECK_SPF, FINDING_TEMP,
	    "the client's address is not known");

	f->reply = (struct reply){
	    451, "4.3", "The client's address is not known at the moment"};
}

static void
check_spf_judge(struct check_run *run)
{
	struct transaction *m = transaction_of(run);

	if (run->facts->client.version == 0) {
		judge_nowhere(run);
		return;
	}
	check_spf_mailfrom(run);
	judge_result(run, spf_that_counts(m));
}

const struct check check_spf = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS_OR_DEFERS,
    .exempts_roles = true,
    .applies = check_spf_applies,
    .ask = check_spf_ask,
    .judge = check_spf_judge,
};
