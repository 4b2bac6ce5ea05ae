/* SPDX-License-Identifier: MIT */
/*
 * check_rows - one request on its way through the checks, and what they ask of
 * each other.  Seen by the checks and judge.c only.
 */
#pragma once

#include "auth/authentication.h"
#include "auth/iprev.h"
#include "forwarding/account_choices.h"
#include "policy/check.h"
#include "policy/queries.h"
#include "policy/transaction.h"

/* One request on its way through the checks. */
struct check_run {
	const struct policy_settings *settings;
	const struct facts *facts;
	struct store *store;
	struct forwards_cache *forwards; /* NULL: the store is asked */
	struct dns *dns;
	const struct spf *spf;
	struct srs_tries *tries; /* NULL: nothing is counted */
	struct greylist *greylist;
	struct rates *rates;
	bool takes;               /* mail counts against limits */
	struct rate_taken *taken; /* what it has taken of them */
	bool looks_only;          /* nothing is written down */
	const char *trusted;      /* why nearly nothing is checked, or NULL */
	/* Of the recipient's account, as sender_rules.h has them; NULL: it has
	   none. */
	const char *sender_rules;
	bool rules_cached; /* they may have changed meanwhile */
	bool rules_fresh;  /* they were asked for once more */
	/* Which checks that account has switched (account_choices.h), or, at
	   the end of a message, all that get it have; NULL: none. */
	const char *choices;
	bool choices_fresh; /* they were asked for once more */
	bool choices_known; /* as well as they ever will be */
	bool passes;        /* every member who gets it lets the sender pass */
	int64_t deadline, now; /* of clock_ms; now: when DNS is asked */
	struct arena *arena;
	struct transaction *transaction;
	/* Of a message that has come; NULL: nobody looks who wrote it. */
	struct authentication *authentication;
	const struct author_queries *author_asked;   /* NULL: not yet */
	const struct authentication_results *author; /* NULL: not yet */
	/* Of the recipient; NULL: not looked for, or not found. */
	const struct forwards *forwards_found;
	const struct iprev_result *iprev; /* NULL: not yet */
	const struct fate *fate;          /* NULL: nobody has judged it */
	const char *account;              /* see struct judgement */
	struct known_names *names;        /* or NULL */
	struct queries queries;
	void *asked[CHECKS]; /* what each check keeps from ask to judge */
	struct finding *findings;
	size_t n_findings, findings_room;
	/* For the operator, or NULL. */
	const char *trouble; /* the store is ill: an error */
	const char **notes;  /* lists that were suspended: said once */
	size_t n_notes;
};

/* Does the member say something else by now, of the sender or of a check, which
   matters, as the mail would be refused?  Then run->sender_rules and
   run->choices are new.  The store is asked, if they are from the cache. */
bool check_member_changed(struct check_run *run);

/* One finding about checks[id], with its settings; a finding that is a hit,
   or TEMP, starts with a 451 reply; a check that hits replaces it. */
struct finding *check_found(struct check_run *run, enum check_id id,
    enum finding_outcome outcome, const char *why);

/* What the member has chosen for that check, if he may. */
enum account_choice check_choice(const struct check_run *run, enum check_id id);

/* Is a finding of that check in shadow mode?  shadow: for others it is. */
bool check_shadowed(const struct check_run *run, enum check_id id, bool shadow);

/* The settings of a check as a member may have changed them. */
struct check_settings check_settings_of(const struct check_run *run,
    enum check_id id);

/* Without a configuration; points count when one says "score". */
#define CHECK_REJECTS                                                          \
	{                                                                      \
		.action = ACTION_REJECT, .points = CHECK_POINTS                \
	}
#define CHECK_REJECTS_OR_DEFERS                                                \
	{                                                                      \
		.action = ACTION_REJECT, .points = CHECK_POINTS,               \
		.defer_on_temp = true                                          \
	}

/* The store does not answer at the moment, for which err is the reason: the
   check cannot tell, and the client is asked to come again. */
void check_put_off(struct check_run *run, enum check_id id,
    const struct err *err);

/* True: the recipient is an SRS address of ours, good or bad.  The store is not
   asked whose it is, but perhaps whether its domain is one of ours. */
bool check_srs_is_ours(const struct check_run *run);
/* The part of the check recipient that is about the way back to a sender whose
   mail we forwarded.  True: judged. */
bool check_srs_recipient(struct check_run *run);

/* True: the client was wrong too often, and has been told to wait. */
bool check_srs_must_wait(struct check_run *run);

/* True: the recipient is, or looks like, the address of an author whose mail
   was forwarded. */
bool check_author_reply_is(const struct check_run *run);
/* The part of the check recipient that is about those.  True: judged. */
bool check_author_reply_recipient(struct check_run *run);

/* True: the client is this machine. */
bool check_client_is_us(const struct check_run *run);

/* Returns the SPF result of MAIL FROM, and evaluates it if it is not known yet.
   check_spf.ask must be called before. */
const struct spf_result *check_spf_mailfrom(struct check_run *run);
/* What is told of SPF in a message that is accepted: found with its recipients,
   or evaluated now.  NULL: of those who send through us SPF has nothing to
   say. */
const struct spf_result *check_spf_of_message(struct check_run *run);
/* The result of MAIL FROM of such a message, or of postmaster@HELO if it is
   null; NULL as above. */
const struct spf_result *check_spf_mailfrom_of_message(struct check_run *run);
/* Asks with everything else what these begin with. */
void check_spf_ask_of_message(struct check_run *run);

/* The same of the client's reverse name: asked, and told, only if the check
   iprev is not off; NULL as above. */
void check_iprev_ask_of_message(struct check_run *run);
const struct iprev_result *check_iprev_of_message(struct check_run *run);

/* Asks with everything else who has written the message that has come, if
   anybody wants to know. */
void check_author_ask(struct check_run *run);
/* What the answers say; NULL: nobody asked. */
const struct authentication_results *
check_author_results(struct check_run *run);

/* True: the client is a mail exchanger of ours, which passes on mail from
   others, so that SPF does not apply.  May ask DNS, but only when SPF is
   against the client; the answer is mostly in the cache. */
bool check_client_is_our_mx(const struct check_run *run);

/* The mail is not accepted: what it has taken of limits is given back. */
void check_rates_give_back(struct check_run *run);
