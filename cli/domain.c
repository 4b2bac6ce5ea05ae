/* SPDX-License-Identifier: MIT */
/* `postward domain add`, `set`, `list` and `remove`: the domains of the store,
   beside those of postward.conf. */
#include "listing.h"
#include "output.h"

#include "base/typed.h"
#include "forwarding/domains_change.h"
#include "forwarding/forwards_tx.h"
#include "mail/domain.h"
#include "policy/fate_strategy.h"
#include "store/account_table.h"

#include <stdio.h>
#include <string.h>

struct domain_task {
	struct invocation *in;
	struct stored_domain domain; /* as it is to be */
	const char *catch_all;       /* NULL: none is wanted */
	bool configured;             /* postward.conf lists it, too */
	int64_t accounts;            /* of a domain that is removed */
	int64_t now;
};

static enum rc
domain_name_read(struct invocation *in, const char *text, const char **out,
    struct err *err)
{
	struct err why;

	text = typed_trim(in->arena, text);
	if (domain_read(in->arena, text, out, &why) != RC_OK)
		return err_set(err, RC_PERM, "%s: %s", text, why.text);
	return RC_OK;
}

/* postward.conf has a say of its own about some names. */
static enum rc
domain_is_free(const struct settings *s, const char *name, struct err *err)
{
	if (forwards_configured(&s->forwards, name))
		return err_set(err, RC_PERM,
		    "%s: the list domains of postward.conf has it already",
		    name);
	if (strcmp(name, s->hostname) == 0)
		return err_set(err, RC_PERM,
		    "%s: that is the name of this host, whose mail stays here",
		    name);
	if (author_address_serves(&s->authors, name))
		return err_set(err, RC_PERM,
		    "%s: that is forwarding.from-domain of postward.conf",
		    name);
	return RC_OK;
}

static enum rc
domain_read_srs(struct domain_task *task, struct err *err)
{
	const struct settings *s = task->in->settings;
	const char *given = task->in->options[OPTION_SRS_DOMAIN];
	enum rc rc;

	if (given == NULL || given[0] == '\0')
		return RC_OK;
	if (s->return_path.srs == NULL)
		return err_set(err, RC_PERM,
		    "--srs-domain: senders are not rewritten here: set "
		    "srs.domain of postward.conf first");
	rc = domain_name_read(task->in, given, &task->domain.srs_domain, err);
	if (rc == RC_OK &&
	    author_address_serves(&s->authors, task->domain.srs_domain))
		rc = err_set(err, RC_PERM,
		    "%s: that is forwarding.from-domain of postward.conf",
		    task->domain.srs_domain);
	return rc;
}

static enum rc
domain_read_strategy(struct domain_task *task, struct err *err)
{
	const char *word = task->in->options[OPTION_STRATEGY];
	enum strategy strategy;

	if (word == NULL)
		return RC_OK;
	if (!strategy_read(word, &strategy))
		return err_set(err, RC_PERM,
		    "--strategy %s: expected default, keep, hold, reject or "
		    "rewrite",
		    word);
	if (strategy == STRATEGY_REWRITE &&
	    task->in->settings->authors.domain == NULL)
		return err_set(err, RC_PERM,
		    "--strategy rewrite: From is not rewritten here, as "
		    "forwarding.from-domain is not set");
	if (strategy != STRATEGY_DEFAULT)
		task->domain.strategy = strategy_name(strategy);
	return RC_OK;
}

/* The name, and what the options say. */
static enum rc
domain_task_read(struct domain_task *task, struct err *err)
{
	struct invocation *in = task->in;
	const char *catch_all = in->options[OPTION_CATCH_ALL];
	enum rc rc =
	    domain_name_read(in, in->arguments[0], &task->domain.name, err);

	if (rc == RC_OK)
		rc = domain_read_srs(task, err);
	if (rc == RC_OK)
		rc = domain_read_strategy(task, err);
	if (rc == RC_OK && catch_all != NULL)
		rc = forwards_read_target(in->arena, catch_all,
		    &task->catch_all, err);
	return rc;
}

/* Does the work within a transaction, and says what was done. */
static int
domain_task_do(struct domain_task *task, store_work *work, const char *done)
{
	struct invocation *in = task->in;
	struct store *store = NULL;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &store, &err);

	if (rc == RC_OK)
		rc = store_now(store, &task->now, &err);
	if (rc == RC_OK)
		rc = store_change(store, work, task, &err);
	store_close(store);
	if (rc == RC_NONE && task->configured)
		rc = err_set(&err, RC_PERM,
		    "%s: it stands in the list domains of postward.conf: take "
		    "it out there",
		    task->domain.name);
	else if (rc == RC_NONE)
		err_set(&err, RC_NONE, "%s: the store has no such domain",
		    task->domain.name);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	printf("%s: %s\n", output_shown(in->arena, task->domain.name), done);
	return EXIT_DONE;
}

/* A domain that comes back may have its catch-all still. */
static enum rc
give_catch_all(struct db *db, const struct domain_task *task, struct err *err)
{
	struct arena *a = task->in->arena;
	struct forwards_change change = {
	    .settings = &task->in->settings->forwards,
	    .arena = a,
	    .account = arena_printf(a, "@%s", task->domain.name),
	    .targets = arena_take_array(a, 1, sizeof(*change.targets)),
	    .n = 1,
	    .replace = true,
	    .now = task->now,
	};
	struct account account;
	enum rc rc = account_find(db, a, change.account, &account, err);

	change.targets[0] = task->catch_all;
	if (rc == RC_NONE)
		rc = account_add(db, change.account, task->now, err);
	return rc == RC_OK ? forwards_change_tx(db, &change, err) : rc;
}

