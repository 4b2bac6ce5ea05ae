/* SPDX-License-Identifier: MIT */
#include "probes_relay.h"

#include "postfix_membership.h"
#include "postfix_restrictions.h"
#include "postfix_service.h"
#include "postfix_tables.h"

#include "base/str.h"

#include <string.h>

/* Of nobody's (RFC 5737, RFC 2606). */
#define STRANGER        "198.51.100.25"
#define STRANGER_NAME   "mail.example.com"
#define STRANGER_SENDER "somebody@example.com"
#define ELSEWHERE       "somebody@example.net"

/* All that smtpd asks before it takes a recipient. */
static const struct {
	const char *parameter, *kind;
	bool waits; /* for the recipient: with smtpd_delay_reject only */
} lists[] = {
    {"smtpd_client_restrictions", "client", true},
    {"smtpd_helo_restrictions", "helo", true},
    {"smtpd_sender_restrictions", "sender", true},
    {"smtpd_relay_restrictions", "recipient", false},
    {"smtpd_recipient_restrictions", "recipient", false},
    /* And before it takes the message. */
    {"smtpd_data_restrictions", "recipient", false},
    {"smtpd_end_of_data_restrictions", "recipient", false},
};

#define ALL_LISTS (sizeof(lists) / sizeof(*lists))
#define LISTS     (ALL_LISTS - 2)

static struct postfix_walk
walk_of_stranger(const struct probe_run *run,
    const struct postfix_service *service, const char *recipient, bool to_us)
{
	return (struct postfix_walk){
	    .arena = run->arena,
	    .view = run->postfix,
	    .service = service,
	    .client = STRANGER,
	    .helo = STRANGER_NAME,
	    .sender = STRANGER_SENDER,
	    .recipient = recipient,
	    .to_us = to_us,
	    .look_up = postfix_table_look_up,
	    .context = (void *)(uintptr_t)run,
	};
}

/* ---- open-relay */

static bool
restriction_guards_relay(void *context, const char *word, const char *argument)
{
	(void)context;
	return argument == NULL && postfix_guards_relay(word);
}

/* With reject_unauth_destination before all that strangers meet. */
static void
cure_open_relay(const struct probe_run *run,
    const struct postfix_service *service)
{
	static const char parameter[] = "smtpd_relay_restrictions",
			  first[] = "permit_mynetworks "
				    "permit_sasl_authenticated";
	struct arena *a = run->arena;
	const char *value = postfix_set_value(run, service, parameter);
	struct postfix_list list =
	    postfix_list_read(a, *value == '\0' ? first : value);

	list = postfix_restrictions_without(a, &list, restriction_guards_relay,
	    NULL);
	postfix_cure_value(run, service, parameter,
	    postfix_restrictions_guarded(a, &list,
		"reject_unauth_destination"));
}

/* NULL: a stranger is refused who writes to somebody elsewhere; else why he is
   not. */
static const char *
why_open(const struct probe_run *run, const struct postfix_service *service)
{
	const char *why = "nothing in smtpd_relay_restrictions refuses them";

	for (size_t i = 0; i < LISTS; i++) {
		struct postfix_walk walk =
		    walk_of_stranger(run, service, ELSEWHERE, false);

		switch (postfix_walk_parameter(&walk, lists[i].kind,
		    lists[i].parameter)) {
		case POSTFIX_REFUSES:
			return NULL;
		case POSTFIX_PERMITS:
		case POSTFIX_PASSES:
			if (walk.culprit != NULL &&
			    strcmp(lists[i].kind, "recipient") == 0)
				why = arena_printf(run->arena,
				    "\"%s\" in %s lets them", walk.culprit,
				    lists[i].parameter);
			break;
		case POSTFIX_ASKS:
			break;
		}
	}
	return why;
}

/* Strangers' domains for which Postfix takes mail: they are no strangers'. */
static bool
probe_open_domains(const struct probe_run *run)
{
	static const char *const parameters[] = {"relay_domains",
	    "mydestination", "virtual_alias_domains",
	    "virtual_mailbox_domains"};
	struct arena *a = run->arena;
	bool open = false;

	for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
		struct postfix_list list = postfix_list_read(a,
		    postfix_text(run->postfix, a, parameters[i]));
		const char *entry =
		    postfix_domain_entry(a, &list, "example.net", i == 0,
			postfix_table_look_up, (void *)(uintptr_t)run);

		if (entry == NULL)
			continue;
		open = true;
		probe_wrong(run, parameters[i],
		    arena_printf(a, "\"%s\" takes domains of others for ours",
			entry));
		postfix_cure_without(run, NULL, parameters[i], entry, NULL);
	}
	return open;
}

