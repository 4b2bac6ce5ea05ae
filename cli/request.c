/* SPDX-License-Identifier: MIT */
#include "members/registration.h"

#include "output.h"
#include "request_seen.h"
#include "store_secrets.h"

#include <stdio.h>
#include <unistd.h>

/* Does it to one request and says what has come of it. */
typedef enum rc request_work(struct invocation *in, struct store *store,
    const struct registration *r, struct err *err);

/* "Try later" is worth more than "no": who repeats all of it is right. */
int
request_worse(int a, int b)
{
	return a == EXIT_TRY_LATER || b == EXIT_DONE ? a : b;
}

static int
do_one(struct invocation *in, struct store *store, const char *which,
    request_work *work)
{
	struct registration r;
	struct err err;
	enum rc rc = registration_lookup(store, &in->settings->registration,
	    in->arena, which, &r, &err);

	if (rc == RC_OK)
		rc = work(in, store, &r, &err);
	if (rc == RC_NONE)
		err_set(&err, rc, "%s: no such request", which);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

static int
do_each(struct invocation *in, request_work *work, bool provision)
{
	struct store *store;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &store, &err);
	int status = EXIT_DONE;

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	for (int i = 0; i < in->n_arguments; i++)
		status = request_worse(status,
		    do_one(in, store, in->arguments[i], work));
	if (provision)
		status = request_worse(status,
		    request_provision_all(in, store, false));
	store_close(store);
	return status;
}

static enum rc
approve_registration(struct invocation *in, struct store *store,
    const struct registration *r, struct err *err)
{
	const struct settings *s = in->settings;
	int64_t now;
	enum rc rc = store_now(store, &now, err);

	if (rc == RC_OK)
		rc = registration_approve(store, &s->registration, in->arena,
		    r->id, now, err);
	if (rc != RC_OK)
		return rc;
	printf("%s: approved; its mail goes to %s, which is told so\n",
	    output_shown(in->arena, r->address),
	    output_shown(in->arena, r->email));
	if (s->registration.provision && geteuid() != 0)
		printf("%s: `postward request provision`, run by root, does "
		       "the rest\n",
		    output_shown(in->arena, r->address));
	return RC_OK;
}

static enum rc
refuse_registration(struct invocation *in, struct store *store,
    const struct registration *r, struct err *err)
{
	int64_t now;
	enum rc rc = store_now(store, &now, err);

	if (rc == RC_OK)
		rc = registration_refuse(store, &in->settings->registration,
		    in->arena, r->id, in->options[OPTION_REASON], now, err);
	if (rc == RC_OK)
		printf("%s: refused%s\n", output_shown(in->arena, r->address),
		    r->proven != 0 ? "; its mailbox is told so"
				   : "; its mailbox is not proven, and is "
				     "told nothing");
	return rc;
}

static enum rc delete (struct invocation *in, struct store *store,
    const struct registration *r, struct err *err) {
	enum rc rc = registration_delete(store, in->arena, r->id, err);

	    if (rc == RC_OK) printf("%s: request deleted%s\n",
		output_shown(in->arena, r->address),
		r->state == REGISTRATION_APPROVED ? "; the account stays" : "");
	    return rc;
}

static enum rc
resend_code(struct invocation *in, struct store *store,
    const struct registration *r, struct err *err)
{
	int64_t now;
	enum rc rc = store_now(store, &now, err);

	if (rc == RC_OK)
		rc = registration_resend(store, &in->settings->registration,
		    in->arena, r->id, now, err);
	if (rc == RC_OK)
		printf("%s: a new code is on its way to %s\n",
		    output_shown(in->arena, r->address),
		    output_shown(in->arena, r->email));
	return rc;
}

/* One that `store init` of an older version has not made. */
static enum rc
make_secret(struct invocation *in, struct err *err)
{
	const char *path = in->options[OPTION_CONFIG];
	const struct settings *s = in->settings;
	enum rc rc;

	if (!s->registration.provision || s->approvals.n > 0 ||
	    s->approvals.trouble != NULL)
		return RC_OK;
	rc = store_secrets_make_approvals(s, err);
	if (rc == RC_OK)
		settings_read_secrets(in->settings,
		    path == NULL ? settings_default_path : path);
	return rc;
}

int
request_approve_run(struct invocation *in)
{
	struct err err;
	enum rc rc = make_secret(in, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	return do_each(in, approve_registration,
	    in->settings->registration.provision && geteuid() == 0);
}

int
request_refuse_run(struct invocation *in)
{
	return do_each(in, refuse_registration, false);
}

int
request_delete_run(struct invocation *in)
{
	return do_each(in, delete, false);
}

int
request_resend_run(struct invocation *in)
{
	return do_each(in, resend_code, false);
}
