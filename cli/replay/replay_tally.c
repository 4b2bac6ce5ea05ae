/* SPDX-License-Identifier: MIT */
#include "replay_tally.h"

#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS ((size_t)256)

struct replay_tally *
replay_tally_new(struct arena *a)
{
	struct replay_tally *t = arena_take(a, sizeof(*t));

	t->arena = a;
	return t;
}

enum decision_action
replay_action(const struct rejudged *r)
{
	switch (r->verdict.action) {
	case VERDICT_REJECT:
		return DECISION_REJECT;
	case VERDICT_DEFER:
		return DECISION_DEFER;
	case VERDICT_ACCEPT:
		break;
	}
	return r->held ? DECISION_HOLD : DECISION_ACCEPT;
}

/* ---- names */

/* FNV-1a. */
static size_t
name_hash(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

static void
groups_grow(struct replay_groups *g, struct arena *a)
{
	size_t n = g->n_slots == 0 ? FIRST_SLOTS : g->n_slots * 4;
	struct replay_group **slots = arena_take_array(a, n, sizeof(*slots));

	for (size_t i = 0; i < g->n_slots; i++)
		for (struct replay_group *one = g->slots[i], *next; one != NULL;
		     one = next) {
			size_t at = name_hash(one->name) % n;

			next = one->next;
			one->next = slots[at];
			slots[at] = one;
		}
	g->slots = slots;
	g->n_slots = n;
}

/* NULL: there are too many. */
static struct replay_group *
group_named(struct replay_groups *g, struct arena *a, const char *name)
{
	struct replay_group *one;
	size_t at;

	if (g->n >= g->n_slots)
		groups_grow(g, a);
	at = name_hash(name) % g->n_slots;
	for (one = g->slots[at]; one != NULL; one = one->next)
		if (strcmp(one->name, name) == 0)
			return one;
	if (g->n == REPLAY_NAMES_MAX)
		return NULL;
	one = arena_take(a, sizeof(*one));
	one->name = arena_copy_text(a, name);
	one->points_min = INT_MAX;
	one->points_max = INT_MIN;
	one->next = g->slots[at];
	g->slots[at] = one;
	g->n++;
	return one;
}

static struct replay_group *
count_name(struct replay_tally *t, enum replay_way way, enum replay_kind kind,
    const char *name)
{
	struct replay_groups *g = &t->groups[way][kind];
	struct replay_group *one = group_named(g, t->arena, name);

	if (one == NULL)
		g->more++;
	else
		one->n++;
	return one;
}

static int
compare_groups(const void *a, const void *b)
{
	const struct replay_group *one = *(struct replay_group *const *)a,
				  *other = *(struct replay_group *const *)b;

	if (one->n != other->n)
		return one->n < other->n ? 1 : -1;
	return strcmp(one->name, other->name);
}

struct replay_group **
replay_groups_sorted(struct arena *a, const struct replay_groups *g)
{
	struct replay_group **all = arena_take_array(a, g->n + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < g->n_slots; i++)
		for (struct replay_group *one = g->slots[i]; one != NULL;
		     one = one->next)
			all[n++] = one;
	qsort(all, n, sizeof(*all), compare_groups);
	return all;
}

/* ---- one decision */

/* Who refused, put off or held: the same for both ways. */
static const char *
decider_name(struct arena *a, const struct rejudged *r)
{
	const struct finding *f = r->verdict.decider;

	if (r->verdict.action == VERDICT_ACCEPT)
		return check_name(CHECK_FATE);
	if (f == NULL)
		return "points";
	return f->list == NULL ? f->check
			       : arena_printf(a, "%s %s", f->check, f->list);
}

static const char *
sender_name(struct arena *a, const struct decision *d)
{
	const char *sender = d->facts.sender, *at;

	if (sender == NULL)
		return "-";
	if (sender[0] == '\0')
		return "<>";
	at = strrchr(sender, '@');
	return at == NULL ? sender : str_lower(a, at + 1);
}

static const char *
case_member(const struct replay_case *c)
{
	if (c->account != NULL)
		return c->account;
	return c->decision->facts.recipient != NULL
		   ? c->decision->facts.recipient
		   : "-";
}

static void
add_example(struct replay_tally *t, struct replay_group *g,
    const struct replay_case *c)
{
	const struct facts *facts = &c->decision->facts;
	struct replay_example *e;

	if (g->n > REPLAY_EXAMPLES)
		return;
	if (g->examples == NULL)
		g->examples = arena_take_array(t->arena, REPLAY_EXAMPLES,
		    sizeof(*g->examples));
	e = &g->examples[g->n - 1];
	*e = (struct replay_example){
	    .at = c->at,
	    .sender = arena_copy_text(t->arena, facts->sender),
	    .recipient = arena_copy_text(t->arena,
		c->account != NULL ? c->account : facts->recipient),
	    .queue_id = arena_copy_text(t->arena, facts->queue_id),
	    .before = replay_action(&c->before),
	    .after = replay_action(&c->after),
	};
	if (facts->client.version != 0)
		e->client = ip_text(t->arena, &facts->client);
}

static void
note_decider(struct replay_tally *t, struct replay_group *g,
    const struct rejudged *r)
{
	const struct finding *f = r->verdict.decider;

	if (r->verdict.points < g->points_min)
		g->points_min = r->verdict.points;
	if (r->verdict.points > g->points_max)
		g->points_max = r->verdict.points;
	if (f == NULL || g->finding.check != NULL)
		return;
	g->finding = *f;
	g->finding.check = arena_copy_text(t->arena, f->check);
	g->finding.list = arena_copy_text(t->arena, f->list);
	g->finding.why = arena_copy_text(t->arena, f->why);
	g->finding.reply = (struct reply){f->reply.code, NULL, NULL};
}

/* What is skipped now for who it is. */
static void
note_spared(struct replay_tally *t, struct replay_group *g,
    const struct replay_case *c)
{
	const struct finding *f = c->before.verdict.decider;

	for (size_t i = 0;
	     f != NULL && g->spared == NULL && i < c->after.n_findings; i++) {
		const struct finding *now = &c->after.findings[i];

		if (strcmp(now->check, f->check) == 0 &&
		    now->outcome == FINDING_SKIPPED && now->why != NULL &&
		    str_starts(now->why, "allow."))
			g->spared = arena_copy_text(t->arena, now->why);
	}
}

static void
add_change(struct replay_tally *t, enum replay_way way,
    const struct replay_case *c, struct arena *scratch)
{
	const struct rejudged *by =
	    way == REPLAY_STRICTER ? &c->after : &c->before;
	struct replay_group *g;

	g = count_name(t, way, REPLAY_BY_CHECK, decider_name(scratch, by));
	if (g != NULL) {
		add_example(t, g, c);
		note_decider(t, g, by);
		if (way == REPLAY_MILDER)
			note_spared(t, g, c);
	}
	count_name(t, way, REPLAY_BY_SENDER, sender_name(scratch, c->decision));
	count_name(t, way, REPLAY_BY_MEMBER, case_member(c));
}

static bool
has_unknown(const struct rejudged *r, const char *name)
{
	for (size_t i = 0; i < r->n_unknown; i++)
		if (strcmp(r->unknown[i], name) == 0)
			return true;
	return false;
}

/* What neither configuration knows is no difference between them. */
static void
add_unknown_names(struct replay_tally *t, const struct replay_case *c)
{
	bool any = false;

	for (size_t i = 0; i < c->after.n_unknown; i++) {
		const char *name = c->after.unknown[i];

		if (has_unknown(&c->before, name))
			continue;
		any = true;
		count_name(t, REPLAY_STRICTER, REPLAY_BY_UNKNOWN, name);
	}
	t->unknown += any;
}

void
replay_tally_add(struct replay_tally *t, const struct replay_case *c)
{
	enum decision_action before = replay_action(&c->before),
			     after = replay_action(&c->after);
	struct arena *scratch;

	t->decisions++;
	t->from_to[before][after]++;
	add_unknown_names(t, c);
	if (before == after)
		return;
	scratch = arena_new();
	add_change(t, after > before ? REPLAY_STRICTER : REPLAY_MILDER, c,
	    scratch);
	arena_free(scratch);
}

uint64_t
replay_changed(const struct replay_tally *t, enum replay_way way)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 4; k++)
			if (way == REPLAY_STRICTER ? k > i : k < i)
				n += t->from_to[i][k];
	return n;
}
