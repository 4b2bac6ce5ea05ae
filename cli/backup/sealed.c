/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include "base/memory.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_LEN 12

/* The chunks of one file, in their order. */
struct sealed_chunks {
	EVP_CIPHER_CTX *context;
	unsigned char key[SEALED_KEY_LEN];
	uint64_t n; /* so many are done */
	unsigned char text[SEALED_CHUNK];
	unsigned char sealed[SEALED_CHUNK + SEALED_TAG];
};

struct sealed_writer {
	FILE *to;
	size_t len; /* of what waits in chunks.text */
	bool failed;
	struct sealed_chunks chunks;
};

static void
sealed_chunks_end(struct sealed_chunks *c)
{
	EVP_CIPHER_CTX_free(c->context);
	OPENSSL_cleanse(c, sizeof(*c));
}

/* The number of the chunk, big-endian, and 1 if it is the last. */
static void
sealed_nonce(uint64_t n, bool last, unsigned char out[NONCE_LEN])
{
	memset(out, 0, NONCE_LEN);
	for (int i = 0; i < 8; i++)
		out[NONCE_LEN - 2 - i] = (unsigned char)(n >> (8 * i));
	out[NONCE_LEN - 1] = last;
}

static bool
sealed_chunk_begin(struct sealed_chunks *c, bool last, int encrypt)
{
	unsigned char nonce[NONCE_LEN];

	sealed_nonce(c->n++, last, nonce);
	return c->context != NULL &&
	       EVP_CipherInit_ex(c->context, EVP_aes_256_gcm(), NULL, c->key,
		   nonce, encrypt) == 1;
}

/* From text to sealed. */
static bool
seal_chunk(struct sealed_chunks *c, size_t len, bool last)
{
	int done = 0, more = 0;

	return sealed_chunk_begin(c, last, 1) &&
	       EVP_EncryptUpdate(c->context, c->sealed, &done, c->text,
		   (int)len) == 1 &&
	       EVP_EncryptFinal_ex(c->context, c->sealed + done, &more) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_GCM_GET_TAG, SEALED_TAG,
		   c->sealed + len) == 1;
}

/* From sealed to text. */
static bool
unseal_chunk(struct sealed_chunks *c, size_t len, bool last)
{
	int done = 0, more = 0;

	return sealed_chunk_begin(c, last, 0) &&
	       EVP_DecryptUpdate(c->context, c->text, &done, c->sealed,
		   (int)len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_GCM_SET_TAG, SEALED_TAG,
		   c->sealed + len) == 1 &&
	       EVP_DecryptFinal_ex(c->context, c->text + done, &more) == 1;
}

static bool
write_sealed_chunk(struct sealed_writer *w, bool last)
{
	size_t len = w->len;

	w->len = 0;
	w->failed |= !seal_chunk(&w->chunks, len, last) ||
		     fwrite(w->chunks.sealed, 1, len + SEALED_TAG, w->to) !=
			 len + SEALED_TAG;
	return !w->failed;
}

/* A chunk is written once it is known not to be the last. */
static ssize_t
sealed_cookie_write(void *cookie, const char *bytes, size_t n)
{
	struct sealed_writer *w = cookie;
	size_t left = n;

	while (left > 0) {
		size_t take;

		if (w->len == SEALED_CHUNK && !write_sealed_chunk(w, false))
			return 0;
		take = SEALED_CHUNK - w->len;
		take = take < left ? take : left;
		memcpy(w->chunks.text + w->len, bytes, take);
		w->len += take;
		bytes += take;
		left -= take;
	}
	return (ssize_t)n;
}

static int
sealed_cookie_close(void *cookie)
{
	struct sealed_writer *w = cookie;
	bool done = !w->failed && write_sealed_chunk(w, true) &&
		    fflush(w->to) == 0 && !ferror(w->to);

	sealed_chunks_end(&w->chunks);
	free(w);
	return done ? 0 : EOF;
}

enum rc
sealed_writer_open(FILE *to, const unsigned char key[SEALED_KEY_LEN],
    FILE **out, struct err *err)
{
	static const cookie_io_functions_t functions = {
	    .write = sealed_cookie_write, .close = sealed_cookie_close};
	struct sealed_writer *w = memory_zeroed(1, sizeof(*w));

	w->to = to;
	w->chunks.context = EVP_CIPHER_CTX_new();
	memcpy(w->chunks.key, key, SEALED_KEY_LEN);
	*out = fopencookie(w, "w", functions);
	if (*out != NULL)
		return RC_OK;
	sealed_chunks_end(&w->chunks);
	free(w);
	return err_set(err, RC_TEMP, "%s", strerror(errno));
}

static enum rc
not_as_sealed(struct err *err)
{
	return err_set(err, RC_PERM, "it is not whole, or was changed");
}

/* Is nothing behind what was read? */
static bool
sealed_is_at_end(FILE *from)
{
	int next = getc(from);

	if (next != EOF)
		ungetc(next, from);
	return next == EOF;
}

/* All chunks but the last are full, and only the first may be empty: what is
   written can be written in one way only. */
static enum rc
read_sealed_chunk(struct sealed_chunks *c, FILE *from, FILE *to, bool *last,
    struct err *err)
{
	size_t len = fread(c->sealed, 1, sizeof(c->sealed), from);

	*last = sealed_is_at_end(from);
	if (ferror(from))
		return err_set(err, RC_TEMP, "%s", strerror(errno));
	if (len < SEALED_TAG || (len == SEALED_TAG && c->n > 0))
		return not_as_sealed(err);
	len -= SEALED_TAG;
	if (!unseal_chunk(c, len, *last))
		return not_as_sealed(err);
	if (fwrite(c->text, 1, len, to) != len)
		return err_set(err, RC_TEMP, "%s", strerror(errno));
	return RC_OK;
}

enum rc
sealed_read(FILE *from, const unsigned char key[SEALED_KEY_LEN], FILE *to,
    struct err *err)
{
	struct sealed_chunks *c = memory_zeroed(1, sizeof(*c));
	bool last = false;
	enum rc rc = RC_OK;

	c->context = EVP_CIPHER_CTX_new();
	memcpy(c->key, key, SEALED_KEY_LEN);
	while (rc == RC_OK && !last)
		rc = read_sealed_chunk(c, from, to, &last, err);
	if (rc == RC_OK && fflush(to) != 0)
		rc = err_set(err, RC_TEMP, "%s", strerror(errno));
	sealed_chunks_end(c);
	free(c);
	return rc;
}
