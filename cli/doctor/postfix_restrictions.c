/* SPDX-License-Identifier: MIT */
#include "postfix_restrictions.h"

#include "base/str.h"

#include <string.h>

/* Postfix has no such limit; a class that names itself would not end. */
#define DEPTH_MAX 16

enum to_strangers {
	PERMIT, /* everybody */
	REFUSE, /* everybody */
	PERMIT_OURS /* those who write to us */,
	REFUSE_OTHERS /* those who do not write to us */,
};

/* What decides about a stranger against whom nothing is known; all others let
   him pass. */
static const struct {
	const char *name;
	enum to_strangers effect;
} deciding[] = {
    {"permit", PERMIT},
    {"reject", REFUSE},
    {"defer", REFUSE},
    {"defer_if_permit", REFUSE},
    {"permit_auth_destination", PERMIT_OURS},
    {"permit_mx_backup", PERMIT_OURS},
    {"reject_unauth_destination", REFUSE_OTHERS},
    {"defer_unauth_destination", REFUSE_OTHERS},
    {"check_relay_domains", REFUSE_OTHERS},
};

bool
postfix_takes_argument(const char *restriction)
{
	static const char *const others[] = {"reject_rbl_client", "reject_rbl",
	    "reject_rhsbl_client", "reject_rhsbl_helo",
	    "reject_rhsbl_reverse_client", "reject_rhsbl_sender",
	    "reject_rhsbl_recipient", "permit_dnswl_client",
	    "permit_rhswl_client", "sleep"};
	size_t len = strlen(restriction), access = strlen("_access");

	if (str_equal_fold(restriction, "check_policy_service"))
		return true;
	if (str_starts_fold(restriction, "check_") && len > access &&
	    str_equal_fold(restriction + len - access, "_access"))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (str_equal_fold(restriction, others[i]))
			return true;
	return false;
}

/* ---- tables */

static enum postfix_outcome
walk_action(struct postfix_walk *walk, const char *kind, const char *action)
{
	static const char *const refusing[] = {
	    "REJECT", "DEFER", "DEFER_IF_PERMIT", "DISCARD"};
	size_t len = strcspn(action, " \t");
	const char *first = arena_copy_bytes(walk->arena, action, len);

	if (strspn(first, "0123456789") == len && len == 3 &&
	    (first[0] == '4' || first[0] == '5'))
		return POSTFIX_REFUSES;
	if (str_equal_fold(first, "OK") || strspn(first, "0123456789") == len)
		return POSTFIX_PERMITS;
	for (size_t i = 0; i < sizeof(refusing) / sizeof(*refusing); i++)
		if (str_equal_fold(first, refusing[i]))
			return POSTFIX_REFUSES;
	/* DUNNO, PREPEND and such, or other restrictions. */
	return postfix_walk(walk, kind, action);
}

/* POSTFIX_PASSES also when there is no such key. */
static enum postfix_outcome
walk_key(struct postfix_walk *walk, const char *kind, const char *table,
    const char *key)
{
	const char *value;

	if (key[0] == '\0' || walk->look_up == NULL ||
	    walk->look_up(walk->context, table, key, &value) != RC_OK)
		return POSTFIX_PASSES;
	return walk_action(walk, kind, value);
}

