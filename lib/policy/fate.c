/* SPDX-License-Identifier: MIT */
#include "policy/fate.h"

#include "base/str.h"
#include "policy/private/fate_bounce.h"
#include "policy/private/fate_change.h"
#include "policy/private/fate_form.h"

#include <string.h>

/* What is done in each case, and what a client is told whose message is refused
   or put off. */
struct fate_row {
	const char *name;
	size_t choice; /* the member of fate_settings that says what is done; */
	enum fate_action action; /* or, if that is NO_CHOICE, it is this */
	struct reply reply;      /* text: with a %s for the author's domain */
	const char *why;         /* the same */
};

#define NO_CHOICE      SIZE_MAX
#define CHOICE(member) offsetof(struct fate_settings, member)
#define DMARC_BREAKS                                                           \
	{                                                                      \
		550, "7.26",                                                   \
		    "DMARC of %s cannot pass when forwarded: sign with DKIM"   \
	}

/* clang-format off */
static const struct fate_row rows[FATE_CASES] = {
    [FATE_MARKED] = {"marked", CHOICE(spam), 0,
	{550, "7.1", "The message looks like spam, and is not forwarded"},
	"a content filter has marked it"},
    [FATE_NO_AUTHOR] = {"no-author", NO_CHOICE, FATE_REJECT,
	{550, "7.1", "The field From must name one author"},
	"From does not name one author: the next host refuses it"},
    [FATE_UNKNOWN] = {"unknown", NO_CHOICE, FATE_LATER,
	{451, "7.0", "What speaks for %s cannot be found out for the time being"},
	"an answer is missing on which it depends whether the next host takes it"},
    [FATE_ALIGNED] = {"aligned", NO_CHOICE, FATE_FORWARD, {0},
	"the signature of %s goes with it"},
    [FATE_SPF_ONLY] = {"spf-only", CHOICE(spf_only), 0, DMARC_BREAKS,
	"only SPF speaks for %s, which ends here, and its policy is strict"},
    [FATE_SIGNATURE_BREAKS] = {"signature-breaks", CHOICE(spf_only), 0,
	DMARC_BREAKS,
	"the signature of %s does not survive, and its policy is strict"},
    [FATE_SPF_ONLY_NO_POLICY] = {"spf-only-no-policy", NO_CHOICE, FATE_SIGN,
	{0}, "nothing of %s goes with it, but it has no strict policy"},
    [FATE_POLICY_FAILS] = {"policy-fails", CHOICE(policy_fails), 0,
	{550, "7.1", "DMARC of %s fails, and it asks to refuse such mail"},
	"DMARC of %s fails with policy reject, though others speak for it"},
    [FATE_POLICY_QUARANTINE] = {"policy-quarantine", CHOICE(policy_fails), 0,
	{550, "7.1", "DMARC of %s fails, and it asks to quarantine such mail"},
	"DMARC of %s fails with policy quarantine, though others speak for it"},
    [FATE_UNALIGNED] = {"unaligned", NO_CHOICE, FATE_SIGN, {0},
	"others speak for it, and %s has no strict policy"},
    [FATE_FORGED] = {"forged", NO_CHOICE, FATE_REJECT,
	{550, "7.26", "Neither SPF nor DKIM passes, and DMARC of %s fails"},
	"nothing speaks for it, and %s has a strict policy"},
    [FATE_UNAUTHENTICATED] = {"unauthenticated", CHOICE(unauthenticated), 0,
	{550, "7.26", "Neither SPF nor DKIM passes: mail from %s cannot be forwarded"},
	"nothing speaks for it, and %s has no strict policy"},
    [FATE_MALFORMED] = {"malformed", NO_CHOICE, FATE_REJECT,
	{550, "7.1", "The host that it is forwarded to refuses it: %s"},
	"the next host refuses it: %s"},
    [FATE_SENDER_STAYS] = {"sender-stays", NO_CHOICE, FATE_REJECT,
	{550, "7.26", "Nothing of %s passes when forwarded: sign with DKIM"},
	"nothing of %s passes at the next host, as nobody rewrites the sender"},
};
/* clang-format on */

