/* SPDX-License-Identifier: MIT */
/*
 * member_mailboxes - the part of a member's first page that is about his
 * mailboxes, and that page when something was wrong with what was typed.
 */
#pragma once

#include "member_page.h"
#include "refusals.h"

struct mailbox_complaint {
	unsigned status;           /* 0: nothing was typed */
	const char *mailbox;       /* about the new mailbox; or NULL */
	const char *target, *code; /* about the code of that mailbox */
};

void member_mailboxes(const struct visit *v, struct str *s,
    const struct member *member, const struct mailbox_complaint *c);

/* The part about what was refused. */
void member_refused(const struct visit *v, struct str *s,
    const struct member *member, const struct refusals *refusals);

/* The page; said: a word of member_said, or NULL. */
void member_show_mail(struct visit *v, struct response *r, const char *said,
    const struct mailbox_complaint *c);
