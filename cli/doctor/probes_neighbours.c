/* SPDX-License-Identifier: MIT */
#include "probes_neighbours.h"

#include "greeting.h"
#include "postfix_list.h"
#include "postfix_restrictions.h"
#include "postfix_service.h"

#include "base/ip.h"
#include "base/str.h"

#include <string.h>
#include <unistd.h>

/* What people put there, by a part of its place: Debian's unit of it. */
static const struct {
	const char *mark, *unit;
} known[] = {
    {"opendkim", "opendkim"},
    {":8891", "opendkim"},
    {"opendmarc", "opendmarc"},
    {":8893", "opendmarc"},
    {"rspamd", "rspamd"},
    {":11332", "rspamd"},
    {"clamav", "clamav-milter"},
    {":10024", "amavis"},
    {"postgrey", "postgrey"},
    {":10023", "postgrey"},
    {"spamass", "spamass-milter"},
    {"milter-greylist", "milter-greylist"},
    {":8461", "postfix-mta-sts-resolver"},
};

static const char *
neighbour_unit(const struct probe_run *run, const char *place)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const char *unit = known[i].unit;

		if (strstr(place, known[i].mark) != NULL &&
		    access("/run/systemd/system", F_OK) == 0 &&
		    access(arena_printf(run->arena,
			       "/lib/systemd/system/%s.service", unit),
			F_OK) == 0)
			return unit;
	}
	return NULL;
}

/* "unix:/var/spool/postfix/x/y", "inet:127.0.0.1:8891"; NULL: nothing that
   could be asked. */
static const char *
neighbour_place(const struct probe_run *run, const char *entry)
{
	struct arena *a = run->arena;
	struct postfix_list words = postfix_list_read(a,
	    *entry == '{' ? arena_copy_bytes(a, entry + 1, strlen(entry) - 2)
			  : entry);
	const char *place = words.n == 0 ? "" : words.words[0], *path;

	if (str_starts(place, "inet:"))
		return strchr(place + strlen("inet:"), ':') == NULL ? NULL
								    : place;
	if (!str_starts(place, "unix:") && !str_starts(place, "local:"))
		return NULL;
	path = strchr(place, ':') + 1;
	/* smtpd may have the queue as its root. */
	if (*path == '/' && access(path, F_OK) == 0)
		return arena_printf(a, "unix:%s", path);
	return arena_printf(a, "unix:%s/%s",
	    postfix_text(run->postfix, a, "queue_directory"), path);
}

/* One parameter that names them, and those in it that are silent. */
struct neighbours {
	const struct probe_run *run;
	const struct postfix_service *service; /* NULL: of main.cf */
	const char *parameter;
	struct postfix_list silent;
};

/* Says so; true: its entry has to go, for want of anything better. */
static bool
neighbour_is_silent(struct neighbours *n, const char *entry)
{
	const struct probe_run *run = n->run;
	const char *place = neighbour_place(run, entry), *unit;
	const char *action =
	    postfix_entry_option(run->arena, entry, "default_action");
	bool passes = action != NULL && (str_equal_fold(action, "accept") ||
					    str_equal_fold(action, "dunno"));
	struct err err;

	if (place == NULL || greeting_knock(run->arena, place, &err) == RC_OK)
		return false;
	n->silent.words[n->silent.n++] = entry;
	/* Where it may be missed, nothing waits for it. */
	probe_saw_of(run, passes ? REPORT_WARNING : run->probe->severity,
	    n->parameter,
	    arena_printf(run->arena,
		"%s does not answer (%s): mail %s meanwhile", place, err.text,
		passes ? "passes it unseen" : "waits"));
	unit = neighbour_unit(run, place);
	if (unit != NULL)
		probe_cure(run, "systemctl restart %s", unit);
	return unit == NULL;
}

static struct neighbours
neighbours_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    struct postfix_list *list)
{
	*list = postfix_list_read(run->arena,
	    service == NULL ? postfix_text(run->postfix, run->arena, parameter)
			    : postfix_service_value(run->postfix, run->arena,
				  service, parameter, NULL));
	return (struct neighbours){
	    .run = run,
	    .service = service,
	    .parameter = parameter,
	    .silent = {.words = arena_take_array(run->arena, list->n + 1,
			   sizeof(char *))},
	};
}

static bool
word_is_silent(void *context, const char *word)
{
	return postfix_list_has(context, word);
}

