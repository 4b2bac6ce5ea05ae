/* SPDX-License-Identifier: MIT */
#include "policy/private/check_rows.h"

#include "base/str.h"
#include "policy/private/known_names.h"

#include <string.h>

/* How much of a stranger's address is repeated in an answer. */
#define SHOWN 80

static bool
check_sender_syntax_applies(const struct check_run *run)
{
	return run->facts->sender != NULL && run->facts->sender[0] != '\0';
}

/* RFC 5321 4.1.2: a sender is <> or a Mailbox.  Of anything else Postfix makes
   a Mailbox. */
static void
check_sender_syntax_judge(struct check_run *run)
{
	const struct postfix_address *from = &run->facts->from;
	const char *said = run->facts->sender;
	struct finding *f;

	if (from->problem == NULL) {
		check_found(run, CHECK_SENDER_SYNTAX, FINDING_FINE,
		    "a mailbox");
		return;
	}
	f = check_found(run, CHECK_SENDER_SYNTAX, FINDING_HIT,
	    arena_printf(run->arena, "no mailbox: it has %s", from->problem));
	f->reply = (struct reply){550, "1.7",
	    arena_printf(run->arena, "Sender address has %s; it was %s",
		from->problem,
		str_printable(run->arena, said, strlen(said), SHOWN))};
}

/* True: DNS can tell about the domain.  Our own domains exist, whatever DNS
   says; an address literal has nothing to look up. */
static bool
check_sender_applies(const struct check_run *run)
{
	const struct postfix_address *from = &run->facts->from;

	if (from->text == NULL || from->text[0] == '\0' || from->at_origin)
		return false;
	if (from->domain == NULL)
		return from->literal.version == 0;
	return !known_names_ours(run->names, run->settings->forwards,
	    from->domain);
}

/* Asks for the MX first: a mail domain ought to have that record. */
static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA};

static void
ask_sender_domain(struct check_run *run, enum check_id id, size_t n)
{
	size_t *asked = arena_take_array(run->arena, n, sizeof(*asked));

	if (run->facts->from.domain == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		asked[i] = queries_add(&run->queries, run->arena,
		    run->facts->from.domain, types[i]);
	run->asked[id] = asked;
}

static void
check_sender_unknown_ask(struct check_run *run)
{
	ask_sender_domain(run, CHECK_SENDER_UNKNOWN, 3);
}

static void
check_sender_null_mx_ask(struct check_run *run)
{
	ask_sender_domain(run, CHECK_SENDER_NULL_MX, 1);
}

static void
sender_domain_not_found(struct check_run *run, const char *why)
{
	struct finding *f =
	    check_found(run, CHECK_SENDER_UNKNOWN, FINDING_HIT, why);

	f->reply = (struct reply){450, "1.8", "Domain not found"};
	if (run->facts->from.domain != NULL)
		f->reply.text = arena_printf(run->arena,
		    "Domain not found; sender domain is %s",
		    run->facts->from.domain);
}

static void
check_sender_unknown_judge(struct check_run *run)
{
	const size_t *asked = run->asked[CHECK_SENDER_UNKNOWN];
	const char *problem = NULL;
	struct finding *f;

	if (asked == NULL) {
		sender_domain_not_found(run, "not a domain name");
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		const struct dns_query *q = &run->queries.all[asked[i]];

		if (q->rc == RC_OK) {
			check_found(run, CHECK_SENDER_UNKNOWN, FINDING_FINE,
			    "the domain is in DNS");
			return;
		}
		if (q->rc == RC_TEMP)
			problem = q->problem;
	}
	if (problem == NULL) {
		sender_domain_not_found(run, "no MX, A or AAAA record");
		return;
	}
	f = check_found(run, CHECK_SENDER_UNKNOWN, FINDING_TEMP, problem);
	f->reply = (struct reply){451, "4.3",
	    arena_printf(run->arena,
		"Cannot look up the sender domain %s at the moment",
		run->facts->from.domain)};
}

static void
check_sender_null_mx_judge(struct check_run *run)
{
	const size_t *asked = run->asked[CHECK_SENDER_NULL_MX];
	const struct dns_query *q;
	struct finding *f;

	if (asked == NULL)
		return;
	q = &run->queries.all[asked[0]];
	/* RFC 7505 3: a null MX is one MX record whose host is the root. */
	if (q->rc != RC_OK || q->n != 1 || q->records[0].name[0] != '\0') {
		check_found(run, CHECK_SENDER_NULL_MX,
		    q->rc == RC_TEMP ? FINDING_TEMP : FINDING_FINE,
		    q->rc == RC_TEMP ? q->problem : "no null MX");
		return;
	}
	f = check_found(run, CHECK_SENDER_NULL_MX, FINDING_HIT,
	    "its null MX says that it takes no mail");
	f->reply = (struct reply){550, "7.27",
	    arena_printf(run->arena,
		"Sender address has a null MX; sender domain is %s",
		run->facts->from.domain)};
}

const struct check check_sender_syntax = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS,
    .applies = check_sender_syntax_applies,
    .judge = check_sender_syntax_judge,
};

const struct check check_sender_unknown = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS_OR_DEFERS,
    .applies = check_sender_applies,
    .ask = check_sender_unknown_ask,
    .judge = check_sender_unknown_judge,
};

const struct check check_sender_null_mx = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS,
    .applies = check_sender_applies,
    .ask = check_sender_null_mx_ask,
    .judge = check_sender_null_mx_judge,
};
