/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include "leaving.h"
#include "mail/reply_rewrite.h"
#include "store/db.h"

#include <assert.h>

static struct reply_addresses
reply_addresses_of(struct arena *a, const struct message *l,
    const char *account)
{
	struct reply_author *authors =
	    arena_take_array(a, l->n_recipients + 1, sizeof(*authors));
	struct reply_addresses addresses = {
	    .mailbox = address_text(a, &l->from.mailbox),
	    .account = account,
	    .authors = authors,
	};

	for (size_t i = 0; i < l->n_recipients; i++) {
		const struct message_recipient *r = &l->recipients[i];

		if (r->reply != NULL)
			authors[addresses.n++] = (struct reply_author){
			    address_text(a, &r->address), r->reply->author};
	}
	return addresses;
}

void
reply_stamp(struct arena *a, const struct message *message,
    const struct authentication *authentication, const char *account,
    struct stamp *stamp)
{
	const struct reply_addresses addresses =
	    reply_addresses_of(a, message, account);
	struct message_change *changes = NULL;
	size_t n, n_changes = 0;
	bool cut;
	const struct mail_field *fields =
	    authentication_fields(authentication, &n, &cut);

	assert(stamp->n_changes == 0);
	for (size_t i = 0; i < n; i++) {
		const char *value;

		if (!reply_rewrite_field(a, &addresses, &fields[i], &value))
			continue;
		changes = db_more(a, changes, n_changes, sizeof(*changes));
		changes[n_changes++] = (struct message_change){
		    fields[i].name, leaving_place(fields, i), value};
	}
	stamp->changes = changes;
	stamp->n_changes = n_changes;
}
