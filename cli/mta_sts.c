/* SPDX-License-Identifier: MIT */
#include "mta_sts.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define MX_MAX 64

static const char *const mode_names[] = {
    [MTA_STS_NONE] = "none",
    [MTA_STS_TESTING] = "testing",
    [MTA_STS_ENFORCE] = "enforce",
};

const char *
mta_sts_mode_name(enum mta_sts_mode mode)
{
	return mode_names[mode];
}

struct policy_reading {
	struct arena *arena;
	struct mta_sts *policy;
	const char **mx;
	const char *version, *mode, *max_age;
};

/* "key: value"; the value without white space at its ends. */
static void
policy_take_line(struct policy_reading *r, char *line)
{
	char *colon = strchr(line, ':');
	char *value, *end;

	if (colon == NULL)
		return;
	*colon = '\0';
	line[strcspn(line, " \t")] = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && strchr(" \t\r", end[-1]) != NULL)
		*--end = '\0';
	if (strcmp(line, "version") == 0 && r->version == NULL)
		r->version = value;
	else if (strcmp(line, "mode") == 0 && r->mode == NULL)
		r->mode = value;
	else if (strcmp(line, "max_age") == 0 && r->max_age == NULL)
		r->max_age = value;
	else if (strcmp(line, "mx") == 0 && r->policy->n_mx < MX_MAX)
		r->mx[r->policy->n_mx++] = value;
}

static bool
policy_read_age(const char *text, long *out)
{
	char *end;

	if (text == NULL || *text < '0' || *text > '9' || strlen(text) > 10)
		return false;
	*out = strtol(text, &end, 10);
	return *end == '\0' && *out <= MTA_STS_MAX_AGE_MAX;
}

static enum rc
policy_finish(struct policy_reading *r, struct err *err)
{
	size_t mode = 0;

	if (r->version == NULL || strcmp(r->version, "STSv1") != 0)
		return err_set(err, RC_PERM, "has no line version: STSv1");
	if (r->mode == NULL)
		return err_set(err, RC_PERM, "has no line mode");
	while (mode <= MTA_STS_ENFORCE &&
	       strcmp(r->mode, mode_names[mode]) != 0)
		mode++;
	if (mode > MTA_STS_ENFORCE)
		return err_set(err, RC_PERM,
		    "its mode is none of enforce, testing, none");
	r->policy->mode = (enum mta_sts_mode)mode;
	if (!policy_read_age(r->max_age, &r->policy->max_age))
		return err_set(err, RC_PERM,
		    "its max_age is no number from 0 to %d",
		    MTA_STS_MAX_AGE_MAX);
	if (r->policy->n_mx == 0 && r->policy->mode != MTA_STS_NONE)
		return err_set(err, RC_PERM, "has no line mx");
	return RC_OK;
}

enum rc
mta_sts_read(struct arena *a, const char *text, size_t len, struct mta_sts *out,
    struct err *err)
{
	struct policy_reading r = {.arena = a,
	    .policy = out,
	    .mx = arena_take_array(a, MX_MAX, sizeof(*r.mx))};
	char *copy, *rest, *line;

	*out = (struct mta_sts){.mx = r.mx};
	if (len > MTA_STS_POLICY_MAX || memchr(text, '\0', len) != NULL)
		return err_set(err, RC_PERM, "is no text of lines");
	copy = arena_copy_bytes(a, text, len);
	for (line = strtok_r(copy, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		policy_take_line(&r, line);
	return policy_finish(&r, err);
}

bool
mta_sts_allows(const struct mta_sts *policy, const char *host)
{
	const char *parent = strchr(host, '.');

	for (size_t i = 0; i < policy->n_mx; i++) {
		const char *mx = policy->mx[i];

		if (str_equal_fold(mx, host) ||
		    (str_starts(mx, "*.") && parent != NULL &&
			str_equal_fold(mx + 1, parent)))
			return true;
	}
	return false;
}