void
probe_open_relay(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool open = probe_open_domains(run);

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *service = &view->services[i];
		const char *why;

		if (!postfix_faces_network(service) &&
		    !postfix_serves_strangers(view, run->arena, service))
			continue;
		why = why_open(run, service);
		if (why == NULL)
			continue;
		open = true;
		probe_wrong(run, "smtpd_relay_restrictions",
		    arena_printf(run->arena,
			"strangers can send anywhere by %s: %s", service->name,
			why));
		cure_open_relay(run, service);
	}
	if (!open)
		probe_saw(run, REPORT_OK, "strangers can write to us alone");
}

/* ---- mynetworks */

/* The broadest of those in it. */
static enum postfix_breadth
breadth_of_file(const struct probe_run *run, const char *path)
{
	struct postfix_list words = postfix_file_words(run, path);
	enum postfix_breadth broadest = POSTFIX_NARROW;

	for (size_t i = 0; i < words.n; i++) {
		enum postfix_breadth breadth =
		    postfix_network_breadth(run->arena, words.words[i]);

		if (breadth > broadest)
			broadest = breadth;
	}
	return broadest;
}

static enum postfix_breadth
breadth_of(const struct probe_run *run, const char *entry)
{
	const char *value;

	if (*entry == '!')
		return POSTFIX_NARROW;
	if (*entry == '/')
		return breadth_of_file(run, entry);
	if (postfix_is_table(entry))
		return postfix_table_look_up((void *)(uintptr_t)run, entry,
			   STRANGER, &value) == RC_OK
			   ? POSTFIX_ALL
			   : POSTFIX_NARROW;
	return postfix_network_breadth(run->arena, entry);
}

static bool
probe_networks_of(const struct probe_run *run,
    const struct postfix_service *service)
{
	static const char own[] =
	    "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128";
	struct arena *a = run->arena;
	struct postfix_list list = postfix_list_read(a,
	    service == NULL ? postfix_text(run->postfix, a, "mynetworks")
			    : postfix_service_value(run->postfix, a, service,
				  "mynetworks", NULL));
	bool wrong = false;

	for (size_t i = 0; i < list.n; i++) {
		enum postfix_breadth breadth = breadth_of(run, list.words[i]);

		if (breadth == POSTFIX_NARROW)
			continue;
		wrong = true;
		probe_saw_of(run,
		    breadth == POSTFIX_ALL ? run->probe->severity
					   : REPORT_WARNING,
		    service == NULL ? "mynetworks" : service->name,
		    arena_printf(a,
			"%s in mynetworks: strangers there are taken for our "
			"own machines, and may send anywhere",
			list.words[i]));
		postfix_cure_without(run, service, "mynetworks", list.words[i],
		    own);
	}
	return wrong;
}

void
probe_mynetworks(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = probe_networks_of(run, NULL), own;

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *service = &view->services[i];

		postfix_service_value(view, run->arena, service, "mynetworks",
		    &own);
		if (own &&
		    (postfix_faces_network(service) ||
			postfix_serves_strangers(view, run->arena, service)))
			wrong |= probe_networks_of(run, service);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "no strangers among them");
}

/* ---- mail-accepted */

static bool
restriction_is_culprit(void *context, const char *word, const char *argument)
{
	return str_equal_fold(word, context) ||
	       (argument != NULL && strcmp(argument, context) == 0);
}

/* A restriction of a class stays: its parameter is another. */
static void
cure_refusal(const struct probe_run *run, const struct postfix_service *service,
    const char *parameter, const char *culprit)
{
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, postfix_set_value(run, service, parameter));

	list = postfix_restrictions_without(a, &list, restriction_is_culprit,
	    arena_copy_text(a, culprit));
	postfix_cure_value(run, service, parameter,
	    postfix_restrictions_text(a, &list));
}

static bool
probe_refusals_of(const struct probe_run *run,
    const struct postfix_service *service)
{
	bool wrong = false;

	for (size_t i = 0; i < ALL_LISTS; i++) {
		struct postfix_walk walk = walk_of_stranger(run, service,
		    postfix_our_recipient(run), true);

		if (postfix_walk_parameter(&walk, lists[i].kind,
			lists[i].parameter) != POSTFIX_REFUSES)
			continue;
		wrong = true;
		probe_wrong(run, lists[i].parameter,
		    arena_printf(run->arena,
			"\"%s\" refuses all strangers who write to us, by %s",
			walk.culprit, service->name));
		cure_refusal(run, service, lists[i].parameter, walk.culprit);
	}
	return wrong;
}