const char *
fate_case_name(enum fate_case what)
{
	return rows[what].name;
}

const char *
fate_action_name(enum fate_action action)
{
	static const char *const names[FATE_ACTIONS] = {
	    "forward", "sign", "rewrite", "hold", "reject", "later"};

	return names[action];
}

/* Of some receivers at least: what they refuse comes back. */
static bool
wants_refusal(const struct fate_facts *f)
{
	return f->policy == DMARC_POLICY_REJECT ||
	       f->older == DMARC_POLICY_REJECT;
}

static bool
is_strict(const struct fate_facts *f)
{
	return wants_refusal(f) || f->policy == DMARC_POLICY_QUARANTINE;
}

/* Neither speaks for the author. */
static enum fate_case
case_unaligned(const struct fate_facts *f)
{
	bool other = f->other_dkim || f->other_spf || f->vouched != NULL;

	if (!is_strict(f))
		return other ? FATE_UNALIGNED : FATE_UNAUTHENTICATED;
	if (!other)
		return FATE_FORGED;
	return wants_refusal(f) ? FATE_POLICY_FAILS : FATE_POLICY_QUARANTINE;
}

static enum fate_case
case_of(const struct fate_facts *f)
{
	if (f->marked != NULL)
		return FATE_MARKED;
	if (f->author == NULL)
		return FATE_NO_AUTHOR;
	if (f->dkim_aligned && f->survives != SURVIVAL_NO)
		return FATE_ALIGNED;
	if (f->temporary && (is_strict(f) || !f->spf_aligned))
		return FATE_UNKNOWN;
	if (!f->dkim_aligned && !f->spf_aligned)
		return case_unaligned(f);
	if (!is_strict(f))
		return FATE_SPF_ONLY_NO_POLICY;
	return f->dkim_aligned ? FATE_SIGNATURE_BREAKS : FATE_SPF_ONLY;
}

/* Where others speak for a message it is likely that a list has sent it, which
   RFC 9989 7.4 warns to refuse; SPF alone says that of nobody. */
static bool
is_no_list(const struct fate_facts *f)
{
	return !f->from_list && !f->other_dkim && f->vouched == NULL;
}

/* From is ours then, so that whoever is written to must have been found to be
   the author (fate_facts), and somebody must be there who reads an answer. */
static bool
can_rewrite(const struct fate_facts *f, const struct fate_settings *settings)
{
	return f->rewritable && settings->from_domain != NULL &&
	       settings->from_domain[0] != '\0' &&
	       (f->spf_aligned || f->dkim_aligned);
}

/* What would wait for the administrator to see whether it is of a list goes on,
   if that is known. */
static enum fate_action
action_configured(const struct fate_row *row, const struct fate_facts *f,
    const struct fate_settings *settings)
{
	enum fate_action action = row->action;

	if (row->choice != NO_CHOICE)
		memcpy(&action, (const char *)settings + row->choice,
		    sizeof(action));
	if (row->choice == CHOICE(policy_fails) && action == FATE_HOLD &&
	    f->vouched != NULL)
		return FATE_SIGN;
	return action == FATE_REWRITE && !can_rewrite(f, settings) ? FATE_REJECT
								   : action;
}

/* What is only the member's own risk is the member's choice. */
static enum fate_action
action_chosen(const struct fate_row *row, enum strategy strategy,
    const struct fate_facts *f, const struct fate_settings *settings)
{
	enum fate_action configured = action_configured(row, f, settings);

	if (row->choice != CHOICE(spf_only) &&
	    row->choice != CHOICE(policy_fails))
		return configured;
	switch (strategy) {
	case STRATEGY_KEEP:
		return FATE_SIGN;
	case STRATEGY_HOLD:
		return FATE_HOLD;
	case STRATEGY_REJECT:
		return FATE_REJECT;
	case STRATEGY_REWRITE:
		return row->choice == CHOICE(spf_only) &&
			       can_rewrite(f, settings)
			   ? FATE_REWRITE
			   : configured;
	case STRATEGY_DEFAULT:
		return configured;
	}
	return configured;
}

