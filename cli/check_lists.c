/* SPDX-License-Identifier: MIT */
/* Do DNS lists keep their keys to themselves? */
#include "check.h"

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
look_at_list(struct looks *l, const struct dns_list *list, const char *file)
{
	struct arena *a = check_invocation(l)->arena;
	const char *what = arena_printf(a, "list %s", list_name(list));

	if (list->keyed || !list_name_zone_has_key(list->zone))
		return;
	/* By itself it is called so because the key was seen. */
	if (!list->named)
		check_saw(l, CHECK_WARN, what,
		    "its zone holds a key: give the section a name, by which "
		    "it is called in answers, logs and metrics");
	if (everybody_may_read(file))
		check_saw(l, CHECK_WARN, what,
		    arena_printf(a,
			"everybody can read its key in %s: put it into a file "
			"of its own, 0640 root:postward, and name that with "
			"key-file",
			file));
}

void
check_lists(struct looks *l)
{
	const struct settings *settings = check_invocation(l)->settings;
	const char *file = check_invocation(l)->options[OPTION_CONFIG];

	if (settings->lists_trouble != NULL)
		check_saw(l, CHECK_FIX, "lists", settings->lists_trouble);
	if (settings->lists_note != NULL)
		check_saw(l, CHECK_FIX, "lists", settings->lists_note);
	for (size_t i = 0; i < settings->policy.n_lists; i++)
		look_at_list(l, &settings->policy.lists[i],
		    file != NULL ? file : settings_default_path);
}
