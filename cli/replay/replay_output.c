/* SPDX-License-Identifier: MIT */
#include "replay_output.h"

#include "json_stream.h"
#include "output.h"
#include "replay_undo.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* Names of one group that are shown. */
#define NAMES_SHOWN ((size_t)10)
#define NAME_SHOWN  44

static const char *const ways[REPLAY_WAYS] = {
    [REPLAY_STRICTER] = "stricter", [REPLAY_MILDER] = "milder"};
static const char *const kinds[REPLAY_KINDS] = {[REPLAY_BY_CHECK] = "checks",
    [REPLAY_BY_SENDER] = "senders",
    [REPLAY_BY_MEMBER] = "members",
    [REPLAY_BY_UNKNOWN] = "unknown"};
static const char *const heads[REPLAY_KINDS] = {[REPLAY_BY_CHECK] = "by check",
    [REPLAY_BY_SENDER] = "by sender's domain",
    [REPLAY_BY_MEMBER] = "by member"};

/* ---- text */

static void
print_example(struct invocation *in, const struct replay_example *e)
{
	struct arena *a = in->arena;

	printf("      %s%s%s -> %s: <%s> to <%s>%s%s%s%s%s\n",
	    e->at == 0 ? "" : output_time(a, e->at), e->at == 0 ? "" : " ",
	    decision_action_name(e->before), decision_action_name(e->after),
	    e->sender == NULL ? "?" : output_shown(a, e->sender),
	    e->recipient == NULL ? "?" : output_shown(a, e->recipient),
	    e->client == NULL ? "" : " from ", e->client == NULL ? "" : "[",
	    e->client == NULL ? "" : e->client, e->client == NULL ? "" : "] ",
	    e->queue_id == NULL ? "" : output_shown(a, e->queue_id));
}

static void
print_groups(struct invocation *in, const struct replay_groups *g,
    const char *head)
{
	struct replay_group **all = replay_groups_sorted(in->arena, g);
	size_t shown = g->n < NAMES_SHOWN ? g->n : NAMES_SHOWN;

	if (g->n == 0)
		return;
	printf("  %s\n", head);
	for (size_t i = 0; i < shown; i++) {
		const char *name = all[i]->name;

		printf("    %8llu  %s\n", (unsigned long long)all[i]->n,
		    str_printable(in->arena, name, strlen(name), NAME_SHOWN));
		for (size_t k = 0; k < REPLAY_EXAMPLES && k < all[i]->n &&
				   all[i]->examples != NULL &&
				   all[i]->examples[k].recipient != NULL;
		     k++)
			print_example(in, &all[i]->examples[k]);
	}
	if (g->n > shown)
		printf("              and %zu more\n", g->n - shown);
}

static void
print_way(struct invocation *in, const struct replay_tally *t,
    enum replay_way way, const char *head)
{
	printf("\n%s: %llu\n", head,
	    (unsigned long long)replay_changed(t, way));
	for (unsigned k = 0; k < REPLAY_BY_UNKNOWN; k++)
		print_groups(in, &t->groups[way][k], heads[k]);
}

static void
print_unknown(struct invocation *in, const struct replay_told *told)
{
	const struct replay_tally *t = told->tally;

	if (t->unknown == 0)
		return;
	printf("\nNot known%s: %llu\n", told->live ? "" : " without --live",
	    (unsigned long long)t->unknown);
	print_groups(in, &t->groups[REPLAY_STRICTER][REPLAY_BY_UNKNOWN],
	    "what was not found out then");
}

static void
print_undo_of(struct invocation *in, const struct replay_tally *t,
    enum replay_way way, enum replay_kind kind, bool *any)
{
	const struct replay_groups *g = &t->groups[way][kind];
	struct replay_group **all = replay_groups_sorted(in->arena, g);

	for (size_t i = 0; i < g->n && i < NAMES_SHOWN; i++) {
		const char *lines = replay_undo(in->arena, all[i], way, kind);

		if (lines == NULL)
			continue;
		if (!*any)
			printf("\nTo undo it, group by group\n");
		*any = true;
		printf("\n# %s, %llu %s\n%s",
		    str_printable(in->arena, all[i]->name, strlen(all[i]->name),
			NAME_SHOWN),
		    (unsigned long long)all[i]->n, ways[way], lines);
	}
}

