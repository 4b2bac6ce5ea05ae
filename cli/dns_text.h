/* SPDX-License-Identifier: MIT */
/*
 * dns_text - TXT records of a domain that Postward itself does not live by,
 * read as strictly as those who do: where DMARC reports go (RFC 9989 4.7), TLS
 * reports (RFC 8460 3), MTA-STS (RFC 8461 3.1).  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Is the text of that kind, by its beginning: "v=spf1" with nothing or a space
   behind it (RFC 7208 4.5), or "v=TLSRPTv1" and "v=STSv1" with nothing or a
   semicolon? */
bool dns_text_is_spf(const char *text, size_t len);
bool dns_text_is_tls_report(const char *text, size_t len);
bool dns_text_is_mta_sts(const char *text, size_t len);

/* What is wrong with such a text, in words; NULL: nothing. */
const char *dns_text_tls_report_wrong(struct arena *a, const char *text,
    size_t len);
const char *dns_text_mta_sts_wrong(struct arena *a, const char *text,
    size_t len);

/* The domains of the mailboxes to which rua and ruf of a DMARC record send, in
   lower case; *n of them, in the arena. */
const char *const *dns_text_dmarc_receivers(struct arena *a, const char *text,
    size_t len, size_t *n);