static bool
probe_milters_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	struct arena *a = run->arena;
	struct postfix_list list, kept;
	struct neighbours n = neighbours_of(run, service, parameter, &list);

	for (size_t i = 0; i < list.n; i++) {
		if (postfix_entry_is_ours(run, POSTFIX_OUR_MILTER,
			list.words[i]) != POSTFIX_MISSING ||
		    !neighbour_is_silent(&n, list.words[i]))
			continue;
		kept =
		    postfix_list_without(a, &list, word_is_silent, &n.silent);
		postfix_cure_value(run, service, parameter,
		    postfix_list_text(a, &kept));
	}
	return n.silent.n > 0;
}

static bool
policy_is_silent(void *context, const char *word, const char *argument)
{
	return argument != NULL &&
	       str_equal_fold(word, "check_policy_service") &&
	       postfix_list_has(context, argument);
}

static bool
probe_policies_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	struct arena *a = run->arena;
	struct postfix_list list, kept;
	struct neighbours n = neighbours_of(run, service, parameter, &list);

	for (size_t i = 1; i < list.n; i++) {
		if (!str_equal_fold(list.words[i - 1],
			"check_policy_service") ||
		    postfix_entry_is_ours(run, POSTFIX_OUR_POLICYD,
			list.words[i]) != POSTFIX_MISSING ||
		    !neighbour_is_silent(&n, list.words[i]))
			continue;
		kept = postfix_restrictions_without(a, &list, policy_is_silent,
		    &n.silent);
		postfix_cure_value(run, service, parameter,
		    postfix_restrictions_text(a, &kept));
	}
	return n.silent.n > 0;
}

/* Of "smtp:[127.0.0.1]:10024" or "127.0.0.1:10024", if it is on this machine:
   hosts elsewhere are asked by who delivers there. */
static const char *
local_next_hop(struct arena *a, const char *value)
{
	const char *port = strrchr(value, ':'), *host;
	char *text;
	struct ip ip;

	if (port == NULL)
		return NULL;
	text = arena_copy_bytes(a, value, (size_t)(port - value));
	host = strchr(text, '[');
	host = host == NULL ? text : host + 1;
	text[strcspn(text, "]")] = '\0';
	if (!ip_parse(host, &ip) || !ip_is_loopback(&ip))
		return NULL;
	return ip.version == 4
		   ? arena_printf(a, "inet:%s:%s", host, port + 1)
		   : arena_printf(a, "inet:[%s]:%s", host, port + 1);
}

static bool
probe_next_hop(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	struct arena *a = run->arena;
	const char *value = service == NULL
				? postfix_text(run->postfix, a, parameter)
				: postfix_service_value(run->postfix, a,
				      service, parameter, NULL);
	const char *place = local_next_hop(a, value), *unit;
	struct err err;

	if (place == NULL || greeting_knock(a, place, &err) == RC_OK)
		return false;
	probe_wrong(run, parameter,
	    arena_printf(a, "%s does not answer (%s): all mail waits", place,
		err.text));
	unit = neighbour_unit(run, place);
	if (unit != NULL)
		probe_cure(run, "systemctl restart %s", unit);
	else
		postfix_cure_value(run, service, parameter, "");
	return true;
}

static bool
probe_neighbours_of(const struct probe_run *run,
    const struct postfix_service *service)
{
	static const char *const lists[] = {"smtpd_client_restrictions",
	    "smtpd_helo_restrictions", "smtpd_sender_restrictions",
	    "smtpd_relay_restrictions", "smtpd_recipient_restrictions",
	    "smtpd_data_restrictions", "smtpd_end_of_data_restrictions"};
	bool wrong = probe_milters_of(run, service, "smtpd_milters");

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		wrong |= probe_policies_of(run, service, lists[i]);
	wrong |= probe_next_hop(run, service, "smtpd_proxy_filter");
	wrong |= probe_next_hop(run, service, "content_filter");
	return wrong;
}

void
probe_neighbours(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = probe_milters_of(run, NULL, "non_smtpd_milters");

	for (size_t i = 0; i < view->n_services; i++)
		if (postfix_serves_strangers(view, run->arena,
			&view->services[i]))
			wrong |= probe_neighbours_of(run, &view->services[i]);
	wrong |= probe_next_hop(run, NULL, "relayhost");
	if (!wrong)
		probe_saw(run, REPORT_OK, "they answer");
}
