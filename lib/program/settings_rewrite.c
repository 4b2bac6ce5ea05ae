/* SPDX-License-Identifier: MIT */
/* The domain of the addresses that stand in From for authors. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"

#include <string.h>

static enum rc
check_from_domain_alone(const struct settings *s, struct err *err)
{
	const char *where = settings_where(s, "forwarding", "from-domain");
	struct config_list domains =
	    config_list(s->config, "srs", NULL, "domain");
	const char *domain;

	if (domains.n == 0)
		return err_set(err, RC_PERM,
		    "%s: forwarding.from-domain: needs srs.domain, whose "
		    "secrets make its addresses",
		    where);
	for (size_t i = 0; i < domains.n; i++)
		if (domain_read(s->arena, domains.items[i], &domain, NULL) ==
			RC_OK &&
		    strcmp(domain, s->authors.domain) == 0)
			return err_set(err, RC_PERM,
			    "%s: forwarding.from-domain: %s is a srs.domain: "
			    "expected a domain of its own",
			    where, domain);
	if (forwards_configured(&s->forwards, s->authors.domain))
		return err_set(err, RC_PERM,
		    "%s: forwarding.from-domain: %s is one of domains: "
		    "expected a domain of its own",
		    where, s->authors.domain);
	return RC_OK;
}

enum rc
settings_read_rewrite(struct settings *s, struct err *err)
{
	const char *given =
	    config_text(s->config, "forwarding", NULL, "from-domain");
	bool rewrites = s->policy.fate.spf_only == FATE_REWRITE;

	s->authors.return_path = &s->return_path;
	s->policy.authors = &s->authors;
	if (given[0] == '\0')
		return rewrites
			   ? err_set(err, RC_PERM,
				 "%s: forwarding.spf-only: \"rewrite\" "
				 "needs forwarding.from-domain",
				 settings_where(s, "forwarding", "spf-only"))
			   : RC_OK;
	domain_read(s->arena, given, &s->authors.domain, NULL);
	s->policy.fate.from_domain = s->authors.domain;
	if (!s->dkim.sign)
		return err_set(err, RC_PERM,
		    "%s: forwarding.from-domain: needs dkim.sign",
		    settings_where(s, "forwarding", "from-domain"));
	return check_from_domain_alone(s, err);
}
