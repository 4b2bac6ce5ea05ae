/* SPDX-License-Identifier: MIT */
#include "probes_members.h"

#include "greeting.h"
#include "output.h"
#include "site_uses.h"

#include "base/str.h"
#include "store/outbox_table.h"
#include "store/provision_table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WAITS_TOO_LONG 3600 /* seconds, for mail that is to be sent */

struct mail_waiting {
	struct arena *arena;
	int64_t n;
	struct outbox_mail oldest; /* of them, if there are any */
};

static enum rc
read_mail_waiting(struct db *db, void *context, struct err *err)
{
	struct mail_waiting *w = context;
	int64_t oldest;
	enum rc rc = outbox_waiting(db, &w->n, &oldest, err);

	if (rc != RC_OK || w->n == 0)
		return rc;
	rc = outbox_oldest(db, w->arena, &w->oldest, err);
	if (rc != RC_NONE)
		return rc;
	w->n = 0; /* sent meanwhile */
	return RC_OK;
}

void
probe_outbox(const struct probe_run *run)
{
	struct mail_waiting w = {.arena = run->arena};
	struct arena *a = run->arena;
	long long n;
	int64_t now;

	if (store_now(run->store, &now, NULL) != RC_OK ||
	    store_do(run->store, read_mail_waiting, &w, NULL) != RC_OK)
		return;
	n = w.n;
	if (n > 0 && now - w.oldest.created > WAITS_TOO_LONG)
		probe_saw(run, REPORT_WARNING,
		    arena_printf(a, "%lld to be sent, the oldest since %s: %s",
			n, output_time(a, w.oldest.created),
			w.oldest.error != NULL
			    ? output_shown(a, w.oldest.error)
			    : "is postward-mailer running?"));
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(a, "%lld to be sent", n));
}

/* host and port of "smtp://host:port", as curl reads it. */
static void
smtp_url_split(struct arena *a, const char *url, const char **host,
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

static bool
is_this_machine(const char *host)
{
	return str_starts(host, "127.") || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

static void
smtp_does_not_answer(const struct probe_run *run, const char *host,
    const char *why)
{
	bool here = is_this_machine(host);

	probe_saw(run, REPORT_BROKEN,
	    arena_printf(run->arena, "%s: %s%s", run->settings->mailer.smtp,
		why,
		here ? "; does Postfix run, and are the lines of " POSTWARD_DATA
		       "/postfix/master.cf in its master.cf?"
		     : ""));
	/* It adds those lines where they are missing. */
	if (here && geteuid() == 0)
		probe_cure_ours(run, "postfix enable");
}

/* A site that sends nothing needs none. */
void
probe_smtp(const struct probe_run *run)
{
	const char *url = run->settings->mailer.smtp, *line = "220", *host,
		   *port;
	bool tls = str_starts(url, "smtps:");
	struct mail_waiting w = {.arena = run->arena};
	struct err err;

	if (store_do(run->store, read_mail_waiting, &w, NULL) != RC_OK ||
	    (w.n == 0 && !site_uses_mail(run->settings)))
		return;
	smtp_url_split(run->arena, url, &host, &port);
	if (greeting_read(run->arena, host, port, tls ? NULL : &line, &err) !=
	    RC_OK)
		smtp_does_not_answer(run, host, err.text);
	else if (!str_starts(line, "220"))
		probe_saw(run, REPORT_BROKEN,
		    arena_printf(run->arena, "%s: greets with \"%s\"", url,
			line));
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "answers at %s", url));
}

/* Of provisioning that fails: so many are named, and the rest counted. */
#define FAILED_MAX 20

struct provision_failed {
	struct provision row;
	const char *userid;
};

struct provisions_failed {
	struct arena *arena;
	struct provision_failed named[FAILED_MAX];
	size_t n;            /* in all */
	bool rest_is_forged; /* or some of the rest */
};

/* The arena of one that is only counted is thrown away. */
static enum rc
read_provision_failed(struct db_row *row, struct provisions_failed *all,
    struct arena *counted, struct err *err)
{
	bool named = all->n < FAILED_MAX;
	struct provision_failed f;
	enum rc rc = provision_next_failed(row, named ? all->arena : counted,
	    &f.row, &f.userid, err);

	if (rc != RC_OK)
		return rc;
	if (named)
		all->named[all->n] = f;
	else
		all->rest_is_forged |= f.row.done != 0;
	all->n++;
	arena_reset(counted);
	return RC_OK;
}

/* Does not grow with the store. */
static enum rc
read_provisions_failed(struct db *db, void *context, struct err *err)
{
	struct provisions_failed *all = context;
	struct arena *counted;
	struct db_row *row;
	enum rc rc = provision_walk_failed(db, &row, err);

	all->n = 0;
	all->rest_is_forged = false;
	if (rc != RC_OK)
		return rc;
	counted = arena_new();
	while ((rc = read_provision_failed(row, all, counted, err)) == RC_OK)
		continue;
	db_end(row);
	arena_free(counted);
	return rc == RC_NONE ? RC_OK : rc;
}

static void
probe_provision_failed(const struct probe_run *run,
    const struct provision_failed *f)
{
	struct arena *a = run->arena;
	const char *userid = output_shown(a, f->userid);
	const char *error = output_shown(a, f->row.error);

	if (f->row.done != 0)
		probe_saw(run, REPORT_BROKEN,
		    arena_printf(a, "%s: %s; postward request show %s", userid,
			error, output_shown(a, f->row.request)));
	else
		probe_saw(run, REPORT_WARNING,
		    arena_printf(a,
			"%s: %s; it has failed %lld times, and is run again",
			userid, error, (long long)f->row.attempts));
}

void
probe_provision(const struct probe_run *run)
{
	const struct provision_settings *p = &run->settings->provision;
	struct provisions_failed failed = {.arena = run->arena};

	if (store_do(run->store, read_provisions_failed, &failed, NULL) !=
	    RC_OK)
		return;
	if (p->n_command > 0 && access(p->command[0], X_OK) != 0)
		probe_saw(run, REPORT_BROKEN,
		    arena_printf(run->arena, "%s: %s", p->command[0],
			strerror(errno)));
	else if (p->n_command > 0)
		probe_saw(run, REPORT_OK, p->command[0]);
	for (size_t i = 0; i < failed.n && i < FAILED_MAX; i++)
		probe_provision_failed(run, &failed.named[i]);
	if (failed.n > FAILED_MAX)
		probe_saw(run,
		    failed.rest_is_forged ? REPORT_BROKEN : REPORT_WARNING,
		    arena_printf(run->arena,
			"and %zu more: postward request list --all",
			failed.n - FAILED_MAX));
}
