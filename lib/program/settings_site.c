/* SPDX-License-Identifier: MIT */
/* Who this machine is, and whose mail it forwards. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"

#include <unistd.h>

static enum rc
read_hostname(struct settings *s, struct err *err)
{
	const char *given = config_text(s->config, "", NULL, "hostname");
	char machine[256] = "";

	if (given[0] == '\0') {
		if (gethostname(machine, sizeof(machine) - 1) != 0)
			machine[0] = '\0';
		given = machine;
	}
	if (domain_read(s->arena, given, &s->hostname, NULL) != RC_OK)
		return err_set(err, RC_PERM,
		    "%s: the machine has no usable name: set hostname",
		    settings_where(s, "", "hostname"));
	return RC_OK;
}

const char *const *
settings_domains(struct settings *s, struct config_list list)
{
	const char **domains =
	    arena_take_array(s->arena, list.n + 1, sizeof(*domains));
	struct address address;

	for (size_t i = 0; i < list.n; i++)
		if (address_read(s->arena, list.items[i], &address, NULL) ==
			RC_OK &&
		    address.domain[0] != '\0')
			domains[i] = address_key(s->arena, &address);
		else
			domain_read(s->arena, list.items[i], &domains[i], NULL);
	return domains;
}

enum rc
settings_read_site(struct settings *s, struct err *err)
{
	const struct config *c = s->config;
	struct config_list domains = config_list(c, "", NULL, "domains");

	s->forwards.domains = settings_domains(s, domains);
	s->forwards.n_domains = domains.n;
	if (config_flag(c, "", NULL, "home-forwards"))
		s->forwards.home_of = home_of_unix_user;
	return read_hostname(s, err);
}
