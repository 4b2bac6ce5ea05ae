/* SPDX-License-Identifier: MIT */
#include "probes_host.h"

#include "greeting.h"
#include "output.h"
#include "postconf.h"
#include "postfix_list.h"
#include "postfix_membership.h"
#include "postfix_service.h"
#include "postfix_tables.h"

#include "base/file.h"
#include "base/ip.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define ORIGIN_FILE_MAX 1000

/* ---- our-domains */

/* Is there a file beside the text that postmap(1) makes of it? */
static bool
table_is_indexed(const char *entry)
{
	static const char *const types[] = {
	    "hash:", "btree:", "lmdb:", "cdb:", "dbm:"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_starts(entry, types[i]))
			return true;
	return false;
}

/* A line of a table or file, to be taken out of its source. */
static void
cure_domain_in_table(const struct probe_run *run, const char *entry,
    const char *domain)
{
	const char *path = strchr(entry, '/');
	struct arena *a = run->arena;
	struct str dots;

	if (path == NULL)
		return;
	str_init(&dots, a);
	for (const char *p = domain; *p != '\0'; p++)
		str_addf(&dots, "%s%c", *p == '.' ? "\\" : "", *p);
	probe_cure(run, "sed -i %s %s",
	    probe_quoted(run,
		arena_printf(a, "/^%s\\([[:space:]]\\|$\\)/Id", dots.text)),
	    probe_quoted(run, path));
	if (table_is_indexed(entry))
		probe_cure(run, "postmap %s", probe_quoted(run, entry));
	probe_cure_reload(run);
}

static bool
probe_domain_in(const struct probe_run *run, const char *parameter,
    const char *domain)
{
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, postfix_text(run->postfix, a, parameter));
	const char *entry = postfix_domain_entry(a, &list, domain,
	    strcmp(parameter, "relay_domains") == 0, postfix_table_look_up,
	    (void *)(uintptr_t)run);

	if (entry == NULL)
		return false;
	probe_wrong(run, parameter,
	    arena_printf(a,
		"%s is in it, by \"%s\": Postfix takes its mail another way "
		"than by our forwards",
		domain, entry));
	if (*entry == '/' ||
	    (postfix_is_table(entry) && !str_starts(entry, "inline:") &&
		!str_starts(entry, "static:") && strchr(entry, '/') != NULL))
		cure_domain_in_table(run, entry, domain);
	else
		postfix_cure_without(run, NULL, parameter, entry, NULL);
	return true;
}

void
probe_our_domains(const struct probe_run *run)
{
	static const char *const parameters[] = {
	    "mydestination", "relay_domains", "virtual_mailbox_domains"};
	const struct forwards_settings *f = &run->settings->forwards;
	const struct srs *srs = run->settings->return_path.srs;
	bool wrong = false;

	for (size_t p = 0; p < 3; p++) {
		for (size_t i = 0; i < f->n_domains; i++)
			wrong |=
			    probe_domain_in(run, parameters[p], f->domains[i]);
		for (size_t i = 0; srs != NULL && i < srs->n_domains; i++)
			if (!forwards_configured(f, srs->domains[i]))
				wrong |= probe_domain_in(run, parameters[p],
				    srs->domains[i]);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "Postfix has them from us alone");
}

/* ---- greeting */

/* Where a service of strangers can be asked from here; NULL: nowhere. */
static bool
service_place(const struct probe_run *run,
    const struct postfix_service *service, const char **host, const char **port)
{
	char *text = arena_copy_text(run->arena, service->name), *colon;

	if (strcmp(service->type, "inet") != 0)
		return false;
	colon = strrchr(text, ':');
	*host = "127.0.0.1";
	*port = text;
	if (colon == NULL)
		return true;
	*colon = '\0';
	*port = colon + 1;
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	if (strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0)
		*host = text;
	return true;
}

static void
probe_greeting_words(const struct probe_run *run, const char *line)
{
	struct arena *a = run->arena;
	const char *name = postfix_text(run->postfix, a, "myhostname");
	size_t len = strlen(name);

	if (str_starts(line, "421") || str_starts(line, "554"))
		probe_wrong(run, NULL,
		    arena_printf(a, "greets with \"%s\"", line));
	else if (str_starts(line, "220") && strlen(line) > 4 &&
		 str_starts_fold(line + 4, name) &&
		 (line[4 + len] == ' ' || line[4 + len] == '\0'))
		probe_saw(run, REPORT_OK, line);
	else {
		probe_saw(run, REPORT_WARNING,
		    arena_printf(a,
			"\"%s\" does not begin with the name of this host, %s "
			"(RFC 5321 4.2)",
			line, name));
		postfix_cure_value(run, NULL, "smtpd_banner",
		    "$myhostname ESMTP $mail_name");
	}
}

/* With these, who comes meets silence, or a program that ends at once. */
static const struct {
	const char *parameter, *cure, *why;
} silencing[] = {
    {"smtpd_tls_wrappermode", "no", "it waits for TLS from the first byte"},
    {"smtpd_upstream_proxy_protocol", "",
	"it waits for what only a proxy says"},
    {"postscreen_upstream_proxy_protocol", "",
	"it waits for what only a proxy says"},
    {"smtpd_sasl_auth_enable", "no",
	"perhaps who knows the passwords (smtpd_sasl_path) does not answer"},
};

