/* SPDX-License-Identifier: MIT */
#include "policy/private/check_rows.h"

#include "base/str.h"
#include "mail/domain.h"
#include "policy/private/known_names.h"

#include <string.h>

/* How much of a stranger's name is repeated in an answer. */
#define SHOWN 80

static const char *
shown_helo(struct check_run *run)
{
	const char *helo = run->facts->helo;

	return str_printable(run->arena, helo, strlen(helo), SHOWN);
}

static bool
check_helo_applies(const struct check_run *run)
{
	return run->facts->helo != NULL;
}

/* RFC 5321 4.1.4: a client that sends mail must say HELO or EHLO first. */
static bool
helo_is_missing(const struct facts *facts)
{
	return facts->helo == NULL && facts->state >= SMTP_MAIL &&
	       facts->state <= SMTP_END_OF_MESSAGE;
}

static bool
check_helo_syntax_applies(const struct check_run *run)
{
	return check_helo_applies(run) || helo_is_missing(run->facts);
}

static void
check_helo_syntax_judge(struct check_run *run)
{
	struct finding *f;

	if (helo_is_missing(run->facts)) {
		f = check_found(run, CHECK_HELO_SYNTAX, FINDING_HIT,
		    "neither HELO nor EHLO was said");
		f->reply = (struct reply){550, "5.1", "Send EHLO first"};
		return;
	}
	if (!run->facts->helo_invalid) {
		check_found(run, CHECK_HELO_SYNTAX, FINDING_FINE,
		    "well formed");
		return;
	}
	f = check_found(run, CHECK_HELO_SYNTAX, FINDING_HIT,
	    "neither a host name nor an address literal");
	f->reply = (struct reply){550, "5.2",
	    arena_printf(run->arena,
		"HELO name is neither a host name nor an address literal; "
		"HELO was %s",
		shown_helo(run))};
}

/* True: the client is this machine, which may say our own name. */
bool
check_client_is_us(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	return ip_is_loopback(&facts->client) ||
	       (facts->server.version != 0 &&
		   ip_equal(&facts->client, &facts->server));
}

static bool
says_our_name(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	if (facts->helo_literal.version != 0)
		return facts->server.version != 0 &&
		       ip_equal(&facts->helo_literal, &facts->server);
	return facts->helo_domain != NULL &&
	       (strcmp(facts->helo_domain, run->settings->hostname) == 0 ||
		   known_names_ours(run->names, run->settings->forwards,
		       facts->helo_domain));
}

static void
check_helo_self_judge(struct check_run *run)
{
	struct finding *f;

	if (check_client_is_us(run)) {
		check_found(run, CHECK_HELO_SELF, FINDING_FINE,
		    "the client is this machine");
		return;
	}
	if (!says_our_name(run)) {
		check_found(run, CHECK_HELO_SELF, FINDING_FINE,
		    "not our name or address");
		return;
	}
	f = check_found(run, CHECK_HELO_SELF, FINDING_HIT,
	    "says our own name or address");
	f->reply = (struct reply){550, "7.1",
	    arena_printf(run->arena,
		"HELO name is ours, not yours; HELO was %s", shown_helo(run))};
}

static bool
check_helo_unknown_applies(const struct check_run *run)
{
	return run->facts->helo_domain != NULL;
}

static const enum dns_type types[] = {DNS_A, DNS_AAAA, DNS_MX};

static void
check_helo_unknown_ask(struct check_run *run)
{
	size_t *asked = arena_take_array(run->arena, 3, sizeof(*asked));

	for (size_t i = 0; i < 3; i++)
		asked[i] = queries_add(&run->queries, run->arena,
		    run->facts->helo_domain, types[i]);
	run->asked[CHECK_HELO_UNKNOWN] = asked;
}

static void
check_helo_unknown_judge(struct check_run *run)
{
	const size_t *asked = run->asked[CHECK_HELO_UNKNOWN];
	const char *problem = NULL;
	struct finding *f;

	for (size_t i = 0; i < 3; i++) {
		const struct dns_query *q = &run->queries.all[asked[i]];

		if (q->rc == RC_OK) {
			check_found(run, CHECK_HELO_UNKNOWN, FINDING_FINE,
			    "the name is in DNS");
			return;
		}
		if (q->rc == RC_TEMP)
			problem = q->problem;
	}
	f = check_found(run, CHECK_HELO_UNKNOWN,
	    problem != NULL ? FINDING_TEMP : FINDING_HIT,
	    problem != NULL ? problem : "no A, AAAA or MX record");
	f->reply = (struct reply){450, "7.1",
	    arena_printf(run->arena, "Host not found; HELO was %s",
		shown_helo(run))};
}

const struct check check_helo_syntax = {
    .stage = CHECK_AT_CONNECT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies = check_helo_syntax_applies,
    .judge = check_helo_syntax_judge,
};

const struct check check_helo_self = {
    .stage = CHECK_AT_CONNECT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies = check_helo_applies,
    .judge = check_helo_self_judge,
};

const struct check check_helo_unknown = {
    .stage = CHECK_AT_CONNECT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies = check_helo_unknown_applies,
    .ask = check_helo_unknown_ask,
    .judge = check_helo_unknown_judge,
};