/* Of one message, which cannot have several fates. */
static enum fate_action
action_strictest(const struct fate_row *row, const struct fate_facts *f,
    const struct fate_settings *settings)
{
	enum fate_action strictest = FATE_FORWARD, action;

	if (f->strategies == 0)
		return action_configured(row, f, settings);
	for (unsigned i = 0; i < STRATEGIES; i++) {
		if ((f->strategies & 1U << i) == 0)
			continue;
		action = action_chosen(row, (enum strategy)i, f, settings);
		if (action > strictest)
			strictest = action;
	}
	return strictest;
}

static enum fate_action
action_of(enum fate_case what, const struct fate_facts *f,
    const struct fate_settings *settings)
{
	enum fate_action action = action_strictest(&rows[what], f, settings);

	if (what == FATE_POLICY_FAILS && action == FATE_HOLD && is_no_list(f))
		return FATE_REJECT;
	if (what == FATE_ALIGNED && f->survives == SURVIVAL_UNSURE)
		return FATE_SIGN;
	return action;
}

/* We are the author of what is rewritten, and sign it. */
static struct fate_copy
copy_of(const struct fate_facts *f, const struct fate *fate,
    const struct fate_settings *settings)
{
	if (fate->action == FATE_REWRITE)
		return (struct fate_copy){
		    .author = settings->from_domain,
		    .passes = true,
		    .aligned = true,
		    .form = f->form,
		};
	return (struct fate_copy){
	    .author = f->author,
	    .passes = !f->stays || f->other_lives ||
		      (f->dkim_aligned && f->survives != SURVIVAL_NO),
	    .aligned = f->dkim_aligned && f->survives != SURVIVAL_NO,
	    .perhaps = f->survives == SURVIVAL_UNSURE,
	    .policy = f->policy,
	    .older = f->older,
	    .form = f->form,
	};
}

static void
predict(const struct fate_facts *f, const struct fate_settings *settings,
    struct fate *out)
{
	const struct fate_copy copy = copy_of(f, out, settings);

	out->receivers = f->receivers == 0 ? FATE_ALL_RECEIVERS : f->receivers;
	for (unsigned i = 0; i < FATE_RECEIVERS; i++)
		out->at[i] =
		    out->what == FATE_UNKNOWN
			? (struct fate_prediction){.outcome = FATE_UNSURE}
			: fate_receiver_predict((enum fate_receiver)i, &copy);
}

static const char *
of_author(struct arena *a, const char *text, const char *author)
{
	const char *at = strstr(text, "%s");

	return at == NULL ? text
			  : arena_printf(a, "%.*s%s%s", (int)(at - text), text,
				author == NULL ? "the author" : author, at + 2);
}

static const char *
reply_text(struct arena *a, const struct fate_row *row, const char *author,
    const char *url)
{
	const char *text = of_author(a, row->reply.text, author);

	return url == NULL || url[0] == '\0' || row->reply.code < 500
		   ? text
		   : arena_printf(a, "%s; see %s", text, url);
}

/* Who accepts what nobody will take makes a bounce. */
static void
refuse_what_bounces(const struct fate_facts *facts, struct fate *fate)
{
	size_t choice = rows[fate->what].choice;
	bool chosen =
	    choice == CHOICE(spf_only) || choice == CHOICE(policy_fails);
	enum fate_case what = fate_bounce_of(facts, fate, chosen);

	if (what == fate->what)
		return;
	fate->action = FATE_REJECT;
	if (!chosen || what == FATE_MALFORMED)
		fate->what = what;
}

static void
fate_decide(const struct fate_facts *facts,
    const struct fate_settings *settings, struct fate *fate)
{
	fate->what = case_of(facts);
	fate->action = action_of(fate->what, facts, settings);
	predict(facts, settings, fate);
	refuse_what_bounces(facts, fate);
}

/* Would it be refused all the same, whatever the missing answers are? */
static bool
is_refused_anyway(const struct fate_facts *facts,
    const struct fate_settings *settings)
{
	struct fate_facts others[2] = {*facts, *facts};
	struct fate fate;

	others[0].other_dkim = others[0].other_lives = true;
	others[1] = others[0];
	others[1].other_spf = true;
	if (facts->vouched == NULL)
		others[1].vouched = "";
	for (size_t i = 0; i < 2; i++) {
		fate_decide(&others[i], settings, &fate);
		if (fate.action != FATE_REJECT)
			return false;
	}
	return true;
}

