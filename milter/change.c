/* SPDX-License-Identifier: MIT */
#include "change.h"

struct changing {
	SMFICTX *ctx;
	const char *space; /* that a value begins with */
};

static bool
insert_field(const struct changing *c, const struct stamp_field *field)
{
	struct arena *a = arena_new();
	char *value = arena_printf(a, "%s%s", c->space, field->value);
	int status = smfi_insheader(c->ctx, 0, (char *)field->name, value);

	arena_free(a);
	return status == MI_SUCCESS;
}

/* value NULL: the field goes. */
static bool
change_field(const struct changing *c, const char *name, unsigned at,
    const char *value)
{
	struct arena *a = arena_new();
	char *text =
	    value == NULL ? NULL : arena_printf(a, "%s%s", c->space, value);
	int status = smfi_chgheader(c->ctx, (char *)name, (int)at, text);

	arena_free(a);
	return status == MI_SUCCESS;
}

/* From the last on, so that the others keep their places. */
static bool
remove_marked(const struct changing *c, const char *name,
    const struct message_marks *marks)
{
	for (size_t i = marks->n; i > 0; i--)
		if (!change_field(c, name, marks->at[i - 1], NULL))
			return false;
	return true;
}

static bool
change_fields(const struct changing *c, const struct stamp *d)
{
	for (size_t i = d->n_changes; i > 0; i--) {
		const struct message_change *change = &d->changes[i - 1];

		if (!change_field(c, change->name, change->at, change->value))
			return false;
	}
	return true;
}

/* In the order of the set. */
static bool
insert_seal(const struct changing *c, const struct message_seal *seal)
{
	const struct stamp_field fields[] = {
	    {"ARC-Authentication-Results", seal->set.results},
	    {"ARC-Message-Signature", seal->set.signature},
	    {"ARC-Seal", seal->set.seal},
	};

	if (seal->by == NULL)
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!insert_field(c, &fields[i]))
			return false;
	return true;
}

bool
change_message(SMFICTX *ctx, const struct session_end *e, bool leading_space)
{
	const struct changing c = {ctx, leading_space ? " " : ""};
	const struct stamp *d = &e->stamp;

	if (!remove_marked(&c, "Authentication-Results", e->authres) ||
	    !remove_marked(&c, "Received-SPF", e->received_spf) ||
	    !change_fields(&c, d))
		return false;
	/* Each above those before it. */
	for (size_t i = d->n_fields; i > 0; i--)
		if (!insert_field(&c, &d->fields[i - 1]))
			return false;
	/* Above all of them, as nothing that follows is signed. */
	for (size_t i = 0; i < e->signatures.n; i++)
		if (!insert_field(&c, &(struct stamp_field){"DKIM-Signature",
					  e->signatures.values[i]}))
			return false;
	if (!insert_seal(&c, &e->seal))
		return false;
	if (e->new_sender != NULL &&
	    smfi_chgfrom(ctx, (char *)e->new_sender, NULL) != MI_SUCCESS)
		return false;
	if (d->content_type != NULL &&
	    (!change_field(&c, "Content-Type", 1, d->content_type) ||
		!change_field(&c, "Content-Transfer-Encoding", 1, NULL)))
		return false;
	if (e->hold != NULL &&
	    smfi_quarantine(ctx, (char *)e->hold) != MI_SUCCESS)
		return false;
	return d->body == NULL ||
	       smfi_replacebody(ctx, (unsigned char *)d->body,
		   (int)d->body_len) == MI_SUCCESS;
}
