/* SPDX-License-Identifier: MIT */
#include "probes_ours.h"

#include "auth/spf.h"
#include "base/clock.h"

#include <string.h>

struct our_domains {
	const char **names;
	size_t n;
};

static void
our_domains_add(struct our_domains *ours, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < ours->n && strcmp(ours->names[k], names[i]) != 0)
			k++;
		if (k == ours->n)
			ours->names[ours->n++] = names[i];
	}
}

/* Mail is sent in the name of all of them, and comes back to it. */
static struct our_domains
our_domains_of(const struct probe_run *run)
{
	const struct forwards_settings *served = &run->settings->forwards;
	const struct srs *srs = run->settings->return_path.srs;
	size_t n_srs = srs == NULL ? 0 : srs->n_domains;
	const char *authors = run->settings->authors.domain;
	struct our_domains ours = {
	    .names = arena_take_array(run->arena, served->n_domains + n_srs + 1,
		sizeof(*ours.names))};

	our_domains_add(&ours, served->domains, served->n_domains);
	if (srs != NULL)
		our_domains_add(&ours, srs->domains, n_srs);
	if (authors != NULL)
		our_domains_add(&ours, &authors, 1);
	return ours;
}

static void
probe_mx_of(const struct probe_run *run, const struct dns_query *q)
{
	const char *what = arena_printf(run->arena, "MX of %s", q->name);

	if (q->rc == RC_OK)
		probe_saw_of(run, REPORT_OK, what, q->records[0].name);
	else if (q->rc == RC_TEMP)
		probe_saw_of(run, REPORT_UNKNOWN, what,
		    arena_printf(run->arena, "%s; see the section resolver",
			q->problem));
	else
		probe_saw_of(run, REPORT_WARNING, what,
		    "none: mail for it will not come here");
}

void
probe_our_mx(const struct probe_run *run)
{
	struct our_domains ours = our_domains_of(run);
	struct dns_query *queries =
	    arena_take_array(run->arena, ours.n + 1, sizeof(*queries));

	for (size_t i = 0; i < ours.n; i++)
		queries[i] =
		    (struct dns_query){.name = ours.names[i], .type = DNS_MX};
	dns_ask(run->dns, run->arena, queries, ours.n,
	    clock_ms() + run->settings->policy.deadline_ms);
	for (size_t i = 0; i < ours.n; i++)
		probe_mx_of(run, &queries[i]);
}

/* The address of nobody (RFC 1122 3.2.1.3): whoever may send from there, all
   the world may. */
static const struct ip nobody = {.version = 4};

static const struct {
	enum report_state state;
	const char *words;
} words_of[SPF_VERDICTS] = {
    [SPF_FAIL] = {REPORT_OK, "strangers are refused"},
    [SPF_SOFTFAIL] = {REPORT_WARNING,
	"does not end in -all: other hosts only doubt strangers who send in "
	"its name (ours refuse them, see sender_ours in postward.conf(5)); "
	"name in it the hosts through which members send, then end it in "
	"-all"},
    [SPF_NEUTRAL] = {REPORT_WARNING,
	"says nothing about strangers: other hosts take what they send in its "
	"name (ours refuse it, see sender_ours in postward.conf(5)); name in "
	"it the hosts through which members send, then end it in -all"},
    [SPF_NONE] = {REPORT_WARNING,
	"none: strangers may send in its name, which only scores here (see "
	"sender_ours in postward.conf(5)); publish \"v=spf1 mx -all\", with "
	"the hosts through which members send"},
    [SPF_PASS] = {REPORT_WARNING, "lets all the world send in its name"},
    [SPF_PERMERROR] = {REPORT_WARNING, NULL},
    [SPF_TEMPERROR] = {REPORT_UNKNOWN, NULL},
};

static void
probe_spf_of(const struct probe_run *run, const struct spf *spf,
    const char *domain)
{
	const struct settings *settings = run->settings;
	const struct spf_request request = {
	    .client = nobody,
	    .helo = settings->hostname,
	    .sender = arena_printf(run->arena, "postmaster@%s", domain),
	    .receiver = settings->hostname,
	    .deadline = clock_ms() + settings->policy.deadline_ms,
	};
	struct spf_result r;

	spf_check(spf, run->arena, &request, &r);
	probe_saw_of(run, words_of[r.verdict].state,
	    arena_printf(run->arena, "SPF of %s", domain),
	    words_of[r.verdict].words != NULL ? words_of[r.verdict].words
					      : r.problem);
}

void
probe_our_spf(const struct probe_run *run)
{
	struct our_domains ours = our_domains_of(run);
	struct spf *spf = spf_new(run->dns);

	for (size_t i = 0; i < ours.n; i++)
		probe_spf_of(run, spf, ours.names[i]);
	spf_free(spf);
}
