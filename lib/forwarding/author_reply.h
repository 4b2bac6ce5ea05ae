/* SPDX-License-Identifier: MIT */
/*
 * author_reply - who may write to the address of an author (author_address.h):
 * the mailbox of a member to whom mail of that author was forwarded.  Nothing
 * else may, or the address would be a relay.
 *
 * What is said here is who the envelope names as the sender; whether that is
 * true, policy/check_author_reply.c finds out.
 */
#pragma once

#include "forwarding/author_address.h"
#include "forwarding/forwards_cache.h"

struct author_reply_search {
	struct store *store;
	struct forwards_cache *forwards; /* NULL: the store is asked */
	const struct forwards_settings *served;
	const struct author_settings *authors;
};

struct author_reply {
	const char *token;
	const char *author;  /* as address_text */
	const char *account; /* as address_key: the member who answers */
};

/* RC_NONE: the address is nobody's, or the sender no active target of an
   account that has had mail of its author in the last year; *known says which.
   An account to whose forwards others of ours lead is found only if it is among
   the last AUTHOR_TOKEN_LIST_MAX that had mail from there.  RC_TEMP: nobody
   knows at the moment. */
enum rc author_reply_find(const struct author_reply_search *search,
    struct arena *a, const struct address *to, const struct address *sender,
    int64_t now, struct author_reply *out, bool *known, struct err *err);
