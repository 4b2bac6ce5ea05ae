/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "moment.h"
#include "output.h"

#include "forwarding/domains.h"

#include <stdio.h>

struct question {
	const struct srs *srs;
	struct address address;
	int64_t now;
};

/* EXIT_DONE: it can be asked. */
static int
read_question(struct invocation *in, struct question *q)
{
	const struct settings *settings = in->settings;
	struct err err;
	enum rc rc;

	if (!moment_read(in, &q->now))
		return EXIT_USAGE;
	q->srs = settings->return_path.srs;
	if (settings->return_path.trouble != NULL)
		return output_failure(in,
		    err_set(&err, RC_TEMP, "%s", settings->return_path.trouble),
		    &err);
	if (q->srs == NULL)
		return output_failure(in,
		    err_set(&err, RC_PERM, "%s",
			settings->srs_note != NULL
			    ? settings->srs_note
			    : "SRS is off: set domain in the section srs"),
		    &err);
	rc = srs_read_address(in->arena, in->arguments[0], &q->address, &err);
	if (rc == RC_OK)
		return EXIT_DONE;
	if (rc == RC_NONE)
		err_set(&err, rc, "the null sender is never rewritten");
	return output_failure(in, RC_PERM, &err);
}

int
srs_forward_run(struct invocation *in)
{
	struct question q;
	struct address as;
	const char *token = NULL, *text;
	int status = read_question(in, &q);
	cJSON *o;
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc =
	    q.address.domain[0] != '\0' &&
		    domains_ours(&in->settings->forwards, q.address.domain)
		? RC_NONE
		: srs_forward(q.srs, in->arena, &q.address, q.now, &as, &token);
	text = address_text(in->arena, rc == RC_OK ? &as : &q.address);
	if (in->options[OPTION_JSON] == NULL) {
		printf("%s\n", output_shown(in->arena, text));
		return EXIT_DONE;
	}
	o = cJSON_CreateObject();
	output_member(o, "address", text);
	cJSON_AddBoolToObject(o, "rewritten", rc == RC_OK);
	output_member(o, "token", token);
	output_json(o);
	return EXIT_DONE;
}

/* Tokens, and how long hashes were before, are the store's business. */
static enum rc
reverse_srs(struct invocation *in, const struct question *q,
    struct srs_reversed *out, struct err *err)
{
	struct store *store;
	enum rc rc;

	rc = return_path_look(&in->settings->return_path, in->arena,
	    &q->address, q->now, out, err);
	if (rc != RC_OK)
		return rc;
	if (out->answer != SRS_STORED && out->answer != SRS_HASH_SHORT)
		return RC_OK;
	rc = settings_open_store(in->settings, &store, err);
	if (rc != RC_OK)
		return rc;
	rc = return_path_reverse(store, &in->settings->return_path, in->arena,
	    &q->address, q->now, out, err);
	store_close(store);
	return rc;
}

int
srs_reverse_run(struct invocation *in)
{
	struct srs_reversed r;
	struct question q;
	struct err err;
	const char *sender = NULL, *why = NULL;
	int status = read_question(in, &q);
	cJSON *o;
	enum rc rc;

	if (status != EXIT_DONE)
		return status;
	rc = reverse_srs(in, &q, &r, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (r.answer == SRS_REVERSED)
		sender = address_text(in->arena, &r.sender);
	else
		why = srs_answer_text(r.answer);
	if (in->options[OPTION_JSON] != NULL) {
		o = cJSON_CreateObject();
		output_member(o, "address", sender);
		output_member(o, "reason", why);
		output_json(o);
	} else if (sender != NULL) {
		printf("%s\n", output_shown(in->arena, sender));
	} else {
		output_wrong(in, "%s", why);
	}
	return sender != NULL ? EXIT_DONE : EXIT_NO;
}
