/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "directory/directory.h"
#include "forwarding/forwards.h"
#include "forwarding/private/source.h"

/* The local part is taken as the key of an account has it, so that an address
   is the same in any case; a catch-all is "@domain". */
static struct directory_names
names_of(const struct source_question *q)
{
	return (struct directory_names){
	    .address = q->address->local[0] == '\0'
			   ? arena_printf(q->arena, "@%s", q->address->domain)
			   : address_key(q->arena, q->address),
	    .local = str_lower(q->arena, q->address->local),
	    .domain = q->address->domain,
	};
}

/* A filter that is about the local part alone would find anybody's entry for
   the empty one of a catch-all. */
static bool
ldap_may_have(const struct source_question *q)
{
	return q->settings->directory != NULL &&
	       (q->address->local[0] != '\0' ||
		   directory_finds_addresses(q->settings->directory));
}

static enum rc
find_in_directory(const struct source_question *q, struct source_account *out,
    struct err *err)
{
	const struct directory_names names = names_of(q);
	struct directory_entry entry;
	enum rc rc = directory_find(q->settings->directory, q->arena, &names,
	    db_time_left(INT32_MAX), &entry, err);

	if (rc != RC_OK)
		return rc;
	out->suspended = entry.suspended;
	out->note = entry.suspended ? "suspended in the directory" : entry.note;
	if (!entry.suspended) {
		out->targets = entry.targets;
		out->n = entry.n;
	}
	return RC_OK;
}

enum rc
forwards_in_directory(const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct err *err)
{
	const struct source_question question = {
	    .arena = a, .settings = settings, .address = address};
	struct source_account unused;

	return ldap_may_have(&question)
		   ? find_in_directory(&question, &unused, err)
		   : RC_NONE;
}

const struct source source_ldap = {
    .name = "ldap",
    .outside = true,
    .remote = true,
    .may_have = ldap_may_have,
    .find = find_in_directory,
};
