/* SPDX-License-Identifier: MIT */
#include "dns_review.h"

#include "base/clock.h"

/* All evaluations of SPF together may take so many times what one may. */
#define PATIENCE 3

void
dns_review_plan(struct dns_review *review, struct arena *a, const char *domain)
{
	review->all = dns_wanted_list(a, &review->of, domain, &review->n);
	review->judging.of = &review->of;
	dns_judge_first(&review->judging, a, review->all, review->n);
}

void
dns_review_ask(struct dns_review *review, struct arena *a,
    const struct settings *settings, struct dns *dns)
{
	struct dns_judging *j = &review->judging;
	int64_t each = settings->policy.deadline_ms;
	struct spf *spf = spf_new(dns);

	dns_facts_ask(&j->facts, a, dns, clock_ms() + each);
	dns_judge_second(j, a, review->all, review->n);
	dns_facts_ask(&j->facts, a, dns, clock_ms() + each);
	j->spf = spf;
	j->timeout_ms = each;
	j->deadline = clock_ms() + PATIENCE * each;
	review->judged =
	    arena_take_array(a, review->n + 1, sizeof(*review->judged));
	for (size_t i = 0; i < review->n; i++)
		review->judged[i] = dns_judge(j, a, &review->all[i]);
	j->spf = NULL;
	spf_free(spf);
}
