/* SPDX-License-Identifier: MIT */
#include "postfix_wanted.h"

#include "postfix_words.h"
#include "setup_answers.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

const struct postfix_setting *
plan_setting(const struct postfix_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n; i++)
		if (strcmp(facts->settings[i].name, name) == 0)
			return &facts->settings[i];
	return NULL;
}

const char *
plan_expanded(const struct plan *p, const char *name)
{
	const struct postfix_setting *s = plan_setting(p->facts, name);

	return s == NULL || s->expanded == NULL ? "" : s->expanded;
}

const char *
plan_raw(const struct postfix_setting *now)
{
	return now->raw == NULL ? "" : now->raw;
}

const char *
plan_value(const struct plan *p, const struct plan_row *row)
{
	const char *at = strstr(row->value, "%s");

	return at == NULL
		   ? row->value
		   : arena_printf(p->arena, "%.*s%s%s", (int)(at - row->value),
			 row->value, p->facts->parts[row->part].socket, at + 2);
}

/* ---- values of one word */

const char *
want_exactly(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return strcmp(now->expanded, row->value) == 0 ? NULL
						      : plan_value(p, row);
}

const char *
want_at_least(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return strtoll(now->expanded, NULL, 10) >= 59500 ? NULL
							 : plan_value(p, row);
}

/* Where nobody else has aliases that it would cut. */
const char *
want_if_alone(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *at = plan_expanded(p, "virtual_alias_maps");
	struct postfix_word word;
	size_t n = 0;

	while (postfix_word_next(&at, &word))
		n += strncmp(word.begin, "socketmap:", 10) != 0;
	return n > 0 ? NULL : want_exactly(p, row, now);
}

/* A milter of ours has an action of its own. */
const char *
want_action(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return now->raw != NULL ? NULL : want_exactly(p, row, now);
}

const char *
want_hostname(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	(void)row;
	return p->facts->hostname == NULL ||
		       setup_is_server_name(p->arena, now->expanded)
		   ? NULL
		   : p->facts->hostname;
}

/* ---- lists */

static const char *const plan_maps[] = {
    "forward", "domain", "srs-forward", "srs-reverse", NULL};

struct postfix_entries
plan_entries(const struct plan *p, const struct plan_row *row)
{
	static const char *const names[POSTFIX_PARTS] = {
	    [POSTFIX_PART_NONE] = "",
	    [POSTFIX_PART_FORWARDER] = "forwarder",
	    [POSTFIX_PART_POLICYD] = "policyd",
	    [POSTFIX_PART_MILTER] = "milter"};
	const struct postfix_facts *f = p->facts;

	return (struct postfix_entries){
	    .listen = f->parts[row->part].listen,
	    .n_listen = f->parts[row->part].n_listen,
	    .program = names[row->part],
	    .queue = f->queue,
	    .chrooted = f->chrooted,
	    .map = row->map,
	    .maps = plan_maps,
	    .keyword = row->part == POSTFIX_PART_POLICYD
			   ? "check_policy_service"
			   : NULL,
	    .right = plan_value(p, row),
	};
}

const char *
plan_present(const struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	struct postfix_entries wanted = plan_entries(p, row);
	const char *values[] = {plan_raw(now), now->expanded};

	for (size_t i = 0; i < 2; i++) {
		const char *mended = values[i];

		if (postfix_entries_look(p->arena, values[i], &wanted,
			&mended) != POSTFIX_MISSING)
			return mended;
	}
	return NULL;
}

const char *
plan_if_other(const char *value, const struct postfix_setting *now)
{
	return strcmp(value, plan_raw(now)) == 0 ||
		       strcmp(value, now->expanded) == 0
		   ? NULL
		   : value;
}

/* What virtual_alias_maps has counts for virtual_alias_domains, unless that is
   set: then it has to be named. */
static const char *
plan_map_base(const struct plan *p, const struct postfix_setting *now)
{
	const struct postfix_setting *maps;

	if (now->raw != NULL || strcmp(now->name, "virtual_alias_domains") != 0)
		return now->raw != NULL ? now->raw : now->expanded;
	maps = plan_setting(p->facts, "virtual_alias_maps");
	return maps == NULL ? "" : plan_map_base(p, maps);
}

const char *
want_map(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *present =
	    now->raw == NULL && strcmp(now->name, "virtual_alias_domains") == 0
		? NULL
		: plan_present(p, row, now);

	return present != NULL ? plan_if_other(present, now)
			       : postfix_words_append(p->arena,
				     plan_map_base(p, now), plan_value(p, row));
}

/* Before all others: what verifies stands behind it. */
const char *
want_milter(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *raw = plan_raw(now), *present = plan_present(p, row, now);

	if (present != NULL)
		return plan_if_other(present, now);
	/* It will have what that one is going to have. */
	if (strcmp(raw, "$smtpd_milters") == 0 ||
	    strcmp(raw, "${smtpd_milters}") == 0)
		return NULL;
	return postfix_words_insert(p->arena, raw, raw, plan_value(p, row));
}

const char *
want_word(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return postfix_words_have(now->expanded, row->value)
		   ? NULL
		   : postfix_words_append(p->arena, plan_raw(now), row->value);
}

/* ---- our domains are not Postfix' own */

static bool
plan_is_ours(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->facts->n_domains; i++)
		if (str_equal_fold(p->facts->domains[i], name))
			return true;
	return false;
}

/* The word, or what $mydomain, $myhostname or $myorigin stands for. */
static const char *
plan_word_meant(const struct plan *p, const struct postfix_word *word)
{
	static const char *const names[] = {
	    "mydomain", "myhostname", "myorigin"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (postfix_word_is(word,
			arena_printf(p->arena, "$%s", names[i])) ||
		    postfix_word_is(word,
			arena_printf(p->arena, "${%s}", names[i])) ||
		    postfix_word_is(word,
			arena_printf(p->arena, "$(%s)", names[i])))
			return plan_expanded(p, names[i]);
	return arena_copy_bytes(p->arena, word->begin,
	    (size_t)(word->end - word->begin));
}

static const char *
plan_refuse(struct plan *p, const char *domain, const char *kept)
{
	p->refused = true;
	err_set(p->err, RC_PERM,
	    "mydestination has %s: its mail goes to the Unix users of this "
	    "machine, who would get none of it any more.  Give each who needs "
	    "it an account and a forward, then add --yes (or run: postconf -e "
	    "'mydestination = %s')",
	    domain, kept);
	return NULL;
}

const char *
want_destination(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *at = plan_raw(now), *domain = NULL;
	struct postfix_word word;
	struct str kept;

	(void)row;
	str_init(&kept, p->arena);
	while (postfix_word_next(&at, &word)) {
		const char *meant = plan_word_meant(p, &word);

		if (plan_is_ours(p, meant)) {
			domain = meant;
			continue;
		}
		str_addf(&kept, "%s%.*s", kept.len > 0 ? ", " : "",
		    (int)(word.end - word.begin), word.begin);
	}
	if (domain == NULL)
		return NULL;
	return p->facts->takes_domains ? kept.text
				       : plan_refuse(p, domain, kept.text);
}

/* Mail of cron and the like would go to members, of whom root is none. */
const char *
want_origin(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return plan_is_ours(p, now->expanded) ? row->value : NULL;
}
