/* SPDX-License-Identifier: MIT */
/*
 * directory_text - what is written for a directory: where it is (RFC 4516, its
 * beginning alone), which filter is asked (RFC 4515) and below which entry (RFC
 * 4514).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* Where one server of the directory is. */
struct directory_server {
	const char *url;  /* as it was written */
	const char *host; /* a name, or an address without brackets */
	const char *port;
	bool tls; /* from the first byte: ldaps */
};

/* Reads "ldaps://HOST", "ldap://HOST:PORT", "ldaps://[::1]:636/".  RC_PERM: it
   is something else. */
enum rc directory_url_read(struct arena *a, const char *text,
    struct directory_server *out, struct err *err);

/* What an address is called in filter and base: %{address}, %{local},
   %{domain}. */
struct directory_names {
	const char *address, *local, *domain;
};

/* Returns what is wrong with a filter, or a base, as "expected ..."; NULL:
   nothing. A filter stands in brackets of its own, and asks for something. */
const char *directory_filter_wrong(const char *filter);
const char *directory_base_wrong(const char *base);

/* Returns the text with each %{...} replaced.  Of a name all bytes but letters,
   digits and a few others become \HH, which both a filter and a DN read as that
   byte: nobody who chooses an address chooses what is asked. */
char *directory_expand(struct arena *a, const char *text,
    const struct directory_names *names);

/* Returns what of a base follows its last %{...}, from the next entry above on:
   "dc=example" of "ou=%{domain},dc=example"; "" if nothing does. */
const char *directory_base_fixed(const char *base);

/* True: the text has that word, such as "%{address}". */
bool directory_mentions(const char *text, const char *word);
