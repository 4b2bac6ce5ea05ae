/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "explain_domain.h"
#include "explain_spf.h"
#include "fate_output.h"
#include "message_file.h"
#include "output.h"

#include "base/clock.h"
#include "base/str.h"
#include "forwarding/account_choices.h"
#include "forwarding/author_reply.h"
#include "forwarding/domains.h"
#include "mail/authres.h"
#include "mail/header.h"
#include "policy/decision_record.h"
#include "policy/fate_target.h"
#include "policy/list_name.h"

#include <stdio.h>
#include <string.h>

static int
verdict_status(const struct verdict *v)
{
	switch (v->action) {
	case VERDICT_ACCEPT:
		return EXIT_DONE;
	case VERDICT_DEFER:
		return EXIT_TRY_LATER;
	case VERDICT_REJECT:
		return EXIT_NO;
	}
	return EXIT_NO;
}

/* As a client would write it, or as the policy protocol and the log have it. */
static const char *
unquoted_option(struct invocation *in, enum option_id option)
{
	const char *given = in->options[option], *text = given;

	if (given != NULL &&
	    postfix_address_unquote(in->arena, given, &text, NULL) != RC_OK)
		text = given;
	return text;
}

static bool
read_facts(struct invocation *in, struct facts *facts)
{
	const char *const *given = in->options;

	*facts = (struct facts){
	    .client_name = given[OPTION_CLIENT_NAME],
	    .reverse_name = given[OPTION_REVERSE_NAME],
	    .helo = given[OPTION_HELO],
	    .sender = unquoted_option(in, OPTION_FROM),
	    .recipient = unquoted_option(in, OPTION_TO),
	    .state = given[OPTION_TO] != NULL     ? SMTP_RCPT
		     : given[OPTION_FROM] != NULL ? SMTP_MAIL
		     : given[OPTION_HELO] != NULL ? SMTP_HELO
						  : SMTP_CONNECT,
	};
	if (facts->reverse_name == NULL)
		facts->reverse_name = facts->client_name;
	if (given[OPTION_CLIENT] == NULL) {
		fprintf(stderr, "postward: explain needs --client IP; --help "
				"tells more\n");
		return false;
	}
	if (!ip_parse(given[OPTION_CLIENT], &facts->client)) {
		output_wrong(in, "--client %s: expected an address",
		    given[OPTION_CLIENT]);
		return false;
	}
	facts_complete(facts, in->arena, in->settings->forwards.delimiter,
	    in->settings->hostname);
	return true;
}

#define SHOWN_MAX 400

static const char *
printable_fact(const struct invocation *in, const char *text)
{
	return text == NULL
		   ? NULL
		   : str_printable(in->arena, text, strlen(text), SHOWN_MAX);
}

/* What DNS was asked and said, without keys of lists. */
static const char *
scrubbed_fact(struct invocation *in, const char *text)
{
	const struct policy_settings *policy = &in->settings->policy;

	return list_name_scrub(in->arena, policy->lists, policy->n_lists, text);
}

static const char *
dns_record_shown(struct arena *a, const struct dns_query *q,
    const struct dns_record *r)
{
	switch (q->type) {
	case DNS_A:
	case DNS_AAAA:
		return ip_text(a, &r->ip);
	case DNS_MX:
		return arena_printf(a, "%u %s", r->preference,
		    r->name[0] == '\0' ? "." : r->name);
	case DNS_CNAME:
	case DNS_PTR:
		return r->name;
	case DNS_TLSA:
	case DNS_CAA:
	case DNS_TXT:
		return str_printable(a, r->text, r->text_len, SIZE_MAX);
	}
	return "";
}

/* Only then: half a key is a key too. */
static const char *
shortened_fact(struct invocation *in, const char *text)
{
	text = scrubbed_fact(in, text);
	return str_printable(in->arena, text, strlen(text), 200);
}

static const char *
answer_text(struct invocation *in, const struct dns_query *q)
{
	struct arena *a = in->arena;
	struct str s;

	if (q->rc == RC_NONE)
		return q->no_such_name ? "no such name" : "no such record";
	if (q->rc == RC_PERM)
		return "not a name that can be asked";
	if (q->rc == RC_TEMP)
		return q->problem;
	str_init(&s, a);
	for (size_t i = 0; i < q->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : ", ",
		    shortened_fact(in, dns_record_shown(a, q, &q->records[i])));
	return s.text;
}

static const char *
finding_name(struct arena *a, const struct finding *f)
{
	return f->list == NULL ? f->check
			       : arena_printf(a, "%s %s", f->check, f->list);
}

static const char *
verdict_text(struct arena *a, const struct verdict *v)
{
	return v->action == VERDICT_ACCEPT
		   ? "accept (DUNNO)"
		   : arena_printf(a, "%s: %s", verdict_action_name(v->action),
			 reply_line(a, &v->reply));
}

static bool
shadow_differs(const struct decision *d)
{
	return d->unshadowed.action != d->verdict.action;
}

