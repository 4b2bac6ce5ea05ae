/* SPDX-License-Identifier: MIT */
#include "policy/private/decision_field.h"

const struct part_names decision_parts[PARTS] = {
    [PART_FACTS] = {"facts", ""},
    [PART_MESSAGE] = {"message", ""},
    [PART_DECIDED] = {"verdict", ""},
    [PART_SHADOW] = {"without-shadow", "would-"},
    [PART_DONE] = {"done", ""},
};

#define OF(member)    offsetof(struct decision, member)
#define FACT(member)  offsetof(struct decision, facts.member)
#define COUNTED(name) offsetof(struct decision, facts.message.name)

/* The fields in the order of the log's line. */
/* clang-format off */
const struct field decision_fields[] = {
    {"queue_id", "queue-id", PART_FACTS, FIELD_QUEUE, FACT(queue_id)},
    {"state", "state", PART_FACTS, FIELD_STATE, FACT(state)},
    {"action", "action", PART_DECIDED, FIELD_VERDICT, OF(verdict.action)},
    {"check", NULL, PART_LINE, FIELD_FULL, OF(verdict)},
    {NULL, "check", PART_DECIDED, FIELD_CHECK, OF(verdict)},
    {NULL, "list", PART_DECIDED, FIELD_LIST, OF(verdict)},
    {NULL, "finding", PART_DECIDED, FIELD_DECIDER, OF(verdict)},
    {"would", NULL, PART_LINE, FIELD_WOULD, OF(unshadowed)},
    {NULL, "action", PART_SHADOW, FIELD_VERDICT, OF(unshadowed.action)},
    {NULL, "check", PART_SHADOW, FIELD_CHECK, OF(unshadowed)},
    {NULL, "list", PART_SHADOW, FIELD_LIST, OF(unshadowed)},
    {NULL, "finding", PART_SHADOW, FIELD_DECIDER, OF(unshadowed)},
    {NULL, "reply", PART_SHADOW, FIELD_REPLY, OF(unshadowed.reply)},
    {NULL, "points", PART_SHADOW, FIELD_NUMBER, OF(unshadowed.points)},
    {"passed", NULL, PART_LINE, FIELD_PASSED, 0},
    {"choices", "choices", PART_DECIDED, FIELD_TEXT, OF(choices)},
    {"points", "points", PART_DECIDED, FIELD_SCORE, OF(verdict.points)},
    {"spf", "spf", PART_DECIDED, FIELD_TEXT, OF(spf)},
    {"iprev", "iprev", PART_DECIDED, FIELD_TEXT, OF(iprev)},
    {"dkim", "dkim", PART_DECIDED, FIELD_TEXT, OF(dkim)},
    {NULL, "signatures", PART_DECIDED, FIELD_TEXT, OF(signatures)},
    {"dmarc", "dmarc", PART_DECIDED, FIELD_TEXT, OF(dmarc)},
    {NULL, "dmarc-policy", PART_DECIDED, FIELD_TEXT, OF(dmarc_policy)},
    {NULL, "dmarc-domain", PART_DECIDED, FIELD_TEXT, OF(dmarc_domain)},
    {"arc", "arc", PART_DECIDED, FIELD_TEXT, OF(arc)},
    {"arc_trusted", "arc-trusted", PART_DECIDED, FIELD_TEXT, OF(arc_trusted)},
    {NULL, "aligned", PART_DECIDED, FIELD_TEXT, OF(aligned)},
    {"author", "author", PART_DECIDED, FIELD_TEXT, OF(author)},
    {"fate", "fate", PART_DECIDED, FIELD_TEXT, OF(fate)},
    {"fate_mode", NULL, PART_LINE, FIELD_SHADOW, OF(fate_shadow)},
    {NULL, "fate-shadow", PART_DECIDED, FIELD_FLAG, OF(fate_shadow)},
    {"fate_case", "fate-case", PART_DECIDED, FIELD_TEXT, OF(fate_case)},
    {"survives", "survives", PART_DECIDED, FIELD_TEXT, OF(survives)},
    {"at", "fate-at", PART_DECIDED, FIELD_TEXT, OF(fate_at)},
    {NULL, "fate-why", PART_DECIDED, FIELD_TEXT, OF(fate_why)},
    {"client", NULL, PART_LINE, FIELD_CLIENT, 0},
    {NULL, "client", PART_FACTS, FIELD_IP, FACT(client)},
    {NULL, "client-name", PART_FACTS, FIELD_TEXT, FACT(client_name)},
    {NULL, "reverse-name", PART_FACTS, FIELD_TEXT, FACT(reverse_name)},
    {NULL, "server", PART_FACTS, FIELD_IP, FACT(server)},
    {"helo", "helo", PART_FACTS, FIELD_TEXT, FACT(helo)},
    {"from", "from", PART_FACTS, FIELD_PATH, FACT(sender)},
    {"to", "to", PART_FACTS, FIELD_PATH, FACT(recipient)},
    {NULL, "sasl-user", PART_FACTS, FIELD_TEXT, FACT(sasl_user)},
    {NULL, "instance", PART_FACTS, FIELD_TEXT, FACT(instance)},
    {"new_from", "new-from", PART_DONE, FIELD_PATH, OF(new_sender)},
    {"new_author", "new-author", PART_DONE, FIELD_PATH, OF(new_author)},
    {"recipients", "recipients", PART_MESSAGE, FIELD_COUNT, COUNTED(recipients)},
    {NULL, "forwarded", PART_MESSAGE, FIELD_COUNT, COUNTED(forwarded)},
    {"strategy", "strategies", PART_MESSAGE, FIELD_TEXT, COUNTED(strategies)},
    {NULL, "passes", PART_MESSAGE, FIELD_FLAG, COUNTED(passes)},
    {NULL, "target-domains", PART_MESSAGE, FIELD_TEXT, COUNTED(target_domains)},
    {NULL, "hops", PART_MESSAGE, FIELD_COUNT, COUNTED(hops)},
    {NULL, "deliveries", PART_MESSAGE, FIELD_COUNT, COUNTED(deliveries)},
    {NULL, "claims", PART_MESSAGE, FIELD_COUNT, COUNTED(claims)},
    {NULL, "report-fields", PART_MESSAGE, FIELD_COUNT, COUNTED(report_fields)},
    {NULL, "delivered-to", PART_MESSAGE, FIELD_TEXT, COUNTED(delivered_to)},
    {NULL, "foreign", PART_MESSAGE, FIELD_FLAG, COUNTED(foreign)},
    {NULL, "authors", PART_MESSAGE, FIELD_COUNT, COUNTED(authors)},
    {"reply_as", "reply-as", PART_MESSAGE, FIELD_TEXT, COUNTED(reply_as)},
    {NULL, "from-here", PART_MESSAGE, FIELD_FLAG, COUNTED(from_here)},
    {NULL, "own-bounce", PART_MESSAGE, FIELD_FLAG, COUNTED(own_bounce)},
    {NULL, "header-over", PART_MESSAGE, FIELD_FLAG, COUNTED(header_over)},
    {NULL, "complete", PART_MESSAGE, FIELD_FLAG, COUNTED(known)},
    {"signed", "signed", PART_DONE, FIELD_TEXT, OF(signed_by)},
    {"sealed", "sealed", PART_DONE, FIELD_TEXT, OF(sealed_by)},
    {"removed", "removed", PART_DONE, FIELD_COUNT, OF(removed)},
    {"targets", "targets", PART_DONE, FIELD_HIDDEN, OF(targets_hidden)},
    {"bounced", "bounced", PART_DONE, FIELD_TEXT, OF(bounced)},
    {"reply", "reply", PART_DECIDED, FIELD_REPLY, OF(verdict.reply)},
    {"why", NULL, PART_LINE, FIELD_WHY, OF(verdict)},
    {NULL, "failure", PART_DONE, FIELD_TEXT, OF(failure)},
    {"ms", "ms", PART_DONE, FIELD_MS, OF(ms)},
};

