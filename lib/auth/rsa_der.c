/* SPDX-License-Identifier: MIT */
#include "auth/private/rsa_der.h"

#include <stdbool.h>
#include <string.h>

enum der_type {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_SEQUENCE = 0x30,
};

struct der {
	const unsigned char *p, *end;
};

/* Bytes of an element; at most two bytes tell it, as 64 KB is more than any key
   has. */
static bool
der_length(struct der *d, size_t *out)
{
	unsigned more;

	if (d->p == d->end)
		return false;
	*out = *d->p++;
	if (*out < 0x80)
		return true;
	more = (unsigned)*out - 0x80;
	if (more < 1 || more > 2 || (size_t)(d->end - d->p) < more)
		return false;
	for (*out = 0; more > 0; more--)
		*out = *out << 8 | *d->p++;
	return true;
}

static bool
der_take(struct der *d, enum der_type type, struct der *out)
{
	size_t len;

	if (d->p == d->end || *d->p++ != type || !der_length(d, &len) ||
	    len > (size_t)(d->end - d->p))
		return false;
	*out = (struct der){d->p, d->p + len};
	d->p += len;
	return true;
}

/* More than zero; a zero byte keeps its first bit from being a sign. */
static bool
der_take_number(struct der *d, struct rsa_number *out)
{
	struct der n;

	if (!der_take(d, DER_INTEGER, &n) || n.p == n.end || *n.p >= 0x80)
		return false;
	while (n.p < n.end && *n.p == 0)
		n.p++;
	*out = (struct rsa_number){n.p, (size_t)(n.end - n.p)};
	return out->len > 0;
}

static bool
der_read_rsa_public(struct der d, struct rsa_public *out)
{
	return der_take_number(&d, &out->modulus) &&
	       der_take_number(&d, &out->exponent) && d.p == d.end;
}

/* rsaEncryption (RFC 8017 A.1), with or without the NULL that belongs there. */
static bool
der_is_rsa(struct der d)
{
	static const unsigned char oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	    0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
	size_t len = (size_t)(d.end - d.p);

	return (len == sizeof(oid) || len == sizeof(oid) - 2) &&
	       memcmp(d.p, oid, len) == 0;
}

static bool
der_read_info(struct der d, struct rsa_public *out)
{
	struct der algorithm, bits;

	/* No bits of the last byte are unused. */
	return der_take(&d, DER_SEQUENCE, &algorithm) &&
	       der_is_rsa(algorithm) && der_take(&d, DER_BIT_STRING, &bits) &&
	       d.p == d.end && bits.p < bits.end && *bits.p++ == 0 &&
	       der_take(&bits, DER_SEQUENCE, &d) && bits.p == bits.end &&
	       der_read_rsa_public(d, out);
}

enum rc
rsa_der_read(const void *bytes, size_t len, struct rsa_public *out,
    struct err *err)
{
	const unsigned char *p = bytes;
	struct der d = {p, p + len}, key;

	if (!der_take(&d, DER_SEQUENCE, &key) || d.p != d.end ||
	    (!der_read_rsa_public(key, out) && !der_read_info(key, out)))
		return err_set(err, RC_PERM, "not an RSA key");
	return RC_OK;
}

unsigned
rsa_number_bits(const struct rsa_number *number)
{
	unsigned bits = (unsigned)number->len * 8;

	if (bits == 0)
		return 0;
	for (unsigned first = number->bytes[0]; first < 0x80; first <<= 1)
		bits--;
	return bits;
}
