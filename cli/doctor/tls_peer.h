/* SPDX-License-Identifier: MIT */
/*
 * tls_peer - connects to a host by TLS and takes what it shows: its
 * certificates, whoever vouches for them, and with https a page.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_PEER_PAGE_MAX 65536 /* the rest is left out */

struct tls_question {
	/* "https://host[:port]/..."; "smtp://host:port/helo": by STARTTLS, and
	   no mail is begun. */
	const char *url;
	/* Where the host is, instead of what the system's resolver says; NULL:
	   ask that. */
	const struct ip *addresses;
	size_t n_addresses;
	bool follows; /* redirections */
	int64_t limit_ms;
};

struct tls_peer {
	const char *const *pems; /* the host's own first; none: no TLS */
	size_t n_pems;
	long status; /* of HTTP */
	const char *page;
	size_t page_len;
};

/* RC_NONE: SMTP there does not offer STARTTLS; RC_TEMP: cannot be reached, or
   TLS fails; err says why, printable. */
enum rc tls_peer_ask(struct arena *a, const struct tls_question *question,
    struct tls_peer *out, struct err *err);
