/* SPDX-License-Identifier: MIT */
#include "dkim.h"

#include "output.h"

#include "mail/domain.h"
#include "program/signing_records.h"

#include <stdio.h>
#include <string.h>

int
dkim_keys_open(struct invocation *in, struct dkim_keys *out)
{
	struct err err;
	enum rc rc = RC_OK;

	*out = (struct dkim_keys){0};
	if (in->n_arguments > 0) {
		const char *text = in->arguments[0];

		rc = domain_read(in->arena, text, &out->name, &err);
		if (rc != RC_OK)
			err_set(&err, rc, "%s: %s", text, err.text);
	}
	if (rc == RC_OK)
		rc = signing_keys_open(in->settings->dkim.keys, &out->keys,
		    &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (out->name != NULL)
		out->domain = signing_keys_domain(out->keys, out->name);
	return EXIT_DONE;
}

enum rc
dkim_records_ask(struct invocation *in, const struct dkim_keys *keys,
    struct dkim_records *out, struct err *err)
{
	const struct dns_settings *resolver = &in->settings->resolver;
	struct signing_servers servers;
	enum rc rc;

	out->n = signing_records_all(keys->keys, keys->domain, in->arena,
	    &out->questions);
	if (out->n == 0)
		return RC_OK;
	rc = signing_servers_open(resolver, &servers, err);
	if (rc != RC_OK)
		return rc;
	signing_records_ask(&servers, in->arena, resolver->timeout_ms,
	    out->questions, out->n);
	signing_servers_close(&servers);
	signing_records_note(out->questions, out->n);
	return RC_OK;
}

const char *
dkim_kind_name(enum crypto_kind kind)
{
	return kind == CRYPTO_RSA ? "RSA" : "Ed25519";
}

enum rc
dkim_record_line_of(struct invocation *in, const char *domain,
    const struct signing_file *file, const char **line, struct err *err)
{
	const char *text;
	enum rc rc = dkim_record_text(in->arena, file->key, &text, err);

	if (rc == RC_OK)
		*line = dkim_record_line(in->arena,
		    dkim_record_name(in->arena, domain, file->selector), text);
	return rc;
}

enum rc
dkim_record_json(struct invocation *in, const char *domain,
    const struct signing_file *file, cJSON **out, struct err *err)
{
	const char *text, *name, *const *strings;
	cJSON *list;
	size_t n;
	enum rc rc = dkim_record_text(in->arena, file->key, &text, err);

	if (rc != RC_OK)
		return rc;
	name = dkim_record_name(in->arena, domain, file->selector);
	dkim_record_strings(in->arena, text, &strings, &n);
	*out = cJSON_CreateObject();
	output_member(*out, "domain", domain);
	output_member(*out, "selector", file->selector);
	output_member(*out, "name", name);
	output_member(*out, "type", "TXT");
	output_member(*out, "text", text);
	list = cJSON_AddArrayToObject(*out, "strings");
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(strings[i]));
	output_member(*out, "line", dkim_record_line(in->arena, name, text));
	return RC_OK;
}

/* All of the domain, or the one of that selector. */
static enum rc
dkim_record_files(struct invocation *in, const struct dkim_keys *keys,
    const struct signing_file ***files, size_t *n, struct err *err)
{
	const struct signing_domain *d = keys->domain;
	const char *selector = NULL;

	if (d == NULL)
		return err_set(err, RC_PERM,
		    "%s: it has no key; first: postward dkim key add %s",
		    keys->name, keys->name);
	if (in->n_arguments > 1 &&
	    domain_read(in->arena, in->arguments[1], &selector, err) != RC_OK)
		return RC_PERM;
	*n = 0;
	*files = arena_take_array(in->arena, d->n + 1, sizeof(**files));
	for (size_t i = 0; i < d->n; i++) {
		const struct signing_file *file = &d->files[i];

		if (selector != NULL &&
		    (file->selector == NULL ||
			strcmp(file->selector, selector) != 0))
			continue;
		if (file->key == NULL && selector != NULL)
			return err_set(err, RC_TEMP, "%s", file->trouble);
		if (file->key != NULL)
			(*files)[(*n)++] = file;
	}
	if (*n > 0)
		return RC_OK;
	if (selector != NULL)
		return err_set(err, RC_PERM, "%s: no key %s", keys->name,
		    selector);
	return err_set(err, RC_TEMP, "%s",
	    d->n > 0 ? d->files[0].trouble : d->trouble);
}

static enum rc
dkim_records_print(struct invocation *in, const char *domain,
    const struct signing_file *const *files, size_t n, struct err *err)
{
	cJSON *rows = cJSON_CreateArray();
	enum rc rc = RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		const char *line;
		cJSON *row;

		if (in->options[OPTION_JSON] == NULL) {
			rc = dkim_record_line_of(in, domain, files[i], &line,
			    err);
			if (rc == RC_OK)
				puts(line);
			continue;
		}
		rc = dkim_record_json(in, domain, files[i], &row, err);
		if (rc == RC_OK)
			cJSON_AddItemToArray(rows, row);
	}
	if (rc == RC_OK && in->options[OPTION_JSON] != NULL)
		output_json(rows);
	else
		cJSON_Delete(rows);
	return rc;
}

int
dkim_record_run(struct invocation *in)
{
	const struct signing_file **files = NULL;
	struct dkim_keys keys;
	struct err err;
	size_t n = 0;
	int status = dkim_keys_open(in, &keys);
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc = dkim_record_files(in, &keys, &files, &n, &err);
	if (rc == RC_OK)
		rc = dkim_records_print(in, keys.name, files, n, &err);
	signing_keys_close(keys.keys);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