/* Our own trouble, or theirs, is no reason to refuse. */
static void
put_off_what_is_unknown(const struct fate_facts *facts,
    const struct fate_settings *settings, struct fate *fate)
{
	if (!facts->other_temporary || fate->action != FATE_REJECT ||
	    is_refused_anyway(facts, settings))
		return;
	fate->what = FATE_UNKNOWN;
	fate->action = FATE_LATER;
	predict(facts, settings, fate);
}

struct fate
fate_of(struct arena *a, const struct fate_facts *facts,
    const struct fate_settings *settings)
{
	struct fate fate = {0};
	const struct fate_row *row;
	const char *of;

	fate.survives = facts->dkim_aligned ? facts->survives : SURVIVAL_NO;
	fate_decide(facts, settings, &fate);
	put_off_what_is_unknown(facts, settings, &fate);
	row = &rows[fate.what];
	of = fate.what == FATE_MALFORMED ? fate_form_fault(a, &facts->form)
					 : facts->author;
	fate.why = of_author(a, row->why, of);
	if (facts->marked != NULL)
		fate.why = arena_printf(a, "%s: %s", fate.why, facts->marked);
	else if (facts->vouched != NULL && row->choice == CHOICE(policy_fails))
		fate.why =
		    arena_printf(a, "%s; but %s", fate.why, facts->vouched);
	else if (facts->why != NULL && fate.what != FATE_MALFORMED)
		fate.why = arena_printf(a, "%s: %s", fate.why, facts->why);
	if (fate.action == FATE_REJECT || fate.action == FATE_LATER) {
		fate.reply = row->reply;
		fate.reply.text = reply_text(a, row, of, settings->url);
	}
	return fate;
}

/* The row of that case; NULL: there is none. */
static const struct fate_row *
row_named(const char *name)
{
	for (size_t i = 0; name != NULL && i < FATE_CASES; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* Whether From can be rewritten, a list has sent it, or the notification finds
   its way, is not told. */
static bool
change_is_known(const struct fate_row *row, const struct fate_told *told,
    enum fate_action wanted)
{
	bool was_refused =
	    strcmp(told->action, fate_action_name(FATE_REJECT)) == 0;

	if (wanted == FATE_REWRITE)
		return false;
	if (wanted == FATE_HOLD && row == &rows[FATE_POLICY_FAILS])
		return !was_refused;
	return wanted != FATE_SIGN || !was_refused || told->at == NULL;
}

struct fate_change
fate_changed(struct arena *a, const struct fate_told *told,
    const struct fate_settings *settings)
{
	const struct fate_row *row = row_named(told->what);
	struct fate_change change = {.changes = false};

	if (told->action == NULL || row == NULL || row->choice == NO_CHOICE)
		return change;
	memcpy(&change.action, (const char *)settings + row->choice,
	    sizeof(change.action));
	change.changes =
	    strcmp(told->action, fate_action_name(change.action)) != 0;
	change.known = change_is_known(row, told, change.action);
	if (change.action != FATE_REJECT)
		return change;
	change.reply = row->reply;
	change.reply.text = reply_text(a, row,
	    told->author == NULL ? "nobody" : told->author, settings->url);
	return change;
}

const char *
fate_at(struct arena *a, const struct fate *fate)
{
	struct str s;

	str_init(&s, a);
	for (unsigned i = 0; i < FATE_RECEIVERS; i++) {
		const struct fate_prediction *at = &fate->at[i];

		if (at->outcome == FATE_ACCEPTED ||
		    (fate->receivers & 1U << i) == 0)
			continue;
		str_addf(&s, "%s%s:%s", s.len == 0 ? "" : ",",
		    fate_receiver_name((enum fate_receiver)i),
		    at->outcome == FATE_REFUSED
			? at->code
			: fate_outcome_name(at->outcome));
	}
	return s.len == 0 ? NULL : s.text;
}
