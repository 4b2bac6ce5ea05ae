/* SPDX-License-Identifier: MIT */
/*
 * member_page - what all pages of members who have signed in have in common:
 * who that is, the way between the pages, and what is answered when the store
 * is down.
 */
#pragma once

#include "page.h"

#include "members/member.h"

/* To be called first.  False: r is the answer, as nobody has signed in, there
   are no such pages, or the store is down; nothing was changed.  True:
   v->session says who it is, v->stored the time. */
bool member_enter(struct visit *v, struct response *r);

/* A page of that member; here: its path below the first page, "member". */
void member_begin(const struct visit *v, struct response *r, unsigned status,
    const char *heading, const char *here);

/* Where the pages are, and what was done: "member/said/paused"; a word that
   member_said knows. */
void member_done(const struct visit *v, struct response *r, const char *page,
    const char *word);

/* What that word says; NULL: it is none. */
const char *member_said(const char *word);

/* Answers rc, which is not RC_OK, of what was to be done with something that is
   there no more (RC_NONE), cannot be changed (RC_PERM), or while the store is
   down: then what was sent may be sent again with one button. */
void member_failed(const struct visit *v, struct response *r, enum rc rc,
    const char *page);

/* A button that sends one value. */
void member_button(const struct visit *v, struct str *s, const char *action,
    const char *name, const char *value, const char *text);

/* Begins a form of the pages. */
void member_form(const struct visit *v, struct str *s, const char *action);

/* The form for the checks that are left to members, if there are any. */
void member_add_checks_form(const struct visit *v, struct str *s,
    const char *choices);

/* The cookie of a session, and the one that ends it: token "". */
const char *member_set_cookie(const struct visit *v, const char *token);

/* "at 14:02 UTC on 3 November" */
const char *member_time(struct arena *a, int64_t seconds);

/* The form with which a member signs in.  general: NULL, or why it is shown. */
void member_show_sign_in(const struct visit *v, struct response *r,
    unsigned status, const char *general, const char *error);
