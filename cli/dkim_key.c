/* SPDX-License-Identifier: MIT */
/* Making, showing and removing keys that mail is signed with. */
#include "dkim.h"
#include "dkim_files.h"
#include "listing.h"
#include "output.h"

#include "auth/private_key_make.h"
#include "base/clock.h"
#include "mail/domain.h"
#include "program/signing_records.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char reload_hint[] = "systemctl reload postward-milter";

static const struct signing_file *
dkim_file_of(const struct signing_domain *d, const char *selector)
{
	for (size_t i = 0; d != NULL && i < d->n; i++)
		if (d->files[i].selector != NULL &&
		    strcmp(d->files[i].selector, selector) == 0)
			return &d->files[i];
	return NULL;
}

/* "pw20261128", with a letter if there is such a key. */
static enum rc
dkim_selector_of_today(struct invocation *in, const struct signing_domain *d,
    const char **out, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	time_t now = (time_t)clock_now();
	struct tm tm;
	char day[32];

	gmtime_r(&now, &tm);
	strftime(day, sizeof(day), "pw%Y%m%d", &tm);
	*out = arena_copy_text(in->arena, day);
	for (size_t i = 0; dkim_file_of(d, *out) != NULL; i++) {
		if (letters[i] == '\0')
			return err_set(err, RC_PERM,
			    "%s: no selector is left for today: give one with "
			    "--selector",
			    d->name);
		*out = arena_printf(in->arena, "%s%c", day, letters[i]);
	}
	return RC_OK;
}

static enum rc
dkim_selector_choose(struct invocation *in, const struct dkim_keys *keys,
    const char **out, struct err *err)
{
	const char *given = in->options[OPTION_SELECTOR];
	struct err why;

	if (given == NULL)
		return dkim_selector_of_today(in, keys->domain, out, err);
	if (domain_read(in->arena, given, out, &why) != RC_OK)
		return err_set(err, RC_PERM, "--selector %s: %s", given,
		    why.text);
	if (dkim_file_of(keys->domain, *out) != NULL)
		return err_set(err, RC_PERM, "%s: there is a key %s already",
		    keys->name, *out);
	return RC_OK;
}

static enum rc
dkim_key_write(struct invocation *in, const struct dkim_keys *keys,
    enum crypto_kind kind, struct signing_file *made, struct err *err)
{
	struct dkim_new_file file = {.domain = keys->name};
	enum rc rc = dkim_selector_choose(in, keys, &file.selector, err);

	if (rc == RC_OK && !dns_name_valid(dkim_record_name(in->arena,
			       file.domain, file.selector)))
		rc = err_set(err, RC_PERM, "too long for a name in DNS: %s",
		    dkim_record_name(in->arena, file.domain, file.selector));
	if (keys->domain != NULL)
		file.folder = keys->domain->folder;
	if (rc == RC_OK)
		rc = private_key_make(kind, in->arena, &file.pem, err);
	if (rc == RC_OK)
		rc = private_key_read(file.pem, strlen(file.pem), &made->key,
		    err);
	if (rc == RC_OK)
		rc = dkim_files_add(in->settings, in->arena, &file, &made->path,
		    err);
	made->selector = file.selector;
	return rc;
}

/* What there is to do, in the order in which it is to be done. */
static void
dkim_key_say_next(const struct dkim_keys *keys, const struct signing_file *made)
{
	bool alone = keys->domain == NULL || keys->domain->n == 0;

	if (alone)
		printf("Publish it first, then: %s\n"
		       "From then on it signs mail of %s.\n",
		    reload_hint, keys->name);
	else
		printf("Then: %s\n"
		       "%s signs once all resolvers see its record.  Leave the "
		       "records of\nolder keys for at least a week after that: "
		       "so long their signatures\nare good.  Their files may "
		       "go then: postward dkim key remove\n",
		    reload_hint, made->selector);
}

static enum rc
dkim_key_say_made(struct invocation *in, const struct dkim_keys *keys,
    const struct signing_file *made, struct err *err)
{
	const char *line;
	cJSON *json;
	enum rc rc;

	if (in->options[OPTION_JSON] != NULL) {
		rc = dkim_record_json(in, keys->name, made, &json, err);
		if (rc == RC_OK) {
			output_member(json, "file", made->path);
			output_json(json);
		}
		return rc;
	}
	rc = dkim_record_line_of(in, keys->name, made, &line, err);
	if (rc != RC_OK)
		return rc;
	printf("%s: made, %s, %u bits\n\nThe record to publish:\n\n%s\n\n",
	    output_shown(in->arena, made->path),
	    dkim_kind_name(private_key_kind(made->key)),
	    private_key_bits(made->key), line);
	dkim_key_say_next(keys, made);
	return RC_OK;
}

