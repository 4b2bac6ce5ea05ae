/* SPDX-License-Identifier: MIT */
/*
 * results - what DKIM, DMARC and ARC have shown, as parts of
 * Authentication-Results (RFC 8601, 9989 9.1, 8617 10.1) for authres_compose;
 * that of SPF is received_spf_authres.  ASCII whatever the message says, in
 * lines that fit, folded as "\n\t".  Pure.
 */
#pragma once

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "base/arena.h"

#include <stddef.h>

/* So many signatures are told at most: all that pass, and of the others the
   uppermost ones. */
#define RESULTS_DKIM_MAX (2 * DKIM_SIGNATURES_MAX)

/* "dkim=pass header.d=example.org header.s=s1 header.a=rsa-sha256
   header.b=abcdefgh" for each signature; without one, "dkim=none".  Returns
   their number. */
size_t results_dkim(struct arena *a, const struct dkim_result *r, size_t n,
    const char *out[static RESULTS_DKIM_MAX]);

/* "dmarc=fail policy.dmarc=reject header.from=example.org", with the policy
   that t=y leaves */
const char *results_dmarc(struct arena *a, const struct dmarc_result *r);

/* "iprev=pass policy.iprev=192.0.2.1 (mx.example.org)": the name, if the client
   has one. */
const char *results_iprev(struct arena *a, const struct ip *client,
    const struct iprev_result *r);

/* "arc=fail reason="..."", "arc=pass (trusted: lists.example.org)": verdict is
   one of "none", "pass" and "fail"; problem, and trusted, the domain of a
   sealer whose word counts, are NULL where there is nothing to say. */
const char *results_arc(struct arena *a, const char *verdict,
    const char *problem, const char *trusted);
