/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/str.h"
#include "forwarding/forwards.h"
#include "outbox/template.h"
#include "output.h"
#include "store/outbox_table.h"
#include "store/provision_table.h"

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

/* Of provisioning that fails: so many are named, and the rest counted. */
#define FAILED_MAX 20

struct failed {
	struct provision row;
	const char *userid;
};

struct work {
	struct arena *arena;
	int64_t now, waiting;
	struct outbox_mail oldest; /* of those that wait */
	struct failed failed[FAILED_MAX];
	size_t n_failed;     /* in all */
	bool rest_is_forged; /* or some of the rest */
};

/* The arena of one that is only counted is thrown away. */
static enum rc
read_failed(struct db_row *row, struct work *w, struct arena *counted,
    struct err *err)
{
	bool named = w->n_failed < FAILED_MAX;
	struct failed f;
	enum rc rc = provision_next_failed(row, named ? w->arena : counted,
	    &f.row, &f.userid, err);

	if (rc != RC_OK)
		return rc;
	if (named)
		w->failed[w->n_failed] = f;
	else
		w->rest_is_forged |= f.row.done != 0;
	w->n_failed++;
	arena_reset(counted);
	return RC_OK;
}

static enum rc
read_all_failed(struct db *db, struct work *w, struct err *err)
{
	struct arena *counted;
	struct db_row *row;
	enum rc rc = provision_walk_failed(db, &row, err);

	if (rc != RC_OK)
		return rc;
	counted = arena_new();
	while ((rc = read_failed(row, w, counted, err)) == RC_OK)
		continue;
	db_end(row);
	arena_free(counted);
	return rc == RC_NONE ? RC_OK : rc;
}

/* None of it grows with the store. */
static enum rc
read_work(struct db *db, void *context, struct err *err)
{
	struct work *w = context;
	int64_t oldest;
	enum rc rc = outbox_waiting(db, &w->waiting, &oldest, err);

	w->n_failed = 0;
	w->rest_is_forged = false;
	if (rc == RC_OK && w->waiting > 0)
		rc = outbox_oldest(db, w->arena, &w->oldest, err);
	if (rc == RC_NONE) /* sent meanwhile */
		w->waiting = 0;
	return rc == RC_OK || rc == RC_NONE ? read_all_failed(db, w, err) : rc;
}

/* How many wait to be sent. */
static void
look_at_outbox(struct looks *l, const struct work *w)
{
	const struct outbox_mail *oldest = &w->oldest;
	struct arena *a = check_invocation(l)->arena;
	long long waiting = w->waiting;

	if (waiting > 0 && w->now - oldest->created > WAITS_TOO_LONG)
		check_saw(l, CHECK_WARN, "outbox",
		    arena_printf(a, "%lld to be sent, the oldest since %s: %s",
			waiting, output_time(a, oldest->created),
			oldest->error != NULL ? output_shown(a, oldest->error)
					      : "is postward-mailer running?"));
	else
		check_saw(l, CHECK_FINE, "outbox",
		    arena_printf(a, "%lld to be sent", waiting));
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
tell_of_failed(struct looks *l, const struct failed *f)
{
	struct arena *a = check_invocation(l)->arena;
	const char *userid = output_shown(a, f->userid);
	const char *error = output_shown(a, f->row.error);

	if (f->row.done != 0)
		check_saw(l, CHECK_FIX, "provision",
		    arena_printf(a, "%s: %s; postward request show %s", userid,
			error, output_shown(a, f->row.request)));
	else
		check_saw(l, CHECK_RETRY, "provision",
		    arena_printf(a,
			"%s: %s; it has failed %lld times, and is run again",
			userid, error, (long long)f->row.attempts));
}

static void
look_at_provision(struct looks *l, const struct work *w)
{
	const struct invocation *in = check_invocation(l);
	const struct provision_settings *p = &in->settings->provision;

	if (p->n_command > 0 && access(p->command[0], X_OK) != 0)
		check_saw(l, CHECK_FIX, "provision",
		    arena_printf(in->arena, "%s: %s", p->command[0],
			strerror(errno)));
	else if (p->n_command > 0)
		check_saw(l, CHECK_FINE, "provision", p->command[0]);
	for (size_t i = 0; i < w->n_failed && i < FAILED_MAX; i++)
		tell_of_failed(l, &w->failed[i]);
	if (w->n_failed > FAILED_MAX)
		check_saw(l, w->rest_is_forged ? CHECK_FIX : CHECK_RETRY,
		    "provision",
		    arena_printf(in->arena,
			"and %zu more: postward request list --all",
			w->n_failed - FAILED_MAX));
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
	if (s->registration.provision && s->approvals.trouble != NULL)
		check_saw(l, CHECK_FIX, "approvals",
		    s->approvals.trouble + strlen("approvals: "));
	else if (s->registration.provision && s->approvals.n == 0)
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
	struct work work = {.arena = in->arena};

	look_at_secrets(l);
	look_at_templates(l);
	look_at_from(l, store);
	if (store_now(store, &work.now, NULL) == RC_OK &&
	    store_do(store, read_work, &work, NULL) == RC_OK) {
		look_at_outbox(l, &work);
		look_at_smtp(l, (size_t)work.waiting);
		look_at_provision(l, &work);
	}
	check_socket(l, "signup", in->settings->signup.listen,
	    !config_given(c, "signup", NULL, "listen") &&
		!config_given(c, "signup", NULL, "url"));
}
