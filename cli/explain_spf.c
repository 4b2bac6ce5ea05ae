/* SPDX-License-Identifier: MIT */
#include "explain_spf.h"

#include "base/clock.h"
#include "output.h"

#include <stdio.h>

/* How many seconds from now on; 0: the result is of this sender alone. */
static int64_t
spf_seconds_kept(const struct spf_result *spf)
{
	int64_t left = spf->kept_until - clock_ms();

	return spf->kept_until == 0 || left <= 0 ? 0 : (left + 999) / 1000;
}

/* What a daemon does with the result, too: its own DNS has a cache. */
void
explain_spf_print(struct invocation *in, const struct spf_result *spf)
{
	int64_t seconds = spf == NULL ? 0 : spf_seconds_kept(spf);

	if (spf == NULL || spf->domain == NULL)
		return;
	if (spf->kept_since != 0)
		printf("  SPF of %s: kept since %s, for %lld s more\n",
		    output_shown(in->arena, spf->domain),
		    output_time(in->arena, spf->kept_since),
		    (long long)seconds);
	else if (seconds > 0)
		printf("  SPF of %s: kept for %lld s, for all its senders from "
		       "this client\n",
		    output_shown(in->arena, spf->domain), (long long)seconds);
	else
		printf("  SPF of %s: not kept\n",
		    output_shown(in->arena, spf->domain));
}

void
explain_spf_add(cJSON *all, const struct spf_result *spf)
{
	cJSON *kept;

	if (spf == NULL || spf->domain == NULL)
		return;
	kept = cJSON_AddObjectToObject(all, "spf_kept");
	if (spf->kept_since != 0)
		cJSON_AddNumberToObject(kept, "since", (double)spf->kept_since);
	else
		cJSON_AddNullToObject(kept, "since");
	cJSON_AddNumberToObject(kept, "seconds", (double)spf_seconds_kept(spf));
}
