/* SPDX-License-Identifier: MIT */
/* What lib/policy takes from the configuration. */
#include "program/private/settings_parts.h"
#include "program/private/settings_wrong.h"

#include <assert.h>
#include <string.h>

struct check_settings
settings_check(const struct config *c, const char *section, const char *title,
    struct check_settings own)
{
	config_fill_given(c, section, title, &own);
	return own;
}

/* True: policy.mode applies to the check.  It does not apply to a loop, which
   doubles at every account with two targets, nor to header fields beyond the
   limit, which the milter cannot keep, nor to replies, which would be anybody's
   in a member's name. */
static bool
check_follows_mode(enum check_id id)
{
	return id != CHECK_LOOP && id != CHECK_HEADER_LIMIT &&
	       id != CHECK_AUTHOR_REPLY;
}

static void
read_checks(struct settings *s)
{
	struct config_list titles = config_titles(s->config, "check");

	for (size_t i = 0; i < CHECKS; i++) {
		s->policy.checks[i] = checks[i]->def;
		s->policy.checks[i].shadow =
		    checks[i]->def.shadow ||
		    (s->shadow && check_follows_mode((enum check_id)i));
	}
	s->policy.checks[CHECK_FATE].shadow |= s->policy.fate.shadow;
	for (size_t t = 0; t < titles.n; t++) {
		size_t i = 0;

		while (i < CHECKS && strcmp(check_name((enum check_id)i),
					 titles.items[t]) != 0)
			i++;
		assert(i < CHECKS);
		s->policy.checks[i] = settings_check(s->config, "check",
		    titles.items[t], s->policy.checks[i]);
	}
	/* An account may choose it, whatever is configured. */
	s->milter.holds = !s->policy.checks[CHECK_FATE].shadow;
}

static unsigned
names_of(struct config_list of)
{
	unsigned names = 0;

	for (size_t i = 0; i < of.n; i++)
		names |= strcmp(of.items[i], "helo") == 0 ? DNS_LIST_HELO
			 : strcmp(of.items[i], "sender") == 0
			     ? DNS_LIST_SENDER
			     : DNS_LIST_REVERSE_CLIENT;
	return names;
}

static enum rc
read_list_settings(struct settings *s, const char *section, const char *title,
    struct dns_list *list, struct err *err)
{
	struct config_list codes =
	    config_list(s->config, section, title, "codes");
	struct list_code *entries =
	    arena_take_array(s->arena, codes.n + 1, sizeof(*entries));
	bool is_dnsbl = strcmp(section, "dnsbl") == 0;

	enum rc rc = settings_read_list_name(s, section, title, list, err);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < codes.n; i++) {
		list_code_read(s->arena, codes.items[i], &entries[i]);
		/* Whoever sends names a domain as he likes. */
		if (!is_dnsbl && entries[i].action == ACTION_PASS)
			return err_set(err, RC_PERM,
			    "%s %s: codes: \"pass\" is for lists of clients; "
			    "expected points below 0",
			    section, list->name);
	}
	list->codes = entries;
	list->n_codes = codes.n;
	list->settings = settings_check(s->config, section, title,
	    s->policy.checks[is_dnsbl ? CHECK_DNSBL : CHECK_RHSBL]);
	rc = settings_read_list_resolver(s, section, title, list, err);
	if (rc != RC_OK)
		return rc;
	list->parents =
	    !is_dnsbl && config_flag(s->config, section, title, "parents");
	list->of = is_dnsbl
		       ? DNS_LIST_CLIENT
		       : names_of(config_list(s->config, section, title, "of"));
	return RC_OK;
}

static enum rc
read_lists(struct settings *s, struct err *err)
{
	static const char *const sections[] = {"dnsbl", "rhsbl"};
	struct config_list titles[2];
	struct err why;

	for (size_t k = 0; k < 2; k++)
		titles[k] = config_titles(s->config, sections[k]);
	s->policy.lists = arena_take_array(s->arena,
	    titles[0].n + titles[1].n + 1, sizeof(*s->policy.lists));
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < titles[k].n; i++)
			if (read_list_settings(s, sections[k],
				titles[k].items[i],
				&s->policy.lists[s->policy.n_lists++],
				&why) != RC_OK)
				return err_set(err, RC_PERM, "%s: %s",
				    config_where(s->config, s->arena,
					sections[k], titles[k].items[i], NULL),
				    why.text);
	return RC_OK;
}

static void
read_allow(struct settings *s)
{
	const struct config *c = s->config;
	struct config_list clients = config_list(c, "allow", NULL, "clients");
	struct config_list senders = config_list(c, "allow", NULL, "senders");
	struct config_list helos = config_list(c, "allow", NULL, "helos");
	struct ip_net *nets =
	    arena_take_array(s->arena, clients.n + 1, sizeof(*nets));

	for (size_t i = 0; i < clients.n; i++)
		ip_net_parse(clients.items[i], &nets[i]);
	s->policy.allow.clients = nets;
	s->policy.allow.n_clients = clients.n;
	s->policy.allow.senders = settings_domains(s, senders);
	s->policy.allow.n_senders = senders.n;
	s->policy.allow.helos = settings_domains(s, helos);
	s->policy.allow.n_helos = helos.n;
}

const char *
settings_wrong_rate(struct arena *a, const char *value)
{
	struct rate_limit unused;

	(void)a;
	return rate_limit_read(value, &unused)
		   ? NULL
		   : "expected \"\", or a number and a time, such as "
		     "\"200 in 1h\"";
}

static void
read_rates(struct settings *s)
{
	static const char *const keys[RATES] = {
	    [RATE_SENDER] = "sender",
	    [RATE_MEMBER] = "member",
	    [RATE_TARGET] = "target",
	};

	for (size_t i = 0; i < RATES; i++)
		rate_limit_read(config_text(s->config, "rate", NULL, keys[i]),
		    &s->policy.rates[i]);
}

static void
read_left_to_members(const struct settings *s, const char *key,
    bool left[static CHECKS])
{
	struct config_list names = config_list(s->config, "members", NULL, key);

	for (size_t k = 0; k < names.n; k++)
		for (size_t i = 0; i < CHECKS; i++)
			if (strcmp(check_name((enum check_id)i),
				names.items[k]) == 0)
				left[i] = true;
}

static void
read_authentication(struct settings *s)
{
	struct config_list sealers =
	    config_list(s->config, "arc", NULL, "trusted");
	struct config_list lists =
	    config_list(s->config, "dmarc", NULL, "trusted-lists");

	s->authentication.trusted_sealers = settings_domains(s, sealers);
	s->authentication.n_trusted_sealers = sealers.n;
	s->policy.trusted_lists = settings_domains(s, lists);
	s->policy.n_trusted_lists = lists.n;
}

enum rc
settings_read_policy(struct settings *s, struct err *err)
{
	enum rc rc;

	s->policy.hostname = s->hostname;
	s->policy.forwards = &s->forwards;
	s->policy.return_path = &s->return_path;
	read_checks(s);
	read_allow(s);
	s->policy.shadow = s->shadow;
	read_rates(s);
	read_left_to_members(s, "may-pass", s->policy.may_pass);
	read_left_to_members(s, "may-switch", s->policy.may_switch);
	read_left_to_members(s, "may-switch-on", s->policy.may_switch_on);
	read_authentication(s);
	rc = settings_read_spf(s, err);
	if (rc != RC_OK)
		return rc;
	return read_lists(s, err);
}
