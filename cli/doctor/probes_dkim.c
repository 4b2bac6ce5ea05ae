/* SPDX-License-Identifier: MIT */
#include "probes_site.h"

#include "dns_wanted.h"
#include "program_users.h"
#include "readable_by.h"

#include "base/file.h"
#include "program/sealing_key.h"
#include "program/signing_records.h"

#include <string.h>
#include <unistd.h>

/* RFC 8301 3.2: signers should have at least so many. */
#define BITS_WANTED 2048

static const char *
probe_key_name(const struct probe_run *run, const struct signing_domain *d,
    const struct signing_file *file)
{
	return file->selector == NULL
		   ? arena_printf(run->arena, "DKIM of %s", d->name)
		   : arena_printf(run->arena, "DKIM of %s, %s", d->name,
			 file->selector);
}

/* Only root can tell whether it is a key. */
static enum report_state
probe_key_trouble_state(void)
{
	return geteuid() == 0 ? REPORT_BROKEN : REPORT_UNKNOWN;
}

/* What has to stand in DNS. */
static void
cure_key_record(const struct probe_run *run, const struct signing_question *q)
{
	const struct dns_wanted wanted = {
	    .kind = DNS_WANTED_DKIM,
	    .type = DNS_TXT,
	    .name = dkim_record_name(run->arena, q->domain->name,
		q->file->selector),
	};
	const char *text;
	struct err err;

	if (dkim_record_text(run->arena, q->file->key, &text, &err) == RC_OK)
		probe_cure(run, "%s",
		    dns_wanted_line(run->arena, &wanted, text));
}

static void
probe_key_signs(const struct probe_run *run, const char *what,
    const struct signing_question *q)
{
	struct arena *a = run->arena;
	const char *publish =
	    arena_printf(a, "publish what 'postward dkim record %s %s' prints",
		q->domain->name, q->file->selector);
	unsigned bits = private_key_bits(q->file->key);

	if (q->record == DKIM_RECORD_UNKNOWN)
		probe_saw_of(run, REPORT_UNKNOWN, what,
		    arena_printf(a, "%s; see the section resolver", q->why));
	else if (q->record != DKIM_RECORD_SEEN) {
		probe_saw_of(run, REPORT_BROKEN, what,
		    arena_printf(a, "it signs, but DNS does not say so: %s: %s",
			q->why, publish));
		cure_key_record(run, q);
	} else if (private_key_kind(q->file->key) == CRYPTO_RSA &&
		   bits < BITS_WANTED)
		probe_saw_of(run, REPORT_WARNING, what,
		    arena_printf(a,
			"RSA of %u bits is short: postward dkim key rotate %s",
			bits, q->domain->name));
	else
		probe_saw_of(run, REPORT_OK, what,
		    "signs; its record is published");
}

static void
probe_key_record(const struct probe_run *run, const struct signing_question *q)
{
	const char *what = probe_key_name(run, q->domain, q->file);

	switch (signing_domain_state(q->domain, q->file)) {
	case SIGNING_SIGNS:
		probe_key_signs(run, what, q);
		return;
	case SIGNING_WAITS:
		probe_saw_of(run, REPORT_WARNING, what,
		    arena_printf(run->arena,
			"waits for its record: %s: publish what 'postward dkim "
			"record %s %s' prints",
			q->why != NULL ? q->why : "it does not sign",
			q->domain->name, q->file->selector));
		cure_key_record(run, q);
		return;
	case SIGNING_RETIRED:
	case SIGNING_TROUBLE:
		return;
	}
}

/* The milter's group may go there, and read it. */
static void
cure_key_access(const struct probe_run *run, const char *path)
{
	struct arena *a = run->arena;
	const char *folder = probe_quoted(run, file_folder(a, path));
	const char *keys = probe_quoted(run, run->settings->dkim.keys);

	probe_cure(run, "chgrp " PROGRAMS_USER " %s %s %s", keys, folder,
	    probe_quoted(run, path));
	probe_cure(run, "chmod g+rx %s %s", keys, folder);
	probe_cure(run, "chmod g+r %s", probe_quoted(run, path));
}

static void
probe_key_files(const struct probe_run *run, const struct signing_domain *d)
{
	if (d->trouble != NULL)
		probe_saw_of(run, probe_key_trouble_state(),
		    arena_printf(run->arena, "DKIM of %s", d->name),
		    arena_copy_text(run->arena, d->trouble));
	for (size_t i = 0; i < d->n; i++) {
		const struct signing_file *file = &d->files[i];
		const char *what = probe_key_name(run, d, file);

		if (file->trouble != NULL)
			probe_saw_of(run, probe_key_trouble_state(), what,
			    arena_copy_text(run->arena, file->trouble));
		else if (!readable_by(PROGRAMS_USER, file->path)) {
			probe_saw_of(run, REPORT_BROKEN, what,
			    arena_printf(run->arena,
				"%s: you can read it, but the milter cannot",
				file->path));
			cure_key_access(run, file->path);
		}
	}
}

static void
probe_key_records(const struct probe_run *run, const struct signing_keys *keys)
{
	const struct dns_settings *resolver = &run->settings->resolver;
	struct signing_question *questions;
	struct signing_servers servers;
	struct err err;
	size_t n = signing_records_all(keys, NULL, run->arena, &questions);

	if (n == 0)
		return;
	if (signing_servers_open(resolver, &servers, &err) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_copy_text(run->arena, err.text));
		return;
	}
	signing_records_ask(&servers, run->arena, resolver->timeout_ms,
	    questions, n);
	signing_servers_close(&servers);
	signing_records_note(questions, n);
	for (size_t i = 0; i < n; i++)
		probe_key_record(run, &questions[i]);
}

static void
probe_sealing_key(const struct probe_run *run, const struct signing_keys *keys)
{
	struct signing_choice choice;
	struct err err;

	if (run->settings->arc_seal &&
	    sealing_key_find(run->settings, keys, &choice, &err) != RC_OK)
		probe_saw_of(run, REPORT_WARNING, "arc.seal",
		    arena_printf(run->arena,
			"what is forwarded leaves unsealed: %s", err.text));
}

void
probe_signing_keys(const struct probe_run *run)
{
	const struct settings *settings = run->settings;
	const struct signing_domain *domains;
	struct signing_keys *keys;
	struct err err;
	size_t n;

	if (!settings->dkim.sign)
		probe_saw(run, REPORT_NOTE,
		    "off: mail of ours is not signed; see sign in the section "
		    "dkim");
	if (!settings->dkim.sign && !settings->arc_seal)
		return;
	if (signing_keys_open(settings->dkim.keys, &keys, &err) != RC_OK) {
		probe_saw(run, probe_key_trouble_state(),
		    arena_copy_text(run->arena, err.text));
		return;
	}
	signing_keys_read_all(keys);
	domains = signing_keys_domains(keys, &n);
	if (n == 0 && settings->dkim.sign) {
		probe_saw(run, REPORT_WARNING,
		    "no key: mail of ours is not signed; 'postward dkim key "
		    "add' makes one for a domain");
		if (settings->forwards.n_domains > 0)
			probe_cure_ours(run,
			    arena_printf(run->arena, "dkim key add %s",
				settings->forwards.domains[0]));
	}
	for (size_t i = 0; i < n; i++)
		probe_key_files(run, &domains[i]);
	probe_key_records(run, keys);
	probe_sealing_key(run, keys);
	signing_keys_close(keys);
}