/* An address, or a name, then what is above it: access(5). */
static enum postfix_outcome
walk_keys(struct postfix_walk *walk, const char *kind, const char *table,
    const char *key)
{
	enum postfix_outcome outcome = walk_key(walk, kind, table, key);
	char *part = arena_copy_text(walk->arena, key), *dot;
	const char *at = strrchr(key, '@');

	if (at != NULL) {
		if (outcome == POSTFIX_PASSES)
			outcome = walk_keys(walk, kind, table, at + 1);
		if (outcome == POSTFIX_PASSES)
			outcome = walk_key(walk, kind, table,
			    arena_copy_bytes(walk->arena, key,
				(size_t)(at + 1 - key)));
		return outcome;
	}
	if (strcmp(kind, "client") == 0 &&
	    strspn(key, "0123456789.") == strlen(key)) {
		while (outcome == POSTFIX_PASSES &&
		       (dot = strrchr(part, '.')) != NULL) {
			*dot = '\0';
			outcome = walk_key(walk, kind, table, part);
		}
		return outcome;
	}
	while (outcome == POSTFIX_PASSES && (dot = strchr(key, '.')) != NULL) {
		outcome = walk_key(walk, kind, table, dot);
		key = dot + 1;
		if (outcome == POSTFIX_PASSES)
			outcome = walk_key(walk, kind, table, key);
	}
	return outcome;
}

static enum postfix_outcome
walk_table(struct postfix_walk *walk, const char *kind, const char *table)
{
	const char *const subject = strcmp(kind, "client") == 0 ? walk->client
				    : strcmp(kind, "helo") == 0 ? walk->helo
				    : strcmp(kind, "sender") == 0
					? walk->sender
					: walk->recipient;
	enum postfix_outcome outcome = walk_keys(walk, kind, table, subject);

	if (outcome != POSTFIX_PASSES && walk->culprit == NULL)
		walk->culprit = table;
	return outcome;
}

/* "client" of "check_client_access"; "": one that is asked about something
   that a stranger's DNS says. */
