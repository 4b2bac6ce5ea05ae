/* SPDX-License-Identifier: MIT */
#include "request_seen.h"

#include "listing.h"
#include "output.h"
#include "terminal.h"

#define COLUMNS 8

/* Nobody can do anything about the mail of a request that was refused. */
static bool
has_trouble(const struct request_seen *seen)
{
	return seen->request.state != REGISTRATION_REFUSED &&
	       (request_mail_is_bad(request_last_mail(seen)) ||
		   (seen->provision.request != NULL &&
		       seen->provision.error != NULL));
}

static bool
is_wanted(const struct invocation *in, const struct request_seen *seen)
{
	if (in->options[OPTION_ALL] != NULL || has_trouble(seen))
		return true;
	switch (seen->request.state) {
	case REGISTRATION_PROVEN:
		return true;
	case REGISTRATION_ASKED:
		return in->options[OPTION_QUIET] == NULL;
	case REGISTRATION_APPROVED:
		return in->options[OPTION_QUIET] == NULL &&
		       seen->provision.request != NULL &&
		       seen->provision.done == 0;
	case REGISTRATION_REFUSED:
		return false;
	}
	return false;
}

static const char *
key_cell(struct arena *a, const struct ssh_key *key)
{
	if (key->type == NULL || key->bits == 0)
		return key->type;
	return arena_printf(a, "%s %u", key->type, key->bits);
}

static const char *
mail_cell(struct arena *a, const struct outbox_mail *mail)
{
	const char *word = request_mail_word(mail);

	return request_mail_is_bad(mail) ? terminal_bad(a, word) : word;
}

static const char *
provision_cell(struct arena *a, const struct provision *p)
{
	const char *word = request_provision_word(p);

	return p->error != NULL ? terminal_bad(a, word) : word;
}

static void
add_row(struct listing *l, const struct request_seen *seen)
{
	struct arena *a = listing_arena(l);
	const struct registration *r = &seen->request;
	const char *cells[COLUMNS] = {
	    r->userid,
	    r->email,
	    terminal_mark(a, r->proven != 0),
	    key_cell(a, &seen->key),
	    mail_cell(a, request_last_mail(seen)),
	    provision_cell(a, &seen->provision),
	    output_time(a, r->created),
	    registration_state_name(r->state),
	};

	listing_add(l, cells);
}

struct reading {
	const struct invocation *in;
	struct listing *listing;
};

/* What belongs to a request is read while its row is there. */
static enum rc
read_seen_registration(struct db *db, const struct reading *r,
    struct registration_walk *walk, struct err *err)
{
	struct arena *a = listing_arena(r->listing);
	struct request_seen seen = {0};
	enum rc rc = registration_next(walk, a, &seen.request, err);

	if (rc == RC_OK)
		rc =
		    request_see(db, a, &r->in->settings->approvals, &seen, err);
	if (rc != RC_OK)
		return rc;
	if (!is_wanted(r->in, &seen))
		arena_reset(a);
	else if (r->in->options[OPTION_JSON] != NULL)
		listing_add_json(r->listing, request_json(a, &seen));
	else
		add_row(r->listing, &seen);
	return RC_OK;
}

static enum rc
read_seen_registrations(struct db *db, void *context, struct err *err)
{
	const struct reading *r = context;
	struct registration_walk walk;
	enum rc rc;

	if (!listing_again(r->listing))
		return RC_TEMP;
	rc = registration_walk_begin(db, (1u << REGISTRATION_STATES) - 1, &walk,
	    err);
	if (rc != RC_OK)
		return rc;
	while ((rc = read_seen_registration(db, r, &walk, err)) == RC_OK)
		continue;
	registration_walk_end(&walk);
	return rc == RC_NONE ? RC_OK : rc;
}

int
request_list_run(struct invocation *in)
{
	static const struct listing_column columns[COLUMNS] = {
	    {.name = "User id"}, {.name = "Mailbox"},
	    {.name = "Proven", .ours = true}, {.name = "Key"},
	    {.name = "Mail", .ours = true}, {.name = "Provision", .ours = true},
	    {.name = "Asked"}, {.name = "State"}};
	struct reading r = {.in = in};
	struct store *store;
	struct err err;
	enum rc rc = listing_open_store(in->settings, &store, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	r.listing = listing_open(in, columns, COLUMNS);
	rc = listing_close(r.listing,
	    store_do(store, read_seen_registrations, &r, &err), &err);
	store_close(store);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
