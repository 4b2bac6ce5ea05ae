/* SPDX-License-Identifier: MIT */
#include "rewrite.h"

#include "mail/from_rewrite.h"
#include "mail/header.h"
#include "store/db.h"

#include <assert.h>
#include <string.h>

struct rewriting {
	struct arena *arena;
	const struct rewrite_request *request;
	const struct from_mailbox *author;
	unsigned originals, senders; /* of these, so far */
	bool has_reply_to;
	struct stamp_field original;
	struct message_change *changes;
	size_t n_changes;
};

static void
add_change(struct rewriting *r, const char *name, unsigned at,
    const char *value)
{
	r->changes =
	    db_more(r->arena, r->changes, r->n_changes, sizeof(*r->changes));
	r->changes[r->n_changes++] = (struct message_change){name, at, value};
}

static void
rewrite_field(struct rewriting *r, const struct mail_field *field)
{
	if (header_is(field->name, "From")) {
		add_change(r, "From", 1,
		    from_rewrite_value(r->arena, r->author, r->request->address,
			r->request->via));
		r->original = (struct stamp_field){"X-Original-From",
		    from_rewrite_original(r->arena, field, r->author)};
	} else if (header_is(field->name, "X-Original-From")) {
		add_change(r, "X-Original-From", ++r->originals, NULL);
	} else if (header_is(field->name, "Sender")) {
		add_change(r, "Sender", ++r->senders, NULL);
	} else if (header_is(field->name, "Reply-To")) {
		r->has_reply_to = true;
	}
}

/* Below all that the stamp has. */
static void
add_stamp_field(struct arena *a, struct stamp *stamp, struct stamp_field field)
{
	struct stamp_field *fields =
	    arena_take_array(a, stamp->n_fields + 1, sizeof(*fields));

	if (stamp->n_fields > 0)
		memcpy(fields, stamp->fields,
		    stamp->n_fields * sizeof(*fields));
	fields[stamp->n_fields++] = field;
	stamp->fields = fields;
}

void
rewrite_author(struct arena *a, const struct rewrite_request *request,
    struct stamp *stamp)
{
	const struct from_field *from =
	    authentication_from(request->authentication);
	struct rewriting r = {
	    .arena = a, .request = request, .author = &from->mailboxes[0]};
	size_t n;
	bool cut;
	const struct mail_field *fields =
	    authentication_fields(request->authentication, &n, &cut);

	/* Nothing is forwarded of a report that is told anew. */
	assert(from->n == 1 && stamp->n_changes == 0);
	for (size_t i = 0; i < n; i++)
		rewrite_field(&r, &fields[i]);
	stamp->changes = r.changes;
	stamp->n_changes = r.n_changes;
	add_stamp_field(a, stamp, r.original);
	if (!r.has_reply_to)
		add_stamp_field(a, stamp,
		    (struct stamp_field){
			"Reply-To", from_rewrite_reply_to(a, r.author)});
}
