/* SPDX-License-Identifier: MIT */
#include "import_json.h"

#include "output.h"

static void
add_remarks(cJSON *to, const char *name, const struct import_remarks *remarks)
{
	cJSON *list = cJSON_AddArrayToObject(to, name);

	for (size_t i = 0; i < remarks->n; i++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddNumberToObject(o, "line",
		    (double)remarks->all[i].line);
		output_member(o, "text", remarks->all[i].text);
		cJSON_AddItemToArray(list, o);
	}
}

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

void
import_json_print(const struct import_work *w,
    const struct import_remarks *notes, const struct import_remarks *problems)
{
	bool well = problems->n == 0;
	cJSON *o = cJSON_CreateObject(), *accounts;

	cJSON_AddBoolToObject(o, "done", well && !w->dry);
	cJSON_AddNumberToObject(o, "added", (double)w->counts[IMPORT_ADDED]);
	cJSON_AddNumberToObject(o, "changed",
	    (double)w->counts[IMPORT_CHANGED]);
	cJSON_AddNumberToObject(o, "unchanged",
	    (double)w->counts[IMPORT_UNCHANGED]);
	if (w->dry && well) {
		accounts = cJSON_AddArrayToObject(o, "accounts");
		for (size_t i = 0; i < w->import->n; i++)
			if (w->changes[i] != IMPORT_UNCHANGED)
				cJSON_AddItemToArray(accounts,
				    json_of_entry(&w->import->entries[i],
					w->changes[i]));
	}
	add_remarks(o, "notes", notes);
	add_remarks(o, "problems", problems);
	output_json(o);
}
