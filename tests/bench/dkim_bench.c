/* SPDX-License-Identifier: MIT */
/*
 * dkim_bench - DKIM in seconds of one core, each figure beside what OpenSSL
 * alone needs for the same.
 *
 * usage: dkim_bench [SECONDS [WHAT]]
 *
 * "verify" reads the signature, hashes body and header, reads the key as DNS
 * gives it, and verifies; beside EVP_PKEY_verify with a key object that is
 * kept, and with one that OpenSSL reads each time.  "sign" is all of dkim_sign;
 * beside EVP_PKEY_sign.  "body" is the relaxed form and SHA-256; beside SHA-256
 * of the same bytes.
 */
#include "auth/dkim.h"
#include "base/str.h"
#include "mail/message_text.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
	struct arena *arena, *kept;
	struct message_text message;
	const char *signed_text; /* with a signature on top */
	size_t signed_len;
	EVP_PKEY *evp;
	struct private_key *key;
	struct dns_record record;
	const char *big;
	size_t big_len;
	unsigned char digest[CRYPTO_SHA256_LEN], signature[512];
	size_t signature_len;
	unsigned char *der; /* the public key */
	long der_len;
	EVP_PKEY_CTX *context;
	EVP_MD_CTX *md;
	const char *only; /* what begins so */
};

typedef void bench_step(struct bench *b);

static void
bench_must(bool so)
{
	if (!so)
		abort();
}

static void
bench_hash_body(struct body_hashes *bodies, const char *bytes, size_t len)
{
	/* As a milter gets it. */
	for (size_t at = 0; at < len; at += 65535)
		body_hashes_add(bodies, bytes + at,
		    len - at < 65535 ? len - at : 65535);
	body_hashes_end(bodies);
}

static const char *
bench_sign_message(struct bench *b)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dkim_signing signing = {
	    .key = b->key,
	    .domain = "example.org",
	    .selector = "s1",
	    .fields = b->message.fields,
	    .n = b->message.n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = 1767225600,
	    .sender = "",
	};
	const char *value;

	bench_hash_body(bodies, b->message.body, b->message.body_len);
	bench_must(dkim_sign(b->arena, &signing, &value, NULL) == RC_OK);
	body_hashes_free(bodies);
	return value;
}

static void
bench_sign(struct bench *b)
{
	bench_sign_message(b);
	arena_reset(b->arena);
}

static void
bench_sign_bare(struct bench *b)
{
	size_t len = sizeof(b->signature);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(b->evp, NULL);

	bench_must(EVP_PKEY_sign_init(context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
		   EVP_PKEY_sign(context, b->signature, &len, b->digest,
		       sizeof(b->digest)) == 1);
	b->signature_len = len;
	EVP_PKEY_CTX_free(context);
}

static void
bench_verify(struct bench *b)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	struct message_text m;
	struct dkim_verify *v;

	message_text_split(b->arena, b->signed_text, b->signed_len, &m);
	v = dkim_verify_new(b->arena, m.fields, m.n, "example.org", bodies);
	bench_hash_body(bodies, m.body, m.body_len);
	bench_must(dkim_verify_queries(v, queries) == 1);
	queries[0].rc = RC_OK;
	queries[0].records = &b->record;
	queries[0].n = 1;
	bench_must(dkim_verify_finish(v, queries, 1, 1767225600)[0].verdict ==
		   DKIM_PASS);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	arena_reset(b->arena);
}

static void
bench_verify_bare(struct bench *b)
{
	bench_must(EVP_PKEY_verify(b->context, b->signature, b->signature_len,
		       b->digest, sizeof(b->digest)) == 1);
}

static void
bench_verify_read(struct bench *b)
{
	const unsigned char *der = b->der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &der, b->der_len);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

	bench_must(EVP_PKEY_verify_init(context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
		   EVP_PKEY_verify(context, b->signature, b->signature_len,
		       b->digest, sizeof(b->digest)) == 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

static void
bench_body(struct bench *b)
{
	struct body_hashes *bodies = body_hashes_new();

	body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE);
	bench_hash_body(bodies, b->big, b->big_len);
	body_hashes_free(bodies);
}

static void
bench_body_bare(struct bench *b)
{
	unsigned char out[CRYPTO_SHA256_LEN];

	bench_must(EVP_DigestInit_ex(b->md, EVP_sha256(), NULL) == 1 &&
		   EVP_DigestUpdate(b->md, b->big, b->big_len) == 1 &&
		   EVP_DigestFinal_ex(b->md, out, NULL) == 1);
}

/* Of this process: others take none of it. */
static int64_t
bench_cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static double
bench_rate(struct bench *b, bench_step *step, int64_t ms)
{
	int steps = b->big_len > 1000000 ? 1 : 20;
	int64_t start = bench_cpu_ms(), now = start;
	long n = 0;

	for (; now - start < ms; now = bench_cpu_ms())
		for (int i = 0; i < steps; i++, n++)
			step(b);
	return (double)n * 1000 / (double)(now - start);
}

/* Measured in turn, so that a slow moment of the machine is in both. */
static void
bench_compare(struct bench *b, const char *what, const char *unit,
    bench_step *ours, bench_step *bare, double size, int64_t ms)
{
	double mine = 0, its = 0;

	if (!str_starts(what, b->only))
		return;
	for (int i = 0; i < 4; i++) {
		mine += bench_rate(b, ours, ms / 8) * size / 4;
		its += bench_rate(b, bare, ms / 8) * size / 4;
	}
	printf("%-24s %9.0f %-4s  bare %9.0f  ratio %.2f\n", what, mine, unit,
	    its, mine / its);
}

/* A letter of so many bytes: lines as people and programs write them. */
static const char *
bench_letter(struct arena *a, size_t len)
{
	static const char *const lines[] = {
	    "Dear members, on Monday we meet at the usual place for lunch.",
	    "Whoever cannot come may say so, in a line or two;  we will wait",
	    "for nobody, as last time.", "", "> On Friday somebody wrote:",
	    "> the minutes are at https://remotes.example/minutes/2026-11.html",
	    "-- "};
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; s.len < len; i++)
		str_addf(&s, "%s\r\n", lines[i % 7]);
	s.text[len - 2] = '\r';
	s.text[len - 1] = '\n';
	return s.text;
}

