/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "check_postfix.h"
#include "listing.h"
#include "output.h"
#include "readable_by.h"

#include "base/clock.h"
#include "base/str.h"
#include "forwarding/forwards.h"
#include "net/dns.h"
#include "program/secrets.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One thing that was looked at. */
struct look {
	const char *what, *state, *words;
};

struct looks {
	struct invocation *in;
	struct look *all;
	size_t n, room;
	bool to_fix, to_retry;
};

struct invocation *
check_invocation(const struct looks *l)
{
	return l->in;
}

void
check_saw(struct looks *l, enum check_state state, const char *what,
    const char *words)
{
	static const char *const names[] = {[CHECK_FINE] = "ok",
	    [CHECK_WARN] = "note",
	    [CHECK_FIX] = "fix",
	    [CHECK_RETRY] = "fix"};

	l->to_fix |= state == CHECK_FIX;
	l->to_retry |= state == CHECK_RETRY;
	if (l->n == l->room) {
		struct look *more;

		l->room = l->room * 2 + 16;
		more = arena_take_array(l->in->arena, l->room, sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->all, l->n * sizeof(*more));
		l->all = more;
	}
	l->all[l->n++] = (struct look){what, names[state], words};
}

static void
look_at_domains(struct looks *l)
{
	const struct forwards_settings *f = &l->in->settings->policy.forwards;

	if (f->n_domains == 0)
		check_saw(l, CHECK_FIX, "domains",
		    "none: set domains = { \"your.domain\" }, or no recipient "
		    "is ours");
	else
		check_saw(l, CHECK_FINE, "domains",
		    arena_printf(l->in->arena, "%zu, the first is %s",
			f->n_domains, f->domains[0]));
}

static void
look_at_postmaster(struct looks *l, struct store *store, const char *domain)
{
	const struct address postmaster = {"postmaster", domain};
	const char *what = arena_printf(l->in->arena, "postmaster@%s", domain);
	struct forwards found;
	struct err err;

	if (forwards_find(store, &l->in->settings->policy.forwards,
		l->in->arena, &postmaster, &found, &err) != RC_OK)
		return; /* the store has said so */
	if (found.known == FORWARDS_FOUND)
		check_saw(l, CHECK_FINE, what, "is forwarded");
	else
		check_saw(l, CHECK_WARN, what,
		    "every domain must take mail for it (RFC 5321 4.5.1): "
		    "give it an account and a forward");
}

static void
look_at_store(struct looks *l)
{
	const struct forwards_settings *f = &l->in->settings->policy.forwards;
	struct store *store;
	struct db *db;
	struct err err;
	enum rc rc = settings_open_store(l->in->settings, &store, &err);

	if (rc == RC_OK)
		rc = store_take(store, &db, &err);
	if (rc != RC_OK) {
		check_saw(l, rc == RC_TEMP ? CHECK_RETRY : CHECK_FIX, "store",
		    arena_copy_text(l->in->arena, err.text));
		store_close(store);
		return;
	}
	store_give(store, db);
	check_saw(l, CHECK_FINE, "store", l->in->settings->store_url);
	for (size_t i = 0; i < f->n_domains; i++)
		look_at_postmaster(l, store, f->domains[i]);
	check_members(l, store);
	store_close(store);
}

/* As conf/systemd has it. */
#define PROGRAMS_USER "postward"

static void
look_at_secrets(struct looks *l, const struct srs *srs)
{
	struct arena *a = l->in->arena;

	if (secrets_have_blanks(srs->secrets, srs->n_secrets))
		check_saw(l, CHECK_WARN, "srs",
		    arena_printf(a,
			"%s: a secret begins or ends with a blank, which is "
			"part of it",
			l->in->settings->secrets_file));
	else
		check_saw(l, CHECK_FINE, "srs",
		    arena_printf(a, "%s, %zu secret%s", srs->domains[0],
			srs->n_secrets, srs->n_secrets == 1 ? "" : "s"));
}

static void
look_at_srs(struct looks *l)
{
	const struct settings *settings = l->in->settings;
	const struct srs *srs = settings->policy.sender.srs;
	const char *note = settings->srs_note;

	if (settings->secrets_file == NULL)
		check_saw(l, CHECK_WARN, "srs",
		    "off: mail is forwarded under its own sender, which SPF "
		    "refuses elsewhere; set domain in the section srs");
	else if (srs != NULL && settings->policy.sender.trouble == NULL &&
		 !readable_by(PROGRAMS_USER, settings->secrets_file))
		check_saw(l, CHECK_FIX, "srs",
		    arena_printf(l->in->arena,
			"%s: you can read it, but the programs' user cannot, "
			"and they do not start: chown %s it",
			settings->secrets_file, PROGRAMS_USER));
	else if (note != NULL)
		check_saw(l, CHECK_FIX, "srs",
		    str_starts(note, "srs: ") ? note + strlen("srs: ") : note);
	else if (srs != NULL)
		look_at_secrets(l, srs);
}

/* 0, or the errno with which nobody could be reached there. */
static int
knock_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = 0;

	if (fd < 0)
		return errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		failed = errno;
	close(fd);
	return failed;
}

/* Why nobody can be there, where that is known. */
static const char *
cause_of_silence(struct arena *a, const char *path, int failed)
{
	const char *end = strrchr(path, '/');
	const char *folder = arena_copy_bytes(a, path, (size_t)(end - path));

	if (failed != ENOENT || access(folder, F_OK) == 0)
		return strerror(failed);
	if (getgrnam("postfix") == NULL)
		return "there is no Postfix here: install it, then run "
		       "systemd-tmpfiles --create";
	return arena_printf(a,
	    "there is no folder %s: run systemd-tmpfiles --create", folder);
}

