/* SPDX-License-Identifier: MIT */
/* What SPF tells the world about who sends in our domains' names. */
#include "check.h"

#include "auth/spf.h"
#include "base/clock.h"

/* The address of nobody (RFC 1122 3.2.1.3): whoever may send from there, all
   the world may. */
static const struct ip nobody = {.version = 4};

static const struct {
	enum check_state state;
	const char *words;
} words_of[SPF_VERDICTS] = {
    [SPF_FAIL] = {CHECK_FINE, "strangers are refused"},
    [SPF_SOFTFAIL] = {CHECK_WARN,
	"does not end in -all: other hosts only doubt strangers who send in "
	"its name (ours refuse them, see sender_ours in postward.conf(5)); "
	"name in it the hosts through which members send, then end it in "
	"-all"},
    [SPF_NEUTRAL] = {CHECK_WARN,
	"says nothing about strangers: other hosts take what they send in its "
	"name (ours refuse it, see sender_ours in postward.conf(5)); name in "
	"it the hosts through which members send, then end it in -all"},
    [SPF_NONE] = {CHECK_WARN,
	"none: strangers may send in its name, which only scores here (see "
	"sender_ours in postward.conf(5)); publish \"v=spf1 mx -all\", with "
	"the hosts through which members send"},
    [SPF_PASS] = {CHECK_WARN, "lets all the world send in its name"},
    [SPF_PERMERROR] = {CHECK_WARN, NULL},
    [SPF_TEMPERROR] = {CHECK_RETRY, NULL},
};

static void
look_at_our_spf(struct looks *l, const struct spf *spf, const char *domain)
{
	struct invocation *in = check_invocation(l);
	const struct policy_settings *policy = &in->settings->policy;
	const struct spf_request request = {
	    .client = nobody,
	    .helo = policy->hostname,
	    .sender = arena_printf(in->arena, "postmaster@%s", domain),
	    .receiver = policy->hostname,
	    .deadline = clock_ms() + policy->deadline_ms,
	};
	struct spf_result r;

	spf_check(spf, in->arena, &request, &r);
	check_saw(l, words_of[r.verdict].state,
	    arena_printf(in->arena, "SPF of %s", domain),
	    words_of[r.verdict].words != NULL ? words_of[r.verdict].words
					      : r.problem);
}

void
check_ours(struct looks *l, struct dns *dns)
{
	const struct forwards_settings *served =
	    &check_invocation(l)->settings->policy.forwards;
	struct spf *spf = spf_new(dns);

	for (size_t i = 0; i < served->n_domains; i++)
		look_at_our_spf(l, spf, served->domains[i]);
	spf_free(spf);
}
