/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "accounts/forwards.h"
#include "accounts/template.h"
#include "base/clock.h"
#include "base/str.h"
#include "output.h"
#include "request_seen.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WAITS_TOO_LONG 3600 /* seconds, for mail that is to be sent */

static void
look_at_templates(struct looks *l)
{
	const struct invocation *in = check_invocation(l);
	const char *folder = in->settings->mailer.templates;
	bool fine = true;
	struct err err;

	for (size_t i = 0; template_names[i] != NULL; i++) {
		struct template_text text;
		enum rc rc = template_read(in->arena, folder, template_names[i],
		    &text, &err);

		if (rc == RC_OK)
			continue;
		fine = false;
		check_saw(l, rc == RC_TEMP ? CHECK_RETRY : CHECK_FIX,
		    "templates", arena_copy_text(in->arena, err.text));
	}
	if (fine)
		check_saw(l, CHECK_FINE, "templates",
		    arena_printf(in->arena,
			"%s; those that are not there are built in", folder));
}

/* Where bounces of our own mail end up, if that is with us. */
static void
look_at_from(struct looks *l, struct store *store)
{
	const struct invocation *in = check_invocation(l);
	const struct forwards_settings *f = &in->settings->policy.forwards;
	const char *from = in->settings->mailer.from;
	struct forwards found;
	struct address address;

	if (!forwards_serves(f, in->settings->mailer.from_domain) ||
	    address_read(in->arena, from, &address, NULL) != RC_OK ||
	    forwards_find(store, f, in->arena, &address, &found, NULL) != RC_OK)
		return;
	if (found.known == FORWARDS_FOUND)
		check_saw(l, CHECK_FINE, "mailer.from", from);
	else
		check_saw(l, CHECK_WARN, "mailer.from",
		    arena_printf(in->arena,
			"%s is nobody: answers to our own mail go nowhere; "
			"postward %s",
			from,
			found.known == FORWARDS_NO_ACCOUNT
			    ? arena_printf(in->arena, "account add %s", from)
			    : arena_printf(in->arena,
				  "forward add %s YOUR-MAILBOX", from)));
}

struct outbox_look {
	struct arena *arena;
	const struct keyed_secrets *approvals;
	struct outbox_mail *mails;
	size_t n;
	struct request *approved;
	struct request_seen *seen; /* of them */
	size_t n_approved;
};

static enum rc
read_work(struct db *db, void *context, struct err *err)
{
	struct outbox_look *o = context;
	enum rc rc = outbox_list(db, o->arena, NULL, &o->mails, &o->n, err);

	if (rc == RC_OK)
		rc = request_list(db, o->arena, 1u << REQUEST_APPROVED,
		    &o->approved, &o->n_approved, err);
	if (rc != RC_OK)
		return rc;
	o->seen =
	    arena_take_array(o->arena, o->n_approved + 1, sizeof(*o->seen));
	for (size_t i = 0; i < o->n_approved && rc == RC_OK; i++) {
		o->seen[i].request = o->approved[i];
		rc = request_see(db, o->arena, o->approvals, &o->seen[i], err);
	}
	return rc;
}

/* How many wait to be sent. */
static size_t
look_at_outbox(struct looks *l, const struct outbox_look *o)
{
	const struct outbox_mail *oldest = NULL;
	struct arena *a = check_invocation(l)->arena;
	size_t waiting = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->mails[i].state == OUTBOX_NEW) {
			if (oldest == NULL)
				oldest = &o->mails[i];
			waiting++;
		}
	if (oldest != NULL && clock_now() - oldest->created > WAITS_TOO_LONG)
		check_saw(l, CHECK_WARN, "outbox",
		    arena_printf(a, "%zu to be sent, the oldest since %s: %s",
			waiting, output_time(a, oldest->created),
			oldest->error != NULL ? output_shown(a, oldest->error)
					      : "is postward-mailer running?"));
	else
		check_saw(l, CHECK_FINE, "outbox",
		    arena_printf(a, "%zu to be sent", waiting));
	return waiting;
}

/* host and port of "smtp://host:port", as curl reads it. */
static void
split_url(struct arena *a, const char *url, const char **host,
    const char **port)
{
	const char *at = strstr(url, "://") + 3;
	size_t len = strcspn(at, "/");
	char *text = arena_copy_bytes(a, at, len), *end;

	*port = str_starts(url, "smtps:") ? "465" : "25";
	*host = text;
	if (text[0] == '[') {
		*host = text + 1;
		end = strchr(text, ']');
		if (end == NULL)
			return;
		*end++ = '\0';
	} else {
		end = strrchr(text, ':');
	}
	if (end != NULL && *end == ':') {
		*end = '\0';
		*port = end + 1;
	}
}