/* "unix:/path" or "inet:host:port", as listen.h has them. */
static bool
knock_at_socket(struct arena *a, const char *where, struct err *err)
{
	char *host, *port;
	int failed;

	if (str_starts(where, "unix:")) {
		failed = knock_unix(where + strlen("unix:"));
		if (failed == EACCES)
			err_set(err, RC_TEMP,
			    "only root and the user postward may ask");
		else
			err_set(err, RC_TEMP, "%s",
			    cause_of_silence(a, where + strlen("unix:"),
				failed));
		return failed == 0;
	}
	host = arena_copy_text(a, where + strlen("inet:"));
	port = strrchr(host, ':');
	*port++ = '\0';
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	return check_greeting(a, host, port, false, NULL, err) == RC_OK;
}

void
check_socket(struct looks *l, const char *program, const char *where,
    bool silent)
{
	struct arena *a = l->in->arena;
	struct err err;

	if (!str_starts(where, "unix:") && !str_starts(where, "inet:"))
		return; /* systemd knows */
	if (knock_at_socket(a, where, &err))
		check_saw(l, CHECK_FINE, program,
		    arena_printf(a, "answers at %s", where));
	else if (!silent)
		check_saw(l, CHECK_RETRY, program,
		    arena_printf(a, "%s: %s; is postward-%s running?", where,
			err.text, program));
}

bool
check_wants_policyd(const struct invocation *in)
{
	return !in->settings->milter.enforce ||
	       config_given(in->settings->config, "policyd", NULL, "listen") ||
	       access("/etc/systemd/system/multi-user.target.wants/"
		      "postward-policyd.service",
		   F_OK) == 0;
}

static void
look_at_sockets(struct looks *l, const char *program, struct config_list listen,
    bool wanted)
{
	for (size_t i = 0; i < listen.n; i++)
		check_socket(l, program, listen.items[i], !wanted);
}

static void
look_at_programs(struct looks *l)
{
	const struct settings *s = l->in->settings;
	const struct config_list milter = {.items = &s->milter.listen, .n = 1};

	look_at_sockets(l, "policyd", s->policyd.listen,
	    check_wants_policyd(l->in));
	look_at_sockets(l, "forwarder", s->forwarder.listen, true);
	look_at_sockets(l, "milter", milter, true);
}

static void
look_at_postfix(struct looks *l)
{
	struct postfix_look *wrong;
	struct err err;
	size_t n;

	if (check_postfix(l->in, &wrong, &n, &err) != RC_OK) {
		check_saw(l, CHECK_WARN, "postfix",
		    arena_copy_text(l->in->arena, err.text));
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_saw(l, wrong[i].must ? CHECK_FIX : CHECK_WARN,
		    wrong[i].parameter, wrong[i].words);
	if (n == 0)
		check_saw(l, CHECK_FINE, "postfix",
		    "its settings are as they should be");
}

static void
look_at_domain_mx(struct looks *l, const struct dns_query *q)
{
	const char *what = arena_printf(l->in->arena, "MX of %s", q->name);

	if (q->rc == RC_OK)
		check_saw(l, CHECK_FINE, what, q->records[0].name);
	else if (q->rc == RC_TEMP)
		check_saw(l, CHECK_RETRY, "resolver",
		    arena_printf(l->in->arena,
			"%s: %s; see the section resolver", q->name,
			q->problem));
	else
		check_saw(l, CHECK_WARN, what,
		    "none: mail for it will not come here");
}

static void
look_at_dns(struct looks *l)
{
	const struct policy_settings *policy = &l->in->settings->policy;
	size_t n = policy->forwards.n_domains;
	struct dns_query *queries =
	    arena_take_array(l->in->arena, n + 1, sizeof(*queries));
	struct dns *dns;
	struct err err;

	if (dns_open(&l->in->settings->resolver, &dns, &err) != RC_OK) {
		check_saw(l, CHECK_RETRY, "resolver",
		    arena_copy_text(l->in->arena, err.text));
		return;
	}
	for (size_t i = 0; i < n; i++)
		queries[i] = (struct dns_query){
		    .name = policy->forwards.domains[i], .type = DNS_MX};
	dns_ask(dns, l->in->arena, queries, n,
	    clock_ms() + policy->deadline_ms);
	for (size_t i = 0; i < n; i++)
		look_at_domain_mx(l, &queries[i]);
	check_ours(l, dns);
	dns_close(dns);
}

int
check_run(struct invocation *in)
{
	static const struct listing_column columns[] = {
	    {.name = "State"}, {.name = "What"}, {.name = "Details"}};
	struct looks l = {.in = in};
	const char **cells;

	check_saw(&l, CHECK_FINE, "configuration",
	    in->options[OPTION_CONFIG] == NULL ? settings_default_path
					       : in->options[OPTION_CONFIG]);
	look_at_domains(&l);
	look_at_store(&l);
	look_at_srs(&l);
	look_at_programs(&l);
	look_at_dns(&l);
	check_lists(&l);
	look_at_postfix(&l);
	cells = arena_take_array(in->arena, l.n * 3, sizeof(*cells));
	for (size_t i = 0; i < l.n; i++) {
		cells[i * 3] = l.all[i].state;
		cells[i * 3 + 1] = l.all[i].what;
		cells[i * 3 + 2] = l.all[i].words;
	}
	listing_print(in, columns, 3, cells, l.n);
	return l.to_fix ? EXIT_NO : l.to_retry ? EXIT_TRY_LATER : EXIT_DONE;
}
