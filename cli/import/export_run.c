/* SPDX-License-Identifier: MIT */
/* `postward export`: from the store to a file. */
#include "command.h"
#include "export.h"
#include "import_options.h"
#include "listing.h"
#include "output.h"

#include "store/account_table.h"
#include "store/forward_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct export_work {
	struct invocation *in;
	enum import_format format;
	struct import_settings settings;
	const char *only;          /* domain of the accounts that are wanted, or
				      NULL */
	struct arena *arena;       /* of one account */
	struct import_entry entry; /* that is gathered; account NULL: none */
	struct export export;
	bool began;
};

static int
compare_targets(const void *one, const void *other)
{
	const struct import_target *a = one, *b = other;

	return strcmp(a->text, b->text);
}

/* All texts of the next rows are copied into the arena of the account. */
static void
export_gathered(struct export_work *w)
{
	const char *left_out, *text, *at;

	if (w->entry.account == NULL)
		return;
	at = strrchr(w->entry.account, '@');
	if (w->only != NULL && (at == NULL || strcmp(at + 1, w->only) != 0))
		return;
	if (w->entry.n > 0)
		qsort(w->entry.targets, w->entry.n, sizeof(*w->entry.targets),
		    compare_targets);
	text = export_text(&w->export, w->arena, &w->entry, &left_out);
	if (text != NULL)
		fputs(text, stdout);
	if (left_out != NULL)
		fprintf(stderr, "postward: %s: left out: %s\n",
		    output_shown(w->arena, w->entry.account),
		    output_shown(w->arena, left_out));
}

static void
gather_export(struct export_work *w, const struct account *account,
    const struct forward *forward)
{
	struct import_entry *e = &w->entry;

	if (e->account == NULL || strcmp(e->account, account->address) != 0) {
		export_gathered(w);
		arena_reset(w->arena);
		*e = (struct import_entry){
		    .account = arena_copy_text(w->arena, account->address),
		    .suspended = account->suspended,
		    .strategy = arena_copy_text(w->arena, account->strategy),
		};
	}
	if (forward->target == NULL || forward->state == FORWARD_PENDING)
		return;
	e->targets = db_more(w->arena, e->targets, e->n, sizeof(*e->targets));
	e->targets[e->n++] =
	    (struct import_target){arena_copy_text(w->arena, forward->target),
		forward->state == FORWARD_PAUSED};
}

static enum rc
export_store(struct db *db, void *context, struct err *err)
{
	struct export_work *w = context;
	struct arena *of_row = arena_new();
	struct account account;
	struct forward forward;
	struct db_row *row;
	enum rc rc = RC_TEMP;

	if (!w->began)
		rc = account_forward_walk(db, &row, err);
	if (rc == RC_OK) {
		w->began = true;
		fputs(export_header(w->format), stdout);
		while ((rc = account_forward_next(row, of_row, &account,
			    &forward, err)) == RC_OK) {
			gather_export(w, &account, &forward);
			arena_reset(of_row);
		}
		db_end(row);
	}
	if (rc == RC_NONE)
		export_gathered(w);
	arena_free(of_row);
	return rc == RC_NONE ? RC_OK : rc;
}

int
export_run(struct invocation *in)
{
	struct export_work w = {.in = in, .format = IMPORT_CSV};
	struct store *store = NULL;
	struct err err;
	enum rc rc;
	int status = import_options_read(in, &w.settings, &w.format);

	if (status != EXIT_DONE)
		return status;
	if (w.format == IMPORT_ALIASES && w.settings.domain == NULL) {
		output_wrong(in, "--domain is missing: names in aliases(5) "
				 "have none");
		return EXIT_USAGE;
	}
	if (w.format == IMPORT_ALIASES || in->options[OPTION_DOMAIN] != NULL)
		w.only = w.settings.domain;
	w.arena = arena_new();
	export_begin(in->arena, w.format, &w.settings, &w.export);
	rc = listing_open_store(in->settings, &store, &err);
	if (rc == RC_OK)
		rc = store_do(store, export_store, &w, &err);
	store_close(store);
	export_end(&w.export);
	arena_free(w.arena);
	if (rc != RC_OK && w.began)
		err_set(&err, rc, "%s; what was written is not whole",
		    err.text);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
