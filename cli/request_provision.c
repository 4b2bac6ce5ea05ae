/* SPDX-License-Identifier: MIT */
#include "request_seen.h"

#include "base/clock.h"
#include "members/provision.h"
#include "output.h"

#include <stdio.h>
#include <unistd.h>

struct speaker {
	struct arena *arena;
	bool quiet;
};

static void
show_script_line(void *context, const char *userid, const char *line)
{
	const struct speaker *s = context;

	if (!s->quiet)
		printf("%s: %s\n", output_shown(s->arena, userid),
		    output_shown(s->arena, line));
}

/* Who holds a lease, for whoever looks into the store. */
static const char *
this_process(struct arena *a)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	return arena_printf(a, "%.80s:%ld", host, (long)getpid());
}

int
request_provision_all(const struct invocation *in, struct store *store,
    bool quiet)
{
	const struct provision_settings *p = &in->settings->provision;
	struct speaker speaker = {in->arena, quiet};
	const char *owner = this_process(in->arena), *userid;
	/* One that fails is due again after that, and waits for the next
	   run: or there would be no end. */
	int64_t end = clock_ms() + p->retry_min_ms;
	int status = EXIT_DONE;
	struct err err;
	int64_t now;
	enum rc rc;

	do {
		userid = NULL;
		rc = store_now(store, &now, &err);
		if (rc == RC_OK)
			rc = provision_run_one(store, p, in->arena, owner, now,
			    show_script_line, &speaker, &userid, &err);
		fflush(stdout);
		if (rc == RC_NONE)
			break;
		if (userid != NULL)
			userid = output_shown(in->arena, userid);
		if (rc != RC_OK && userid != NULL)
			err_set(&err, rc, "%s: %s", userid, err.text);
		if (rc != RC_OK)
			status =
			    request_worse(status, output_failure(in, rc, &err));
		else if (!quiet)
			printf("%s: provisioned\n", userid);
	} while (userid != NULL && clock_ms() < end);
	return status;
}

int
request_provision_run(struct invocation *in)
{
	bool quiet = in->options[OPTION_QUIET] != NULL;
	struct store *store;
	struct err err;
	int status;
	enum rc rc;

	if (in->settings->provision.n_command == 0) {
		if (!quiet)
			printf("there is no command to run: see the section "
			       "provision of the configuration\n");
		return EXIT_DONE;
	}
	rc = settings_open_store(in->settings, &store, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	status = request_provision_all(in, store, quiet);
	store_close(store);
	return status;
}
