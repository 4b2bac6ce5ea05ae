/* SPDX-License-Identifier: MIT */
#include "policy/fate_strategy.h"

#include "base/str.h"

#include <string.h>

static const char *const names[STRATEGIES] = {
    [STRATEGY_DEFAULT] = "default",
    [STRATEGY_KEEP] = "keep",
    [STRATEGY_HOLD] = "hold",
    [STRATEGY_REJECT] = "reject",
    [STRATEGY_REWRITE] = "rewrite",
};

const char *
strategy_name(enum strategy strategy)
{
	return names[strategy];
}

bool
strategy_read(const char *word, enum strategy *out)
{
	for (unsigned i = 0; i < STRATEGIES; i++) {
		if (strcmp(word, names[i]) != 0)
			continue;
		*out = (enum strategy)i;
		return true;
	}
	return false;
}

void
strategies_add(unsigned *set, const char *word)
{
	enum strategy strategy;

	if (word == NULL || !strategy_read(word, &strategy))
		strategy = STRATEGY_DEFAULT;
	*set |= 1U << strategy;
}

const char *
strategies_text(struct arena *a, unsigned set)
{
	struct str s;

	if ((set & ~(1U << STRATEGY_DEFAULT)) == 0)
		return NULL;
	str_init(&s, a);
	for (unsigned i = 0; i < STRATEGIES; i++)
		if ((set & 1U << i) != 0)
			str_addf(&s, "%s%s", s.len == 0 ? "" : " ", names[i]);
	return s.text;
}

unsigned
strategies_read(struct arena *a, const char *text)
{
	char *rest, *word, *copy = arena_copy_text(a, text);
	unsigned set = 0;

	for (word = copy == NULL ? NULL : strtok_r(copy, " ", &rest);
	     word != NULL; word = strtok_r(NULL, " ", &rest))
		strategies_add(&set, word);
	return set == 0 ? 1U << STRATEGY_DEFAULT : set;
}
