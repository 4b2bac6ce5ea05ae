/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include "listing.h"
#include "output.h"

#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

static const struct probe *
choice_probe(const char *name, const struct probe_group **group)
{
	for (size_t g = 0; g < probe_groups_n; g++) {
		*group = &probe_groups[g];
		for (size_t i = 0; i < *(*group)->n; i++)
			if (strcmp((*group)->probes[i].name, name) == 0)
				return &(*group)->probes[i];
	}
	return NULL;
}

static bool
choice_is_group(const char *name)
{
	for (size_t g = 0; g < probe_groups_n; g++)
		if (strcmp(probe_groups[g].name, name) == 0)
			return true;
	return false;
}

/* Says that there is nothing of that name, and what it is like. */
static void
choice_unknown(const struct invocation *in, const char *option,
    const char *word, bool groups)
{
	const char *names[512], *meant;
	size_t n = 0, most = sizeof(names) / sizeof(*names);

	for (size_t g = 0; g < probe_groups_n; g++) {
		if (groups && n < most)
			names[n++] = probe_groups[g].name;
		for (size_t i = 0; i < *probe_groups[g].n && n < most; i++)
			names[n++] = probe_groups[g].probes[i].name;
	}
	meant = nearest(word, names, n);
	output_wrong(in, "--%s: no check \"%s\"%s%s%s; --list names them",
	    option, word, meant == NULL ? "" : "; did you mean \"",
	    meant == NULL ? "" : meant, meant == NULL ? "" : "\"?");
}

bool
choice_read(struct choice *choice, const struct invocation *in)
{
	const char *given = in->options[OPTION_ONLY];
	char *text = arena_copy_text(in->arena, given), *rest, *word;
	const struct probe_group *group;
	size_t n = 0;

	*choice =
	    (struct choice){.outside = in->options[OPTION_OUTSIDE] != NULL};
	if (given == NULL)
		return true;
	choice->words = arena_take_array(in->arena, strlen(given) + 2,
	    sizeof(*choice->words));
	for (word = strtok_r(text, ", ", &rest); word != NULL;
	     word = strtok_r(NULL, ", ", &rest)) {
		if (!choice_is_group(word) &&
		    choice_probe(word, &group) == NULL) {
			choice_unknown(in, "only", word, true);
			return false;
		}
		choice->words[n++] = word;
	}
	if (n == 0)
		choice_unknown(in, "only", given, true);
	return n > 0;
}

static bool
choice_names(const struct choice *choice, const char *name)
{
	for (const char **word = choice->words; *word != NULL; word++)
		if (strcmp(*word, name) == 0)
			return true;
	return false;
}

bool
choice_has(const struct choice *choice, const struct probe_group *group,
    const struct probe *probe)
{
	if (choice->words != NULL && choice_names(choice, probe->name))
		return true;
	if ((probe->need & NEED_OUTSIDE) != 0 && !choice->outside)
		return false;
	return choice->words == NULL || choice_names(choice, group->name);
}

int
choice_list(const struct invocation *in)
{
	static const struct listing_column columns[] = {
	    {.name = "Name"}, {.name = "Group"}, {.name = "Looks"}};
	struct listing *list = listing_open(in, columns, 3);

	for (size_t g = 0; g < probe_groups_n; g++)
		for (size_t i = 0; i < *probe_groups[g].n; i++) {
			const struct probe *probe = &probe_groups[g].probes[i];
			const char *const cells[] = {
			    probe->name, probe_groups[g].name, probe->looks};

			listing_add(list, cells);
		}
	listing_close(list, RC_OK, NULL);
	return EXIT_DONE;
}

static void
choice_explain_json(const struct probe *probe, const struct probe_group *group)
{
	cJSON *json = cJSON_CreateObject();

	output_member(json, "name", probe->name);
	output_member(json, "group", group->name);
	output_member(json, "severity", report_state_name(probe->severity));
	output_member(json, "looks", probe->looks);
	output_member(json, "why", probe->why);
	output_member(json, "manual", probe->manual);
	output_json(json);
}

int
choice_explain(const struct invocation *in)
{
	const char *name = in->options[OPTION_EXPLAIN];
	const struct probe_group *group;
	const struct probe *probe = choice_probe(name, &group);

	if (probe == NULL) {
		choice_unknown(in, "explain", name, false);
		return EXIT_USAGE;
	}
	if (in->options[OPTION_JSON] != NULL) {
		choice_explain_json(probe, group);
		return EXIT_DONE;
	}
	printf("%s, of the group %s\n\n", probe->name, group->name);
	printf("Looks    %s\n", probe->looks);
	printf("Why      %s\n", probe->why);
	printf("If not   %s\n", report_state_name(probe->severity));
	printf("Do       postward check --only %s, then what it prints\n",
	    probe->name);
	printf("Manual   %s\n", probe->manual);
	if ((probe->need & NEED_ROOT) != 0)
		printf("         Only root can look.\n");
	if ((probe->need & NEED_OUTSIDE) != 0)
		printf("         Only with --outside, or when it is named.\n");
	return EXIT_DONE;
}
