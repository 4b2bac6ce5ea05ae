/* SPDX-License-Identifier: MIT */
/*
 * routes - from method and path to the handler, and the checks of a form before
 * a handler sees it: its type, size and origin, and the cookie.
 */
#pragma once

#include "page.h"
#include "throttle.h"

/* What one form costs, of what a client has for an hour: posts times that. */
#define ROUTES_POST_COST 10

/* The handlers; each in the file it is named after. */
page_handler join_show, join_ask;
page_handler status_show, status_prove, status_resend;
page_handler confirm_show, confirm_code, confirm_done;
page_handler member_show, member_code, member_sign_in, member_sign_out,
    member_sign_out_all;
page_handler member_code_again, member_sign_in_again, member_again;
page_handler member_add_mailbox, member_confirm_mailbox, member_pause_mailbox,
    member_resume_mailbox, member_remove_mailbox;
page_handler member_senders, member_pass_sender, member_block_sender,
    member_forget_sender;
page_handler member_settings, member_strategy, member_digest, member_checks;
page_handler member_leave, member_leave_ask, member_leave_code,
    member_leave_now, member_left;
page_handler site_style, site_health;

struct route {
	const char *name;         /* in the log */
	const char *path;         /* "*" stands for the id of a request */
	page_handler *get, *post; /* NULL: not allowed */
	/* Shows the form of post again, as it was typed; NULL: there is no
	   such form. */
	page_handler *again;
	bool asks; /* the store is asked for each look at the page */
};

/* NULL: no such path; *id is in the arena, or NULL. */
const struct route *routes_find(struct arena *a, const char *path,
    const char **id);

/* To be called first: counts the form, and sets v->flood if the client has sent
   too many.  False: the client was told so before, so that the log needs no
   line. */
bool routes_afford(const struct route *route, struct throttle *throttle,
    struct visit *v);

/* From the request's header alone.  False: it is refused, and r says how; the
   body is not to be read. */
bool routes_admit(const struct route *route, struct visit *v,
    struct response *r);

/* With the body; after routes_admit. */
void routes_answer(const struct route *route, struct visit *v,
    struct response *r);