void
replay_print(struct invocation *in, const struct replay_told *told)
{
	const struct replay_tally *t = told->tally;
	bool any = false;

	printf("%llu decisions: %s, and %s\n", (unsigned long long)t->decisions,
	    told->before, told->after);
	if (in->n_arguments > 0 && t->decisions + t->unreadable == 0)
		printf("There is no line of policyd or milter in what was "
		       "read\n");
	if (told->had_lines)
		printf("Lines of a log tell of one finding, and not of hops, "
		       "reverse names\nand signatures: more is not known than "
		       "of records\n");
	if (t->unreadable > 0)
		printf("%llu could not be read\n",
		    (unsigned long long)t->unreadable);
	print_way(in, t, REPLAY_STRICTER,
	    "Would be refused, put off or held, or more so");
	print_way(in, t, REPLAY_MILDER, "Would pass, or fare better");
	print_unknown(in, told);
	for (unsigned way = 0; way < REPLAY_WAYS; way++)
		for (unsigned k = 0; k < REPLAY_BY_UNKNOWN; k++)
			print_undo_of(in, t, (enum replay_way)way,
			    (enum replay_kind)k, &any);
}

/* ---- JSON */

static cJSON *
example_json(struct arena *a, const struct replay_example *e)
{
	cJSON *o = cJSON_CreateObject();

	output_member(o, "time", output_time(a, e->at));
	output_member(o, "before", decision_action_name(e->before));
	output_member(o, "after", decision_action_name(e->after));
	output_member(o, "sender", e->sender);
	output_member(o, "recipient", e->recipient);
	output_member(o, "client", e->client);
	output_member(o, "queue_id", e->queue_id);
	return o;
}

static cJSON *
group_json(struct arena *a, const struct replay_group *g, enum replay_way way,
    enum replay_kind kind)
{
	cJSON *o = cJSON_CreateObject(), *examples;

	output_member(o, "name", g->name);
	cJSON_AddNumberToObject(o, "count", (double)g->n);
	if (kind == REPLAY_BY_UNKNOWN)
		return o;
	output_member(o, "undo", replay_undo(a, g, way, kind));
	if (kind != REPLAY_BY_CHECK)
		return o;
	examples = cJSON_AddArrayToObject(o, "examples");
	for (size_t i = 0;
	     i < REPLAY_EXAMPLES && i < g->n && g->examples != NULL; i++)
		cJSON_AddItemToArray(examples,
		    example_json(a, &g->examples[i]));
	return o;
}

static void
print_groups_json(struct json_stream *js, const struct replay_tally *t,
    enum replay_way way, enum replay_kind kind)
{
	const struct replay_groups *g = &t->groups[way][kind];
	struct arena *a = arena_new(), *of_group = arena_new();
	struct replay_group **all = replay_groups_sorted(a, g);

	json_stream_list(js, kinds[kind]);
	for (size_t i = 0; i < g->n; i++) {
		json_stream_element(js,
		    group_json(of_group, all[i], way, kind));
		arena_reset(of_group);
	}
	json_stream_list_end(js);
	arena_free(of_group);
	arena_free(a);
}

static void
print_number_json(struct json_stream *js, const char *name, uint64_t n)
{
	json_stream_member(js, name, cJSON_CreateNumber((double)n));
}

void
replay_print_json(const struct replay_told *told)
{
	const struct replay_tally *t = told->tally;
	struct json_stream js;

	json_stream_begin(&js);
	print_number_json(&js, "decisions", t->decisions);
	print_number_json(&js, "unreadable", t->unreadable);
	print_number_json(&js, "not_known", t->unknown);
	for (unsigned way = 0; way < REPLAY_WAYS; way++) {
		json_stream_object(&js, ways[way]);
		print_number_json(&js, "count",
		    replay_changed(t, (enum replay_way)way));
		for (unsigned k = 0; k < REPLAY_BY_UNKNOWN; k++)
			print_groups_json(&js, t, (enum replay_way)way,
			    (enum replay_kind)k);
		json_stream_object_end(&js);
	}
	print_groups_json(&js, t, REPLAY_STRICTER, REPLAY_BY_UNKNOWN);
	json_stream_end(&js);
}
