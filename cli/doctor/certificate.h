/* SPDX-License-Identifier: MIT */
/*
 * certificate - what a host has shown in TLS: for which names, for how long,
 * and by whom (RFC 5280, 6125); does it fit TLSA records (RFC 6698, 7672).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stdint.h>

/* A chain, as it was shown: the host's own first. */
struct certificate;

/* Reads PEMs.  RC_PERM: one is none, or there are none. */
enum rc certificate_open(const char *const *pems, size_t n,
    struct certificate **out, struct err *err);
void certificate_close(struct certificate *certificate);

struct certificate_seen {
	bool names_host;
	const char *names;    /* those it has, printable */
	int64_t starts, ends; /* of clock_now */
	bool self_signed;
	/* Why the authorities that this machine trusts do not vouch for it,
	   whatever its names and times; NULL: they do. */
	const char *untrusted;
	const char *issuer; /* organization of who issued it, or NULL */
};

/* The authorities are those of OpenSSL, or of SSL_CERT_FILE and
   SSL_CERT_DIR. */
void certificate_look(const struct certificate *certificate, struct arena *a,
    const char *host, struct certificate_seen *out);

enum certificate_fit {
	CERTIFICATE_FITS,
	CERTIFICATE_DIFFERS,
	CERTIFICATE_NO_RECORD, /* it is none, or of a usage that mail has not
				  (RFC 7672 3.1.3) */
};

/* Does it fit one TLSA record, as dns.h keeps it? */
enum certificate_fit certificate_fits(const struct certificate *certificate,
    const struct dns_record *record);

/* "3 1 1 HEX" for its key; NULL: OpenSSL cannot. */
const char *certificate_tlsa(const struct certificate *certificate,
    struct arena *a);