static const char *
access_kind(const char *restriction)
{
	static const struct {
		const char *name, *kind;
	} kinds[] = {
	    {"check_client_access", "client"},
	    {"check_helo_access", "helo"},
	    {"check_sender_access", "sender"},
	    {"check_recipient_access", "recipient"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_equal_fold(restriction, kinds[i].name))
			return kinds[i].kind;
	return "";
}

/* ---- lists */

static enum postfix_outcome
walk_decides(struct postfix_walk *walk, const char *restriction)
{
	for (size_t i = 0; i < sizeof(deciding) / sizeof(*deciding); i++) {
		if (!str_equal_fold(restriction, deciding[i].name))
			continue;
		switch (deciding[i].effect) {
		case PERMIT:
			return POSTFIX_PERMITS;
		case REFUSE:
			return POSTFIX_REFUSES;
		case PERMIT_OURS:
			return walk->to_us ? POSTFIX_PERMITS : POSTFIX_PASSES;
		case REFUSE_OTHERS:
			return walk->to_us ? POSTFIX_PASSES : POSTFIX_REFUSES;
		}
	}
	return POSTFIX_PASSES;
}

static bool
is_restriction_class(const struct postfix_walk *walk, const char *word)
{
	struct postfix_list classes = postfix_list_read(walk->arena,
	    walk->service == NULL
		? postfix_text(walk->view, walk->arena,
		      "smtpd_restriction_classes")
		: postfix_service_value(walk->view, walk->arena, walk->service,
		      "smtpd_restriction_classes", NULL));

	return postfix_list_has(&classes, word);
}

/* One restriction, with its argument or NULL. */
static enum postfix_outcome
walk_restriction(struct postfix_walk *walk, const char *kind, const char *word,
    const char *argument)
{
	if (argument != NULL && str_equal_fold(word, "check_policy_service")) {
		if (walk->is_ours == NULL ||
		    !walk->is_ours(walk->context, argument))
			return POSTFIX_PASSES;
		walk->policy = argument;
		return POSTFIX_ASKS;
	}
	if (argument != NULL && access_kind(word)[0] != '\0')
		return walk_table(walk, access_kind(word), argument);
	if (argument != NULL)
		return POSTFIX_PASSES;
	if (is_restriction_class(walk, word))
		return postfix_walk_parameter(walk, kind, word);
	if (postfix_is_table(word))
		return walk_table(walk, kind, word);
	return walk_decides(walk, word);
}

enum postfix_outcome
postfix_walk(struct postfix_walk *walk, const char *kind, const char *value)
{
	struct postfix_list list = postfix_list_read(walk->arena, value);
	enum postfix_outcome outcome = POSTFIX_PASSES;
	bool warns = false;

	if (walk->depth == DEPTH_MAX)
		return POSTFIX_PASSES;
	walk->depth++;
	for (size_t i = 0; i < list.n && outcome == POSTFIX_PASSES; i++) {
		const char *word = list.words[i];
		bool takes = postfix_takes_argument(word) && i + 1 < list.n;

		if (str_equal_fold(word, "warn_if_reject")) {
			warns = true;
			continue;
		}
		outcome = walk_restriction(walk, kind, word,
		    takes ? list.words[i + 1] : NULL);
		i += takes;
		if (warns &&
		    (outcome == POSTFIX_REFUSES || outcome == POSTFIX_ASKS)) {
			walk->culprit = "warn_if_reject";
			outcome = POSTFIX_PASSES;
		} else if (outcome != POSTFIX_PASSES && walk->culprit == NULL) {
			walk->culprit = word;
		}
		warns = false;
	}
	walk->depth--;
	return outcome;
}

enum postfix_outcome
postfix_walk_parameter(struct postfix_walk *walk, const char *kind,
    const char *parameter)
{
	return postfix_walk(walk, kind,
	    walk->service == NULL
		? postfix_text(walk->view, walk->arena, parameter)
		: postfix_service_value(walk->view, walk->arena, walk->service,
		      parameter, NULL));
}

struct postfix_list
postfix_restrictions_without(struct arena *a, const struct postfix_list *list,
    bool (*unwanted)(void *context, const char *word, const char *argument),
    void *context)
{
	struct postfix_list kept = {
	    .words = arena_take_array(a, list->n + 1, sizeof(char *))};

	for (size_t i = 0; i < list->n;) {
		size_t begin = i, word = i;
		const char *argument;

		word += str_equal_fold(list->words[i], "warn_if_reject") &&
			i + 1 < list->n;
		i = word + 1;
		argument =
		    postfix_takes_argument(list->words[word]) && i < list->n
			? list->words[i++]
			: NULL;
		if (unwanted(context, list->words[word], argument))
			continue;
		while (begin < i)
			kept.words[kept.n++] = list->words[begin++];
	}
	return kept;
}

/* Our own machines, and members. */
static bool
is_for_our_own(const char *word)
{
	return str_equal_fold(word, "permit_mynetworks") ||
	       str_equal_fold(word, "permit_sasl_authenticated");
}

/* No comma stands before an argument. */
static bool
restriction_goes_on(const char *word)
{
	return postfix_takes_argument(word) ||
	       str_equal_fold(word, "warn_if_reject");
}

const char *
postfix_restrictions_guarded(struct arena *a, const struct postfix_list *list,
    const char *restriction)
{
	const char *between = "";
	bool added = false;
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list->n; i++) {
		const char *word = list->words[i];

		if (!added && !is_for_our_own(word)) {
			str_addf(&s, "%s%s", between, restriction);
			added = true;
			between = ", ";
		}
		str_addf(&s, "%s%s", between, word);
		between = restriction_goes_on(word) ? " " : ", ";
	}
	if (!added)
		str_addf(&s, "%s%s", between, restriction);
	return s.text;
}

const char *
postfix_restrictions_text(struct arena *a, const struct postfix_list *list)
{
	const char *between = "";
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list->n; i++) {
		str_addf(&s, "%s%s", between, list->words[i]);
		between = restriction_goes_on(list->words[i]) ? " " : ", ";
	}
	return s.text;
}

bool
postfix_guards_relay(const char *word)
{
	for (size_t i = 0; i < sizeof(deciding) / sizeof(*deciding); i++)
		if (deciding[i].effect == REFUSE_OTHERS &&
		    str_equal_fold(word, deciding[i].name))
			return true;
	return false;
}
