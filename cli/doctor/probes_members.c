/* SPDX-License-Identifier: MIT */
#include "probes_members.h"

#include "site_uses.h"

#include "forwarding/forwards.h"
#include "outbox/template.h"

#include <string.h>

static void
probe_postmaster_of(const struct probe_run *run, const char *domain)
{
	const struct address postmaster = {"postmaster", domain};
	const char *what = arena_printf(run->arena, "postmaster@%s", domain);
	struct forwards found;
	struct err err;

	if (forwards_find(run->store, &run->settings->forwards, run->arena,
		&postmaster, &found, &err) != RC_OK)
		return; /* the store has said so */
	if (found.known == FORWARDS_FOUND)
		probe_saw_of(run, REPORT_OK, what, "is forwarded");
	else
		probe_saw_of(run, REPORT_WARNING, what,
		    "every domain must take mail for it (RFC 5321 4.5.1): "
		    "give it an account and a forward");
}

void
probe_postmaster(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;

	for (size_t i = 0; i < f->n_domains; i++)
		probe_postmaster_of(run, f->domains[i]);
}

/* A site without a form and without a command needs none. */
void
probe_codes(const struct probe_run *run)
{
	const struct settings *s = run->settings;

	if (s->codes_note != NULL && site_uses_mail(s))
		probe_saw(run, REPORT_BROKEN,
		    s->codes_note + strlen("codes: "));
}

void
probe_approvals(const struct probe_run *run)
{
	const struct settings *s = run->settings;

	if (!s->registration.provision)
		return;
	if (s->approvals.trouble != NULL)
		probe_saw(run, REPORT_BROKEN,
		    s->approvals.trouble + strlen("approvals: "));
	else if (s->approvals.n == 0)
		probe_saw(run, REPORT_BROKEN,
		    arena_printf(run->arena,
			"%s: there is no such file, so that nobody can be "
			"approved: make it with 'postward store init'",
			s->approvals_file));
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

	if (!forwards_serves(f, run->settings->mailer.from_domain) ||
	    address_read(run->arena, from, &address, NULL) != RC_OK ||
	    forwards_find(run->store, f, run->arena, &address, &found, NULL) !=
		RC_OK)
		return;
	if (found.known == FORWARDS_FOUND)
		probe_saw(run, REPORT_OK, from);
	else
		probe_saw(run, REPORT_WARNING,
		    arena_printf(run->arena,
			"%s is nobody: answers to our own mail go nowhere; "
			"postward %s",
			from,
			found.known == FORWARDS_NO_ACCOUNT
			    ? arena_printf(run->arena, "account add %s", from)
			    : arena_printf(run->arena,
				  "forward add %s YOUR-MAILBOX", from)));
}
