/* SPDX-License-Identifier: MIT */
/* What is done about each result of SPF: for every sender, and for the domains
   that have a section of their own. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"

#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 1000

bool
settings_spf_action(const char *text, struct check_settings *out)
{
	static const struct {
		const char *word;
		enum action action;
	} words[] = {
	    {"accept", ACTION_OFF},
	    {"reject", ACTION_REJECT},
	    {"defer", ACTION_DEFER},
	};
	char *end;
	long points;

	*out = (struct check_settings){0};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i].word) != 0)
			continue;
		out->action = words[i].action;
		/* Whether a temperror defers or accepts; it is no finding of
		   its own. */
		out->defer_on_temp = words[i].action != ACTION_OFF;
		return true;
	}
	points = strtol(text, &end, 10);
	out->action = ACTION_SCORE;
	out->points = (int)points;
	return *text != '\0' && *end == '\0' && points >= -POINTS_MAX &&
	       points <= POINTS_MAX;
}

static const struct {
	enum spf_verdict verdict;
	const char *key;
} keys[] = {
    {SPF_FAIL, "fail"},
    {SPF_SOFTFAIL, "softfail"},
    {SPF_NEUTRAL, "neutral"},
    {SPF_NONE, "none"},
    {SPF_PERMERROR, "permerror"},
    {SPF_TEMPERROR, "temperror"},
};

/* check "spf" says what a fail and a temperror lead to, and whether all of SPF
   is in shadow mode; the section spf says it of the other results. */
static struct spf_rules
rules_for_all(struct settings *s)
{
	const struct check_settings *own = &s->policy.checks[CHECK_SPF];
	struct spf_rules rules = {0};

	rules.of[SPF_FAIL] = rules.of[SPF_TEMPERROR] = *own;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct check_settings *of = &rules.of[keys[i].verdict];

		if (keys[i].verdict == SPF_FAIL ||
		    keys[i].verdict == SPF_TEMPERROR)
			continue;
		settings_spf_action(config_text(s->config, "spf", NULL,
					keys[i].key),
		    of);
		of->shadow = own->shadow;
	}
	return rules;
}

static enum rc
rules_for_domain(struct settings *s, const char *title, struct spf_rules *rules,
    struct err *err)
{
	if (domain_read(s->arena, title, &rules->domain, NULL) != RC_OK)
		return err_set(err, RC_PERM,
		    "spf-domain \"%s\": expected a domain name", title);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct check_settings *of = &rules->of[keys[i].verdict];
		bool shadow = of->shadow;

		if (!config_given(s->config, "spf-domain", title, keys[i].key))
			continue;
		settings_spf_action(config_text(s->config, "spf-domain", title,
					keys[i].key),
		    of);
		of->shadow = shadow;
	}
	return RC_OK;
}

/* The longer domain first: of two domains of which one is below the other, the
   lower one counts. */
static int
longer_first(const void *a, const void *b)
{
	const struct spf_rules *x = a, *y = b;
	size_t n = strlen(x->domain), m = strlen(y->domain);

	return (n < m) - (n > m);
}

enum rc
settings_read_spf(struct settings *s, struct err *err)
{
	struct config_list titles = config_titles(s->config, "spf-domain");
	struct spf_rules *rules =
	    arena_take_array(s->arena, titles.n + 1, sizeof(*rules));
	struct err why;

	for (size_t i = 0; i < titles.n; i++) {
		rules[i] = rules_for_all(s);
		if (rules_for_domain(s, titles.items[i], &rules[i], &why) !=
		    RC_OK)
			return err_set(err, RC_PERM, "%s: %s",
			    config_where(s->config, s->arena, "spf-domain",
				titles.items[i], NULL),
			    why.text);
	}
	qsort(rules, titles.n, sizeof(*rules), longer_first);
	rules[titles.n] = rules_for_all(s);
	s->policy.spf.rules = rules;
	return RC_OK;
}
