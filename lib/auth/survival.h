/* SPDX-License-Identifier: MIT */
/*
 * survival - will a signature that holds here still hold at the host to which
 * the message is forwarded?  Pure.
 *
 * A DKIM signature dies of any change to what it signs (RFC 6376 3.7), and of
 * age.  What is asked here is about our own way only: what we and our mail
 * server do to a message.
 */
#pragma once

#include "auth/dkim.h"
#include "base/arena.h"
#include "mail/field.h"
#include "mail/message_form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum survival {
	SURVIVAL_NO,
	SURVIVAL_UNSURE,
	SURVIVAL_YES
};

/* What the mail server does with bodies that another host may not take as they
   are. */
struct survival_server {
	bool known;            /* false: nobody has asked it */
	bool keeps_eight_bit;  /* also where 8BITMIME is not offered */
	bool keeps_long_lines; /* it breaks none */
};

/* The message, and its way through our hands. */
struct survival_way {
	const struct mail_field *fields; /* as they came, from the top */
	size_t n;
	const struct message_form *form;
	struct survival_server server;
	bool body_replaced;    /* by us */
	bool claims_removed;   /* fields that spoke in our name */
	int64_t now;           /* in seconds of Unix time */
	int64_t queue_seconds; /* how long the mail server may keep it */
};

/* *why: a phrase, printable; NULL of SURVIVAL_YES.  The signature must have
   passed. */
enum survival survival_of(struct arena *a, const struct dkim_result *signature,
    const struct survival_way *way, const char **why);

/* "no", "unsure", "yes" */
const char *survival_name(enum survival survival);
