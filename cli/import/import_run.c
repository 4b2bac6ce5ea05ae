/* SPDX-License-Identifier: MIT */
/* `postward import`, `postward export`: files, the store, and what is told. */
#include "command.h"
#include "export.h"
#include "import_json.h"
#include "import_store.h"
#include "output.h"
#include "stream_bytes.h"

#include "base/str.h"
#include "mail/domain.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A million lines. */
#define IMPORT_BYTES_MAX ((size_t)128 * 1024 * 1024)

/* EXIT_DONE: they can be used. */
static int
read_import_options(struct invocation *in, struct import_settings *out,
    enum import_format *format)
{
	const struct forwards_settings *f = &in->settings->forwards;
	const char *word = in->options[OPTION_FORMAT];
	const char *domain = in->options[OPTION_DOMAIN];

	*out = (struct import_settings){
	    .forwards = f,
	    .domain = f->n_domains == 1 ? f->domains[0] : NULL,
	    .rewrite = in->settings->authors.domain != NULL,
	};
	if (word != NULL && !import_format_read(word, format)) {
		output_wrong(in,
		    "--format %s: expected aliases, virtual, postfixadmin or "
		    "csv",
		    word);
		return EXIT_USAGE;
	}
	if (domain == NULL)
		return EXIT_DONE;
	if (domain_read(in->arena, domain, &out->domain, NULL) == RC_OK &&
	    forwards_serves(f, out->domain))
		return EXIT_DONE;
	output_wrong(in, "--domain %s: expected one of the configured domains",
	    domain);
	return EXIT_USAGE;
}

static int
compare_remarks(const void *one, const void *other)
{
	const struct import_remark *a = one, *b = other;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return 0;
}

/* Those of the file and of the store. */
static struct import_remarks
join_remarks(struct invocation *in, const struct import_remark *a, size_t n_a,
    const struct import_remark *b, size_t n_b)
{
	struct import_remark *all =
	    arena_take_array(in->arena, n_a + n_b + 1, sizeof(*all));

	for (size_t i = 0; i < n_a; i++)
		all[i] = a[i];
	for (size_t i = 0; i < n_b; i++)
		all[n_a + i] = b[i];
	qsort(all, n_a + n_b, sizeof(*all), compare_remarks);
	return (struct import_remarks){all, n_a + n_b};
}

static void
print_remarks(const struct invocation *in, const struct import_remarks *remarks)
{
	for (size_t i = 0; i < remarks->n; i++)
		output_wrong(in, "%s:%zu: %s", in->arguments[0],
		    remarks->all[i].line, remarks->all[i].text);
}

static void
print_dry_entry(struct arena *a, const struct import_entry *e,
    enum import_change change)
{
	printf("%s: %s", output_shown(a, e->account),
	    change == IMPORT_ADDED ? "would be added" : "would be changed");
	for (size_t i = 0; i < e->n; i++)
		printf("%s%s%s", i == 0 ? ", forwarding to " : ", ",
		    output_shown(a, e->targets[i].text),
		    e->targets[i].paused ? " (paused)" : "");
	if (e->suspended)
		printf(", suspended");
	if (e->strategy != NULL)
		printf(", strategy %s", e->strategy);
	printf("\n");
}

static void
print_import_changes(const struct import_work *w)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < w->import->n && w->dry; i++) {
		arena_reset(a);
		if (w->changes[i] != IMPORT_UNCHANGED)
			print_dry_entry(a, &w->import->entries[i],
			    w->changes[i]);
	}
	arena_free(a);
	printf("%zu added, %zu changed, %zu unchanged%s\n",
	    w->counts[IMPORT_ADDED], w->counts[IMPORT_CHANGED],
	    w->counts[IMPORT_UNCHANGED],
	    w->dry ? "; this was a dry run, nothing is changed" : "");
}

/* rc is that of the store. */
static int
tell_import(struct invocation *in, const struct import_work *w, enum rc rc,
    const struct err *err)
{
	const struct import *import = w->import;
	const struct import_remarks notes = join_remarks(in, import->notes,
	    import->n_notes, w->notes, w->n_notes);
	const struct import_remarks problems = join_remarks(in,
	    import->problems, import->n_problems, w->problems, w->n_problems);
	bool json = in->options[OPTION_JSON] != NULL;

	if (!json) {
		print_remarks(in, &notes);
		print_remarks(in, &problems);
	}
	if (rc == RC_TEMP || rc == RC_PERM)
		return output_failure(in, rc, err);
	if (json)
		import_json_print(w, &notes, &problems);
	else if (problems.n > 0)
		output_wrong(in, "%s: %zu wrong; nothing is changed",
		    in->arguments[0], problems.n);
	else
		print_import_changes(w);
	return problems.n > 0 ? EXIT_NO : EXIT_DONE;
}

/* Wrong lines are looked for in the store, too, when some are wrong already. */
static int
import_into_store(struct invocation *in, const struct import *import)
{
	struct import_work w = {
	    .forwards = &in->settings->forwards,
	    .arena = in->arena,
	    .import = import,
	    .replace = in->options[OPTION_REPLACE] != NULL,
	    .dry =
		in->options[OPTION_DRY_RUN] != NULL || import->n_problems > 0,
	};
	struct store *store = NULL;
	struct err err;
	enum rc rc = settings_open_store(in->settings, &store, &err);

	w.changes =
	    arena_take_array(in->arena, import->n + 1, sizeof(*w.changes));
	if (rc == RC_OK)
		rc = store_now(store, &w.now, &err);
	if (rc == RC_OK)
		rc = store_change(store, import_store, &w, &err);
	store_close(store);
	return tell_import(in, &w, rc, &err);
}

int
import_run(struct invocation *in)
{
	struct import_settings settings;
	enum import_format format;
	struct import import;
	char *text;
	size_t len;
	int status;

	if (in->options[OPTION_FORMAT] == NULL) {
		output_wrong(in, "--format is missing: aliases, virtual, "
				 "postfixadmin or csv");
		return EXIT_USAGE;
	}
	status = read_import_options(in, &settings, &format);
	if (status != EXIT_DONE)
		return status;
	if (!stream_bytes_read(in, in->arguments[0], IMPORT_BYTES_MAX, &text,
		&len))
		return EXIT_NO;
	import_read(in->arena, format, &settings, text, len, &import);
	status = import_into_store(in, &import);
	free(text);
	return status;
}

struct export_work {
	struct invocation *in;
	enum import_format format;
	struct import_settings settings;
	const char *only;          /* domain of the accounts that are wanted, or
				      NULL */
	struct arena *arena;       /* of one account */
	struct import_entry entry; /* that is gathered; account NULL: none */
	bool began;
};

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
	text = export_text(w->arena, w->format, &w->settings, &w->entry,
	    &left_out);
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
	int status = read_import_options(in, &w.settings, &w.format);

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
	rc = settings_open_store(in->settings, &store, &err);
	if (rc == RC_OK)
		rc = store_do(store, export_store, &w, &err);
	store_close(store);
	arena_free(w.arena);
	if (rc != RC_OK && w.began)
		err_set(&err, rc, "%s; what was written is not whole",
		    err.text);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
