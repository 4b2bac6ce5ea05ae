/* SPDX-License-Identifier: MIT */
#include "policy/check.h"

/* Our own domains are known to be there, whatever DNS says. */
bool
check_sender_applies(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	if (facts->sender_domain_invalid)
		return true;
	return facts->sender_domain != NULL &&
	       !forwards_serves(&run->settings->forwards, facts->sender_domain);
}

/* The MX first: the one record that a mail domain ought to have. */
static const enum dns_type types[] = {DNS_MX, DNS_A, DNS_AAAA};

static void
ask(struct check_run *run, enum check_id id, size_t n)
{
	size_t *asked = arena_take_array(run->arena, n, sizeof(*asked));

	if (run->facts->sender_domain == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		asked[i] = questions_add(&run->questions, run->arena,
		    run->facts->sender_domain, types[i]);
	run->asked[id] = asked;
}

void
check_sender_unknown_ask(struct check_run *run)
{
	ask(run, CHECK_SENDER_UNKNOWN, 3);
}

void
check_sender_null_mx_ask(struct check_run *run)
{
	ask(run, CHECK_SENDER_NULL_MX, 1);
}

static void
not_found(struct check_run *run, const char *why)
{
	struct finding *f =
	    check_found(run, CHECK_SENDER_UNKNOWN, FINDING_HIT, why);

	f->reply = (struct reply){450, "1.8", "Domain not found"};
	if (run->facts->sender_domain != NULL)
		f->reply.text = arena_printf(run->arena,
		    "Domain not found; sender domain is %s",
		    run->facts->sender_domain);
}

void
check_sender_unknown_judge(struct check_run *run)
{
	const size_t *asked = run->asked[CHECK_SENDER_UNKNOWN];
	const char *problem = NULL;
	struct finding *f;

	if (asked == NULL) {
		not_found(run, "not a domain name");
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		const struct dns_query *q = &run->questions.all[asked[i]];

		if (q->rc == RC_OK) {
			check_found(run, CHECK_SENDER_UNKNOWN, FINDING_FINE,
			    "the domain is in DNS");
			return;
		}
		if (q->rc == RC_TEMP)
			problem = q->problem;
	}
	if (problem == NULL) {
		not_found(run, "no MX, A or AAAA record");
		return;
	}
	f = check_found(run, CHECK_SENDER_UNKNOWN, FINDING_TEMP, problem);
	f->reply = (struct reply){451, "4.3",
	    arena_printf(run->arena,
		"Cannot look up the sender domain %s at the moment",
		run->facts->sender_domain)};
}

void
check_sender_null_mx_judge(struct check_run *run)
{
	const size_t *asked = run->asked[CHECK_SENDER_NULL_MX];
	const struct dns_query *q;
	struct finding *f;

	if (asked == NULL)
		return;
	q = &run->questions.all[asked[0]];
	/* RFC 7505 3: one MX record, and its host is the root. */
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
		run->facts->sender_domain)};
}