static int
dkim_key_make(struct invocation *in, const struct dkim_keys *keys,
    enum crypto_kind kind)
{
	struct signing_file made = {0};
	struct err err;
	enum rc rc = dkim_key_write(in, keys, kind, &made, &err);

	if (rc == RC_OK)
		rc = dkim_key_say_made(in, keys, &made, &err);
	private_key_free(made.key);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

enum rc
dkim_key_ensure(struct invocation *in, const char *domain, struct err *err)
{
	struct dkim_keys keys = {.name = domain};
	struct signing_file made = {0};
	enum rc rc =
	    signing_keys_open(in->settings->dkim.keys, &keys.keys, err);

	if (rc != RC_OK)
		return rc;
	keys.domain = signing_keys_domain(keys.keys, domain);
	rc = keys.domain != NULL && keys.domain->n > 0
		 ? RC_NONE
		 : dkim_key_write(in, &keys, CRYPTO_RSA, &made, err);
	private_key_free(made.key);
	signing_keys_close(keys.keys);
	return rc;
}

int
dkim_key_add_run(struct invocation *in)
{
	struct dkim_keys keys;
	int status = dkim_keys_open(in, &keys);

	if (status == EXIT_DONE)
		status = dkim_key_make(in, &keys,
		    in->options[OPTION_ED25519] != NULL ? CRYPTO_ED25519
							: CRYPTO_RSA);
	signing_keys_close(keys.keys);
	return status;
}

static bool
dkim_domain_has(const struct signing_domain *d, enum crypto_kind kind)
{
	for (size_t i = 0; d != NULL && i < d->n; i++)
		if (d->files[i].key != NULL &&
		    private_key_kind(d->files[i].key) == kind)
			return true;
	return false;
}

/* The kind that signs for everybody, unless another one is meant. */
int
dkim_key_rotate_run(struct invocation *in)
{
	struct dkim_keys keys;
	int status = dkim_keys_open(in, &keys);
	enum crypto_kind kind = CRYPTO_RSA;

	if (status == EXIT_DONE &&
	    (keys.domain == NULL || keys.domain->n == 0)) {
		output_wrong(in,
		    "%s: it has no key; first: postward dkim key add %s",
		    keys.name, keys.name);
		status = EXIT_NO;
	}
	if (status == EXIT_DONE) {
		if (in->options[OPTION_ED25519] != NULL ||
		    (!dkim_domain_has(keys.domain, CRYPTO_RSA) &&
			dkim_domain_has(keys.domain, CRYPTO_ED25519)))
			kind = CRYPTO_ED25519;
		status = dkim_key_make(in, &keys, kind);
	}
	signing_keys_close(keys.keys);
	return status;
}

/* ---- list */

enum {
	KEY_COLUMNS = 7
};

struct key_row {
	const struct signing_domain *domain;
	const struct signing_file *file; /* NULL: of the domain itself */
	const struct signing_question *question;
};

static const struct signing_question *
dkim_question_of(const struct dkim_records *records,
    const struct signing_file *file)
{
	for (size_t i = 0; i < records->n; i++)
		if (records->questions[i].file == file)
			return &records->questions[i];
	return NULL;
}

static const char *
key_row_note(const struct key_row *row)
{
	if (row->file == NULL)
		return row->domain->trouble;
	if (row->file->trouble != NULL)
		return row->file->trouble;
	return row->question == NULL ? NULL : row->question->why;
}

static const char *
key_row_state(const struct key_row *row)
{
	return signing_state_name(row->file == NULL
				      ? SIGNING_TROUBLE
				      : signing_domain_state(row->domain,
					    row->file));
}

static const char *
key_row_record(const struct key_row *row)
{
	return row->question == NULL
		   ? NULL
		   : dkim_record_state_name(row->question->record);
}

static void
key_row_add_json(struct listing *l, const struct key_row *row)
{
	const struct signing_file *file = row->file;
	cJSON *json = cJSON_CreateObject();

	output_member(json, "domain", row->domain->name);
	output_member(json, "selector", file == NULL ? NULL : file->selector);
	if (file != NULL && file->key != NULL) {
		output_member(json, "kind",
		    dkim_kind_name(private_key_kind(file->key)));
		cJSON_AddNumberToObject(json, "bits",
		    private_key_bits(file->key));
	} else {
		cJSON_AddNullToObject(json, "kind");
		cJSON_AddNullToObject(json, "bits");
	}
	output_member(json, "state", key_row_state(row));
	output_member(json, "record", key_row_record(row));
	output_member(json, "problem", key_row_note(row));
	output_member(json, "file",
	    file == NULL ? row->domain->folder : file->path);
	listing_add_json(l, json);
}

static void
key_row_add(const struct invocation *in, struct listing *l,
    const struct key_row *row)
{
	const struct signing_file *file = row->file;
	bool usable = file != NULL && file->key != NULL;
	const char *cells[KEY_COLUMNS] = {
	    row->domain->name,
	    file == NULL ? NULL : file->selector,
	    usable ? dkim_kind_name(private_key_kind(file->key)) : NULL,
	    usable ? arena_printf(listing_arena(l), "%u",
			 private_key_bits(file->key))
		   : NULL,
	    key_row_state(row),
	    key_row_record(row),
	    key_row_note(row),
	};

	if (in->options[OPTION_JSON] != NULL)
		key_row_add_json(l, row);
	else
		listing_add(l, cells);
}

static void
key_rows_add(const struct invocation *in, struct listing *l,
    const struct signing_domain *d, const struct dkim_records *records)
{
	struct key_row row = {.domain = d};

	if (d->trouble != NULL)
		key_row_add(in, l, &row);
	for (size_t i = 0; i < d->n; i++) {
		row.file = &d->files[i];
		row.question = dkim_question_of(records, row.file);
		key_row_add(in, l, &row);
	}
}

static enum rc
dkim_key_list(struct invocation *in, const struct dkim_keys *keys,
    struct err *err)
{
	static const struct listing_column columns[KEY_COLUMNS] = {
	    {.name = "Domain"}, {.name = "Selector"}, {.name = "Kind"},
	    {.name = "Bits"}, {.name = "State"}, {.name = "Record"},
	    {.name = "Problem"}};
	struct dkim_records records;
	const struct signing_domain *domains = keys->domain;
	struct listing *l;
	size_t n = 1;
	enum rc rc;

