/* SPDX-License-Identifier: MIT */
/*
 * facts - all that is known of one SMTP step: the client, its HELO, the sender,
 * the recipient.
 *
 * Facts are no opinions, and nothing in them was looked up: a program fills in
 * what Postfix or libmilter told it, and facts_complete derives the rest.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "mail/address.h"
#include "mail/postfix_address.h"

#include <stdbool.h>

/* In the order of an SMTP session; VRFY and ETRN come at any time. */
enum smtp_state {
	SMTP_CONNECT,
	SMTP_HELO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_END_OF_MESSAGE,
	SMTP_VRFY,
	SMTP_ETRN,
};

/* No more fields that speak in our name are removed from one message, and no
   more fields of a notification are looked at. */
#define FACTS_CLAIMS_MAX        100
#define FACTS_REPORT_FIELDS_MAX 1000

/* What is known of a message when all of it has come. */
struct facts_message {
	bool known;          /* false: it has not, and the rest is zero */
	unsigned recipients; /* that were accepted */
	unsigned forwarded;  /* accounts among them whose mail leaves again */
	unsigned hops;       /* Received fields */
	unsigned deliveries; /* Delivered-To fields */
	/* Fields of others that speak in our name: Authentication-Results or
	   Received-SPF, of which there are more. */
	unsigned claims;
	unsigned report_fields; /* of what may be a notification: all fields */
	/* An account among the recipients that had this message before, or
	   NULL. */
	const char *delivered_to;
	/* The sender is none of ours: where the message is forwarded another
	   one has to stand in its place. */
	bool foreign;
	bool from_here; /* the client is this machine */
	/* Recipients that are addresses of authors (author_reply.h), and the
	   account whose mailbox answers all of them, as the envelope has it;
	   NULL: there is none. */
	unsigned authors;
	const char *reply_as;
	/* All of it that is forwarded comes to the sender of our own mail, as
	   notifications about that. */
	bool own_bounce;
	/* The header is longer than is looked through (authentication.h). */
	bool header_over;
	/* What these accounts have chosen for mail that may not arrive
	   (strategies_text); NULL: nothing. */
	const char *strategies;
	/* Each of them lets the sender pass (forwarding/sender_rules.h). */
	bool passes;
	/* Which checks all of them have switched on or off
	   (account_choices.h); NULL: none. */
	const char *choices;
	/* The domains to which they forward (fate_targets_add); NULL: nobody
	   knows. */
	const char *target_domains;
};

struct facts {
	enum smtp_state state;
	struct ip client, server; /* version 0: not known */
	const char *client_name;  /* forward and reverse agree, or NULL */
	const char *reverse_name; /* what the PTR says, or NULL */
	const char *helo;         /* as it was said; NULL: not said, or "" */
	/* Both without quotes, as the policy protocol has them. */
	const char *sender;    /* "": the null sender; NULL: not yet */
	const char *recipient; /* NULL: none, or several at DATA */
	const char *sasl_user; /* NULL: not authenticated */
	const char *instance, *queue_id; /* NULL: not known */
	struct facts_message message;

	/* What facts_complete derives. */
	struct ip helo_literal;     /* HELO [192.0.2.1]; version 0: none */
	bool helo_invalid;          /* neither host name nor literal */
	const char *helo_domain;    /* as domain_read; NULL: no host name */
	const char *reverse_domain; /* the same of reverse_name */
	/* What Postfix will make of the sender; text NULL: not yet said. */
	struct postfix_address from;
	/* Of a sender that is a Mailbox, as address_key; else NULL. */
	const char *sender_key;
	struct address to;     /* of recipient, the same; local NULL: none */
	const char *to_domain; /* of it, also if that is no mailbox, or NULL */
	bool to_role;          /* postmaster or abuse */
};

/* delimiter is the one of address extensions, or "".  origin: as
   postfix_address_read takes it. */
void facts_complete(struct facts *facts, struct arena *a, const char *delimiter,
    const char *origin);

/* "CONNECT", "RCPT"...: the names of Postfix's protocol_state. */
const char *smtp_state_name(enum smtp_state state);
bool smtp_state_read(const char *name, enum smtp_state *out);
