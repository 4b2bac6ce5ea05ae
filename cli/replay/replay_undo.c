/* SPDX-License-Identifier: MIT */
#include "replay_undo.h"

#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

/* What postward.conf(5) allows. */
#define REJECT_AT_MAX  100000
#define NAME_MAX_BYTES 255

static bool
is_check(const struct replay_group *g, enum check_id id)
{
	return g->finding.check != NULL &&
	       strcmp(g->finding.check, check_name(id)) == 0;
}

/* Nobody can switch these off. */
static bool
has_section(const struct replay_group *g)
{
	return g->finding.check != NULL && !is_check(g, CHECK_HEADER_LIMIT) &&
	       !is_check(g, CHECK_AUTHOR_REPLY) &&
	       strcmp(g->finding.check, DECISION_TROUBLE) != 0;
}

/* "action = ..." and so on, as the one had it who decided. */
static const char *
enforced(struct arena *a, const struct check_settings *s)
{
	return s->action == ACTION_SCORE
		   ? arena_printf(a,
			 "\taction = \"score\"\n\tpoints = %d\n"
			 "\tmode = \"enforce\"\n",
			 s->points)
		   : arena_printf(a,
			 "\taction = \"%s\"\n\tmode = \"enforce\"\n",
			 action_name(s->action));
}

/* The result that SPF had, which its finding begins with; NULL: one that the
   section spf does not tell of. */
static const char *
spf_result_told(struct arena *a, const struct replay_group *g)
{
	static const char *const keys[] = {
	    "softfail", "neutral", "none", "permerror"};

	for (size_t i = 0;
	     i < sizeof(keys) / sizeof(*keys) && g->finding.why != NULL; i++)
		if (str_starts(g->finding.why,
			arena_printf(a, "%s of ", keys[i])))
			return keys[i];
	return NULL;
}

static const char *
undo_spf(struct arena *a, const char *result, enum replay_way way,
    const struct check_settings *s)
{
	if (way == REPLAY_STRICTER)
		return arena_printf(a, "spf {\n\t%s = 0\n}\n", result);
	return s->action == ACTION_SCORE
		   ? arena_printf(a, "spf {\n\t%s = %d\n}\n", result, s->points)
		   : arena_printf(a, "spf {\n\t%s = %s\n}\n", result,
			 action_name(s->action));
}

/* A log may be another host's, and a record anybody's who can write the store:
   what would end the quotes, or the line, is no name. */
static bool
can_stand_in_quotes(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '"' ||
		    name[i] == '\\')
			return false;
	return len > 0 && len <= NAME_MAX_BYTES;
}

static const char *
undo_section(struct arena *a, const struct replay_group *g, enum replay_way way)
{
	const struct finding *f = &g->finding;

	if (!can_stand_in_quotes(f->check) ||
	    (f->list != NULL && !can_stand_in_quotes(f->list)))
		return NULL;
	return arena_printf(a, "%s \"%s\" {\n%s}\n",
	    f->list == NULL ? "check" : f->check,
	    f->list == NULL ? f->check : f->list,
	    way == REPLAY_STRICTER ? "\tmode = \"shadow\"\n"
				   : enforced(a, &f->settings));
}

/* Points from elsewhere may be any. */
static const char *
undo_points(struct arena *a, const struct replay_group *g, enum replay_way way)
{
	int64_t at =
	    way == REPLAY_STRICTER ? (int64_t)g->points_max + 1 : g->points_min;

	return at < 1 || at > REJECT_AT_MAX
		   ? NULL
		   : arena_printf(a, "policy {\n\treject-at = %lld\n}\n",
			 (long long)at);
}

/* What spares the client now is in a list of the section allow. */
static const char *
undo_allow(struct arena *a, const char *spared)
{
	return arena_printf(a, "# %s: take it out there\n", spared);
}

static const char *
undo_check(struct arena *a, const struct replay_group *g, enum replay_way way)
{
	const char *result;

	if (g->spared != NULL)
		return undo_allow(a, g->spared);
	if (strcmp(g->name, "points") == 0)
		return undo_points(a, g, way);
	if (strcmp(g->name, check_name(CHECK_FATE)) == 0)
		return arena_printf(a, "forwarding {\n\tmode = \"%s\"\n}\n",
		    way == REPLAY_STRICTER ? "shadow" : "enforce");
	if (!has_section(g))
		return NULL;
	result = is_check(g, CHECK_SPF) ? spf_result_told(a, g) : NULL;
	return result != NULL ? undo_spf(a, result, way, &g->finding.settings)
			      : undo_section(a, g, way);
}

const char *
replay_undo(struct arena *a, const struct replay_group *g, enum replay_way way,
    enum replay_kind kind)
{
	const char *domain;

	if (kind == REPLAY_BY_CHECK)
		return undo_check(a, g, way);
	if (kind != REPLAY_BY_SENDER || way != REPLAY_STRICTER ||
	    domain_read(a, g->name, &domain, NULL) != RC_OK)
		return NULL;
	return arena_printf(a, "allow {\n\tsenders = { \"%s\" }\n}\n", domain);
}
