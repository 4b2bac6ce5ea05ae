/* SPDX-License-Identifier: MIT */
#include "request_seen.h"

#include "output.h"
#include "terminal.h"

#define COLUMNS 8

struct listing {
	const struct invocation *in;
	struct request_seen *all;
	size_t n;
};

/* In one go, so that a request and its mail belong together. */
static enum rc
read_all(struct db *db, void *context, struct err *err)
{
	struct listing *l = context;
	struct arena *a = l->in->arena;
	struct request *requests;
	enum rc rc = request_list(db, a, (1u << REQUEST_STATES) - 1, &requests,
	    &l->n, err);

	if (rc != RC_OK)
		return rc;
	l->all = arena_take_array(a, l->n + 1, sizeof(*l->all));
	for (size_t i = 0; i < l->n && rc == RC_OK; i++) {
		l->all[i].request = requests[i];
		rc = request_see(db, a, &l->in->settings->approvals, &l->all[i],
		    err);
	}
	return rc;
}

/* Nobody can do anything about the mail of a request that was refused. */
static bool
has_trouble(const struct request_seen *seen)
{
	return seen->request.state != REQUEST_REFUSED &&
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
	case REQUEST_PROVEN:
		return true;
	case REQUEST_ASKED:
		return in->options[OPTION_QUIET] == NULL;
	case REQUEST_APPROVED:
		return in->options[OPTION_QUIET] == NULL &&
		       seen->provision.request != NULL &&
		       seen->provision.done == 0;
	case REQUEST_REFUSED:
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
fill_row(struct arena *a, const struct request_seen *seen, const char **cells)
{
	const struct request *r = &seen->request;

	cells[0] = request_shown(a, r->userid);
	cells[1] = request_shown(a, r->email);
	cells[2] = terminal_mark(a, r->proven != 0);
	cells[3] = key_cell(a, &seen->key);
	cells[4] = mail_cell(a, request_last_mail(seen));
	cells[5] = provision_cell(a, &seen->provision);
	cells[6] = output_time(a, r->created);
	cells[7] = request_state_name(r->state);
}

static void
show_table(const struct invocation *in, const struct listing *l)
{
	static const char *const columns[COLUMNS] = {"User id", "Mailbox",
	    "Proven", "Key", "Mail", "Provision", "Asked", "State"};
	const char **cells =
	    arena_take_array(in->arena, l->n * COLUMNS + 1, sizeof(*cells));
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (is_wanted(in, &l->all[i]))
			fill_row(in->arena, &l->all[i], cells + n++ * COLUMNS);
	output_table(in, columns, COLUMNS, cells, n);
}

static void
show_json(const struct invocation *in, const struct listing *l)
{
	cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < l->n; i++)
		if (is_wanted(in, &l->all[i]))
			cJSON_AddItemToArray(json,
			    request_json(in->arena, &l->all[i]));
	if (in->options[OPTION_QUIET] == NULL || cJSON_GetArraySize(json) > 0)
		output_json(json);
	else
		cJSON_Delete(json);
}

int
request_list_run(struct invocation *in)
{
	struct listing l = {.in = in};
	struct store *store;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &store, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	rc = store_do(store, read_all, &l, &err);
	store_close(store);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (in->options[OPTION_JSON] != NULL)
		show_json(in, &l);
	else
		show_table(in, &l);
	return EXIT_DONE;
}
