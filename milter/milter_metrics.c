/* SPDX-License-Identifier: MIT */
#include "milter_metrics.h"

#include "program/decision_keeper.h"
#include "program/metrics.h"

#include <string.h>

enum {
	ACCEPTED,
	REWRITTEN,
	DEFERRED,
	REJECTED,
	RESULTS
};

static const char *const labels[] = {"result=\"accepted\"",
    "result=\"rewritten\"", "result=\"deferred\"", "result=\"rejected\""};

static struct metric_cell cells[RESULTS];

static struct metric_family messages = {
    .name = "postward_messages_total",
    .help = "Messages at their end; rewritten: accepted with another sender.",
    .n = RESULTS,
    .labels = labels,
    .cells = cells,
};

/* Results of RFC 8601: each method has those that it can have. */
#define EACH_RESULT(RESULT)                                                    \
	RESULT("spf", "none")                                                  \
	RESULT("spf", "neutral")                                               \
	RESULT("spf", "pass")                                                  \
	RESULT("spf", "fail")                                                  \
	RESULT("spf", "softfail")                                              \
	RESULT("spf", "temperror")                                             \
	RESULT("spf", "permerror")                                             \
	RESULT("dkim", "none")                                                 \
	RESULT("dkim", "pass")                                                 \
	RESULT("dkim", "fail")                                                 \
	RESULT("dkim", "policy")                                               \
	RESULT("dkim", "neutral")                                              \
	RESULT("dkim", "temperror")                                            \
	RESULT("dkim", "permerror")                                            \
	RESULT("dmarc", "none")                                                \
	RESULT("dmarc", "pass")                                                \
	RESULT("dmarc", "fail")                                                \
	RESULT("dmarc", "temperror")                                           \
	RESULT("arc", "pass")                                                  \
	RESULT("arc", "fail")

#define RESULT_PAIR(method, result) {method, result},
#define RESULT_LABEL(method, result)                                           \
	"method=\"" method "\",result=\"" result "\"",

static const struct {
	const char *method, *result;
} results[] = {EACH_RESULT(RESULT_PAIR)};

static const char *const result_labels[] = {EACH_RESULT(RESULT_LABEL)};

#define N_RESULTS (sizeof(results) / sizeof(*results))

static struct metric_cell result_cells[N_RESULTS];

static struct metric_family authentication = {
    .name = "postward_authentication_total",
    .help = "Messages of strangers, by what SPF, DKIM, DMARC, ARC say of them.",
    .n = N_RESULTS,
    .labels = result_labels,
    .cells = result_cells,
};

#define EACH_FATE(FATE)                                                        \
	FATE("forward")                                                        \
	FATE("sign")                                                           \
	FATE("rewrite")                                                        \
	FATE("hold")                                                           \
	FATE("reject")                                                         \
	FATE("later")

#define FATE_NAME(action)  action,
#define FATE_LABEL(action) "action=\"" action "\"",

static const char *const fates[] = {EACH_FATE(FATE_NAME)};
static const char *const fate_labels[] = {EACH_FATE(FATE_LABEL)};

#define N_FATES (sizeof(fates) / sizeof(*fates))

static struct metric_cell fate_cells[N_FATES];

static struct metric_family fate = {
    .name = "postward_fate_total",
    .help = "Messages of strangers to be forwarded, by what is done, or said.",
    .n = N_FATES,
    .labels = fate_labels,
    .cells = fate_cells,
};

static const char *const failure_labels[FAILURE_KINDS] = {
    [FAILURE_HARD] = "kind=\"hard\"",
    [FAILURE_POLICY] = "kind=\"policy\"",
    [FAILURE_SOFT] = "kind=\"soft\"",
    [FAILURE_REMOTE] = "kind=\"remote\"",
};

static struct metric_cell failure_cells[FAILURE_KINDS];

static struct metric_family failures = {
    .name = "postward_target_failures_total",
    .help = "Messages that targets of forwards did not take, as counted.",
    .n = FAILURE_KINDS,
    .labels = failure_labels,
    .cells = failure_cells,
};

static struct metric_cell elsewhere_cells[FAILURE_KINDS];

static struct metric_family failures_elsewhere = {
    .name = "postward_target_failures_elsewhere_total",
    .help = "The same of targets that do not stand in the store, but in a "
	    "directory or a ~/.forward: they are not paused.",
    .n = FAILURE_KINDS,
    .labels = failure_labels,
    .cells = elsewhere_cells,
};

struct metric_family *const milter_metrics[] = {&messages, &authentication,
    &fate, &failures, &failures_elsewhere, &decisions_kept, &decisions_lost,
    NULL};

/* A folder that cannot be read is one key in trouble; of many, only those that
   are read now are counted. */
static void
count_keys(const struct signing_keys *keys, int64_t counts[SIGNING_STATES])
{
	struct arena *a = arena_new();
	size_t n;
	struct signing_domain **domains = signing_keys_take_read(keys, a, &n);

	for (size_t i = 0; i < n; i++) {
		const struct signing_domain *d = domains[i];

		counts[SIGNING_TROUBLE] += d->trouble != NULL;
		for (size_t k = 0; k < d->n; k++)
			counts[signing_domain_state(d, &d->files[k])]++;
	}
	signing_keys_give_read(keys, domains, n);
	arena_free(a);
}

void
milter_metrics_add(struct str *page, struct snapshot *snapshot)
{
	static const char name[] = "postward_signing_keys";
	int64_t counts[SIGNING_STATES] = {0};

	metrics_lists(page, snapshot);
	decision_keeper_metrics(page, snapshot);
	count_keys(snapshot->signing_keys, counts);
	metric_show_head(page, name, "Keys that mail is signed with.");
	for (size_t i = 0; i < SIGNING_STATES; i++)
		metric_show_gauge(page, name, "state",
		    signing_state_name((enum signing_state)i), counts[i]);
}

static void
count_result(const char *method, const char *result)
{
	for (size_t i = 0; result != NULL && i < N_RESULTS; i++)
		if (strcmp(results[i].method, method) == 0 &&
		    strcmp(results[i].result, result) == 0)
			metric_add(&authentication, i, 1);
}

static void
count_fate(const char *action)
{
	for (size_t i = 0; action != NULL && i < N_FATES; i++)
		if (strcmp(fates[i], action) == 0)
			metric_add(&fate, i, 1);
}

void
milter_metrics_count_failure(enum failure_kind kind, bool elsewhere)
{
	metric_add(elsewhere ? &failures_elsewhere : &failures, kind, 1);
}

void
milter_metrics_count(const struct decision *decision)
{
	const struct reply *refusal = &decision->verdict.reply;
	size_t result = ACCEPTED;

	if (refusal->code != 0)
		result = refusal->code >= 500 ? REJECTED : DEFERRED;
	else if (decision->new_sender != NULL)
		result = REWRITTEN;
	metric_add(&messages, result, 1);
	count_result("spf", decision->spf);
	count_result("dkim", decision->dkim);
	count_result("dmarc", decision->dmarc);
	count_result("arc", decision->arc);
	count_fate(decision->fate);
}
