/* SPDX-License-Identifier: MIT */
/*
 * author_address - the address that stands in From for the author of a message
 * that was forwarded: TOKEN@fwd.remotes.club.  Nobody can guess it who has had
 * no mail from there: the token is a keyed hash of the author's address.
 */
#pragma once

#include "forwarding/return_path.h"

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