static void
print_facts(struct invocation *in, const struct decision *d)
{
	struct log_pair facts[DECISION_LINE_MAX];
	size_t n = decision_record_facts(in->arena, d, facts);

	printf("Facts\n");
	for (size_t i = 0; i < n; i++)
		if (facts[i].value != NULL)
			printf("  %-14s %s\n", facts[i].key,
			    printable_fact(in, facts[i].value));
}

/* One step that was judged. */
struct explained {
	struct facts facts;
	struct judgement judgement;
	struct decision decision;
};

static void
print_questions(struct invocation *in, const struct judgement *j)
{
	printf("\nQuestions to DNS\n");
	for (size_t i = 0; i < j->n_queries; i++)
		printf("  %-4s %s\n         %s\n",
		    dns_type_name(j->queries[i].type),
		    printable_fact(in, scrubbed_fact(in, j->queries[i].name)),
		    output_shown(in->arena, answer_text(in, &j->queries[i])));
}

/* "reject", "score -3" */
static const char *
effect_text(struct arena *a, const struct finding *f)
{
	const char *name = action_name(f->settings.action);

	return f->settings.action == ACTION_SCORE
		   ? arena_printf(a, "%s %d", name, f->settings.points)
		   : name;
}

static const char *
passed_text_of(const struct decision *d, const struct finding *f)
{
	return account_choices_find(d->choices, f->check) == CHOICE_OFF
		   ? "none: the member has switched this check off"
		   : "none: the member lets this sender pass";
}

static void
print_findings(struct invocation *in, const struct decision *d)
{
	bool spared = verdict_has_pass(d->findings, d->n_findings, false);

	printf("\nFindings\n");
	for (size_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		printf("  %-7s %-28s %s%s%s\n",
		    finding_outcome_name(f->outcome),
		    finding_name(in->arena, f), output_shown(in->arena, f->why),
		    f->outcome == FINDING_HIT ? "; action " : "",
		    f->outcome != FINDING_HIT ? ""
		    : f->passed               ? passed_text_of(d, f)
		    : spared && verdict_yields(f)
			? "none: a list lets the client pass"
			: effect_text(in->arena, f));
	}
}

static void
print_explanation(struct invocation *in, const struct explained *e)
{
	const struct decision *d = &e->decision;

	print_facts(in, d);
	explain_domains_print(in, &e->facts);
	print_questions(in, &e->judgement);
	explain_spf_print(in, e->judgement.spf);
	print_findings(in, d);
	printf("\nVerdict\n  %s\n", verdict_text(in->arena, &d->verdict));
	if (d->verdict.points != 0)
		printf("  points: %d of %d\n", d->verdict.points,
		    in->settings->policy.reject_at);
	if (shadow_differs(d))
		printf("  without shadow mode: %s\n",
		    verdict_text(in->arena, &d->unshadowed));
	if (e->judgement.fate != NULL) {
		printf("\n");
		fate_print(in, e->judgement.fate);
	}
}

static cJSON *
explanation_json(struct invocation *in, const struct explained *e)
{
	const struct judgement *j = &e->judgement;
	cJSON *all = decision_record_json(in->arena, &e->decision);
	cJSON *questions = cJSON_AddArrayToObject(all, "questions");

	explain_domains_add(in, all, &e->facts);
	explain_spf_add(all, j->spf);
	if (j->fate != NULL)
		cJSON_AddItemToObject(all, "fate", fate_json(in, j->fate));
	for (size_t i = 0; i < j->n_queries; i++) {
		const struct dns_query *q = &j->queries[i];
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "type", dns_type_name(q->type));
		cJSON_AddStringToObject(o, "name", scrubbed_fact(in, q->name));
		cJSON_AddStringToObject(o, "result", rc_name(q->rc));
		cJSON_AddStringToObject(o, "answer", answer_text(in, q));
		cJSON_AddItemToArray(questions, o);
	}
	return all;
}

/* message NULL: none was given. */
static void
print_explained(struct invocation *in, const struct explained *step,
    const struct explained *message)
{
	cJSON *all;

	if (in->options[OPTION_JSON] != NULL) {
		all = explanation_json(in, step);
		if (message != NULL)
			cJSON_AddItemToObject(all, "message",
			    explanation_json(in, message));
		output_json(all);
		return;
	}
	print_explanation(in, step);
	if (message != NULL) {
		printf("\n\nAt the end of the message\n\n");
		print_explanation(in, message);
	}
}

static void
explain_judge(struct invocation *in, const struct judge *judge,
    struct explained *e)
{
	int64_t began = clock_ms();

	judge_facts(judge, &e->facts, NULL, in->arena, &e->judgement);
	e->decision = decision_of(in->arena, &e->facts, &e->judgement, began);
}

/* Fields that speak in our name, as the milter counts them. */
static unsigned
claims_of(struct invocation *in, const struct mail_field *fields, size_t n)
{
	const char *host = in->settings->hostname;
	unsigned authres = 0, spf = 0;

	for (size_t i = 0; i < n; i++) {
		if (header_is(fields[i].name, "Authentication-Results"))
			authres +=
			    authres_claims(in->arena, fields[i].value, host);
		else if (header_is(fields[i].name, "Received-SPF"))
			spf += authres_spf_claims(in->arena, fields[i].value,
			    host);
	}
	return authres > spf ? authres : spf;
}

