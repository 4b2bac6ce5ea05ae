/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards_settings.h"

#include "base/str.h"

bool
forwards_serves(const struct forwards_settings *settings, const char *domain)
{
	for (size_t i = 0; i < settings->n_domains; i++)
		if (str_equal_fold(settings->domains[i], domain))
			return true;
	return false;
}