static enum rc
add_domain(struct db *db, void *context, struct err *err)
{
	struct domain_task *task = context;
	enum rc rc;

	task->domain.created = task->now;
	rc = domains_add_tx(db, task->in->arena, &task->domain, err);
	return rc == RC_OK && task->catch_all != NULL
		   ? give_catch_all(db, task, err)
		   : rc;
}

int
domain_add_run(struct invocation *in)
{
	struct domain_task task = {.in = in};
	struct err err;
	enum rc rc = domain_task_read(&task, &err);
	int status;

	if (rc == RC_OK)
		rc = domain_is_free(in->settings, task.domain.name, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	status = domain_task_do(&task, add_domain, "added");
	if (status == EXIT_DONE)
		printf("The records to publish: postward dns %s\n",
		    task.domain.name);
	return status;
}

static enum rc
set_domain(struct db *db, void *context, struct err *err)
{
	struct domain_task *task = context;
	struct invocation *in = task->in;
	struct stored_domain old, next = task->domain;
	enum rc rc = stored_domain_find(db, in->arena, next.name, &old, err);

	if (rc == RC_OK && in->options[OPTION_SRS_DOMAIN] == NULL)
		next.srs_domain = old.srs_domain;
	if (rc == RC_OK && in->options[OPTION_STRATEGY] == NULL)
		next.strategy = old.strategy;
	return rc == RC_OK
		   ? domains_set_tx(db, in->arena, &next, task->now, err)
		   : rc;
}

int
domain_set_run(struct invocation *in)
{
	struct domain_task task = {.in = in};
	struct err err;
	enum rc rc = domain_task_read(&task, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (in->options[OPTION_SRS_DOMAIN] == NULL &&
	    in->options[OPTION_STRATEGY] == NULL) {
		output_wrong(in, "expected --srs-domain, --strategy or both");
		return EXIT_USAGE;
	}
	return domain_task_do(&task, set_domain, "set");
}

static enum rc
remove_domain(struct db *db, void *context, struct err *err)
{
	struct domain_task *task = context;
	const char *name = task->domain.name;
	enum rc rc = stored_domain_accounts(db, name, &task->accounts, err);

	if (rc == RC_OK)
		rc = domains_remove_tx(db, task->in->arena, name, task->now,
		    err);
	if (rc == RC_OK && task->accounts > 0 && !task->configured &&
	    task->in->options[OPTION_YES] == NULL)
		return err_set(err, RC_PERM,
		    "%s: %lld account%s there, whose mail would be refused: "
		    "add --yes; they stay, for a domain that comes back",
		    name, (long long)task->accounts,
		    task->accounts == 1 ? " is" : "s are");
	return rc;
}

int
domain_remove_run(struct invocation *in)
{
	struct domain_task task = {.in = in};
	struct err err;
	enum rc rc =
	    domain_name_read(in, in->arguments[0], &task.domain.name, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	task.configured =
	    forwards_configured(&in->settings->forwards, task.domain.name);
	return domain_task_do(&task, remove_domain,
	    task.configured ? "removed from the store; postward.conf has it"
			    : "removed");
}

static const char *
domain_state(const struct stored_domain *d)
{
	return d->removed == 0 ? "served" : "removed";
}

static void
list_configured(struct listing *l, const struct settings *s)
{
	const struct srs *srs = s->return_path.srs;

	for (size_t i = 0; i < s->forwards.n_domains; i++) {
		const char *cells[] = {s->forwards.domains[i], "configured",
		    srs == NULL ? NULL : srs->domains[0], NULL, NULL, NULL};

		listing_add(l, cells);
	}
}

struct domain_listing {
	struct listing *listing;
	const struct settings *settings;
};

static enum rc
list_domains(struct db *db, void *context, struct err *err)
{
	const struct domain_listing *to = context;
	struct arena *a = listing_arena(to->listing);
	struct stored_domain d;
	struct db_row *row;
	enum rc rc;

	if (!listing_again(to->listing))
		return RC_TEMP;
	list_configured(to->listing, to->settings);
	rc = stored_domain_list(db, &row, err);
	if (rc != RC_OK)
		return rc;
	while ((rc = stored_domain_next(row, a, &d, err)) == RC_OK) {
		const char *cells[] = {d.name, domain_state(&d), d.srs_domain,
		    d.strategy, output_time(a, d.created),
		    output_time(a, d.removed)};

		listing_add(to->listing, cells);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

int
domain_list_run(struct invocation *in)
{
	static const struct listing_column columns[] = {{.name = "Domain"},
	    {.name = "State"}, {.name = "SRS"}, {.name = "Strategy"},
	    {.name = "Created"}, {.name = "Removed"}};
	struct domain_listing to = {.settings = in->settings};
	struct store *store;
	struct err err;
	enum rc rc = listing_open_store(in->settings, &store, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	to.listing = listing_open(in, columns, 6);
	rc = listing_close(to.listing, store_do(store, list_domains, &to, &err),
	    &err);
	store_close(store);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