/* The account that answers an author; NULL: none. */
static enum rc
reply_of_facts(struct invocation *in, const struct judge *judge,
    const struct facts *facts, const char **account, struct err *err)
{
	const struct author_reply_search search = {
	    .store = judge->store,
	    .served = judge->settings->forwards,
	    .authors = judge->settings->authors,
	};
	struct author_reply reply;
	bool known;
	enum rc rc = author_reply_find(&search, in->arena, &facts->to,
	    &facts->from.mailbox, clock_now(), &reply, &known, err);

	*account = rc == RC_OK ? reply.account : NULL;
	return rc == RC_NONE ? RC_OK : rc;
}

/* RC_TEMP: nobody knows where its mail goes. */
static enum rc
message_facts_of(struct invocation *in, const struct judge *judge,
    const struct message_text *text, struct facts *facts, struct err *err)
{
	struct header_trace *trace = arena_take(in->arena, sizeof(*trace));
	struct forwards forwards = {0};
	const char *reply_as = NULL;
	struct address to;
	bool is_author;
	unsigned strategies = 0;
	enum rc rc = RC_OK;

	trace->arena = in->arena;
	for (size_t i = 0; i < text->n; i++)
		header_trace_add(trace, text->fields[i].name,
		    text->fields[i].value);
	to = author_address_role(judge->settings->authors,
	    judge->settings->forwards, &facts->to);
	if (to.local != NULL)
		rc = forwards_find(judge->store, judge->settings->forwards,
		    in->arena, &to, &forwards, err);
	strategies_add(&strategies, forwards.strategy);
	is_author = author_address_serves(judge->settings->authors, to.domain);
	if (rc == RC_OK && is_author)
		rc = reply_of_facts(in, judge, facts, &reply_as, err);
	facts->state = SMTP_END_OF_MESSAGE;
	facts->message = (struct facts_message){
	    .known = true,
	    .recipients = facts->recipient != NULL,
	    .forwarded = forwards.known == FORWARDS_FOUND && forwards.n > 0,
	    .hops = trace->received,
	    .deliveries = (unsigned)trace->n_delivered,
	    .claims = claims_of(in, text->fields, text->n),
	    .delivered_to = forwards.known == FORWARDS_FOUND &&
				    header_trace_has(trace, forwards.account)
				? forwards.account
				: NULL,
	    .authors = is_author,
	    .reply_as = reply_as,
	    .foreign = facts->from.text != NULL &&
		       facts->from.text[0] != '\0' &&
		       (facts->from.domain == NULL ||
			   !domains_ours(judge->settings->forwards,
			       facts->from.domain)),
	    .strategies = strategies_text(in->arena, strategies),
	    .choices = forwards.choices,
	    .target_domains = fate_targets_add(in->arena, NULL, &forwards),
	};
	return rc;
}

static int
worse_status(int one, int other)
{
	return one == EXIT_NO || other == EXIT_DONE ? one : other;
}

static int
explain_with_message(struct invocation *in, struct judge *judge,
    const struct explained *step)
{
	struct explained end = {.facts = step->facts};
	struct message_file message;
	struct err err;
	enum rc rc;

	if (!message_file_open(in, in->options[OPTION_MESSAGE], &message))
		return EXIT_NO;
	fate_prepare(in);
	rc = message_facts_of(in, judge, &message.text, &end.facts, &err);
	if (rc == RC_OK) {
		judge->authentication = message.authentication;
		explain_judge(in, judge, &end);
		print_explained(in, step, &end);
	}
	message_file_close(&message);
	return rc == RC_OK
		   ? worse_status(verdict_status(&step->decision.verdict),
			 verdict_status(&end.decision.verdict))
		   : output_failure(in, rc, &err);
}

static int
explain_facts(struct invocation *in, const struct facts *facts, struct dns *dns,
    struct store *store)
{
	struct spf *spf = spf_new(dns);
	struct judge judge = {
	    .settings = &in->settings->policy,
	    .dns = dns,
	    .store = store,
	    .spf = spf,
	    .thorough = true,
	};
	struct explained step = {.facts = *facts};
	int status;

	explain_judge(in, &judge, &step);
	if (in->options[OPTION_MESSAGE] != NULL) {
		status = explain_with_message(in, &judge, &step);
	} else {
		print_explained(in, &step, NULL);
		status = verdict_status(&step.decision.verdict);
	}
	spf_free(spf);
	return status;
}

int
explain_run(struct invocation *in)
{
	struct facts facts;
	struct store *store = NULL;
	struct dns *dns = NULL;
	struct err err;
	enum rc rc;
	int status;

	if (!read_facts(in, &facts))
		return EXIT_USAGE;
	rc = in->settings->lists_trouble == NULL
		 ? dns_open(&in->settings->resolver, &dns, &err)
		 : err_set(&err, RC_TEMP, "%s", in->settings->lists_trouble);
	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	status = rc == RC_OK ? explain_facts(in, &facts, dns, store)
			     : output_failure(in, rc, &err);
	store_close(store);
	dns_close(dns);
	return status;
}