static void
bench_keys(struct bench *b)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *public;
	char *pem;
	long len;

	b->evp = EVP_RSA_gen(2048);
	bench_must(b->evp != NULL && PEM_write_bio_PrivateKey(bio, b->evp, NULL,
					 NULL, 0, NULL, NULL) == 1);
	len = BIO_get_mem_data(bio, &pem);
	bench_must(private_key_read(pem, (size_t)len, &b->key, NULL) == RC_OK);
	BIO_free(bio);
	bench_must(private_key_public(b->key, b->kept, &public, NULL) == RC_OK);
	b->record.text = arena_printf(b->kept, "v=DKIM1; k=rsa; p=%s", public);
	b->record.text_len = strlen(b->record.text);
	b->der_len = i2d_PUBKEY(b->evp, &b->der);
	b->md = EVP_MD_CTX_new();
	b->context = EVP_PKEY_CTX_new(b->evp, NULL);
	bench_must(EVP_PKEY_verify_init(b->context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(b->context, EVP_sha256()) ==
		       1);
}

static void
bench_message(struct bench *b)
{
	const char *text = arena_printf(b->kept,
	    "Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n"
	    "\tby mx.example.net (Postfix) with ESMTPS id 4CbXyz1234\r\n"
	    "\tfor <bob@example.net>; Fri, 27 Nov 2026 10:00:00 +0000 (UTC)\r\n"
	    "From: Ann Example <ann@example.org>\r\n"
	    "To: Bob Example <bob@example.net>\r\n"
	    "Cc: Carl <carl@example.net>, Dora <dora@example.net>\r\n"
	    "Subject: Lunch on Monday, at the usual place\r\n"
	    "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
	    "Message-ID: <20261127100000.1234@example.org>\r\n"
	    "Reply-To: ann@example.org\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n%s",
	    bench_letter(b->kept, 1200));

	message_text_split(b->kept, text, strlen(text), &b->message);
	b->signed_text = arena_copy_text(b->kept,
	    arena_printf(b->arena, "DKIM-Signature: %s\r\n%s",
		bench_sign_message(b), text));
	b->signed_len = strlen(b->signed_text);
}

int
main(int argc, char **argv)
{
	int64_t ms = argc > 1 ? (int64_t)(1000 * atof(argv[1])) : 2000;
	struct bench b = {.arena = arena_new(),
	    .kept = arena_new(),
	    .only = argc > 2 ? argv[2] : ""};
	static const size_t sizes[] = {100 * 1000, 10 * 1000 * 1000};

	bench_keys(&b);
	bench_message(&b);
	bench_sign_bare(&b);
	bench_compare(&b, "verify RSA-2048, 2 KB", "/s", bench_verify,
	    bench_verify_bare, 1, ms);
	bench_compare(&b, "verify, key read anew", "/s", bench_verify,
	    bench_verify_read, 1, ms);
	bench_compare(&b, "sign RSA-2048, 2 KB", "/s", bench_sign,
	    bench_sign_bare, 1, ms);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		b.big_len = sizes[i];
		b.big = bench_letter(b.kept, sizes[i]);
		bench_compare(&b,
		    i == 0 ? "relaxed body, 100 KB" : "relaxed body, 10 MB",
		    "MB/s", bench_body, bench_body_bare, (double)sizes[i] / 1e6,
		    ms);
	}
	OPENSSL_free(b.der);
	EVP_PKEY_CTX_free(b.context);
	EVP_MD_CTX_free(b.md);
	EVP_PKEY_free(b.evp);
	private_key_free(b.key);
	arena_free(b.kept);
	arena_free(b.arena);
	return 0;
}