bool
check_sends_mail(const struct invocation *in)
{
	const struct config *c = in->settings->config;

	return config_given(c, "mailer", NULL, "smtp") ||
	       config_given(c, "signup", NULL, "url");
}

static bool
is_this_machine(const char *host)
{
	return str_starts(host, "127.") || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/* A site that sends nothing needs none. */
static void
look_at_smtp(struct looks *l, size_t waiting)
{
	const struct invocation *in = check_invocation(l);
	const char *url = in->settings->mailer.smtp, *line = "220", *host,
		   *port;
	bool tls = str_starts(url, "smtps:");
	struct err err;

	if (waiting == 0 && !check_sends_mail(in))
		return;
	split_url(in->arena, url, &host, &port);
	if (check_greeting(in->arena, host, port, !tls, &line, &err) != RC_OK)
		check_saw(l, CHECK_RETRY, "mailer.smtp",
		    arena_printf(in->arena, "%s: %s%s", url, err.text,
			is_this_machine(host) ? "; does Postfix run, and are "
						"the lines of " POSTWARD_DATA
						"/postfix/master.cf in its "
						"master.cf?"
					      : ""));
	else if (!str_starts(line, "220"))
		check_saw(l, CHECK_RETRY, "mailer.smtp",
		    arena_printf(in->arena, "%s: greets with \"%s\"", url,
			line));
	else
		check_saw(l, CHECK_FINE, "mailer.smtp",
		    arena_printf(in->arena, "answers at %s", url));
}

static void
look_at_provision(struct looks *l, const struct outbox_look *o)
{
	const struct invocation *in = check_invocation(l);
	const struct provision_settings *p = &in->settings->provision;

	if (p->n_command > 0 && access(p->command[0], X_OK) != 0)
		check_saw(l, CHECK_FIX, "provision",
		    arena_printf(in->arena, "%s: %s", p->command[0],
			strerror(errno)));
	else if (p->n_command > 0)
		check_saw(l, CHECK_FINE, "provision", p->command[0]);
	for (size_t i = 0; i < o->n_approved; i++) {
		const struct request_seen *seen = &o->seen[i];
		const struct provision *row = &seen->provision;

		if (row->request == NULL || row->error == NULL)
			continue;
		if (row->done != 0) {
			check_saw(l, CHECK_FIX, "provision",
			    arena_printf(in->arena,
				"%s: %s; postward request show %s",
				output_shown(in->arena, seen->request.userid),
				output_shown(in->arena, row->error),
				output_shown(in->arena, seen->request.id)));
			continue;
		}
		check_saw(l, CHECK_RETRY, "provision",
		    arena_printf(in->arena,
			"%s: %s; it has failed %lld times, and is run again",
			output_shown(in->arena, seen->request.userid),
			output_shown(in->arena, row->error),
			(long long)row->attempts));
	}
}

/* A site without a form and without a command needs none. */
static void
look_at_secrets(struct looks *l)
{
	const struct invocation *in = check_invocation(l);
	const struct settings *s = in->settings;

	if (s->codes_note != NULL && check_sends_mail(in))
		check_saw(l, CHECK_FIX, "codes",
		    s->codes_note + strlen("codes: "));
	if (s->request.provision && s->approvals.trouble != NULL)
		check_saw(l, CHECK_FIX, "approvals",
		    s->approvals.trouble + strlen("approvals: "));
	else if (s->request.provision && s->approvals.n == 0)
		check_saw(l, CHECK_FIX, "approvals",
		    arena_printf(in->arena,
			"%s: there is no such file, so that nobody can be "
			"approved: make it with 'postward store init'",
			s->approvals_file));
}

void
check_members(struct looks *l, struct store *store)
{
	const struct invocation *in = check_invocation(l);
	const struct config *c = in->settings->config;
	struct outbox_look work = {
	    .arena = in->arena,
	    .approvals = &in->settings->approvals,
	};

	look_at_secrets(l);
	look_at_templates(l);
	look_at_from(l, store);
	if (store_do(store, read_work, &work, NULL) == RC_OK) {
		look_at_smtp(l, look_at_outbox(l, &work));
		look_at_provision(l, &work);
	}
	check_socket(l, "signup", in->settings->signup.listen,
	    !config_given(c, "signup", NULL, "listen") &&
		!config_given(c, "signup", NULL, "url"));
}
