/* SPDX-License-Identifier: MIT */
#include "program/settings_losses.h"

#include <stdarg.h>
#include <string.h>

struct texts {
	const char *const *items;
	size_t n;
};

static bool
texts_hold(struct texts texts, const char *text)
{
	for (size_t i = 0; i < texts.n; i++)
		if (strcmp(texts.items[i], text) == 0)
			return true;
	return false;
}

__attribute__((format(printf, 2, 3))) static void
say_line(settings_say_fn *say, const char *format, ...)
{
	struct arena *a = arena_new();
	va_list args;

	va_start(args, format);
	say(arena_vprintf(a, format, args));
	va_end(args);
	arena_free(a);
}

static void
say_domains(struct texts old, struct texts next, const char *key,
    const char *what, settings_say_fn *say)
{
	for (size_t i = 0; i < old.n; i++)
		if (!texts_hold(next, old.items[i]))
			say_line(say, "%s: %s is gone: %s", key, old.items[i],
			    what);
}

static struct texts
srs_domains_of(const struct settings *s)
{
	const struct srs *srs = s->return_path.srs;

	return srs == NULL ? (struct texts){0}
			   : (struct texts){srs->domains, srs->n_domains};
}

static struct texts
from_domain_of(const struct settings *s)
{
	return (struct texts){&s->authors.domain, s->authors.domain != NULL};
}

static void
say_secrets(const struct srs *old, const struct srs *next, settings_say_fn *say)
{
	struct texts kept = {0};
	size_t gone = 0;

	if (old == NULL)
		return;
	if (next != NULL)
		kept = (struct texts){next->secrets, next->n_secrets};
	for (size_t i = 0; i < old->n_secrets; i++)
		gone += !texts_hold(kept, old->secrets[i]);
	if (gone > 0)
		say_line(say,
		    "srs.secrets-file: %zu of %zu secrets are gone: bounces to "
		    "addresses signed with them are refused",
		    gone, old->n_secrets);
}

void
settings_losses(const struct settings *old, const struct settings *next,
    settings_say_fn *say)
{
	const struct forwards_settings *o = &old->forwards;
	const struct forwards_settings *n = &next->forwards;

	for (size_t i = 0; i < o->n_domains; i++)
		if (!forwards_configured(n, o->domains[i]))
			say_line(say,
			    "domains: %s is gone: its mail is not ours any "
			    "more",
			    o->domains[i]);
	say_domains(srs_domains_of(old), srs_domains_of(next), "srs.domain",
	    "bounces to its addresses are refused", say);
	say_domains(from_domain_of(old), from_domain_of(next),
	    "forwarding.from-domain", "replies to its addresses are refused",
	    say);
	say_secrets(old->return_path.srs, next->return_path.srs, say);
	if (o->directory != NULL && n->directory == NULL)
		say_line(say, "sources: ldap is gone: who is known to the "
			      "directory alone is unknown");
	if (strcmp(old->store_url, next->store_url) != 0)
		say_line(say, "store.url: %s, and no more %s", next->store_url,
		    old->store_url);
}

void
settings_losses_of_sockets(const char *program,
    const struct service_settings *old, const struct service_settings *next,
    settings_say_fn *say)
{
	struct texts kept = {next->listen.items, next->listen.n};

	for (size_t i = 0; i < old->listen.n; i++)
		if (!texts_hold(kept, old->listen.items[i]))
			say_line(say,
			    "%s.listen: no more at %s: does Postfix know?",
			    program, old->listen.items[i]);
}