void
probe_mail_accepted(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false;

	for (size_t i = 0; i < view->n_services; i++)
		if (postfix_serves_strangers(view, run->arena,
			&view->services[i]))
			wrong |= probe_refusals_of(run, &view->services[i]);
	if (!wrong)
		probe_saw(run, REPORT_OK, "an honest stranger gets through");
}

/* ---- policy-reached */

static bool
entry_is_our_policy(void *context, const char *entry)
{
	return postfix_entry_is_ours(context, POSTFIX_OUR_POLICYD, entry) ==
	       POSTFIX_RIGHT;
}

static bool
restriction_is_our_policy(void *context, const char *word, const char *argument)
{
	return argument != NULL &&
	       str_equal_fold(word, "check_policy_service") &&
	       postfix_entry_is_ours(context, POSTFIX_OUR_POLICYD, argument) !=
		   POSTFIX_MISSING;
}

static void
cure_policy(const struct probe_run *run, const struct postfix_service *service)
{
	static const char parameter[] = "smtpd_recipient_restrictions";
	struct arena *a = run->arena;
	const char *value = postfix_set_value(run, service, parameter);
	struct postfix_list list =
	    postfix_list_read(a, *value == '\0' ? "permit_mynetworks" : value);

	list = postfix_restrictions_without(a, &list, restriction_is_our_policy,
	    (void *)(uintptr_t)run);
	postfix_cure_value(run, service, parameter,
	    postfix_restrictions_guarded(a, &list,
		arena_printf(a,
		    "check_policy_service { %s, timeout=20s, "
		    "default_action=DEFER }",
		    postfix_our_place(run, POSTFIX_OUR_POLICYD))));
}

/* What happens to mail while policyd is down: NULL: it waits, as it should. */
static const char *
policy_action_wrong(const struct probe_run *run,
    const struct postfix_service *service, const char *entry)
{
	struct arena *a = run->arena;
	const char *action = postfix_entry_option(a, entry, "default_action");

	if (action == NULL)
		action = service == NULL
			     ? postfix_text(run->postfix, a,
				   "smtpd_policy_service_default_action")
			     : postfix_service_value(run->postfix, a, service,
				   "smtpd_policy_service_default_action", NULL);
	return action[0] == '4' || str_starts_fold(action, "defer") ? NULL
								    : action;
}

static const char *
policy_trouble(const struct probe_run *run,
    const struct postfix_service *service)
{
	struct arena *a = run->arena;
	const char *culprit = NULL, *where = NULL, *action;
	bool delays = service == NULL ||
		      postfix_is_yes(postfix_service_value(run->postfix, a,
			  service, "smtpd_delay_reject", NULL));

	for (size_t i = LISTS; i-- > 0;) {
		struct postfix_walk walk = walk_of_stranger(run, service,
		    postfix_our_recipient(run), true);
		enum postfix_outcome outcome;

		walk.is_ours = entry_is_our_policy;
		if (lists[i].waits && !delays)
			continue;
		outcome = postfix_walk_parameter(&walk, lists[i].kind,
		    lists[i].parameter);
		if (outcome == POSTFIX_ASKS) {
			action = policy_action_wrong(run, service, walk.policy);
			return action == NULL
				   ? NULL
				   : arena_printf(a,
					 "while policyd is down, mail is not "
					 "put off: default_action is \"%s\"",
					 action);
		}
		if (culprit == NULL && walk.culprit != NULL &&
		    strcmp(lists[i].kind, "recipient") == 0) {
			culprit = walk.culprit;
			where = lists[i].parameter;
		}
	}
	return culprit == NULL
		   ? "Postfix does not ask policyd, so that nothing is checked"
		   : arena_printf(a,
			 "Postfix does not ask policyd, so that nothing is "
			 "checked: \"%s\" in %s stands before it",
			 culprit, where);
}

void
probe_policy_reached(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false;
	size_t seen = 0;

	if (!postfix_wants_policyd(run)) {
		probe_saw(run, REPORT_OK, "the milter checks in its place");
		return;
	}
	for (size_t i = 0; i <= view->n_services; i++) {
		const struct postfix_service *service =
		    i < view->n_services ? &view->services[i] : NULL;
		const char *trouble;

		if (service != NULL
			? !postfix_serves_strangers(view, run->arena, service)
			: seen > 0)
			continue;
		seen++;
		trouble = policy_trouble(run, service);
		if (trouble == NULL)
			continue;
		wrong = true;
		probe_wrong(run, "smtpd_recipient_restrictions", trouble);
		cure_policy(run, service);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "strangers meet it");
}
