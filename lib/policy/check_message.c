/* SPDX-License-Identifier: MIT */
/* The checks of a message that has come whole. */
#include "policy/private/check_rows.h"

#include "mail/header.h"

static bool
check_header_limit_applies(const struct check_run *run)
{
	return run->facts->message.known;
}

static void
check_header_limit_judge(struct check_run *run)
{
	const struct facts_message *m = &run->facts->message;
	struct finding *f;

	if (m->claims > FACTS_CLAIMS_MAX) {
		f = check_found(run, CHECK_HEADER_LIMIT, FINDING_HIT,
		    arena_printf(run->arena,
			"%u fields with results in our name", m->claims));
		f->reply = (struct reply){550, "7.1",
		    "Too many results of authentication in our name"};
		return;
	}
	if (m->report_fields > FACTS_REPORT_FIELDS_MAX) {
		f = check_found(run, CHECK_HEADER_LIMIT, FINDING_HIT,
		    arena_printf(run->arena, "a notification of %u fields",
			m->report_fields));
		f->reply = (struct reply){
		    550, "6.0", "Too many header fields in a notification"};
		return;
	}
	if (m->header_over && run->trusted == NULL) {
		f = check_found(run, CHECK_HEADER_LIMIT, FINDING_HIT,
		    "nobody can tell who wrote it: its header is too long");
		f->reply = (struct reply){550, "6.0", "The header is too long"};
		return;
	}
	check_found(run, CHECK_HEADER_LIMIT, FINDING_FINE,
	    "as many fields as can be seen to");
}

static bool
check_loop_applies(const struct check_run *run)
{
	return run->facts->message.known;
}

static void
check_loop_judge(struct check_run *run)
{
	const struct facts_message *m = &run->facts->message;
	struct finding *f;

	if (m->delivered_to != NULL) {
		f = check_found(run, CHECK_LOOP, FINDING_HIT,
		    "an account had it before");
		f->reply = (struct reply){550, "4.6",
		    arena_printf(run->arena,
			"Mail loop: already delivered to <%s>",
			m->delivered_to)};
		return;
	}
	if (m->hops > run->settings->hop_limit ||
	    m->deliveries > HEADER_DELIVERED_MAX) {
		f = check_found(run, CHECK_LOOP, FINDING_HIT,
		    arena_printf(run->arena, "%u hops, %u deliveries", m->hops,
			m->deliveries));
		f->reply =
		    (struct reply){550, "4.6", "Mail loop: too many hops"};
		return;
	}
	check_found(run, CHECK_LOOP, FINDING_FINE,
	    arena_printf(run->arena, "%u hops", m->hops));
}

/* Applies only if the sender must be rewritten, and not to mail of this
   machine, which nobody may refuse. */
static bool
check_return_path_applies(const struct check_run *run)
{
	const struct facts_message *m = &run->facts->message;

	return m->known && m->forwarded > 0 && m->foreign && !m->from_here;
}

/* A sender that cannot be rewritten would leave as a stranger wrote it. */
static void
check_return_path_judge(struct check_run *run)
{
	const struct postfix_address *from = &run->facts->from;
	struct finding *f;

	if (from->mailbox.local != NULL) {
		check_found(run, CHECK_RETURN_PATH, FINDING_FINE,
		    "the sender can be rewritten");
		return;
	}
	f = check_found(run, CHECK_RETURN_PATH, FINDING_HIT,
	    arena_printf(run->arena, "the sender has %s", from->problem));
	f->reply = (struct reply){550, "1.7",
	    arena_printf(run->arena, "Sender address has %s", from->problem)};
}

const struct check check_header_limit = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_REJECTS,
    .applies_to_trusted = true,
    .applies = check_header_limit_applies,
    .judge = check_header_limit_judge,
};

const struct check check_loop = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_REJECTS,
    .applies_to_trusted = true,
    .applies = check_loop_applies,
    .judge = check_loop_judge,
};

const struct check check_return_path = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_REJECTS,
    .applies_to_trusted = true,
    .applies = check_return_path_applies,
    .judge = check_return_path_judge,
};
