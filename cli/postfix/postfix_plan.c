/* SPDX-License-Identifier: MIT */
#include "postfix_plan.h"

#include "postfix_wanted.h"
#include "postfix_words.h"

#include "base/str.h"

#include <string.h>

static const char dkim_dies[] = "or the DKIM signatures of others die";

static const struct plan_row rows[] = {
    {"myhostname", want_hostname, POSTFIX_PART_NONE, NULL, NULL,
	"the name that this server says of itself"},
    {"mydestination", want_destination, POSTFIX_PART_NONE, NULL, NULL,
	"a domain is delivered here or forwarded, never both"},
    {"myorigin", want_origin, POSTFIX_PART_NONE, "$myhostname", NULL,
	"or mail of cron goes to root at the domain, who is no member"},
    {"virtual_alias_domains", want_map, POSTFIX_PART_FORWARDER,
	"socketmap:%s:domain", "domain", "whose mail we take"},
    {"virtual_alias_maps", want_map, POSTFIX_PART_FORWARDER,
	"socketmap:%s:forward", "forward", "where it goes"},
    {"virtual_alias_expansion_limit", want_if_alone, POSTFIX_PART_NONE, "50",
	NULL, "no account has more targets"},
    {"virtual_alias_recursion_limit", want_if_alone, POSTFIX_PART_NONE, "10",
	NULL, "what the forwarder answers is final"},
    {"smtpd_relay_restrictions", want_relay, POSTFIX_PART_NONE,
	"permit_mynetworks, permit_sasl_authenticated, "
	"reject_unauth_destination",
	NULL, "or anybody may send anywhere"},
    {"smtpd_helo_required", want_exactly, POSTFIX_PART_NONE, "yes", NULL,
	"or clients need not say who they are"},
    {"smtpd_sender_restrictions", want_sender, POSTFIX_PART_NONE,
	"permit_mynetworks, permit_sasl_authenticated, reject_non_fqdn_sender",
	NULL, "or a sender without a domain gets ours"},
    {"smtpd_recipient_restrictions", want_policy, POSTFIX_PART_POLICYD,
	"check_policy_service { %s, timeout=20s, default_action=DEFER }", NULL,
	"who may send: policyd is asked"},
    {"smtpd_reject_unlisted_recipient", want_exactly, POSTFIX_PART_NONE, "yes",
	NULL, "the safety net under policyd"},
    {"smtpd_milters", want_milter, POSTFIX_PART_MILTER,
	"{ %s, default_action=tempfail }", NULL,
	"sender (SRS), loops, signatures: the milter"},
    {"milter_default_action", want_action, POSTFIX_PART_NONE, "tempfail", NULL,
	"mail that the milter has not seen must not pass"},
    {"internal_mail_filter_classes", want_word, POSTFIX_PART_NONE, "bounce",
	NULL, "the milter sees notifications"},
    {"non_smtpd_milters", want_milter, POSTFIX_PART_MILTER,
	"{ %s, default_action=tempfail }", NULL,
	"the milter sees what Postfix makes itself"},
    {"disable_mime_output_conversion", want_exactly, POSTFIX_PART_NONE, "yes",
	NULL, dkim_dies},
    {"smtp_line_length_limit", want_exactly, POSTFIX_PART_NONE, "0", NULL,
	dkim_dies},
    {"local_header_rewrite_clients", want_exactly, POSTFIX_PART_NONE, "", NULL,
	dkim_dies},
    {"header_size_limit", want_at_least, POSTFIX_PART_NONE, "102400", NULL,
	dkim_dies},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

const char *const postfix_plan_names[] = {"myhostname", "mydestination",
    "myorigin", "mydomain", "virtual_alias_domains", "virtual_alias_maps",
    "virtual_alias_expansion_limit", "virtual_alias_recursion_limit",
    "smtpd_relay_restrictions", "smtpd_helo_required",
    "smtpd_sender_restrictions", "smtpd_recipient_restrictions",
    "smtpd_reject_unlisted_recipient", "smtpd_milters", "milter_default_action",
    "internal_mail_filter_classes", "non_smtpd_milters",
    "disable_mime_output_conversion", "smtp_line_length_limit",
    "local_header_rewrite_clients", "header_size_limit", "queue_directory",
    "config_directory", "relay_domains", "virtual_mailbox_domains",
    "receive_override_options", "smtpd_delay_reject", "inet_interfaces", NULL};

enum rc
postfix_plan(struct arena *a, const struct postfix_facts *facts,
    struct postfix_change out[static POSTFIX_CHANGES_MAX], size_t *n,
    struct err *err)
{
	struct plan plan = {a, facts, err, false};

	*n = 0;
	for (size_t i = 0; i < ROWS && !plan.refused; i++) {
		const struct postfix_setting *now =
		    plan_setting(facts, rows[i].name);
		const char *after;

		/* An older Postfix does not know it. */
		if (now == NULL || now->expanded == NULL)
			continue;
		after = rows[i].wanted(&plan, &rows[i], now);
		if (after != NULL)
			out[(*n)++] = (struct postfix_change){
			    rows[i].name, now->raw, after, rows[i].why};
	}
	return plan.refused ? RC_PERM : RC_OK;
}

const char *
postfix_plan_without(struct arena *a, const struct postfix_facts *facts,
    const char *name, const char *value)
{
	struct plan plan = {a, facts, NULL, false};
	const struct plan_row *row = NULL;
	struct postfix_entries wanted;
	struct postfix_word word, next;
	struct str kept;
	bool found = false;

	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			row = &rows[i];
	if (row == NULL || row->part == POSTFIX_PART_NONE)
		return NULL;
	wanted = plan_entries(&plan, row);
	str_init(&kept, a);
	for (const char *at = value; postfix_word_next(&at, &word);) {
		const char *mended, *behind = at;

		if (wanted.keyword != NULL &&
		    postfix_word_is(&word, wanted.keyword) &&
		    postfix_word_next(&behind, &next)) {
			word.end = next.end;
			at = behind;
		}
		if (postfix_entries_look(a,
			arena_copy_bytes(a, word.begin,
			    (size_t)(word.end - word.begin)),
			&wanted, &mended) != POSTFIX_MISSING) {
			found = true;
			continue;
		}
		str_addf(&kept, "%s%.*s", kept.len > 0 ? ", " : "",
		    (int)(word.end - word.begin), word.begin);
	}
	return found ? kept.text : NULL;
}

size_t
postfix_plan_notes(struct arena *a, const struct postfix_facts *facts,
    const char **out, size_t most)
{
	static const struct {
		const char *note, *name, *word;
	} notes[] = {
	    {"the milter sees no mail: take no_milters out",
		"receive_override_options", "no_milters"},
	    {"nothing is forwarded, unless a content filter hands mail "
	     "back to a listener without it",
		"receive_override_options", "no_address_mappings"},
	    {"policyd is asked before a recipient is known: set it to yes",
		"smtpd_delay_reject", "no"},
	    {"no mail comes from outside: set it to all, and restart "
	     "Postfix",
		"inet_interfaces", "loopback-only"},
	    {"no mail comes from outside: set it to all, and restart "
	     "Postfix",
		"inet_interfaces", "localhost"},
	};
	struct plan plan = {a, facts, NULL, false};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes) && n < most; i++)
		if (postfix_words_have(plan_expanded(&plan, notes[i].name),
			notes[i].word))
			out[n++] = arena_printf(a, "%s: %s", notes[i].name,
			    notes[i].note);
	return n;
}