/* text_at is not used: the name may hold the key of a list. */
const struct field decision_finding_fields[] = {
    {NULL, "check", PART_DONE, FIELD_TEXT, offsetof(struct finding, check)},
    {NULL, "list", PART_DONE, FIELD_TEXT, offsetof(struct finding, list)},
    {NULL, "outcome", PART_DONE, FIELD_OUTCOME, offsetof(struct finding, outcome)},
    {NULL, "why", PART_DONE, FIELD_TEXT, offsetof(struct finding, why)},
    {NULL, "action", PART_DONE, FIELD_ACTION, offsetof(struct finding, settings.action)},
    {NULL, "mode", PART_DONE, FIELD_MODE, offsetof(struct finding, settings.shadow)},
    {NULL, "points", PART_DONE, FIELD_NUMBER, offsetof(struct finding, settings.points)},
    {NULL, "passed", PART_DONE, FIELD_FLAG, offsetof(struct finding, passed)},
    {NULL, "on-temp-error", PART_DONE, FIELD_ON_TEMP,
	offsetof(struct finding, settings.defer_on_temp)},
    {NULL, "reply", PART_DONE, FIELD_REPLY, offsetof(struct finding, reply)},
};
/* clang-format on */

#define N(array) (sizeof(array) / sizeof(*(array)))

const size_t decision_n_fields = N(decision_fields);
const size_t decision_n_finding_fields = N(decision_finding_fields);

static const char *
state_word(unsigned i)
{
	return i > SMTP_ETRN ? NULL : smtp_state_name((enum smtp_state)i);
}

static const char *
finding_action_word(unsigned i)
{
	return i > ACTION_PASS ? NULL : action_name((enum action)i);
}

static const char *
verdict_word(unsigned i)
{
	return i > VERDICT_REJECT ? NULL
				  : verdict_action_name((enum verdict_action)i);
}

static const char *
finding_outcome_word(unsigned i)
{
	return i > FINDING_SKIPPED
		   ? NULL
		   : finding_outcome_name((enum finding_outcome)i);
}

static const char *
mode_word(unsigned i)
{
	return i == 0 ? "enforce" : i == 1 ? "shadow" : NULL;
}

static const char *
on_temp_word(unsigned i)
{
	return i == 0 ? "accept" : i == 1 ? "defer" : NULL;
}

static const char *
flag_word(unsigned i)
{
	return i == 1 ? "yes" : NULL;
}

static const char *
shadow_word(unsigned i)
{
	return i == 1 ? "shadow" : NULL;
}

static const char *
hidden_word(unsigned i)
{
	return i == 1 ? "hidden" : NULL;
}

static const struct {
	enum field_kind kind;
	struct field_words words;
} worded[] = {
    {FIELD_STATE, {state_word, false}},
    {FIELD_ACTION, {finding_action_word, false}},
    {FIELD_VERDICT, {verdict_word, false}},
    {FIELD_OUTCOME, {finding_outcome_word, false}},
    {FIELD_MODE, {mode_word, true}},
    {FIELD_ON_TEMP, {on_temp_word, true}},
    {FIELD_FLAG, {flag_word, true}},
    {FIELD_HIDDEN, {hidden_word, true}},
    {FIELD_SHADOW, {shadow_word, true}},
};

const struct field_words *
decision_field_words(enum field_kind kind)
{
	for (size_t i = 0; i < N(worded); i++)
		if (worded[i].kind == kind)
			return &worded[i].words;
	return NULL;
}
