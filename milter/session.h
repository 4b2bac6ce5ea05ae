/* SPDX-License-Identifier: MIT */
/*
 * session - one connection of the MTA to the milter: an SMTP client, and its
 * messages one after another.
 *
 * Knows nothing of libmilter: callbacks.c tells it what happens and does
 * what it says.  All of it is answered in one snapshot; a reload counts from
 * the next connection on.
 */
#pragma once

#include "message.h"
#include "program/snapshot.h"
#include "seal.h"
#include "sign.h"
#include "stamp.h"

#include <stdatomic.h>

struct milter {
	struct snapshots *snapshots;
	atomic_uint messages; /* between MAIL and their end */
};

struct session;

struct session *session_new(struct milter *milter);
void session_free(struct session *s);

const struct milter_settings *session_settings(const struct session *s);

/* What the MTA tells, each NULL if it does not know. */
struct session_client {
	const char *name; /* forward and reverse agree */
	const char *reverse_name;
	struct ip ip, server;
	unsigned port; /* of ip; 0 with loopback: there is no client, it is
			  mail of Postfix itself or of sendmail(1) */
};

/* The first thing that a new session is told. */
void session_connect(struct session *s, const struct session_client *client);
/* A message that has begun is given up (RFC 5321 4.1.4). */
void session_helo(struct session *s, const char *helo, bool encrypted);

struct session_mail {
	struct message_path sender;
	const char *sasl_user; /* NULL: none */
	/* Then what was said as HELO before STARTTLS is forgotten (RFC 3207
	   4.2). */
	bool encrypted;
};

void session_mail(struct session *s, const struct session_mail *mail);
/* True: a message has begun and not ended.  The functions below may be called
   only then, except session_reset. */
bool session_has_message(const struct session *s);
/* The answer to it, in the session's memory; code 0: accepted. */
struct reply session_recipient(struct session *s,
    const struct message_path *recipient, const char *queue_id);
/* value: all that follows the colon, the space too, if there is one. */
void session_field(struct session *s, const char *name, const char *value);
/* After the header.  True: the milter needs the body. */
bool session_wants_body(struct session *s);
void session_body(struct session *s, const char *bytes, size_t len);

struct session_end {
	struct reply refusal; /* code 0: it is accepted, and the rest counts */
	struct stamp stamp;
	const char *new_sender; /* NULL: it stays */
	const char *new_author; /* an address of ours in From; NULL: it stays */
	const char *hold; /* why it goes to the hold queue; NULL: it does not */
	struct signatures signatures; /* to stand above all other fields */
	struct message_seal seal;     /* to stand above even these, or none */
	bool unsignable;     /* its header is such that nobody can sign it */
	const char *trouble; /* why it is put off, if it is by our fault */
	/* The fields to be removed, by name. */
	const struct message_marks *authres, *received_spf;
};

/* The message is complete. */
struct session_end session_end(struct session *s, const char *queue_id);
/* Ends the message, which was answered or given up. */
void session_reset(struct session *s);
