/* SPDX-License-Identifier: MIT */
#include "probes_members.h"

#include "site_uses.h"
#include "stored_domains.h"

#include "forwarding/domains.h"
#include "forwarding/forwards.h"
#include "outbox/template.h"

#include <string.h>

/* What it lacks; FORWARDS_FOUND: nothing. */
static bool
postmaster_find(const struct probe_run *run, const char *domain,
    struct forwards *found)
{
	const struct address postmaster = {"postmaster", domain};
	struct err err;

	/* The store has said so. */
	return forwards_find(run->store, &run->settings->forwards, run->arena,
		   &postmaster, found, &err) == RC_OK;
}

/* That of another domain of ours: he has a mailbox. */
static const char *
postmaster_elsewhere(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;
	struct forwards found;

	for (size_t i = 0; i < f->n_domains; i++)
		if (postmaster_find(run, f->domains[i], &found) &&
		    found.known == FORWARDS_FOUND)
			return arena_printf(run->arena, "postmaster@%s",
			    f->domains[i]);
	return "YOUR-MAILBOX";
}

/* An account if there is none, and a forward. */
static void
cure_member(const struct probe_run *run, const char *address,
    enum forwards_known known, const char *target)
{
	if (known == FORWARDS_NO_ACCOUNT)
		probe_cure_ours(run, arena_printf(run->arena, "account add %s",
					 probe_quoted(run, address)));
	probe_cure_ours(run,
	    arena_printf(run->arena, "forward add --confirmed %s %s",
		probe_quoted(run, address), probe_quoted(run, target)));
}

static void
probe_postmaster_of(const struct probe_run *run, const char *domain)
{
	const char *what = arena_printf(run->arena, "postmaster@%s", domain);
	struct forwards found;

	if (!postmaster_find(run, domain, &found))
		return;
	if (found.known == FORWARDS_FOUND) {
		probe_saw_of(run, REPORT_OK, what, "is forwarded");
		return;
	}
	probe_saw_of(run, REPORT_WARNING, what,
	    "every domain must take mail for it (RFC 5321 4.5.1): give it an "
	    "account and a forward");
	cure_member(run, what, found.known, postmaster_elsewhere(run));
}

void
probe_postmaster(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;
	struct stored_domains stored;

	for (size_t i = 0; i < f->n_domains; i++)
		probe_postmaster_of(run, f->domains[i]);
	if (stored_domains_read(run, run->store, &stored, NULL) != RC_OK)
		return; /* the store's own row says so */
	for (size_t i = 0; i < stored.n; i++)
		probe_postmaster_of(run, stored.names[i]);
}

/* A file that is not there is made anew. */
static void
cure_secret(const struct probe_run *run, const char *path, const char *words)
{
	if (strstr(words, "store init") != NULL)
		probe_cure_ours(run, "store init");
	if (strstr(words, "everybody can read") != NULL)
		probe_cure(run, "chmod o= %s", probe_quoted(run, path));
}

/* A site without a form and without a command needs none. */
void
probe_codes(const struct probe_run *run)
{
	const struct settings *s = run->settings;

	if (s->codes_note == NULL || !site_uses_mail(s))
		return;
	probe_wrong(run, NULL, s->codes_note + strlen("codes: "));
	cure_secret(run, s->codes_file, s->codes_note);
}

void
probe_approvals(const struct probe_run *run)
{
	const struct settings *s = run->settings;

	if (!s->registration.provision)
		return;
	if (s->approvals.trouble != NULL) {
		probe_wrong(run, NULL,
		    s->approvals.trouble + strlen("approvals: "));
		cure_secret(run, s->approvals_file, s->approvals.trouble);
	} else if (s->approvals.n == 0) {
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"%s: there is no such file, so that nobody can be "
			"approved: make it with 'postward store init'",
			s->approvals_file));
		probe_cure_ours(run, "store init");
	}
}

void
probe_templates(const struct probe_run *run)
{
	const char *folder = run->settings->mailer.templates;
	bool fine = true;
	struct err err;

	for (size_t i = 0; template_names[i] != NULL; i++) {
		struct template_text text;
		enum rc rc = template_read(run->arena, folder,
		    template_names[i], &text, &err);

		if (rc == RC_OK)
			continue;
		fine = false;
		probe_saw(run, REPORT_BROKEN,
		    arena_copy_text(run->arena, err.text));
	}
	if (fine)
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena,
			"%s; those that are not there are built in", folder));
}

/* Where bounces of our own mail end up, if that is with us. */
void
probe_mail_from(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;
	const char *from = run->settings->mailer.from;
	struct forwards found;
	struct address address;

	if (!domains_ours(f, run->settings->mailer.from_domain) ||
	    address_read(run->arena, from, &address, NULL) != RC_OK ||
	    forwards_find(run->store, f, run->arena, &address, &found, NULL) !=
		RC_OK)
		return;
	if (found.known == FORWARDS_FOUND) {
		probe_saw(run, REPORT_OK, from);
	} else {
		probe_saw(run, REPORT_WARNING,
		    arena_printf(run->arena,
			"%s is nobody: answers to our own mail go nowhere",
			from));
		cure_member(run, from, found.known, postmaster_elsewhere(run));
	}
}