	if (keys->name != NULL && keys->domain == NULL)
		return err_set(err, RC_PERM, "%s: it has no key", keys->name);
	if (domains == NULL)
		signing_keys_read_all(keys->keys);
	rc = dkim_records_ask(in, keys, &records, err);
	if (rc != RC_OK)
		return rc;
	if (domains == NULL)
		domains = signing_keys_domains(keys->keys, &n);
	l = listing_open(in, columns, KEY_COLUMNS);
	for (size_t i = 0; i < n; i++)
		key_rows_add(in, l, &domains[i], &records);
	return listing_close(l, RC_OK, err);
}

int
dkim_key_list_run(struct invocation *in)
{
	struct dkim_keys keys;
	struct err err;
	int status = dkim_keys_open(in, &keys);
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc = dkim_key_list(in, &keys, &err);
	signing_keys_close(keys.keys);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

/* ---- remove */

static bool
dkim_signs_first(const struct signing_domain *d,
    const struct signing_file *file)
{
	const struct signing_file *chosen[SIGNING_FILES_MAX];
	size_t n;

	return signing_domain_choose(d, chosen, &n, NULL) == RC_OK &&
	       chosen[0] == file;
}

/* May it go? */
static enum rc
dkim_key_removable(const struct invocation *in, const struct signing_domain *d,
    const struct signing_file *file, struct err *err)
{
	if (d->n == 1)
		return in->options[OPTION_STOP_SIGNING] != NULL
			   ? RC_OK
			   : err_set(err, RC_PERM,
				 "%s is the last key of %s: without it, mail "
				 "of %s is sent unsigned; if you mean that: "
				 "--stop-signing",
				 file->selector, d->name, d->name);
	if (dkim_signs_first(d, file))
		return err_set(err, RC_PERM,
		    "%s signs mail of %s; another key has to sign first, see "
		    "postward dkim key list %s",
		    file->selector, d->name, d->name);
	return RC_OK;
}

static enum rc
dkim_key_remove(struct invocation *in, const struct dkim_keys *keys,
    const char *text, struct err *err)
{
	const struct signing_domain *d = keys->domain;
	const struct signing_file *file;
	struct dkim_records records;
	const char *selector;
	enum rc rc;

	if (domain_read(in->arena, text, &selector, NULL) != RC_OK)
		selector = text;
	file = dkim_file_of(d, selector);
	if (file == NULL)
		return err_set(err, RC_PERM, "%s: no key %s", keys->name,
		    selector);
	rc = dkim_records_ask(in, keys, &records, err);
	if (rc == RC_OK)
		rc = dkim_key_removable(in, d, file, err);
	if (rc == RC_OK)
		rc = dkim_files_remove(in->arena, file->path, d->n == 1, err);
	if (rc != RC_OK)
		return rc;
	printf("%s: removed\nThen: %s\nIts record must stay for a week after "
	       "it signed last.\n",
	    output_shown(in->arena, file->path), reload_hint);
	if (d->n == 1)
		printf("Mail of %s is not signed from then on.\n", d->name);
	return RC_OK;
}

int
dkim_key_remove_run(struct invocation *in)
{
	struct dkim_keys keys;
	struct err err;
	int status = dkim_keys_open(in, &keys);
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc = dkim_key_remove(in, &keys, in->arguments[1], &err);
	signing_keys_close(keys.keys);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
