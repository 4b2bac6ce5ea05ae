/* SPDX-License-Identifier: MIT */
/*
 * author_address - the address that stands in From for the author of a message
 * that was forwarded: TOKEN@fwd.remotes.club.  Nobody can guess it who has had
 * no mail from there: the token is a keyed hash of the author's address.
 *
 * Mail to it goes on to the author, but only that of members who have had such
 * mail (author_reply.h): whoever reads one of theirs has the address.
 */
#pragma once

#include "forwarding/forwards_settings.h"
#include "forwarding/return_path.h"

#include <stdbool.h>

/* Hexadecimal digits: 128 bits. */
#define AUTHOR_TOKEN_LEN 32

struct author_settings {
	const char *domain; /* as domain_read gives it; NULL: there is none */
	const struct return_path_settings *return_path; /* whose secrets sign */
};

struct author_address {
	const char *token, *text; /* text: the whole address */
};

/* Case counts for nothing in the author's address.  RC_TEMP: the secrets cannot
   be read.  There must be a domain. */
enum rc author_address_make(const struct author_settings *settings,
    struct arena *a, const struct address *author, struct author_address *out,
    struct err *err);

/* True: the domain is that of the settings.  domain: as domain_read gives it;
   NULL is none. */
bool author_address_serves(const struct author_settings *settings,
    const char *domain);
/* Who gets the mail: of postmaster and abuse in that domain (RFC 5321 4.5.1,
   RFC 2142) those of the first domain that is served; of any other address,
   that address. */
struct address author_address_role(const struct author_settings *settings,
    const struct forwards_settings *served, const struct address *address);
/* The token, in lower case; NULL: it has none, or is in another domain. */
const char *author_address_token(const struct author_settings *settings,
    struct arena *a, const struct address *address);

/* Mail of an author, and whose it is. */
struct author_note {
	const char *token;
	const struct address *author;
	const char *const *accounts; /* as address_key */
	size_t n;
};

/* To be called only for mail that is accepted.  A row is kept for a year after
   the last mail.  RC_TEMP: it cannot be written, and the mail must wait. */
enum rc author_address_note(struct store *store, struct arena *a,
    const struct author_note *note, int64_t now, struct err *err);

/* Who is the author, as address_text.  RC_NONE: it is nobody's address. */
enum rc author_address_find(struct store *store,
    const struct author_settings *settings, struct arena *a,
    const struct address *address, int64_t now, const char **author,
    struct err *err);
