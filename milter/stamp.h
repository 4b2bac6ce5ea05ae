/* SPDX-License-Identifier: MIT */
/*
 * stamp - how a message that is accepted leaves the milter: fields that go,
 * fields that come, another body, whether it needs another sender.  Pure.
 */
#pragma once

#include "auth/spf.h"
#include "message.h"
#include "policy/judge.h"

struct stamp_field {
	const char *name, *value; /* lines end with \n */
};

struct stamp {
	bool new_sender; /* it needs another envelope sender */
	/* To be inserted above all others, the first of them uppermost. */
	struct stamp_field *fields;
	size_t n_fields;
	const char *body; /* NULL: it stays as it is */
	size_t body_len;
	/* From the last to the first. */
	const struct message_change *changes;
	size_t n_changes;
	const char *content_type; /* of body, if it is another; or NULL */
	/* NULL, or the mail of ours (outbox.h) that it says has failed, and
	   why. */
	const char *bounced, *failure;
	const char *note; /* NULL, or what an operator may want to know */
};

/* What was found out of who has sent and written it. */
struct stamp_results {
	const char *const *authres; /* parts of Authentication-Results */
	size_t n;
	const char *received_spf; /* NULL: SPF has nothing to say */
};

/* Of a message that was judged; request: what SPF was asked. */
struct stamp_results stamp_results_of(struct arena *a,
    const struct spf_request *request, const struct judgement *judgement);

/* Of a message that is complete and accepted. */
struct stamp stamp_message(struct message *l,
    const struct stamp_results *results);
