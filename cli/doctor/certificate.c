/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include "base/memory.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 20

struct certificate {
	STACK_OF(X509) * chain;
};

static X509 *
certificate_leaf(const struct certificate *c)
{
	return sk_X509_value(c->chain, 0);
}

void
certificate_close(struct certificate *c)
{
	if (c == NULL)
		return;
	sk_X509_pop_free(c->chain, X509_free);
	free(c);
}

enum rc
certificate_open(const char *const *pems, size_t n, struct certificate **out,
    struct err *err)
{
	struct certificate *c = memory_zeroed(1, sizeof(*c));

	c->chain = sk_X509_new_null();
	if (c->chain == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		BIO *bio = BIO_new_mem_buf(pems[i], -1);
		X509 *x = bio == NULL
			      ? NULL
			      : PEM_read_bio_X509(bio, NULL, NULL, NULL);

		BIO_free(bio);
		if (x != NULL && sk_X509_push(c->chain, x) == 0)
			X509_free(x);
	}
	ERR_clear_error();
	if (sk_X509_num(c->chain) <= 0) {
		certificate_close(c);
		return err_set(err, RC_PERM, "no certificate was shown");
	}
	*out = c;
	return RC_OK;
}

static int64_t
certificate_time(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static const char *
certificate_names(struct arena *a, X509 *x)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	struct str s;

	str_init(&s, a);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		str_addf(&s, "%s%s", s.len == 0 ? "" : ", ",
		    str_printable(a,
			(const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName), 100));
	}
	GENERAL_NAMES_free(names);
	return s.len == 0 ? "none" : s.text;
}

static const char *
certificate_issuer(struct arena *a, X509 *x)
{
	char text[200];
	int len = X509_NAME_get_text_by_NID(X509_get_issuer_name(x),
	    NID_organizationName, text, sizeof(text));

	return len <= 0 ? NULL
			: str_printable(a, text, strnlen(text, sizeof(text)),
			      sizeof(text));
}

/* Names and times are looked at by themselves. */
static const char *
certificate_distrust(const struct certificate *c, struct arena *a)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	const char *why = NULL;

	if (store == NULL || context == NULL)
		abort();
	X509_STORE_set_default_paths(store);
	if (X509_STORE_CTX_init(context, store, certificate_leaf(c),
		c->chain) == 1) {
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
		X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
		if (X509_verify_cert(context) != 1)
			why = arena_copy_text(a,
			    X509_verify_cert_error_string(
				X509_STORE_CTX_get_error(context)));
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return why;
}

void
certificate_look(const struct certificate *c, struct arena *a, const char *host,
    struct certificate_seen *out)
{
	X509 *leaf = certificate_leaf(c);

	*out = (struct certificate_seen){
	    .names_host = X509_check_host(leaf, host, 0, 0, NULL) == 1,
	    .names = certificate_names(a, leaf),
	    .starts = certificate_time(X509_get0_notBefore(leaf)),
	    .ends = certificate_time(X509_get0_notAfter(leaf)),
	    .self_signed = (X509_get_extension_flags(leaf) & EXFLAG_SS) != 0,
	    .untrusted = certificate_distrust(c, a),
	    .issuer = certificate_issuer(a, leaf),
	};
}

/* ---- TLSA */

enum tlsa_usage {
	TLSA_TRUST_ANCHOR = 2, /* DANE-TA: of the chain */
	TLSA_END_ENTITY = 3,   /* DANE-EE: the host's own */
};

#define TLSA_HEAD 3 /* usage, selector, matching type */

/* The whole certificate, or its key; DER, to be freed with OPENSSL_free. */
static int
tlsa_selected(X509 *x, unsigned selector, unsigned char **der)
{
	*der = NULL;
	switch (selector) {
	case 0:
		return i2d_X509(x, der);
	case 1:
		return i2d_PUBKEY(X509_get0_pubkey(x), der);
	default:
		return -1;
	}
}

/* *len of them, or 0. */
static const unsigned char *
tlsa_matched(unsigned matching, const unsigned char *der, size_t der_len,
    unsigned char digest[EVP_MAX_MD_SIZE], size_t *len)
{
	const EVP_MD *md = matching == 1   ? EVP_sha256()
			   : matching == 2 ? EVP_sha512()
					   : NULL;
	unsigned n = 0;

	*len = matching == 0 ? der_len : 0;
	if (md == NULL)
		return der;
	if (EVP_Digest(der, der_len, digest, &n, md, NULL) == 1)
		*len = n;
	return digest;
}

static bool
tlsa_fits_one(X509 *x, const unsigned char *rdata, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der;
	int der_len = tlsa_selected(x, rdata[1], &der);
	size_t n = 0;
	const unsigned char *bytes =
	    der_len <= 0
		? NULL
		: tlsa_matched(rdata[2], der, (size_t)der_len, digest, &n);
	bool fits = n > 0 && n == len - TLSA_HEAD &&
		    memcmp(bytes, rdata + TLSA_HEAD, n) == 0;

	OPENSSL_free(der);
	return fits;
}

enum certificate_fit
certificate_fits(const struct certificate *c, const struct dns_record *record)
{
	const unsigned char *rdata = (const unsigned char *)record->text;
	size_t len = record->text_len;
	int n = sk_X509_num(c->chain);

	if (len <= TLSA_HEAD || rdata[1] > 1 || rdata[2] > 2 ||
	    (rdata[0] != TLSA_TRUST_ANCHOR && rdata[0] != TLSA_END_ENTITY))
		return CERTIFICATE_NO_RECORD;
	if (rdata[0] == TLSA_END_ENTITY)
		n = 1;
	for (int i = 0; i < n; i++)
		if (tlsa_fits_one(sk_X509_value(c->chain, i), rdata, len))
			return CERTIFICATE_FITS;
	return CERTIFICATE_DIFFERS;
}

const char *
certificate_tlsa(const struct certificate *c, struct arena *a)
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der;
	int der_len = tlsa_selected(certificate_leaf(c), 1, &der);
	size_t n = 0;
	struct str s;

	if (der_len > 0)
		tlsa_matched(1, der, (size_t)der_len, digest, &n);
	OPENSSL_free(der);
	str_init(&s, a);
	str_add(&s, "3 1 1 ");
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%02x", digest[i]);
	return n == 0 ? NULL : s.text;
}
