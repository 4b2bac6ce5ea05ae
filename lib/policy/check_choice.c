/* SPDX-License-Identifier: MIT */
#include "policy/private/check_choice.h"

#include "mail/domain.h"
#include "policy/judge.h"

#include <string.h>

/* Of a finding that was skipped. */
static const char skipped_off[] = "off";
const char check_switched_off[] = "the member has switched it off";
static const char *const trusted_by[] = {"the client is authenticated",
    "allow.clients has the client", "allow.senders has the sender",
    "allow.helos has the HELO name"};

bool
policy_allows_client(const struct policy_settings *s, const struct ip *client)
{
	for (size_t i = 0; i < s->allow.n_clients; i++)
		if (ip_net_has(&s->allow.clients[i], client))
			return true;
	return false;
}

static bool
allows_sender(const struct policy_settings *s, const struct facts *facts)
{
	const char *key = facts->sender_key;

	/* A sender that is no Mailbox is on no allow list: nobody who writes
	   one has thought of it. */
	if (key == NULL)
		return false;
	for (size_t i = 0; i < s->allow.n_senders; i++) {
		const char *allowed = s->allow.senders[i];

		if (strchr(allowed, '@') != NULL
			? strcmp(key, allowed) == 0
			: facts->from.domain != NULL &&
			      domain_within(facts->from.domain, allowed))
			return true;
	}
	return false;
}

static bool
allows_helo(const struct policy_settings *s, const struct facts *facts)
{
	for (size_t i = 0; facts->helo_domain != NULL && i < s->allow.n_helos;
	     i++)
		if (domain_within(facts->helo_domain, s->allow.helos[i]))
			return true;
	return false;
}

const char *
judge_trusts(const struct policy_settings *s, const struct facts *facts)
{
	if (facts->sasl_user != NULL)
		return trusted_by[0];
	if (policy_allows_client(s, &facts->client))
		return trusted_by[1];
	if (allows_sender(s, facts))
		return trusted_by[2];
	if (allows_helo(s, facts))
		return trusted_by[3];
	return NULL;
}

/* dnsbl and rhsbl are never off as a whole: each list has an action of its
   own.  Before it is known what the member has chosen, all that he may switch
   on may be on. */
static bool
check_is_off(const struct check_run *run, enum check_id id)
{
	return id != CHECK_DNSBL && id != CHECK_RHSBL &&
	       check_settings_of(run, id).action == ACTION_OFF &&
	       (run->choices_known || !run->settings->may_switch_on[id]);
}

const char *
check_why_skipped(const struct check_run *run, enum check_id id)
{
	if (check_is_off(run, id))
		return skipped_off;
	if (run->trusted != NULL && !checks[id]->applies_to_trusted)
		return run->trusted;
	if (run->facts->to_role && checks[id]->exempts_roles)
		return "postmaster and abuse are never refused for this";
	return NULL;
}

/* Returns the latest stage whose facts are there. */
static enum check_stage
stage_of(const struct facts *facts)
{
	if (facts->message.known)
		return CHECK_AT_MESSAGE;
	return facts->sender != NULL || facts->recipient != NULL
		   ? CHECK_AT_RECIPIENT
		   : CHECK_AT_CONNECT;
}

/* Greylisting may wait for a message. */
static enum check_stage
stage_of_check(const struct policy_settings *s, enum check_id id)
{
	return id == CHECK_GREYLIST && s->greylist.at_message
		   ? CHECK_AT_MESSAGE
		   : checks[id]->stage;
}

/* At the end of a message, checks that were asked with each recipient are not
   asked again. */
static bool
is_of_stage(const struct policy_settings *s, enum check_id id,
    enum check_stage stage)
{
	enum check_stage own = stage_of_check(s, id);

	return stage == CHECK_AT_MESSAGE ? own == stage : own <= stage;
}

void
check_choose(struct check_run *run, bool applies[CHECKS])
{
	enum check_stage stage = stage_of(run->facts);

	run->trusted = judge_trusts(run->settings, run->facts);
	for (size_t i = 0; i < CHECKS; i++)
		applies[i] =
		    is_of_stage(run->settings, (enum check_id)i, stage) &&
		    checks[i]->applies(run);
}

bool
check_skip_was_chosen(const char *why)
{
	if (strcmp(why, skipped_off) == 0 ||
	    strcmp(why, check_switched_off) == 0)
		return true;
	for (size_t i = 0; i < sizeof(trusted_by) / sizeof(*trusted_by); i++)
		if (strcmp(why, trusted_by[i]) == 0)
			return true;
	return false;
}
