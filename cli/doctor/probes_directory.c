/* SPDX-License-Identifier: MIT */
#include "probes_site.h"

#include "base/ip.h"
#include "base/str.h"
#include "forwarding/forwards.h"

/* An address that nobody has, so that the filter itself is asked. */
static struct directory_names
names_of_nobody(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;
	const char *domain =
	    f->n_domains > 0 ? f->domains[0] : "postward.invalid";

	return (struct directory_names){
	    .address = arena_printf(run->arena, "%s@%s",
		forwards_without_target, domain),
	    .local = forwards_without_target,
	    .domain = domain,
	};
}

static bool
is_this_machine(const char *host)
{
	struct ip ip;

	return str_equal_fold(host, "localhost") ||
	       (ip_parse(host, &ip) && ip_is_loopback(&ip));
}

/* What is said to that server can be read, or answered by somebody else. */
static bool
server_is_exposed(const struct probe_run *run, const char *url)
{
	const struct directory_settings *d = &run->settings->directory;
	struct directory_server server;

	if (directory_url_read(run->arena, url, &server, NULL) != RC_OK ||
	    is_this_machine(server.host))
		return false;
	if (!server.tls && !d->start_tls)
		probe_saw_of(run, REPORT_WARNING, url,
		    "answers, and all is said in clear: set ldap.start-tls, "
		    "or write ldaps://");
	else if (!d->verify)
		probe_saw_of(run, REPORT_WARNING, url,
		    "answers, and whoever did so would be believed: set "
		    "ldap.verify");
	else
		return false;
	return true;
}

static void
probe_directory_server(const struct probe_run *run, const char *url)
{
	bool tls = run->settings->directory.start_tls ||
		   str_starts_fold(url, "ldaps:");

	if (!server_is_exposed(run, url))
		probe_saw_of(run, REPORT_OK, url,
		    tls ? "answers over TLS, and has the base"
			: "answers, and has the base");
}

/* One that is down is bad news, and mail goes on while another one works. */
void
probe_directory(const struct probe_run *run)
{
	const struct directory_settings *d = &run->settings->directory;
	const struct directory_names names = names_of_nobody(run);
	const char *wrong[DIRECTORY_SERVERS_MAX] = {NULL};
	bool one_works = false;
	struct err err;

	if (run->settings->forwards.directory == NULL) {
		probe_saw(run, REPORT_OK, "no accounts come from LDAP");
		return;
	}
	for (size_t i = 0; i < d->n_urls; i++) {
		enum rc rc =
		    directory_examine(run->settings->forwards.directory, i,
			&names, &err);

		if (rc == RC_TEMP || rc == RC_PERM)
			wrong[i] = arena_copy_text(run->arena, err.text);
		else
			one_works = true;
	}
	for (size_t i = 0; i < d->n_urls; i++)
		if (wrong[i] == NULL)
			probe_directory_server(run, d->urls[i]);
		else
			probe_saw_of(run,
			    one_works ? REPORT_WARNING : REPORT_BROKEN,
			    d->urls[i], wrong[i]);
}
