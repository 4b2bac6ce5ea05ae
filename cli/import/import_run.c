/* SPDX-License-Identifier: MIT */
/* `postward import`: from a file to the store, and what is told of it. */
#include "command.h"
#include "import_json.h"
#include "import_options.h"
#include "import_store.h"
#include "import_text.h"
#include "output.h"

#include <stdio.h>

static void
print_remark(void *context, size_t line, const char *text)
{
	const struct invocation *in = context;

	output_wrong(in, "%s:%zu: %s", in->arguments[0], line, text);
}

static enum rc
print_remarks(struct invocation *in, struct import_spool *spool,
    struct err *err)
{
	enum rc rc =
	    import_spool_each_remark(spool, IMPORT_NOTE, print_remark, in, err);

	return rc == RC_OK ? import_spool_each_remark(spool, IMPORT_PROBLEM,
				 print_remark, in, err)
			   : rc;
}

static void
print_listed(void *context, struct arena *a, const struct import_entry *e,
    enum import_change change)
{
	(void)context;
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

static enum rc
print_import_changes(const struct import_work *w, struct err *err)
{
	enum rc rc =
	    import_spool_each_listed(w->spool, print_listed, NULL, err);

	if (rc == RC_OK)
		printf("%zu added, %zu changed, %zu unchanged%s\n",
		    w->counts[IMPORT_ADDED], w->counts[IMPORT_CHANGED],
		    w->counts[IMPORT_UNCHANGED],
		    w->dry ? "; this was a dry run, nothing is changed" : "");
	return rc;
}

/* rc is that of the store. */
static int
tell_import(struct invocation *in, const struct import_work *w, enum rc rc,
    struct err *err)
{
	size_t n = import_spool_remarks(w->spool, IMPORT_PROBLEM);
	bool json = in->options[OPTION_JSON] != NULL;
	struct err store_err = *err;
	enum rc told = json ? RC_OK : print_remarks(in, w->spool, err);

	if (rc == RC_TEMP || rc == RC_PERM)
		return output_failure(in, rc, &store_err);
	if (told == RC_OK && json)
		told = import_json_print(w, err);
	else if (told == RC_OK && n > 0)
		output_wrong(in, "%s: %zu wrong; nothing is changed",
		    in->arguments[0], n);
	else if (told == RC_OK)
		told = print_import_changes(w, err);
	if (told != RC_OK)
		err_set(err, told, "what was written is not whole: %s",
		    err->text);
	if (told != RC_OK)
		return output_failure(in, told, err);
	return n > 0 ? EXIT_NO : EXIT_DONE;
}

/* Wrong lines are looked for in the store, too, when some are wrong already. */
static int
import_into_store(struct invocation *in, struct import_spool *spool,
    const struct import_says *says)
{
	size_t wrong = import_spool_remarks(spool, IMPORT_PROBLEM);
	bool dry = in->options[OPTION_DRY_RUN] != NULL;
	struct import_work w = {
	    .forwards = &in->settings->forwards,
	    .spool = spool,
	    .says = says,
	    .replace = in->options[OPTION_REPLACE] != NULL,
	    .dry = dry || wrong > 0,
	    .list = dry && wrong == 0,
	};
	struct store *store = NULL;
	struct err err = {""};
	enum rc rc = settings_open_store(in->settings, &store, &err);

	if (rc == RC_OK)
		rc = store_now(store, &w.now, &err);
	if (rc == RC_OK)
		rc = store_change(store, import_store, &w, &err);
	store_close(store);
	return tell_import(in, &w, rc, &err);
}

/* What the file says, into the spool. */
static int
read_into_spool(struct invocation *in, enum import_format format,
    const struct import_settings *settings, struct import_spool *spool,
    struct import_says *says)
{
	struct import_sink sink = import_spool_sink(spool);
	struct import_reader *r =
	    import_reader_new(in->arena, format, settings, &sink);
	struct import_text text;
	struct err err;
	enum rc rc = RC_OK;
	int status = import_text_open(in, in->arguments[0], &text);

	sink.passed = import_text_passed;
	sink.file = &text;
	if (status == EXIT_DONE)
		rc = import_reader_read(r, text.text, text.len, &err);
	if (status == EXIT_DONE && rc == RC_OK)
		rc = import_spool_sort(spool, &err);
	*says = *import_reader_says(r);
	import_reader_free(r);
	import_text_close(&text);
	return rc == RC_OK ? status : output_failure(in, rc, &err);
}

int
import_run(struct invocation *in)
{
	struct import_settings settings;
	enum import_format format;
	struct import_spool *spool;
	struct import_says says;
	struct err err;
	enum rc rc;
	int status;

	if (in->options[OPTION_FORMAT] == NULL) {
		output_wrong(in, "--format is missing: aliases, virtual, "
				 "postfixadmin or csv");
		return EXIT_USAGE;
	}
	status = import_options_read(in, &settings, &format);
	if (status != EXIT_DONE)
		return status;
	rc = import_spool_open(format, &spool, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	status = read_into_spool(in, format, &settings, spool, &says);
	if (status == EXIT_DONE)
		status = import_into_store(in, spool, &says);
	import_spool_close(spool);
	return status;
}
