/* SPDX-License-Identifier: MIT */
/* Lists of restrictions, which are gone through from left to right. */
#include "postfix_wanted.h"

#include "postfix_words.h"

#include "base/str.h"

#include <string.h>

/* Those that are ours to ask nothing of. */
static bool
word_is_own(const struct postfix_word *word)
{
	static const char *const words[] = {"permit_mynetworks",
	    "permit_sasl_authenticated", "permit_tls_clientcerts",
	    "permit_tls_all_clientcerts"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (postfix_word_is(word, words[i]))
			return true;
	return false;
}

/* Those that accept nobody, need nothing behind them, and do not say in our
   place who is unknown. */
static bool
word_is_plain(const struct postfix_word *word)
{
	return word_is_own(word) ||
	       postfix_word_is(word, "reject_unauth_destination") ||
	       postfix_word_is(word, "defer_unauth_destination") ||
	       postfix_word_is(word, "reject_unauth_pipelining") ||
	       postfix_word_is(word, "reject_non_fqdn_recipient") ||
	       postfix_word_is(word, "reject_unknown_recipient_domain") ||
	       postfix_word_is(word, "reject_non_fqdn_sender") ||
	       postfix_word_is(word, "reject_unknown_sender_domain") ||
	       postfix_word_is(word, "reject_invalid_helo_hostname") ||
	       postfix_word_is(word, "reject_non_fqdn_helo_hostname");
}

static const char *
plan_policy_place(const char *value)
{
	struct postfix_word word;
	const char *at = value, *place = value;

	while (postfix_word_next(&at, &word) && word_is_plain(&word))
		place = word.end;
	return place;
}

/* Our own machines are accepted before us if that is what the list does first,
   whatever $name it has for that. */
static const char *
plan_policy_words(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *at = now->expanded, *place = plan_policy_place(now->raw);
	struct postfix_word word;
	struct str text;

	str_init(&text, p->arena);
	place += strspn(place, " \t\r\n,");
	if (*place == '$')
		while (postfix_word_next(&at, &word) && word_is_own(&word))
			str_addf(&text, "%.*s, ", (int)(word.end - word.begin),
			    word.begin);
	str_add(&text, plan_value(p, row));
	return text.text;
}

/* Does it accept everybody before it comes to us? */
static bool
plan_policy_is_behind(const struct plan *p, const struct plan_row *row,
    const char *value)
{
	struct postfix_entries wanted = plan_entries(p, row);
	struct postfix_word word;
	const char *at = value, *mended;

	while (postfix_word_next(&at, &word))
		if (postfix_word_is(&word, "permit"))
			return postfix_entries_look(p->arena,
				   arena_copy_bytes(p->arena, value,
				       (size_t)(word.begin - value)),
				   &wanted, &mended) == POSTFIX_MISSING;
	return false;
}

const char *
want_policy(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	const char *present = plan_present(p, row, now), *kept;
	struct postfix_setting rest = *now;

	if (!p->facts->policyd)
		return NULL;
	if (present != NULL && !plan_policy_is_behind(p, row, present))
		return plan_if_other(present, now);
	kept = present == NULL ? NULL
			       : postfix_plan_without(p->arena, p->facts,
				     row->name, present);
	if (kept != NULL)
		rest.raw = rest.expanded = kept;
	if (plan_raw(&rest)[0] == '\0')
		return arena_printf(p->arena, "permit_mynetworks, %s",
		    plan_value(p, row));
	return postfix_words_insert(p->arena, rest.raw,
	    plan_policy_place(rest.raw), plan_policy_words(p, row, &rest));
}

static bool
plan_guards_relay(const char *value)
{
	return postfix_words_have(value, "reject_unauth_destination") ||
	       postfix_words_have(value, "defer_unauth_destination") ||
	       postfix_words_have(value, "reject");
}

const char *
want_relay(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	if (plan_guards_relay(now->expanded) ||
	    plan_guards_relay(plan_expanded(p, "smtpd_recipient_restrictions")))
		return NULL;
	return plan_raw(now)[0] == '\0'
		   ? plan_value(p, row)
		   : postfix_words_append(p->arena, now->raw,
			 "reject_unauth_destination");
}

const char *
want_sender(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now)
{
	return postfix_words_have(now->expanded, "reject_non_fqdn_sender")
		   ? NULL
		   : postfix_words_append(p->arena, plan_raw(now),
			 plan_value(p, row));
}
