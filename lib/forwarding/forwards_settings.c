/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards_settings.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
names_compare(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcasecmp(*a, *b);
}

const char *const *
forwards_sorted(struct arena *a, const char *const *names, size_t n)
{
	const char **sorted = arena_take_array(a, n + 1, sizeof(*sorted));

	if (n > 0) {
		memcpy(sorted, names, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), names_compare);
	}
	return sorted;
}

bool
forwards_configured(const struct forwards_settings *settings,
    const char *domain)
{
	if (settings->sorted != NULL)
		return settings->n_domains > 0 &&
		       bsearch(&domain, settings->sorted, settings->n_domains,
			   sizeof(*settings->sorted), names_compare) != NULL;
	for (size_t i = 0; i < settings->n_domains; i++)
		if (str_equal_fold(settings->domains[i], domain))
			return true;
	return false;
}
