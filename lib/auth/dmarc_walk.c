/* SPDX-License-Identifier: MIT */
#include "auth/private/dmarc_walk.h"

#include "base/str.h"

#include <string.h>

/* RFC 9989 4.10: from longer names the walk goes on with so many labels. */
#define LABELS_AFTER_START (DMARC_WALK_MAX - 1)

static size_t
count_labels(const char *domain)
{
	size_t n = 1;

	for (; *domain != '\0'; domain++)
		n += *domain == '.';
	return n;
}

/* Of a domain with at least so many labels. */
static const char *
last_labels(const char *domain, size_t n)
{
	for (size_t all = count_labels(domain); all > n; all--)
		domain = strchr(domain, '.') + 1;
	return domain;
}

static size_t
add_step(struct arena *a, const char *domain, struct dmarc_step *out)
{
	const char *query = arena_printf(a, "_dmarc.%s", domain);

	if (!dns_name_valid(query))
		return 0;
	*out = (struct dmarc_step){.domain = domain, .query = query};
	return 1;
}

size_t
dmarc_walk_steps(struct arena *a, const char *start,
    struct dmarc_step out[static DMARC_WALK_MAX])
{
	size_t labels = count_labels(start), n = add_step(a, start, out);

	labels = labels > LABELS_AFTER_START ? LABELS_AFTER_START : labels - 1;
	for (; labels > 0; labels--)
		n += add_step(a, last_labels(start, labels), out + n);
	return n;
}

const struct dns_query *
dmarc_answer(const char *name, const struct dns_query *known, size_t n_known)
{
	for (size_t i = 0; i < n_known; i++)
		if (known[i].type == DNS_TXT &&
		    str_equal_fold(known[i].name, name))
			return &known[i];
	return NULL;
}

/* 4.10: what begins with no version does not count; of several records that
   are left none does. */
static bool
choose_dmarc_record(const struct dns_query *answer, struct dmarc_record *out)
{
	struct dmarc_record record;
	size_t found = 0;

	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++) {
		const struct dns_record *txt = &answer->records[i];

		if (!dmarc_record_read(txt->text, txt->text_len, &record))
			continue;
		*out = record;
		found++;
	}
	return found == 1;
}

static enum dmarc_walk_end
take_step(struct arena *a, struct dmarc_step *step,
    const struct dns_query *known, size_t n_known, const char **problem)
{
	const struct dns_query *answer =
	    dmarc_answer(step->query, known, n_known);

	if (answer == NULL)
		return DMARC_WALK_UNASKED;
	if (answer->rc == RC_TEMP) {
		*problem = arena_printf(a, "%s: %s", step->query,
		    answer->problem != NULL ? answer->problem : "no answer");
		return DMARC_WALK_FAILED;
	}
	step->found = choose_dmarc_record(answer, &step->record);
	return DMARC_WALK_WHOLE;
}

static bool
is_above_start(const struct dmarc_walk *walk, const char *domain)
{
	return strcmp(walk->start, domain) != 0;
}

/* One label below a step, reckoned from the start: a level may have been left
   out by the walk. */
static const char *
domain_below(const struct dmarc_walk *walk, const char *domain)
{
	return last_labels(walk->start, count_labels(domain) + 1);
}

/* 4.10.2.  Of the steps taken only the last one can have psd=n or psd=y. */
static const char *
walk_org(const struct dmarc_walk *walk)
{
	for (size_t i = walk->n; i > 0; i--) {
		const struct dmarc_step *step = &walk->steps[i - 1];

		if (!step->found)
			continue;
		return step->record.psd == DMARC_PSD_YES &&
			       is_above_start(walk, step->domain)
			   ? domain_below(walk, step->domain)
			   : step->domain;
	}
	return walk->start;
}

/* After an error at the last step taken: the highest domain that may be the
   organization, by what is known of those above. */
static const char *
walk_highest_org(struct arena *a, const struct dmarc_walk *walk,
    const struct dns_query *known, size_t n_known)
{
	struct dmarc_step steps[DMARC_WALK_MAX];
	size_t n = dmarc_walk_steps(a, walk->start, steps);
	const char *highest = walk->steps[walk->n - 1].domain, *problem;

	for (size_t i = walk->n; i < n; i++) {
		struct dmarc_step *step = &steps[i];

		if (take_step(a, step, known, n_known, &problem) !=
		    DMARC_WALK_WHOLE)
			highest = step->domain;
		if (!step->found)
			continue;
		if (step->record.psd == DMARC_PSD_YES)
			return domain_below(walk, step->domain);
		highest = step->domain;
		if (step->record.psd == DMARC_PSD_NO)
			break;
	}
	return highest;
}

void
dmarc_walk_take(struct arena *a, const char *start,
    const struct dns_query *known, size_t n_known, struct dmarc_walk *out)
{
	size_t n;

	*out = (struct dmarc_walk){.start = start};
	n = dmarc_walk_steps(a, start, out->steps);
	while (out->n < n) {
		struct dmarc_step *step = &out->steps[out->n];

		out->end = take_step(a, step, known, n_known, &out->problem);
		if (out->end == DMARC_WALK_UNASKED)
			return;
		out->n++;
		if (out->end == DMARC_WALK_FAILED)
			break;
		if (step->found && !is_above_start(out, step->domain))
			out->own = step;
		if (step->found && step->record.psd == DMARC_PSD_YES &&
		    is_above_start(out, step->domain))
			out->psd = step;
		if (step->found && step->record.psd != DMARC_PSD_UNSAID)
			break;
	}
	out->org = out->end == DMARC_WALK_FAILED
		       ? walk_highest_org(a, out, known, n_known)
		       : walk_org(out);
}

static const struct dmarc_step *
walk_record_at(const struct dmarc_walk *walk, const char *domain)
{
	for (size_t i = 0; i < walk->n; i++)
		if (walk->steps[i].found &&
		    strcmp(walk->steps[i].domain, domain) == 0)
			return &walk->steps[i];
	return NULL;
}

const struct dmarc_step *
dmarc_walk_policy(const struct dmarc_walk *walk)
{
	const struct dmarc_step *found = walk->own;

	if (found == NULL && walk->end == DMARC_WALK_WHOLE)
		found = walk_record_at(walk, walk->org);
	if (found == NULL && walk->end == DMARC_WALK_WHOLE)
		found = walk->psd;
	return found;
}