/* Somebody is there, but says nothing, or hangs up. */
static void
probe_no_greeting(const struct probe_run *run, const struct postfix_service *s,
    const char *words)
{
	struct arena *a = run->arena;

	for (size_t i = 0; i < sizeof(silencing) / sizeof(*silencing); i++) {
		const char *value = postfix_service_value(run->postfix, a, s,
		    silencing[i].parameter, NULL);

		if (value[0] == '\0' || str_equal_fold(value, "no"))
			continue;
		probe_wrong(run, NULL,
		    arena_printf(a, "%s; %s = %s: %s", words,
			silencing[i].parameter, value, silencing[i].why));
		postfix_cure_value(run, s, silencing[i].parameter,
		    silencing[i].cure);
		return;
	}
	probe_wrong(run, NULL, words);
	probe_cure_restart(run);
}

/* The first that strangers come to. */
void
probe_greeting(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	const char *host, *port, *line, *words;
	struct err err;

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];

		if ((strcmp(s->command, "postscreen") != 0 &&
			!postfix_serves_strangers(view, run->arena, s)) ||
		    !service_place(run, s, &host, &port))
			continue;
		if (greeting_read(run->arena, host, port, &line, &err) ==
		    RC_OK) {
			probe_greeting_words(run, line);
			return;
		}
		words = arena_printf(run->arena, "%s port %s: %s", host, port,
		    err.text);
		if (strstr(words, strerror(ECONNREFUSED)) == NULL) {
			probe_no_greeting(run, s, words);
			return;
		}
		probe_wrong(run, NULL, words);
		probe_cure_start(run);
		return;
	}
	probe_wrong(run, NULL,
	    "no line of master.cf has smtpd at port 25: no mail comes in");
	probe_cure_service(run, "smtp/inet=smtp inet n - y - - smtpd");
}

/* ---- names */

static bool
name_is_nobodys(const char *name)
{
	return strchr(name, '.') == NULL ||
	       str_starts_fold(name, "localhost") ||
	       str_ends_fold(name, ".localdomain") ||
	       str_ends_fold(name, ".local");
}

static bool
probe_myhostname(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *name = postfix_text(run->postfix, a, "myhostname");
	const char *ours = run->settings->hostname;
	bool nobody = name_is_nobodys(name);

	if (str_equal_fold(name, ours))
		return false;
	probe_saw_of(run, nobody ? REPORT_BROKEN : REPORT_WARNING, "myhostname",
	    nobody ? arena_printf(a,
			 "%s: other hosts refuse who says such a name", name)
		   : arena_printf(a,
			 "%s, but hostname in postward.conf is %s: what we "
			 "write into mail names another host",
			 name, ours));
	postfix_cure_value(run, NULL, "myhostname", ours);
	return true;
}

/* What is said on the way out may be another name, but not nobody's. */
static bool
probe_helo_name(const struct probe_run *run)
{
	const char *name =
	    postfix_text(run->postfix, run->arena, "smtp_helo_name");

	if (!name_is_nobodys(name) ||
	    str_equal_fold(name,
		postfix_text(run->postfix, run->arena, "myhostname")))
		return false;
	probe_wrong(run, "smtp_helo_name",
	    arena_printf(run->arena,
		"%s: other hosts refuse who says such a name", name));
	probe_cure_removed(run, "smtp_helo_name");
	return true;
}

/* A path stands for the first word of that file. */
static const char *
origin_name(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *value = postfix_text(run->postfix, a, "myorigin");
	char *text;
	size_t len;

	if (value[0] != '/')
		return value;
	if (file_read(a, value, ORIGIN_FILE_MAX, &text, &len, NULL, NULL) !=
		RC_OK ||
	    len > ORIGIN_FILE_MAX)
		return "";
	text += strspn(text, " \t\r\n");
	text[strcspn(text, " \t\r\n")] = '\0';
	return text;
}

/* Mail of cron and of root has a sender of that domain. */
static bool
probe_origin(const struct probe_run *run)
{
	const char *name = origin_name(run);

	if (!name_is_nobodys(name))
		return false;
	probe_wrong(run, "myorigin",
	    arena_printf(run->arena,
		"\"%s\": other hosts refuse mail of this machine itself, from "
		"senders there",
		output_shown(run->arena, name)));
	postfix_cure_value(run, NULL, "myorigin", "$myhostname");
	return true;
}

void
probe_hostname(const struct probe_run *run)
{
	bool wrong = probe_myhostname(run);

	wrong |= probe_helo_name(run);
	wrong |= probe_origin(run);
	if (!wrong)
		probe_saw(run, REPORT_OK, run->settings->hostname);
}

void
probe_relayhost(const struct probe_run *run)
{
	const char *relay = postfix_text(run->postfix, run->arena, "relayhost");

	if (relay[0] == '\0')
		probe_saw(run, REPORT_OK, "none: mail goes out by itself");
	else
		probe_saw(run, REPORT_NOTE,
		    arena_printf(run->arena,
			"all mail leaves by %s: SPF of our domains must name "
			"its addresses, and it must take other senders than "
			"ours",
			relay));
}

void
probe_delimiter(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *value =
	    postfix_text(run->postfix, a, "recipient_delimiter");
	const char *ours = run->settings->forwards.delimiter;

	/* Postfix finds an address with an extension as a whole first. */
	if (strcmp(value, ours) == 0 || value[0] == '\0') {
		probe_saw(run, REPORT_OK, value[0] == '\0' ? "none" : value);
		return;
	}
	probe_wrong(run, "recipient_delimiter",
	    arena_printf(a,
		"\"%s\" for Postfix, \"%s\" for us: addresses with an "
		"extension are other people's on one of the sides",
		value, ours));
	postfix_cure_value(run, NULL, "recipient_delimiter", ours);
}
