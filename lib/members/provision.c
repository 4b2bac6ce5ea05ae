/* SPDX-License-Identifier: MIT */
#include "members/provision.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/str.h"
#include "mail/mailbox.h"
#include "members/approval.h"
#include "members/private/registration_tx.h"
#include "members/private/user_name.h"
#include "members/ssh_key.h"
#include "store/provision_table.h"

#include <string.h>

#define PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

/* So much longer than the command may run its lease lasts. */
#define LEASE_MORE_MS 60000

/* So much of the command's output is shown. */
#define OUTPUT_LINES_MAX 100
#define OUTPUT_LINE_MAX  500

struct job {
	struct arena *arena;
	const struct provision_settings *settings;
	const char *owner;
	int64_t now;
	struct provision row;
	struct registration request;
	struct lease lease;
};

static enum rc
find_due_provision(struct db *db, void *context, struct lease *out,
    struct err *err)
{
	struct job *job = context;
	struct due due = lease_due(job->now, job->settings->retry_max_ms);
	enum rc rc = provision_due(db, job->arena, &due, &job->row, err);

	if (rc == RC_OK) {
		out->key = job->row.request;
		out->attempts = job->row.attempts;
	}
	return rc;
}

static enum rc
admit_provision(struct db *db, void *context, struct lease *out,
    struct err *err)
{
	struct job *job = context;
	enum rc rc = find_due_provision(db, context, out, err);

	return rc == RC_OK ? registration_by_id(db, job->arena, out->key,
				 &job->request, err)
			   : rc;
}

static enum rc
claim_provision(struct store *store, struct job *job, struct err *err)
{
	const struct lease_search search = {
	    .table = &provision_leases,
	    .owner = job->owner,
	    .now = job->now,
	    .lease_ms = job->settings->timeout_ms + LEASE_MORE_MS,
	    .due = find_due_provision,
	    .admit = admit_provision,
	    .context = job,
	};

	return lease_claim(store, &search, &job->lease, err);
}

static enum rc
write_provision_tx(struct db *db, void *context, struct err *err)
{
	const struct job *job = context;

	return provision_update(db, &job->row, job->owner, err);
}

/* A lease that is lost, or a request that was deleted meanwhile, is no error
   here. */
static enum rc
settle_provision(struct store *store, struct job *job, enum rc ran,
    const char *error, int64_t now, struct err *err)
{
	const struct back_off back_off = {
	    .min_ms = job->settings->retry_min_ms,
	    .max_ms = job->settings->retry_max_ms,
	};
	struct provision *row = &job->row;
	enum rc rc;

	row->lease_until = 0;
	row->lease_owner = NULL;
	row->attempts = job->lease.attempts;
	row->error = error;
	if (ran == RC_OK || ran == RC_PERM)
		row->done = now;
	else
		row->next_try = lease_next_try(&back_off, row->attempts, now);
	rc = lease_settle(store, &provision_leases, &job->lease,
	    write_provision_tx, job, err);
	return rc == RC_NONE ? RC_OK : rc;
}

struct listener {
	provision_output_fn *output;
	void *context;
	const char *userid;
};

static void
pass_on(void *context, const char *line)
{
	const struct listener *l = context;

	if (l->output != NULL)
		l->output(l->context, l->userid, line);
}

static bool
is_address(struct arena *a, const char *text)
{
	struct address address;

	return mailbox_read(a, text, &address, NULL) == RC_OK &&
	       mailbox_forward_problem(&address) == NULL &&
	       str_equal_fold(address_text(a, &address), text);
}

/* The command mostly runs as root, and more people may write the store than may
   tell root what to do.  Returns NULL, or what registration_ask and
   registration_approve would not have let in. */
static const char *
what_is_wrong(struct arena *a, const struct registration *r)
{
	struct ssh_key key;

	if (!registration_id_is_valid(r->id))
		return "its id";
	if (r->state != REGISTRATION_APPROVED)
		return "its state";
	if (!user_name_is_valid(r->userid) || user_name_is_role(r->userid))
		return "its user id";
	if (!is_address(a, r->address) ||
	    !str_starts(r->address, arena_printf(a, "%s@", r->userid)))
		return "its address";
	if (!is_address(a, r->email))
		return "its mailbox";
	if (r->pubkey != NULL &&
	    (ssh_key_read(a, r->pubkey, &key, NULL) != RC_OK ||
		strcmp(key.line, r->pubkey) != 0))
		return "its key";
	return NULL;
}

static enum rc
run_provision(const struct job *job, struct listener *listener, struct err *err)
{
	const char *wrong;
	const struct registration *r = &job->request;
	struct arena *a = job->arena;
	const char *const env[] = {PATH,
	    arena_printf(a, "POSTWARD_USERID=%s", r->userid),
	    arena_printf(a, "POSTWARD_ADDRESS=%s", r->address),
	    arena_printf(a, "POSTWARD_MAILBOX=%s", r->email),
	    arena_printf(a, "POSTWARD_REQUEST=%s", r->id), NULL};
	const struct process process = {
	    .argv = job->settings->command,
	    .n_argv = job->settings->n_command,
	    .env = env,
	    .input =
		r->pubkey != NULL ? arena_printf(a, "%s\n", r->pubkey) : "",
	    .timeout_ms = job->settings->timeout_ms,
	    .lines_max = OUTPUT_LINES_MAX,
	    .line_max = OUTPUT_LINE_MAX,
	    .line = pass_on,
	    .context = listener,
	};

	if (approval_of(a, job->settings->approvals, r) != APPROVAL_SIGNED)
		return err_set(err, RC_PERM,
		    "forged: no administrator has approved this as it is");
	wrong = what_is_wrong(a, r);
	if (wrong != NULL)
		return err_set(err, RC_TEMP,
		    "%s in the store is not one that a request could have "
		    "set: was the row changed by hand?",
		    wrong);
	return process_run(a, &process, err);
}

/* Asked before anything is claimed: an approval does not count as forged
   because we cannot read the secret. */
static enum rc
has_secret(const struct keyed_secrets *approvals, struct err *err)
{
	if (approvals != NULL && approvals->n > 0)
		return RC_OK;
	return err_set(err, RC_TEMP, "approvals cannot be checked: %s",
	    approvals != NULL && approvals->trouble != NULL
		? approvals->trouble
		: "there is no secret of theirs: make it with 'postward store "
		  "init'");
}

enum rc
provision_run_one(struct store *store,
    const struct provision_settings *settings, struct arena *a,
    const char *owner, int64_t now, provision_output_fn *output, void *context,
    const char **userid, struct err *err)
{
	struct job job = {
	    .arena = a,
	    .settings = settings,
	    .owner = owner,
	    .now = now,
	};
	struct listener listener = {output, context, NULL};
	struct err why = {""}, trouble;
	int64_t begun = clock_ms();
	enum rc rc, ran;

	*userid = NULL;
	if (settings->n_command == 0)
		return RC_NONE;
	rc = has_secret(settings->approvals, err);
	if (rc != RC_OK)
		return rc;
	rc = claim_provision(store, &job, err);
	if (rc != RC_OK)
		return rc;
	*userid = listener.userid = job.request.userid;
	ran = run_provision(&job, &listener, &why);
	rc = settle_provision(store, &job, ran,
	    ran == RC_OK ? NULL
			 : str_printable(a, why.text, strlen(why.text),
			       sizeof(why.text)),
	    now + (clock_ms() - begun) / 1000, &trouble);
	if (rc != RC_OK)
		return err_set(err, RC_TEMP, "%s", trouble.text);
	return ran == RC_OK ? RC_OK : err_set(err, ran, "%s", why.text);
}
