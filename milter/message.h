/* SPDX-License-Identifier: MIT */
/*
 * message - one message on its way through the milter, as far as it is
 * collected: what lib/policy judges (message_facts), and what stamp.h changes.
 * Pure: whoever has the message looks up its recipients.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "forwarding/author_reply.h"
#include "forwarding/forwards.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/postfix_address.h"
#include "mail/srs.h"
#include "policy/facts.h"

struct message_rules {
	const char *hostname; /* as domain_read; our authserv-id */
	bool hide_targets;
	bool from_here; /* the client is this machine: Postfix's own mail */
	bool no_client; /* and not even what came through a filter here */
	bool internal;  /* and told as what Postfix itself, or sendmail(1), has
			   put into its queue */
	const struct forwards_settings *forwards;
	const struct srs *srs; /* NULL: no SRS */
	const struct author_settings *authors;
};

struct message_recipient {
	const char *said;       /* as facts.h has it */
	struct address address; /* local NULL: no mailbox */
	bool found;             /* forwards says so */
	struct forwards forwards;
	bool is_author; /* an author's address of ours (author_address.h) */
	const struct author_reply *reply; /* to that one; NULL: it is none */
	bool is_srs;           /* a sender's address of ours (mail/srs.h) */
	const char *bounce_id; /* as forwards_bounce_id: it may be known or not
				*/
};

/* Which fields of one name are to go: their places among those of that name,
   from 1, rising. */
struct message_marks {
	unsigned seen, at[FACTS_CLAIMS_MAX];
	size_t n; /* may be more than are kept */
};

/* A field that is to get another value: the at-th of its name, from 1. */
struct message_change {
	const char *name;
	unsigned at;
	const char *value; /* NULL: it goes */
};

struct message {
	struct arena *arena;
	const struct message_rules *rules;
	const char *sender; /* as facts.h has it */
	/* What Postfix will send it on with; text "": the null sender. */
	struct postfix_address from;
	bool authenticated;
	struct message_recipient *recipients;
	size_t n_recipients;
	struct header_trace trace;
	struct message_marks authres, received_spf;
	struct dsn_message report; /* what it is if it is a notification */
	struct str body;
	/* Of what may be a report of somebody else's (message_report.h): all
	   its fields as they are; n_noted may be more than are kept. */
	struct message_change *noted;
	size_t n_noted;
	bool from_daemon;
	const char *queue_id; /* NULL: not known */
};

/* The argument of MAIL FROM or RCPT TO. */
struct message_path {
	const char *said; /* by the client, "<\"a\"@example.org>" */
	/* As the MTA has read and completed it, in the macro {mail_addr} or
	   {rcpt_addr}; NULL: it does not tell. */
	const char *read;
};

/* Everything given is copied. */
struct message *message_new(struct arena *a, const struct message_rules *rules,
    const struct message_path *sender, bool authenticated);
struct message_recipient *message_add_recipient(struct message *l,
    const struct message_path *recipient);
void message_add_field(struct message *l, const char *name, const char *value);
/* Of what may be a notification to us or through us; known when its header is
   over. */
bool message_wants_body(const struct message *l);
/* Kept only if it is wanted; no more of it than dsn.h reads, and a byte. */
void message_add_body(struct message *l, const char *bytes, size_t len);

/* May its sender have to be rewritten where it is forwarded?  Not if it is
   null, of a domain we serve or of this machine, or whoever sent it is one of
   us. */
bool message_sender_is_foreign(const struct message *l);
/* True: mail to this recipient leaves this system again. */
bool message_is_forwarded(const struct message_recipient *r);

/* True: the last recipient has chosen another fate for its mail than those
   before it. */
bool message_chooses_otherwise(const struct message *l);

/* May it be a notification of this machine's to a stranger whose mail was
   forwarded, and are targets to be hidden in such? */
bool message_may_hide(const struct message *l);
/* Is it a notification that comes to one SRS address, so that it is about mail
   that was forwarded?  NULL: no; else that recipient. */
const struct message_recipient *message_tells_failure(const struct message *l);
/* Does its header say that it is a notification (RFC 3464)? */
bool message_is_report(const struct message *l);

/* Accounts whose mail is forwarded, each once. */
struct message_accounts {
	const char **names;
	size_t n;
	const struct message_recipient *first; /* NULL: n is 0 */
};

/* The account that answers all those authors, as its mailbox is the sender;
   NULL: there is none, or no author. */
const char *message_reply_as(const struct message *l);

/* When all recipients are found, as what follows. */
struct message_accounts message_accounts(const struct message *l);
/* What the checks judge of a message that is complete. */
struct facts_message message_facts(const struct message *l);
