/* SPDX-License-Identifier: MIT */
/*
 * dkim_bench - DKIM in seconds of one core, each figure beside what OpenSSL
 * alone needs for the same.
 *
 * usage: dkim_bench [SECONDS [WHAT [FOLDER]]]
 *
 * "verify" reads the signature, hashes body and header, reads the key as DNS
 * gives it, and verifies; beside SHA-256 of the message and EVP_PKEY_verify
 * with a key object that is kept, and with one that OpenSSL reads each time.
 * "sign" is all of dkim_sign; beside EVP_PKEY_sign.  "body" is the relaxed form
 * and SHA-256; beside SHA-256 of the same bytes.  Into FOLDER goes what
 * dkim_peer and dkim_bench.py measure others with.
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

enum letter {
	LETTER_2_KB,
	LETTER_100_KB,
	LETTERS
};

struct signed_letter {
	struct message_text message;
	const char *text; /* with a signature on top */
	size_t len;
};

struct bench {
	struct arena *arena, *kept;
	struct signed_letter letters[LETTERS];
	const struct signed_letter *letter; /* the one that is measured */
	EVP_PKEY *evp;
	struct private_key *key;
	struct dns_record record;
	const char *big;
	size_t big_len;
	unsigned char digest[CRYPTO_SHA256_LEN], signature[512];
	size_t signature_len;
	const char *pem; /* the key to sign with */
	size_t pem_len;
	unsigned char *der; /* the public key */
	long der_len;
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
	    .fields = b->letter->message.fields,
	    .n = b->letter->message.n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = time(NULL),
	    .sender = "",
	};
	const char *value;

	bench_hash_body(bodies, b->letter->message.body,
	    b->letter->message.body_len);
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

	message_text_split(b->arena, b->letter->text, b->letter->len, &m);
	v = dkim_verify_new(b->arena, m.fields, m.n, "example.org", bodies);
	bench_hash_body(bodies, m.body, m.body_len);
	bench_must(dkim_verify_queries(v, queries) == 1);
	queries[0].rc = RC_OK;
	queries[0].records = &b->record;
	queries[0].n = 1;
	bench_must(dkim_verify_finish(v, queries, 1, time(NULL))[0].verdict ==
		   DKIM_PASS);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	arena_reset(b->arena);
}

static void
bench_hash_bare(struct bench *b, const char *bytes, size_t len)
{
	unsigned char out[CRYPTO_SHA256_LEN];

	bench_must(EVP_DigestInit_ex(b->md, EVP_sha256(), NULL) == 1 &&
		   EVP_DigestUpdate(b->md, bytes, len) == 1 &&
		   EVP_DigestFinal_ex(b->md, out, NULL) == 1);
}

/* The body and the header have a hash each. */
static void
bench_hash_letter(struct bench *b)
{
	const struct signed_letter *l = b->letter;
	size_t header =
	    (size_t)(l->message.body_len < l->len ? l->len - l->message.body_len
						  : 0);

	bench_hash_bare(b, l->text, header);
	bench_hash_bare(b, l->text + header, l->len - header);
}

static void
bench_verify_with(struct bench *b, EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

	bench_must(EVP_PKEY_verify_init(context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
		   EVP_PKEY_verify(context, b->signature, b->signature_len,
		       b->digest, sizeof(b->digest)) == 1);
	EVP_PKEY_CTX_free(context);
}

static void
bench_verify_bare(struct bench *b)
{
	bench_hash_letter(b);
	bench_verify_with(b, b->evp);
}

static void
bench_verify_read(struct bench *b)
{
	const unsigned char *der = b->der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &der, b->der_len);

	bench_hash_letter(b);
	bench_verify_with(b, key);
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
	bench_hash_bare(b, b->big, b->big_len);
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

/* A letter of so many bytes or a line more: lines as people and programs write
 * them. */
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
	b->pem = arena_copy_bytes(b->kept, pem, (size_t)len);
	b->pem_len = (size_t)len;
	BIO_free(bio);
	bench_must(private_key_public(b->key, b->kept, &public, NULL) == RC_OK);
	b->record.text = arena_printf(b->kept, "v=DKIM1; k=rsa; p=%s", public);
	b->record.text_len = strlen(b->record.text);
	b->der_len = i2d_PUBKEY(b->evp, &b->der);
	b->md = EVP_MD_CTX_new();
}

