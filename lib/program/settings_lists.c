/* SPDX-License-Identifier: MIT */
/* What DNS lists are called, and the keys with which they are asked. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"
#include "policy/list_name.h"
#include "program/secrets.h"

#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

/* A zone with more labels may begin with a key that does not look like one. */
#define LABELS_WITHOUT_KEY 3

const char *
settings_shown_list(struct arena *a, const char *title)
{
	const char *shown = list_name_of_zone(a, title);
	size_t labels = 1;

	for (const char *p = shown; *p != '\0'; p++)
		labels += *p == '.';
	if (labels <= LABELS_WITHOUT_KEY)
		return shown;
	return arena_printf(a, "***%s", strchr(shown, '.'));
}

static bool
is_label(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= LABEL_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

/* Returns NULL, or what is wrong with the key. */
static const char *
read_key(struct settings *s, const char *path, const char **key)
{
	const char *const *secrets;
	bool open_to_all = false;
	struct err err;
	size_t n;

	if (secrets_read(s->arena, path, &secrets, &n, &open_to_all, &err) !=
	    RC_OK)
		return arena_copy_text(s->arena, err.text);
	*key = secrets[0];
	if (n != 1 || !is_label(*key))
		return arena_printf(s->arena,
		    "%s: expected one line, the key: letters and digits", path);
	if (open_to_all)
		s->lists_note = arena_printf(s->arena,
		    "%s: everybody can read it: chmod o= it", path);
	return NULL;
}

static bool
program_asks_lists(const struct settings *s)
{
	bool milter = s->program != NULL && strcmp(s->program, "milter") == 0;

	return settings_reads(s, SETTINGS_LIST_KEYS) &&
	       (!milter || s->milter.enforce);
}

enum rc
settings_read_list_name(struct settings *s, const char *section,
    const char *title, struct dns_list *list, struct err *err)
{
	struct arena *a = s->arena;
	const char *given = config_text(s->config, section, title, "name");
	const char *file = config_text(s->config, section, title, "key-file");
	const char *trouble = NULL, *key = NULL, *zone;

	if (file[0] != '\0' && program_asks_lists(s))
		trouble = read_key(s, file, &key);
	list->keyed = key != NULL && trouble == NULL;
	zone = list->keyed ? arena_printf(a, "%s.%s", key, title) : title;
	if (domain_read(a, zone, &list->zone, NULL) != RC_OK)
		return err_set(err, RC_PERM,
		    "%s \"%s\": expected the list's domain name", section,
		    settings_shown_list(a, title));
	if (domain_read(a, title, &title, NULL) != RC_OK)
		return err_set(err, RC_PERM, "%s: expected a domain name",
		    section);
	list->named = given[0] != '\0';
	list->name = list_name_of_zone(a, given[0] != '\0' ? given : title);
	if (trouble != NULL)
		s->lists_trouble =
		    arena_printf(a, "%s %s: %s", section, list->name, trouble);
	return RC_OK;
}

static bool
is_list_same(struct config_list a, const struct dns_servers *b)
{
	if (a.n != b->n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (strcmp(a.items[i], b->items[i]) != 0)
			return false;
	return true;
}

/* The number of these servers among the others of the resolver, from 1 on; 0:
   there is no room for them. */
static unsigned
resolver_number(struct settings *s, struct config_list servers)
{
	struct dns_settings *r = &s->resolver;
	struct dns_servers *more;

	for (size_t i = 0; i < r->n_others; i++)
		if (is_list_same(servers, &r->others[i]))
			return (unsigned)i + 1;
	if (r->n_others == DNS_OTHERS_MAX)
		return 0;
	more = arena_take_array(s->arena, r->n_others + 1, sizeof(*more));
	if (r->n_others > 0)
		memcpy(more, r->others, r->n_others * sizeof(*more));
	more[r->n_others] = (struct dns_servers){servers.items, servers.n};
	r->others = more;
	return (unsigned)++r->n_others;
}

enum rc
settings_read_list_resolver(struct settings *s, const char *section,
    const char *title, struct dns_list *list, struct err *err)
{
	struct config_list servers =
	    config_list(s->config, section, title, "resolver");

	if (servers.n == 0)
		return RC_OK;
	if (servers.n > DNS_SERVERS_MAX)
		return err_set(err, RC_PERM,
		    "%s %s: resolver: expected at most %d servers", section,
		    list->name, DNS_SERVERS_MAX);
	list->resolver = resolver_number(s, servers);
	if (list->resolver == 0)
		return err_set(err, RC_PERM,
		    "%s %s: resolver: expected at most %d different ones, of "
		    "all lists",
		    section, list->name, DNS_OTHERS_MAX);
	list->asked_at = servers.items[0];
	for (size_t i = 1; i < servers.n; i++)
		list->asked_at = arena_printf(s->arena, "%s, %s",
		    list->asked_at, servers.items[i]);
	return RC_OK;
}
