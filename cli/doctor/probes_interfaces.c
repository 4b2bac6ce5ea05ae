/* SPDX-License-Identifier: MIT */
#include "probes_interfaces.h"

#include "own_address.h"
#include "postfix_list.h"
#include "postfix_service.h"

#include "base/ip.h"
#include "base/str.h"

#include <string.h>

/* inet_interfaces is asked for services without an address of their own. */
static bool
service_has_address(const struct postfix_service *service)
{
	return strcmp(service->type, "inet") != 0 ||
	       strchr(service->name, ':') != NULL;
}

/* "[::1]" or a name; *is_address: it was no name. */
static const char *
interface_plain(struct arena *a, const char *word, struct ip *ip,
    bool *is_address)
{
	size_t len = strlen(word);

	if (word[0] == '[' && word[len - 1] == ']')
		word = arena_copy_bytes(a, word + 1, len - 2);
	*is_address = ip_parse(word, ip);
	return word;
}

static bool
interface_is_loopback(struct arena *a, const char *word)
{
	struct ip ip;
	bool is_address;

	word = interface_plain(a, word, &ip, &is_address);
	if (str_equal_fold(word, "loopback-only") ||
	    str_equal_fold(word, "localhost"))
		return true;
	if (is_address)
		return ip_is_loopback(&ip);
	return !str_equal_fold(word, "all") && own_address_is_loopback(word);
}

static bool
interfaces_are_own(const struct probe_run *run, const char *value)
{
	struct postfix_list list = postfix_list_read(run->arena, value);

	for (size_t i = 0; i < list.n; i++)
		if (!interface_is_loopback(run->arena, list.words[i]))
			return false;
	return list.n > 0;
}

/* An address of this machine no longer, with which Postfix does not start. */
static const char *
interface_gone(const struct probe_run *run, const char *value)
{
	struct postfix_list list = postfix_list_read(run->arena, value);
	bool is_address;
	struct ip ip;

	for (size_t i = 0; i < list.n; i++) {
		interface_plain(run->arena, list.words[i], &ip, &is_address);
		if (is_address && !own_address_is(&ip))
			return list.words[i];
	}
	return NULL;
}

static bool
probe_inet_interfaces(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	const char *value = postfix_text(view, run->arena, "inet_interfaces");
	const char *gone = interface_gone(run, value);
	bool asked = false;

	for (size_t i = 0; i < view->n_services; i++)
		asked |= !service_has_address(&view->services[i]);
	if (gone != NULL)
		probe_wrong(run, "inet_interfaces",
		    arena_printf(run->arena,
			"%s is no address of this machine: Postfix does not "
			"start",
			gone));
	else if (asked && interfaces_are_own(run, value))
		probe_wrong(run, "inet_interfaces",
		    arena_printf(run->arena,
			"\"%s\": nobody but this machine can bring mail",
			value));
	else
		return false;
	/* A reload opens no other sockets, and fails where Postfix is down. */
	probe_cure_set(run, "inet_interfaces = all");
	probe_cure_restart(run);
	return true;
}

/* Most of the world comes by IPv4. */
static bool
probe_inet_protocols(const struct probe_run *run)
{
	struct postfix_list list = postfix_list_read(run->arena,
	    postfix_text(run->postfix, run->arena, "inet_protocols"));

	if (list.n == 0 || postfix_list_has(&list, "all") ||
	    postfix_list_has(&list, "ipv4"))
		return false;
	probe_wrong(run, "inet_protocols",
	    "without ipv4: hosts that have no IPv6 cannot bring mail, nor get "
	    "it");
	probe_cure_set(run, "inet_protocols = all");
	probe_cure_restart(run);
	return true;
}

/* The line of port 25, where each has an address of this machine alone. */
static const struct postfix_service *
service_of_loopback(const struct postfix_view *view)
{
	const struct postfix_service *own = NULL;

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];
		const char *port = postfix_service_port(s);

		if (strcmp(s->type, "inet") != 0 ||
		    (strcmp(port, "smtp") != 0 && strcmp(port, "25") != 0))
			continue;
		if (!postfix_is_loopback(s))
			return NULL;
		own = s;
	}
	return own;
}

static bool
probe_loopback_services(const struct probe_run *run)
{
	const struct postfix_service *own = service_of_loopback(run->postfix);

	if (own == NULL)
		return false;
	probe_wrong(run, arena_printf(run->arena, "%s/inet", own->name),
	    "master.cf has port 25 for this machine alone: nobody else can "
	    "bring mail");
	probe_cure_field(run,
	    arena_printf(run->arena, "%s/inet/service=smtp", own->name));
	return true;
}

void
probe_interfaces(const struct probe_run *run)
{
	bool wrong = probe_inet_interfaces(run);

	wrong |= probe_inet_protocols(run);
	wrong |= probe_loopback_services(run);
	if (!wrong)
		probe_saw(run, REPORT_OK, "the world can come in");
}
