/* SPDX-License-Identifier: MIT */
#include "probes_rewriting.h"

#include "postfix_list.h"
#include "postfix_service.h"
#include "postfix_tables.h"

#include "base/str.h"
#include "store/account_table.h"

#include <string.h>

/* Of nobody's (RFC 2606); what every stranger meets, he meets. */
static const char stranger[] = "somebody@example.com";

/* ---- rewriting */

/* Tables that put other addresses in the place of strangers'. */
static const struct {
	const char *parameter;
	const char *harm;
} rewriting[] = {
    {"canonical_maps", "senders and recipients of strangers become others"},
    {"sender_canonical_maps", "senders of strangers become others"},
    {"recipient_canonical_maps", "recipients elsewhere become others"},
    {"smtp_generic_maps", "addresses of strangers become others"},
    {"recipient_bcc_maps", "all mail goes to others, too"},
};

static bool
probe_rewriting_table(const struct probe_run *run, const char *parameter,
    const char *table, const char *harm)
{
	const char *to = postfix_table_about(run, table, stranger, false);

	/* What PostSRSd says is the matter of another probe. */
	if (to == NULL || str_starts(to, "SRS") || str_equal_fold(to, stranger))
		return false;
	probe_wrong(run, parameter,
	    arena_printf(run->arena, "%s makes \"%s\" of %s: %s", table, to,
		stranger, harm));
	postfix_cure_without(run, NULL, parameter, table, NULL);
	return true;
}

/* "!" before a domain takes it out; "" is none. */
static bool
probe_masquerade(const struct probe_run *run)
{
	struct arena *a = run->arena;
	struct postfix_list list = postfix_list_read(a,
	    postfix_text(run->postfix, a, "masquerade_domains"));
	const struct forwards_settings *f = &run->settings->forwards;
	bool wrong = false;

	for (size_t i = 0; i < list.n; i++) {
		const char *entry = list.words[i];
		bool ours = false;

		for (size_t d = 0; d < f->n_domains; d++)
			ours |= str_equal_fold(entry, f->domains[d]) ||
				str_ends_fold(f->domains[d],
				    arena_printf(a, ".%s", entry));
		if (ours || *entry == '!' || postfix_is_table(entry))
			continue;
		wrong = true;
		probe_wrong(run, "masquerade_domains",
		    arena_printf(a,
			"%s: addresses of strangers there lose a part of "
			"their domain, and DKIM dies",
			entry));
		postfix_cure_without(run, NULL, "masquerade_domains", entry,
		    NULL);
	}
	return wrong;
}

void
probe_rewriting(const struct probe_run *run)
{
	struct arena *a = run->arena;
	bool wrong = probe_masquerade(run);

	for (size_t p = 0; p < sizeof(rewriting) / sizeof(*rewriting); p++) {
		struct postfix_list list = postfix_list_read(a,
		    postfix_text(run->postfix, a, rewriting[p].parameter));

		for (size_t i = 0; i < list.n; i++)
			wrong |=
			    probe_rewriting_table(run, rewriting[p].parameter,
				list.words[i], rewriting[p].harm);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "addresses stay as they are");
}

/* ---- forwards-first */

/* "socketmap:unix:postward/forwarder:forward"; not something made of it and of
   others. */
static bool
entry_is_our_forwarder(const struct probe_run *run, const char *entry)
{
	static const char map[] = ":forward";

	return !str_starts(entry, "unionmap:") &&
	       !str_starts(entry, "pipemap:") && str_ends_fold(entry, map) &&
	       postfix_entry_is_ours(run, POSTFIX_OUR_FORWARDER,
		   arena_copy_bytes(run->arena, entry,
		       strlen(entry) - strlen(map))) != POSTFIX_MISSING;
}

/* Ours, then the others. */
static const char *
forwards_put_first(const struct probe_run *run,
    const struct postfix_list *words)
{
	struct str first, others;

	str_init(&first, run->arena);
	str_init(&others, run->arena);
	for (size_t i = 0; i < words->n; i++)
		str_addf(entry_is_our_forwarder(run, words->words[i]) ? &first
								      : &others,
		    ", %s", words->words[i]);
	if (first.len == 0)
		str_addf(&first, ", socketmap:%s:forward",
		    postfix_our_place(run, POSTFIX_OUR_FORWARDER));
	str_add(&first, others.text);
	return first.text + strlen(", ");
}

/* So many members are looked for in other tables, and one that is nobody. */
#define MEMBERS_MOST 1000

struct forwards_members {
	struct arena *arena;
	struct str addresses; /* one a line */
};

static enum rc
forwards_read_members(struct db *db, void *context, struct err *err)
{
	struct forwards_members *members = context;
	struct account account;
	struct db_row *row;
	enum rc rc = account_list(db, &row, err);

	if (rc != RC_OK)
		return rc;
	for (size_t n = 0; rc == RC_OK && n < MEMBERS_MOST; n++) {
		rc = account_next(row, members->arena, &account, err);
		if (rc == RC_OK && account.address[0] != '@')
			str_addf(&members->addresses, "%s\n", account.address);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

static const char *
forwards_members(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;
	struct forwards_members members = {.arena = run->arena};
	struct err err;

	str_init(&members.addresses, run->arena);
	for (size_t i = 0; i < f->n_domains; i++)
		str_addf(&members.addresses, "postward-check.nobody@%s\n",
		    f->domains[i]);
	store_do(run->store, forwards_read_members, &members, &err);
	return members.addresses.text;
}

/* Keeps the first. */
static void
forwards_hide(void *context, const char *key, const char *value)
{
	const char **hidden = context;

	(void)value;
	if (*hidden == NULL)
		*hidden = key;
}

/* Postfix asks each table for the address before any for "@domain", so that
   only what has the address itself, or a pattern of it, hides us. */
void
probe_forwards_first(const struct probe_run *run)
{
	static const char parameter[] = "virtual_alias_maps";
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, postfix_text(run->postfix, a, parameter));
	const char *members = NULL;

	for (size_t i = 0; i < list.n; i++) {
		const char *hidden;

		if (entry_is_our_forwarder(run, list.words[i]))
			break;
		if (members == NULL)
			members = forwards_members(run);
		hidden = NULL;
		postfix_table_each(run, list.words[i], members, forwards_hide,
		    &hidden);
		if (hidden == NULL)
			continue;
		probe_wrong(run, parameter,
		    arena_printf(a,
			"%s stands before ours and has %s: mail for members "
			"goes where it says",
			list.words[i], hidden));
		postfix_cure_value(run, NULL, parameter,
		    forwards_put_first(run, &list));
		return;
	}
	probe_saw(run, REPORT_OK, "no other table stands before ours");
}
