/* SPDX-License-Identifier: MIT */
#include "policy/fate_target.h"

#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

#define GOOGLE_PAGE    "support.google.com/a/answer/174125, MX record values"
#define MICROSOFT_PAGE "learn.microsoft.com, DNS records for Microsoft 365"
#define APPLE_PAGE     "support.apple.com/102374, iCloud custom domains"

/* A domain, with all below it. */
static const struct {
	const char *domain;
	enum fate_receiver receiver;
	const char *since, *source;
} exchangers[] = {
    {"google.com", FATE_GMAIL, "2023-04", GOOGLE_PAGE},
    {"googlemail.com", FATE_GMAIL, "2006-08", GOOGLE_PAGE},
    {"protection.outlook.com", FATE_OUTLOOK, "2013-02", MICROSOFT_PAGE},
    {"mx.microsoft", FATE_OUTLOOK, "2024-07", MICROSOFT_PAGE},
    {"yahoodns.net", FATE_YAHOO, "2011-01", "MX of yahoo.com and aol.com"},
    {"mail.icloud.com", FATE_ICLOUD, "2018-06", APPLE_PAGE},
    {"apple.com", FATE_ICLOUD, "2018-06", "MX of apple.com"},
};

/* ---- domains */

static bool
targets_have(const char *domains, const char *domain)
{
	size_t len = strlen(domain);

	for (const char *at = domains; at != NULL && *at != '\0';) {
		size_t one = strcspn(at, " ");

		if (one == len && strncmp(at, domain, len) == 0)
			return true;
		at += one + (at[one] == ' ');
	}
	return false;
}

static size_t
targets_count(const char *domains)
{
	size_t n = domains != NULL;

	for (; domains != NULL && (domains = strchr(domains, ' ')) != NULL;
	     domains++)
		n++;
	return n;
}

const char *
fate_targets_add(struct arena *a, const char *domains,
    const struct forwards *forwards)
{
	for (size_t i = 0; i < forwards->n; i++) {
		const char *at = strrchr(forwards->targets[i], '@');
		const char *domain = at == NULL ? NULL : str_lower(a, at + 1);

		if (domain == NULL || strchr(domain, ' ') != NULL ||
		    targets_have(domains, domain) ||
		    targets_count(domains) > FATE_TARGETS_MAX)
			continue;
		domains = domains == NULL
			      ? domain
			      : arena_printf(a, "%s %s", domains, domain);
	}
	return domains;
}

const char *
fate_targets_at(struct arena *a, const char *domains, size_t n)
{
	for (; domains != NULL && n > 0; n--) {
		domains = strchr(domains, ' ');
		domains = domains == NULL ? NULL : domains + 1;
	}
	return domains == NULL
		   ? NULL
		   : arena_copy_bytes(a, domains, strcspn(domains, " "));
}

/* ---- receivers */

enum fate_receiver
fate_receiver_of_host(struct arena *a, const char *host)
{
	const char *name = str_lower(a, host);

	for (size_t i = 0; i < sizeof(exchangers) / sizeof(*exchangers); i++)
		if (domain_within(name, exchangers[i].domain))
			return exchangers[i].receiver;
	return FATE_STRICT;
}

/* A worse exchanger is asked only while all better ones are silent; the records
   come by preference. */
unsigned
fate_receivers_of(struct arena *a, const struct dns_query *answer)
{
	unsigned set = 0;

	if (answer->rc != RC_OK)
		return 1U << FATE_STRICT;
	for (size_t i = 0; i < answer->n && answer->records[i].preference ==
						answer->records[0].preference;
	     i++)
		set |= 1U << fate_receiver_of_host(a, answer->records[i].name);
	return set;
}
