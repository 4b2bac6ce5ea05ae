/* SPDX-License-Identifier: MIT */
#include "request_seen.h"

#include "members/registration.h"
#include "output.h"
#include "terminal.h"

#include <stdio.h>

static void
show_line(const char *what, const char *words)
{
	if (words != NULL)
		printf("%-11s%s\n", what, words);
}

static void
say_text(struct arena *a, const char *what, const char *text)
{
	if (text != NULL)
		printf("%s\n%s\n", what, terminal_lines(a, text, "    "));
}

static const char *
shown_key(struct arena *a, const struct ssh_key *key)
{
	if (key->type == NULL || key->bits == 0)
		return key->type;
	return arena_printf(a, "%s, %u bits, %s", key->type, key->bits,
	    key->fingerprint);
}

static const char *
shown_provision(struct arena *a, const struct provision *p)
{
	const char *error;

	if (p->request == NULL)
		return NULL;
	if (p->done != 0 && p->error != NULL)
		return arena_printf(a, "%s: never run",
		    terminal_bad(a, request_provision_word(p)));
	if (p->done != 0)
		return arena_printf(a, "done %s", output_time(a, p->done));
	if (p->error == NULL)
		return "waiting: postward request provision runs it";
	error = output_shown(a, p->error);
	return arena_printf(a, "%s after %lld tries: %s; again %s",
	    terminal_bad(a, "failing"), (long long)p->attempts, error,
	    output_time(a, p->next_try));
}

static const char *
shown_approval(struct arena *a, const struct request_seen *seen)
{
	if (seen->approval == APPROVAL_FORGED)
		return arena_printf(a,
		    "%s: changed since an administrator approved it",
		    terminal_bad(a, "forged"));
	if (seen->approval == APPROVAL_MISSING)
		return arena_printf(a,
		    "%s: forged, or approved before approvals were signed; "
		    "postward request approve signs it",
		    terminal_bad(a, "unsigned"));
	return request_approval_word(seen);
}

static void
say_mail(struct arena *a, const struct outbox_mail *mail)
{
	const char *word = request_mail_word(mail);
	const char *queue_id = output_shown(a, mail->queue_id);
	const char *error = output_shown(a, mail->error);
	const char *time =
	    output_time(a, mail->sent != 0 ? mail->sent : mail->created);

	printf("    %s to %s: %s, %s%s%s%s%s\n",
	    output_shown(a, mail->template), output_shown(a, mail->recipient),
	    request_mail_is_bad(mail) ? terminal_bad(a, word) : word,
	    time == NULL ? "-" : time, queue_id == NULL ? "" : ", queue id ",
	    queue_id == NULL ? "" : queue_id, error == NULL ? "" : ": ",
	    error == NULL ? "" : error);
}

static void
show_registration(struct arena *a, const struct request_seen *seen)
{
	const struct registration *r = &seen->request;

	show_line("Request", output_shown(a, r->id));
	show_line("User id", output_shown(a, r->userid));
	show_line("Address", output_shown(a, r->address));
	show_line("Mailbox", output_shown(a, r->email));
	show_line("State", registration_state_name(r->state));
	show_line("Asked", output_time(a, r->created));
	show_line("Proven",
	    r->proven == 0 ? terminal_mark(a, false)
			   : arena_printf(a, "%s %s", terminal_mark(a, true),
				 output_time(a, r->proven)));
	show_line("Decided", output_time(a, r->decided));
	show_line("Approval", shown_approval(a, seen));
	show_line("Key", shown_key(a, &seen->key));
	show_line("", output_shown(a, seen->key.line));
	show_line("Provision", shown_provision(a, &seen->provision));
	if (r->state == REGISTRATION_ASKED)
		show_line("Code",
		    arena_printf(a,
			"good until %s, %lld mailed, typed wrongly %lld times",
			output_time(a, r->code_expires), (long long)r->codes,
			(long long)r->code_wrong));
	say_text(a, "Reason", r->reason);
	say_text(a, "Note", r->note);
	if (seen->n_mails > 0)
		printf("Mail\n");
	for (size_t i = 0; i < seen->n_mails; i++)
		say_mail(a, &seen->mails[i]);
}

struct task {
	struct arena *arena;
	const struct keyed_secrets *approvals;
	struct request_seen *seen;
};

static enum rc
see_registration(struct db *db, void *context, struct err *err)
{
	const struct task *t = context;

	return request_see(db, t->arena, t->approvals, t->seen, err);
}

int
request_show_run(struct invocation *in)
{
	struct request_seen seen = {0};
	struct task task = {in->arena, &in->settings->approvals, &seen};
	const char *which = in->arguments[0];
	struct store *store;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &store, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	rc = registration_lookup(store, &in->settings->registration, in->arena,
	    which, &seen.request, &err);
	if (rc == RC_OK)
		rc = store_do(store, see_registration, &task, &err);
	store_close(store);
	if (rc == RC_NONE)
		err_set(&err, RC_NONE, "%s: no such request", which);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (in->options[OPTION_JSON] != NULL)
		output_json(request_json(in->arena, &seen));
	else
		show_registration(in->arena, &seen);
	return EXIT_DONE;
}
