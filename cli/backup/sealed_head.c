/* SPDX-License-Identifier: MIT */
#include "sealed_head.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#define SALT_LEN    16
#define MAC_LEN     32
#define VERSION     1
#define BLOCKS      8 /* r */
#define PARALLEL    1 /* p */
#define MEMORY_MAX  ((uint64_t)160 * 1024 * 1024)
#define HEAD_SIGNED (SEALED_HEAD_LEN - MAC_LEN)

static const char magic[16] = "postward-backup\n";

struct sealed_head {
	char magic[sizeof(magic)];
	unsigned char version, cost, blocks, parallel, nothing[4],
	    salt[SALT_LEN], mac[MAC_LEN];
};

_Static_assert(sizeof(struct sealed_head) == SEALED_HEAD_LEN, "no gaps");

struct sealed_keys {
	unsigned char chunks[SEALED_KEY_LEN], head[SEALED_KEY_LEN];
};

bool
sealed_begins(const void *bytes, size_t len)
{
	return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

/* The keys, and what the head's last bytes should be. */
static enum rc
derive_sealed_keys(const struct sealed_head *head, const char *passphrase,
    struct sealed_keys *out, unsigned char mac[MAC_LEN], struct err *err)
{
	if (EVP_PBE_scrypt(passphrase, strlen(passphrase), head->salt,
		sizeof(head->salt), (uint64_t)1 << head->cost, head->blocks,
		head->parallel, MEMORY_MAX, (unsigned char *)out,
		sizeof(*out)) != 1 ||
	    HMAC(EVP_sha256(), out->head, sizeof(out->head),
		(const unsigned char *)head, HEAD_SIGNED, mac, NULL) == NULL)
		return err_set(err, RC_TEMP,
		    "no key can be made of the passphrase: is there memory for "
		    "it?");
	return RC_OK;
}

enum rc
sealed_head_write(FILE *to, const char *passphrase, unsigned cost,
    unsigned char key[SEALED_KEY_LEN], struct err *err)
{
	struct sealed_head h = {
	    .version = VERSION,
	    .cost = (unsigned char)cost,
	    .blocks = BLOCKS,
	    .parallel = PARALLEL,
	};
	struct sealed_keys keys;
	enum rc rc;

	memcpy(h.magic, magic, sizeof(magic));
	if (RAND_bytes(h.salt, sizeof(h.salt)) != 1)
		return err_set(err, RC_TEMP, "there are no random bytes");
	rc = derive_sealed_keys(&h, passphrase, &keys, h.mac, err);
	memcpy(key, keys.chunks, sizeof(keys.chunks));
	OPENSSL_cleanse(&keys, sizeof(keys));
	if (rc == RC_OK && fwrite(&h, 1, sizeof(h), to) != sizeof(h))
		rc = err_set(err, RC_TEMP, "it cannot be written: %s",
		    strerror(errno));
	return rc;
}

/* Before it is known who has written it. */
static enum rc
check_sealed_head(const struct sealed_head *h, struct err *err)
{
	static const unsigned char nothing[sizeof(h->nothing)];

	if (!sealed_begins(h, sizeof(*h)))
		return err_set(err, RC_PERM, "not encrypted by Postward");
	if (h->version != VERSION)
		return err_set(err, RC_PERM,
		    "encrypted in a way (%d) that this version does not know",
		    h->version);
	if (h->cost < SEALED_COST_MIN || h->cost > SEALED_COST_MAX ||
	    h->blocks != BLOCKS || h->parallel != PARALLEL ||
	    memcmp(h->nothing, nothing, sizeof(nothing)) != 0)
		return err_set(err, RC_PERM,
		    "its head is not what was written");
	return RC_OK;
}

enum rc
sealed_head_read(FILE *from, const char *passphrase,
    unsigned char key[SEALED_KEY_LEN], struct err *err)
{
	unsigned char mac[MAC_LEN];
	struct sealed_head h;
	struct sealed_keys keys;
	enum rc rc;

	if (fread(&h, 1, sizeof(h), from) != sizeof(h))
		return err_set(err, RC_PERM, "it is not whole");
	rc = check_sealed_head(&h, err);
	if (rc != RC_OK)
		return rc;
	rc = derive_sealed_keys(&h, passphrase, &keys, mac, err);
	if (rc == RC_OK && CRYPTO_memcmp(mac, h.mac, sizeof(mac)) != 0)
		rc = err_set(err, RC_PERM,
		    "this is not its passphrase, or its head was changed");
	if (rc == RC_OK)
		memcpy(key, keys.chunks, sizeof(keys.chunks));
	OPENSSL_cleanse(&keys, sizeof(keys));
	return rc;
}