/* A signature's folds are a milter's, without CR. */
static const char *
bench_signed(struct arena *a, const char *signature, const char *text)
{
	struct str s;

	str_init(&s, a);
	str_add(&s, "DKIM-Signature: ");
	for (; *signature != '\0'; signature++) {
		if (*signature == '\n')
			str_add(&s, "\r");
		str_add_bytes(&s, signature, 1);
	}
	str_addf(&s, "\r\n%s", text);
	return s.text;
}

static void
bench_sign_letter(struct bench *b, struct signed_letter *letter, size_t len)
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
	    bench_letter(b->kept, len));

	message_text_split(b->kept, text, strlen(text), &letter->message);
	b->letter = letter;
	letter->text = bench_signed(b->kept, bench_sign_message(b), text);
	letter->len = strlen(letter->text);
}

static void
bench_save(const char *folder, const char *name, const void *bytes, size_t len)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	bench_must(file != NULL && fwrite(bytes, 1, len, file) == len &&
		   fclose(file) == 0);
}

static void
bench_save_all(const struct bench *b, const char *folder)
{
	bench_save(folder, "2.eml", b->letters[LETTER_2_KB].text,
	    b->letters[LETTER_2_KB].len);
	bench_save(folder, "100.eml", b->letters[LETTER_100_KB].text,
	    b->letters[LETTER_100_KB].len);
	bench_save(folder, "record", b->record.text, b->record.text_len);
	bench_save(folder, "key.pem", b->pem, b->pem_len);
}

static void
bench_bodies(struct bench *b, int64_t ms)
{
	static const struct {
		const char *what;
		size_t size;
	} bodies[] = {
	    {"relaxed body, 100 KB", 100 * 1000},
	    {"relaxed body, 10 MB", 10 * 1000 * 1000},
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		b->big = bench_letter(b->kept, bodies[i].size);
		b->big_len = strlen(b->big);
		bench_compare(b, bodies[i].what, "MB/s", bench_body,
		    bench_body_bare, (double)b->big_len / 1e6, ms);
	}
}

int
main(int argc, char **argv)
{
	int64_t ms = argc > 1 ? (int64_t)(1000 * atof(argv[1])) : 2000;
	struct bench b = {.arena = arena_new(),
	    .kept = arena_new(),
	    .only = argc > 2 ? argv[2] : ""};
	bench_keys(&b);
	bench_sign_letter(&b, &b.letters[LETTER_100_KB], 100 * 1000);
	bench_sign_letter(&b, &b.letters[LETTER_2_KB], 1200);
	bench_sign_bare(&b);
	if (argc > 3)
		bench_save_all(&b, argv[3]);
	bench_compare(&b, "verify RSA-2048, 2 KB", "/s", bench_verify,
	    bench_verify_bare, 1, ms);
	bench_compare(&b, "verify, 2 KB, read anew", "/s", bench_verify,
	    bench_verify_read, 1, ms);
	bench_compare(&b, "sign RSA-2048, 2 KB", "/s", bench_sign,
	    bench_sign_bare, 1, ms);
	b.letter = &b.letters[LETTER_100_KB];
	bench_compare(&b, "verify RSA-2048, 100 KB", "/s", bench_verify,
	    bench_verify_bare, 1, ms);
	bench_bodies(&b, ms);
	OPENSSL_free(b.der);
	EVP_MD_CTX_free(b.md);
	EVP_PKEY_free(b.evp);
	private_key_free(b.key);
	arena_free(b.kept);
	arena_free(b.arena);
	return 0;
}
