/* SPDX-License-Identifier: MIT */
/* How newcomers ask for an address, and how they are written to. */
#include "program/settings.h"

#include "mail/domain.h"
#include "program/settings_wrong.h"

#include <string.h>

/* A mail may be handed to a second connection when the first was too old. */
#define LEASE_TIMEOUTS 2
#define LEASE_MORE_MS  5000 /* to write down what became of it */

/* Without domains nobody can have an address, and no mail is sent. */
static const char *
domain_of(const struct settings *s)
{
	const struct forwards_settings *forwards = &s->policy.forwards;
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
	const struct config *c = s->config;
	const char *tls = config_text(c, "mailer", NULL, "tls");
	const char *from = config_text(c, "mailer", NULL, "from");
	int64_t timeout = config_number(c, "mailer", NULL, "timeout");
	struct address address;

	if (from[0] == '\0')
		from = arena_printf(s->arena, "postmaster@%s",
		    s->registration.domain);
	if (address_read(s->arena, from, &address, NULL) == RC_OK)
		from = address_text(s->arena, &address);
	else
		address.domain = "";
	s->mailer = (struct mailer_settings){
	    .smtp = config_text(c, "mailer", NULL, "smtp"),
	    .tls = strcmp(tls, "none") == 0     ? MAILER_TLS_NONE
		   : strcmp(tls, "verify") == 0 ? MAILER_TLS_VERIFY
						: MAILER_TLS_STARTTLS,
	    .user = config_text(c, "mailer", NULL, "user"),
	    .password_file = config_text(c, "mailer", NULL, "password-file"),
	    .from = from,
	    .from_domain = address.domain,
	    .templates = config_text(c, "mailer", NULL, "templates"),
	    .timeout_ms = timeout,
	    .outbox =
		{
		    .retry_min_ms =
			config_number(c, "mailer", NULL, "retry-min"),
		    .retry_max_ms =
			config_number(c, "mailer", NULL, "retry-max"),
		    .lease_ms = LEASE_TIMEOUTS * timeout + LEASE_MORE_MS,
		    .keep_ms = config_number(c, "mailer", NULL, "keep"),
		},
	};
}

static void
read_signup(struct settings *s)
{
	const struct config *c = s->config;
	const char *title = config_text(c, "signup", NULL, "title");
	struct config_list proxies = config_list(c, "signup", NULL, "proxies");
	struct ip_net *nets =
	    arena_take_array(s->arena, proxies.n, sizeof(*nets));

	for (size_t i = 0; i < proxies.n; i++)
		ip_net_parse(proxies.items[i], &nets[i]);
	s->signup = (struct signup_settings){
	    .listen = settings_web_listen(s->arena,
		config_text(c, "signup", NULL, "listen")),
	    .title = title[0] != '\0' ? title : s->registration.domain,
	    .url = config_text(c, "signup", NULL, "url"),
	    .proxies = nets,
	    .n_proxies = proxies.n,
	    .posts = (unsigned)config_number(c, "signup", NULL, "posts"),
	    .max_connections =
		(unsigned)config_number(c, "signup", NULL, "max-connections"),
	};
}

static void
read_registration_settings(struct settings *s)
{
	const struct config *c = s->config;
	struct config_list reserved =
	    config_list(c, "signup", NULL, "reserved");
	const struct srs *srs = s->policy.sender.srs;

	s->registration = (struct registration_settings){
	    .forwards = &s->policy.forwards,
	    .domain = domain_of(s),
	    .reserved = reserved.items,
	    .n_reserved = reserved.n,
	    .srs_domains = srs != NULL ? srs->domains : NULL,
	    .n_srs_domains = srs != NULL ? srs->n_domains : 0,
	    .limits =
		{
		    .client = config_number(c, "signup", NULL, "per-client"),
		    .all = config_number(c, "signup", NULL, "per-hour"),
		    .mailbox = config_number(c, "signup", NULL, "per-mailbox"),
		    .tries = config_number(c, "signup", NULL, "tries"),
		},
	    .codes = &s->codes,
	    .approvals = &s->approvals,
	    .provision = s->provision.n_command > 0,
	    .user_of = home_of_any_user,
	};
}

static void
read_provision(struct settings *s)
{
	const struct config *c = s->config;
	struct config_list command =
	    config_list(c, "provision", NULL, "command");

	s->provision = (struct provision_settings){
	    .command = command.items,
	    .n_command = command.n,
	    .timeout_ms = config_number(c, "provision", NULL, "timeout"),
	    .retry_min_ms = config_number(c, "mailer", NULL, "retry-min"),
	    .retry_max_ms = config_number(c, "mailer", NULL, "retry-max"),
	    .approvals = &s->approvals,
	};
}

enum rc
settings_read_members(struct settings *s, const char *path, struct err *err)
{
	const struct forwards_settings *forwards = &s->policy.forwards;

	read_provision(s);
	read_registration_settings(s);
	read_mailer(s);
	read_signup(s);
	s->metrics = config_text(s->config, "metrics", NULL, "listen");
	s->policy.forwards.bounces_to = s->mailer.from;
	if (forwards->n_domains > 0 &&
	    !forwards_serves(forwards, s->registration.domain))
		return err_set(err, RC_PERM,
		    "%s: signup.domain: expected one of domains, not %s", path,
		    s->registration.domain);
	if (s->provision.n_command > 0 && s->provision.command[0][0] != '/')
		return err_set(err, RC_PERM,
		    "%s: provision.command: expected \"/path/to/command\" "
		    "first, not \"%s\"",
		    path, s->provision.command[0]);
	if (s->mailer.outbox.retry_max_ms < s->mailer.outbox.retry_min_ms)
		return err_set(err, RC_PERM,
		    "%s: mailer.retry-max: expected no less than retry-min",
		    path);
	return RC_OK;
}
