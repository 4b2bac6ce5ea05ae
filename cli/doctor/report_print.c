/* SPDX-License-Identifier: MIT */
/* How a report is shown: a table for people, with its cures below, or JSON. */
#include "report.h"

#include "output.h"

#include <stdio.h>
#include <string.h>

/* Of a terminal. */
#define LINE_WIDTH   80
#define STATE_WIDTH  9
#define NAME_WIDTH   20
#define WORDS_INDENT (STATE_WIDTH + NAME_WIDTH)

static bool
finding_is_well(const struct report_line *f)
{
	return f->state == REPORT_OK || f->state == REPORT_NOTE;
}

/* The length of as many words as there is room for; one at least. */
static size_t
words_that_fit(const char *text, size_t room)
{
	size_t len = strcspn(text, " "), more;

	while (text[len] == ' ') {
		more = len + 1 + strcspn(text + len + 1, " ");
		if (more > room)
			break;
		len = more;
	}
	return len;
}

/* The text in lines below one another; the first begins where we are. */
static void
print_wrapped(const char *text)
{
	const char *before = "";

	while (*text != '\0') {
		size_t len = words_that_fit(text, LINE_WIDTH - WORDS_INDENT);

		printf("%s%.*s\n", before, (int)len, text);
		text += len + (text[len] == ' ');
		before = "                             ";
	}
}

static void
print_finding(const struct invocation *in, const struct report_line *f)
{
	const char *what = output_shown(in->arena, f->what);
	bool apart = strlen(f->name) >= NAME_WIDTH;

	printf("%-*s%-*s", STATE_WIDTH, report_state_name(f->state), NAME_WIDTH,
	    f->name);
	if (apart)
		printf(" ");
	print_wrapped(output_shown(in->arena,
	    strcmp(f->what, f->name) == 0
		? f->words
		: arena_printf(in->arena, "%s: %s", what, f->words)));
}

/* Where the same could not be looked at for the same reason, that is said
   once: findings from i on, and how many they are. */
static size_t
print_unknown(const struct invocation *in, const struct report_line *all,
    size_t n, const char *shown)
{
	const char *names = all[0].name;
	size_t same = 1;

	while (same < n && all[same].state == REPORT_UNKNOWN &&
	       strcmp(all[same].words, all[0].words) == 0) {
		if (strcmp(all[same].name, all[same - 1].name) != 0)
			names = arena_printf(in->arena, "%s, %s", names,
			    all[same].name);
		same++;
	}
	printf("%-*s%-*s", STATE_WIDTH, report_state_name(REPORT_UNKNOWN),
	    NAME_WIDTH, shown);
	print_wrapped(output_shown(in->arena,
	    same == 1
		? all[0].words
		: arena_printf(in->arena, "%s: %s", names, all[0].words)));
	return same;
}

static void
print_table(const struct invocation *in, const struct report_line *all,
    size_t n, bool quiet)
{
	for (size_t i = 0; i < n; i++) {
		if (quiet && finding_is_well(&all[i]))
			continue;
		if (all[i].state == REPORT_UNKNOWN)
			i += print_unknown(in, &all[i], n - i,
				 i + 1 < n && all[i + 1].words == all[i].words
				     ? "(several)"
				     : all[i].name) -
			     1;
		else
			print_finding(in, &all[i]);
	}
}

static bool
cure_comes_again(const struct report_line *all, size_t n, size_t i,
    const char *cure)
{
	for (size_t k = i + 1; k < n; k++)
		for (size_t c = 0; c < all[k].n_cures; c++)
			if (strcmp(all[k].cures[c], cure) == 0)
				return true;
	return false;
}

static void
print_cures_of(const struct invocation *in, const struct report_line *all,
    size_t n, size_t i)
{
	bool named = false;

	for (size_t c = 0; c < all[i].n_cures; c++) {
		if (cure_comes_again(all, n, i, all[i].cures[c]))
			continue;
		if (!named)
			printf("# %s\n", all[i].name);
		named = true;
		printf("%s\n", output_shown(in->arena, all[i].cures[c]));
	}
}

/* One a line, to be copied.  What several need, such as a reload, is printed
   once, with the last. */
static void
print_cures(const struct invocation *in, const struct report_line *all,
    size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= all[i].n_cures > 0;
	if (any)
		printf("\nTo mend it:\n");
	for (size_t i = 0; i < n; i++)
		print_cures_of(in, all, n, i);
}

static cJSON *
finding_json(const struct report_line *f)
{
	cJSON *json = cJSON_CreateObject(), *cures = cJSON_CreateArray();

	output_member(json, "name", f->name);
	output_member(json, "group", f->group);
	output_member(json, "state", report_state_name(f->state));
	output_member(json, "what", f->what);
	output_member(json, "words", f->words);
	for (size_t c = 0; c < f->n_cures; c++)
		cJSON_AddItemToArray(cures, cJSON_CreateString(f->cures[c]));
	cJSON_AddItemToObject(json, "cure", cures);
	output_member(json, "manual", f->manual);
	return json;
}

static void
print_json(const struct report_line *all, size_t n, bool quiet)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++)
		if (!quiet || !finding_is_well(&all[i]))
			cJSON_AddItemToArray(list, finding_json(&all[i]));
	output_json(list);
}

/* The first line is what a monitoring system shows. */
static void
print_summary(const struct report_line *all, size_t n)
{
	static const enum report_state order[] = {
	    REPORT_BROKEN, REPORT_WARNING, REPORT_UNKNOWN};
	const char *between = "";

	for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++) {
		const char *last = "";
		size_t count = 0;

		for (size_t i = 0; i < n; i++) {
			if (all[i].state != order[k])
				continue;
			if (count++ == 0)
				printf("%s%s: ", between,
				    report_state_name(order[k]));
			if (strcmp(last, all[i].name) != 0)
				printf("%s%s", *last == '\0' ? "" : ", ",
				    all[i].name);
			last = all[i].name;
			between = "; ";
		}
	}
	printf("%s", *between == '\0' ? "" : "\n");
}

int
report_print(const struct report *r, const struct invocation *in)
{
	bool quiet = in->options[OPTION_QUIET] != NULL;
	size_t n;
	const struct report_line *all = report_findings(r, &n);

	if (in->options[OPTION_JSON] != NULL) {
		print_json(all, n, quiet);
		return report_status(r);
	}
	if (quiet)
		print_summary(all, n);
	else
		printf("%-*s%-*s%s\n", STATE_WIDTH, "State", NAME_WIDTH,
		    "Check", "Details");
	print_table(in, all, n, quiet);
	print_cures(in, all, n);
	return report_status(r);
}
