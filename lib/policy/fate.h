/* SPDX-License-Identifier: MIT */
/*
 * fate - what will become of the copy of a message that we forward, and what
 * is done about it before the message is accepted.  Pure.
 *
 * A copy leaves with an envelope sender of ours: SPF passes for us, and never
 * for its author.  What carries the author's name to the next host is a
 * signature of the author's domain that survives (survival.h), or nothing.
 * Whoever accepts a message that the next host will refuse makes a bounce to
 * somebody who may be innocent, or loses mail in silence; the moment to say so
 * is before the 250.
 */
#pragma once

#include "auth/authentication.h"
#include "auth/survival.h"
#include "policy/fate_receiver.h"
#include "policy/fate_strategy.h"
#include "policy/finding.h"

#include <stdbool.h>
#include <stddef.h>

/* The stricter comes later. */
enum fate_action {
	FATE_FORWARD,
	FATE_SIGN,    /* forward, with a signature of ours */
	FATE_REWRITE, /* the same, with an address of ours in From */
	FATE_HOLD, /* in the mail server's hold queue, for the administrator */
	FATE_REJECT,
	FATE_LATER
};

#define FATE_ACTIONS (FATE_LATER + 1)

/* The section forwarding of postward.conf: what its owner has chosen. */
/* As long Postfix tries to send a message (maximal_queue_lifetime). */
#define FATE_QUEUE_SECONDS ((int64_t)5 * 24 * 3600)

struct fate_settings {
	/* Nothing passes, and there is no policy. */
	enum fate_action unauthenticated;
	/* Only SPF speaks for the author, who has a policy. */
	enum fate_action spf_only;
	/* Others speak for the message, but not its author, who has one. */
	enum fate_action policy_fails;
	/* What a content filter before us has marked as spam. */
	enum fate_action spam;
	const char *const *spam_fields; /* "X-Spam: Yes": as fate_mark_of */
	size_t n_spam_fields;
	/* Of the addresses that stand in From of what is rewritten; "" or NULL:
	   nothing is, but refused. */
	const char *from_domain;
	const char *url; /* of a page for senders; "": none */
	bool shadow;     /* say what would be done, and forward */
	struct survival_server server;
};

/* What is known of the message.  Its signatures and policies are those of
   DMARC (dmarc.h). */
struct fate_facts {
	const char *author;     /* the domain of From; NULL unless it is one */
	bool from_list;         /* a mailing list has sent it, as it says */
	bool dkim_aligned;      /* a signature of the author's domain passes */
	enum survival survives; /* the best of those, and */
	const char *why;        /* why it is not sure; or NULL */
	bool spf_aligned;       /* SPF passes for the author's domain */
	bool other_dkim;        /* a signature of another domain passes */
	bool other_lives;       /* and may survive */
	bool other_spf;         /* SPF passes for another domain */
	/* Why it is the author's though DMARC fails, as somebody says who is
	   trusted; NULL: nobody does. */
	const char *vouched;
	const char *marked; /* the spam field that it has; NULL: none */
	bool stays;         /* the envelope sender is a stranger's, and nobody
			   rewrites it: SPF fails at the next host */
	/* From has one mailbox, which can be answered to
	   (from_rewrite_is_possible), the header no more fields than can be
	   changed, and the message a sender to be told.  Whether DMARC passes,
	   without which nothing is rewritten, is told by the others. */
	bool rewritable;
	bool notification; /* the sender is null: nobody is told if it does not
			      arrive */
	/* An answer is missing that could speak for the author; for others. */
	bool temporary, other_temporary;
	/* What those to whom it is forwarded have chosen, a set; 0: nothing.
	   The strictest of them counts. */
	unsigned strategies;
	unsigned receivers; /* who will get it (fate_target.h); 0: anybody */
	enum dmarc_policy policy;
	enum dmarc_policy older; /* as fate_copy */
	struct fate_form form;
};

enum fate_case {
	FATE_MARKED,           /* a content filter says that it is spam */
	FATE_NO_AUTHOR,        /* From has none, or several */
	FATE_UNKNOWN,          /* nobody knows at the moment */
	FATE_ALIGNED,          /* the author's signature survives */
	FATE_SPF_ONLY,         /* and the author wants what fails refused */
	FATE_SIGNATURE_BREAKS, /* the same of a signature that does not live */
	FATE_SPF_ONLY_NO_POLICY,
	FATE_POLICY_FAILS,      /* others speak for it, the author does not */
	FATE_POLICY_QUARANTINE, /* the same, with a policy of quarantine */
	FATE_UNALIGNED,         /* the same, without a policy */
	FATE_FORGED,            /* nothing passes, and there is a policy */
	FATE_UNAUTHENTICATED,   /* nothing passes */
	FATE_MALFORMED,         /* its form is such that it would come back */
	FATE_SENDER_STAYS, /* it would as nothing passes at the next host */
};

#define FATE_CASES (FATE_SENDER_STAYS + 1)

struct fate {
	enum fate_case what;
	enum fate_action action;
	enum survival survives; /* SURVIVAL_NO: there is nothing that could */
	const char *why;        /* a sentence for log, explain and the sender */
	struct reply reply;     /* of FATE_REJECT and FATE_LATER; else code 0 */
	/* If the copy were sent as the action says, or, where nothing is sent,
	   as if it had been. */
	struct fate_prediction at[FATE_RECEIVERS];
	unsigned receivers; /* those of them that will be asked, a set */
};

/* More fields than that are not looked through for those to be changed. */
#define FATE_REWRITE_FIELDS_MAX 1000

/* Draws together what fate_of wants to know, as of a message with a sender.
   spf NULL: SPF says nothing. */
struct fate_facts fate_facts_of(struct arena *a,
    const struct authentication_results *results, const struct spf_result *spf,
    const struct survival_way *way);

/* Which of the settings' spam fields the message has: "NAME: VALUE" is there if
   a field of that name begins with that value, and no more of a word, case
   aside; an empty value is any.  NULL: none. */
const char *fate_mark_of(struct arena *a, const struct fate_settings *settings,
    const struct mail_field *fields, size_t n);

struct fate fate_of(struct arena *a, const struct fate_facts *facts,
    const struct fate_settings *settings);

/* "gmail:5.7.26,outlook:5.7.509": who of its receivers will not take it, or may
   not; NULL: all will. */
const char *fate_at(struct arena *a, const struct fate *fate);

/* "spf-only", "reject" */
const char *fate_case_name(enum fate_case what);
const char *fate_action_name(enum fate_action action);
