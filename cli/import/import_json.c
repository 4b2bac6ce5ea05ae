/* SPDX-License-Identifier: MIT */
#include "import_json.h"

#include "json_stream.h"
#include "output.h"

static cJSON *
json_of_entry(const struct import_entry *e, enum import_change change)
{
	cJSON *o = cJSON_CreateObject(), *targets;

	output_member(o, "account", e->account);
	output_member(o, "change",
	    change == IMPORT_ADDED ? "added" : "changed");
	targets = cJSON_AddArrayToObject(o, "targets");
	for (size_t i = 0; i < e->n; i++) {
		cJSON *target = cJSON_CreateObject();

		output_member(target, "target", e->targets[i].text);
		cJSON_AddBoolToObject(target, "paused", e->targets[i].paused);
		cJSON_AddItemToArray(targets, target);
	}
	cJSON_AddBoolToObject(o, "suspended", e->suspended);
	output_member(o, "strategy", e->strategy);
	return o;
}

static void
print_listed_json(void *context, struct arena *a, const struct import_entry *e,
    enum import_change change)
{
	(void)a;
	json_stream_element(context, json_of_entry(e, change));
}

static void
print_remark_json(void *context, size_t line, const char *text)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "line", (double)line);
	output_member(o, "text", text);
	json_stream_element(context, o);
}

static enum rc
print_remarks_json(struct json_stream *js, struct import_spool *spool,
    const char *name, enum import_remark_kind kind, struct err *err)
{
	enum rc rc;

	json_stream_list(js, name);
	rc = import_spool_each_remark(spool, kind, print_remark_json, js, err);
	json_stream_list_end(js);
	return rc;
}

static enum rc
print_listed_accounts(struct json_stream *js, struct import_spool *spool,
    struct err *err)
{
	enum rc rc;

	json_stream_list(js, "accounts");
	rc = import_spool_each_listed(spool, print_listed_json, js, err);
	json_stream_list_end(js);
	return rc;
}

enum rc
import_json_print(const struct import_work *w, struct err *err)
{
	static const char *const counts[IMPORT_CHANGES] = {
	    [IMPORT_ADDED] = "added",
	    [IMPORT_CHANGED] = "changed",
	    [IMPORT_UNCHANGED] = "unchanged",
	};
	bool well = import_spool_remarks(w->spool, IMPORT_PROBLEM) == 0;
	struct json_stream js;
	enum rc rc = RC_OK;

	json_stream_begin(&js);
	json_stream_member(&js, "done", cJSON_CreateBool(well && !w->dry));
	for (size_t i = 0; i < IMPORT_CHANGES; i++)
		json_stream_member(&js, counts[i],
		    cJSON_CreateNumber((double)w->counts[i]));
	if (w->dry && well)
		rc = print_listed_accounts(&js, w->spool, err);
	if (rc == RC_OK)
		rc = print_remarks_json(&js, w->spool, "notes", IMPORT_NOTE,
		    err);
	if (rc == RC_OK)
		rc = print_remarks_json(&js, w->spool, "problems",
		    IMPORT_PROBLEM, err);
	json_stream_end(&js);
	return rc;
}
