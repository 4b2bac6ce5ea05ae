/* SPDX-License-Identifier: MIT */
#include "probes_lists.h"

#include "policy/list_name.h"

#include <string.h>
#include <sys/stat.h>

static bool
everybody_may_read(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

static void
probe_list(const struct probe_run *run, const struct dns_list *list,
    const char *file)
{
	struct arena *a = run->arena;
	const char *what = arena_printf(a, "list %s", list_name(list));

	if (list->keyed || !list_name_zone_has_key(list->zone))
		return;
	/* By itself it is called so because the key was seen. */
	if (!list->named)
		probe_saw_of(run, REPORT_WARNING, what,
		    "its zone holds a key: give the section a name, by which "
		    "it is called in answers, logs and metrics");
	if (everybody_may_read(file))
		probe_saw_of(run, REPORT_WARNING, what,
		    arena_printf(a,
			"everybody can read its key in %s: put it into a file "
			"of its own, 0640 root:postward, and name that with "
			"key-file",
			file));
}

void
probe_lists(const struct probe_run *run)
{
	const struct settings *settings = run->settings;
	const char *file = run->in->options[OPTION_CONFIG];

	if (settings->lists_trouble != NULL)
		probe_saw(run, REPORT_BROKEN, settings->lists_trouble);
	if (settings->lists_note != NULL)
		probe_saw(run, REPORT_BROKEN, settings->lists_note);
	for (size_t i = 0; i < settings->policy.n_lists; i++)
		probe_list(run, &settings->policy.lists[i],
		    file != NULL ? file : settings_default_path);
}
