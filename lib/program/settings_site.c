/* SPDX-License-Identifier: MIT */
/* Who this machine is, and whose mail it forwards. */
#include "program/private/settings_parts.h"

#include "forwarding/domains.h"
#include "mail/domain.h"

#include <string.h>
#include <unistd.h>

/* For so long a command believes what it has heard of a domain. */
#define DOMAINS_COMMAND_MS ((int64_t)10000)

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

static const char *const source_names[FORWARDS_SOURCES] = {
    [FORWARDS_STORE] = "store",
    [FORWARDS_HOME] = "home",
    [FORWARDS_LDAP] = "ldap",
};

static enum forwards_source
source_named(const char *name)
{
	size_t i = 0;

	while (i + 1 < FORWARDS_SOURCES && strcmp(source_names[i], name) != 0)
		i++;
	return (enum forwards_source)i;
}

static bool
has_source(const struct forwards_settings *f, enum forwards_source source)
{
	for (size_t i = 0; i < f->n_sources; i++)
		if (f->sources[i] == source)
			return true;
	return false;
}

/* The store has what concerns an account of any source, such as a pause. */
static enum rc
read_sources(struct settings *s, struct err *err)
{
	struct config_list names = config_list(s->config, "", NULL, "sources");
	struct forwards_settings *f = &s->forwards;
	enum forwards_source source;

	for (size_t i = 0; i < names.n; i++) {
		source = source_named(names.items[i]);
		if (has_source(f, source))
			return err_set(err, RC_PERM,
			    "%s: sources: \"%s\" is there twice",
			    settings_where(s, "", "sources"), names.items[i]);
		f->sources[f->n_sources++] = source;
	}
	if (!has_source(f, FORWARDS_STORE))
		return err_set(err, RC_PERM,
		    "%s: sources: expected \"store\" among them",
		    settings_where(s, "", "sources"));
	if (config_flag(s->config, "", NULL, "home-forwards") &&
	    !has_source(f, FORWARDS_HOME))
		f->sources[f->n_sources++] = FORWARDS_HOME;
	if (has_source(f, FORWARDS_HOME))
		f->home_of = home_of_unix_user;
	return RC_OK;
}

enum rc
settings_read_site(struct settings *s, struct err *err)
{
	const struct config *c = s->config;
	struct config_list domains = config_list(c, "", NULL, "domains");
	enum rc rc;

	s->forwards.domains = settings_domains(s, domains);
	s->forwards.n_domains = domains.n;
	s->forwards.sorted =
	    forwards_sorted(s->arena, s->forwards.domains, domains.n);
	rc = read_sources(s, err);
	return rc == RC_OK ? read_hostname(s, err) : rc;
}

void
settings_know_domains(struct settings *s)
{
	struct err err;

	if (settings_open_store(s, &s->domains_store, &err) == RC_OK)
		s->forwards.stored = s->own_domains =
		    domains_new(s->domains_store, DOMAINS_COMMAND_MS, 0);
}
