/* SPDX-License-Identifier: MIT */
/* How newcomers ask for an address, and how they are written to. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"
#include "program/private/settings_wrong.h"

#include <string.h>

/* The time of a lease, in time-outs: a mail may be handed to a second
   connection when the first was too old. */
#define LEASE_TIMEOUTS 2
#define LEASE_MORE_MS  5000 /* to write down what became of the mail */

/* Returns the domain of new addresses.  It is "" without domains: then nobody
   can have an address, and no mail is sent. */
static const char *
domain_of(const struct settings *s)
{
	const struct forwards_settings *forwards = &s->forwards;
	const char *given = config_text(s->config, "signup", NULL, "domain");
	const char *domain = "";

	if (given[0] == '\0')
		return forwards->n_domains > 0 ? forwards->domains[0] : "";
	domain_read(s->arena, given, &domain, NULL);
	return domain;
}

static void
read_mailer(struct settings *s)
{
	struct mailer_settings *mailer = &s->mailer;
	struct address address;

	if (mailer->from[0] == '\0')
		mailer->from = arena_printf(s->arena, "postmaster@%s",
		    s->registration.domain);
	if (address_read(s->arena, mailer->from, &address, NULL) == RC_OK)
		mailer->from = address_text(s->arena, &address);
	else
		address.domain = "";
	mailer->from_domain = address.domain;
	mailer->outbox.lease_ms =
	    LEASE_TIMEOUTS * mailer->timeout_ms + LEASE_MORE_MS;
}

static void
read_signup(struct settings *s)
{
	struct config_list proxies =
	    config_list(s->config, "signup", NULL, "proxies");
	struct ip_net *nets =
	    arena_take_array(s->arena, proxies.n, sizeof(*nets));

	for (size_t i = 0; i < proxies.n; i++)
		ip_net_parse(proxies.items[i], &nets[i]);
	s->signup.proxies = nets;
	s->signup.n_proxies = proxies.n;
	s->signup.listen = settings_web_listen(s->arena, s->signup.listen);
	if (s->signup.title[0] == '\0')
		s->signup.title = s->registration.domain;
}

static void
read_registration(struct settings *s)
{
	struct registration_settings *r = &s->registration;
	const struct srs *srs = s->return_path.srs;

	r->forwards = &s->forwards;
	r->domain = domain_of(s);
	if (srs != NULL) {
		r->srs_domains = srs->domains;
		r->n_srs_domains = srs->n_domains;
	}
	r->codes = &s->codes;
	r->approvals = &s->approvals;
	r->provision = s->provision.n_command > 0;
	r->user_of = home_of_any_user;
}

enum rc
settings_read_members(struct settings *s, struct err *err)
{
	s->provision.retry_min_ms = s->mailer.outbox.retry_min_ms;
	s->provision.retry_max_ms = s->mailer.outbox.retry_max_ms;
	s->provision.approvals = &s->approvals;
	read_registration(s);
	read_mailer(s);
	read_signup(s);
	s->member.registration = &s->registration;
	s->forwards.bounces_to = s->mailer.from;
	if (s->provision.n_command > 0 && s->provision.command[0][0] != '/')
		return err_set(err, RC_PERM,
		    "%s: provision.command: expected \"/path/to/command\" "
		    "first, not \"%s\"",
		    settings_where(s, "provision", "command"),
		    s->provision.command[0]);
	if (s->mailer.outbox.retry_max_ms < s->mailer.outbox.retry_min_ms)
		return err_set(err, RC_PERM,
		    "%s: mailer.retry-max: expected no less than retry-min",
		    settings_where(s, "mailer", "retry-max"));
	return RC_OK;
}
