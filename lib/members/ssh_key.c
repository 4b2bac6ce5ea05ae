/* SPDX-License-Identifier: MIT */
#include "members/ssh_key.h"

#include "base/encode.h"
#include "base/str.h"
#include "base/typed.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The part of the decoded key that is still to be read. */
struct blob {
	const uint8_t *bytes;
	size_t len;
};

struct kind {
	const char *type;
	enum rc (*read)(const struct kind *kind, struct blob *blob,
	    unsigned *bits, struct err *err);
	const char *curve; /* the curve, of ECDSA (RFC 5656 6.1) */
	int nid;
	unsigned bits;
	bool has_application; /* PROTOCOL.u2f */
};

static enum rc
damaged_key(struct err *err)
{
	return err_set(err, RC_PERM,
	    "This key is damaged: please copy the whole line again.");
}

/* Reads a string (RFC 4251 5). */
static bool
take_string(struct blob *blob, struct blob *out)
{
	const uint8_t *p = blob->bytes;
	uint32_t len;

	if (blob->len < 4)
		return false;
	len = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	      (uint32_t)p[2] << 8 | p[3];
	if (len > blob->len - 4)
		return false;
	*out = (struct blob){p + 4, len};
	blob->bytes += 4 + (size_t)len;
	blob->len -= 4 + (size_t)len;
	return true;
}

static bool
blob_is_text(const struct blob *string, const char *text)
{
	return string->len == strlen(text) &&
	       memcmp(string->bytes, text, string->len) == 0;
}

/* Reads an mpint (RFC 4251 5), which must be positive and written in the one
   way there is. */
static bool
take_number(struct blob *blob, struct blob *out)
{
	if (!take_string(blob, out) || out->len == 0 || out->bytes[0] >= 0x80)
		return false;
	if (out->bytes[0] != 0)
		return true;
	out->bytes++;
	out->len--;
	return out->len > 0 && out->bytes[0] >= 0x80;
}

static bool
is_odd(const struct blob *number)
{
	return number->bytes[number->len - 1] % 2 == 1;
}

static unsigned
count_bits(const struct blob *number)
{
	unsigned bits = (unsigned)number->len * 8;

	for (unsigned bit = 0x80; (number->bytes[0] & bit) == 0; bit >>= 1)
		bits--;
	return bits;
}

/* RFC 4253 6.6 */
static enum rc
read_rsa(const struct kind *kind, struct blob *blob, unsigned *bits,
    struct err *err)
{
	struct blob e, n;

	(void)kind;
	if (!take_number(blob, &e) || !take_number(blob, &n) || !is_odd(&e) ||
	    !is_odd(&n) || count_bits(&e) == 1)
		return damaged_key(err);
	*bits = count_bits(&n);
	if (*bits < SSH_KEY_RSA_MIN)
		return err_set(err, RC_PERM,
		    "This RSA key has %u bits, and at least %d are needed: "
		    "please make a new key with ssh-keygen -t ed25519.",
		    *bits, SSH_KEY_RSA_MIN);
	if (*bits > SSH_KEY_RSA_MAX)
		return err_set(err, RC_PERM,
		    "This RSA key has %u bits, and OpenSSH takes %d at most.",
		    *bits, SSH_KEY_RSA_MAX);
	return RC_OK;
}

static enum rc
refuse_dsa(const struct kind *kind, struct blob *blob, unsigned *bits,
    struct err *err)
{
	(void)kind, (void)blob, (void)bits;
	return err_set(err, RC_PERM,
	    "DSA keys are too weak, and OpenSSH does not take them any more: "
	    "please make a new key with ssh-keygen -t ed25519.");
}

/* RFC 8709 4 */
static enum rc
read_ed25519(const struct kind *kind, struct blob *blob, unsigned *bits,
    struct err *err)
{
	struct blob key;

	*bits = kind->bits;
	return take_string(blob, &key) && key.len == 32 ? RC_OK
							: damaged_key(err);
}

static bool
is_on_curve(int nid, const struct blob *point)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
	bool is = p != NULL && EC_POINT_oct2point(group, p, point->bytes,
				   point->len, NULL) == 1;

	EC_POINT_free(p);
	EC_GROUP_free(group);
	return is;
}

/* RFC 5656 3.1; the point must not be compressed. */
static enum rc
read_ecdsa(const struct kind *kind, struct blob *blob, unsigned *bits,
    struct err *err)
{
	struct blob curve, point;

	*bits = kind->bits;
	if (take_string(blob, &curve) && blob_is_text(&curve, kind->curve) &&
	    take_string(blob, &point) &&
	    point.len == 1 + 2 * (((size_t)kind->bits + 7) / 8) &&
	    point.bytes[0] == 4 && is_on_curve(kind->nid, &point))
		return RC_OK;
	return damaged_key(err);
}

static const struct kind kinds[] = {
    {"ssh-ed25519", read_ed25519, NULL, 0, 256, false},
    {"sk-ssh-ed25519@openssh.com", read_ed25519, NULL, 0, 256, true},
    {"ecdsa-sha2-nistp256", read_ecdsa, "nistp256", NID_X9_62_prime256v1, 256,
	false},
    {"ecdsa-sha2-nistp384", read_ecdsa, "nistp384", NID_secp384r1, 384, false},
    {"ecdsa-sha2-nistp521", read_ecdsa, "nistp521", NID_secp521r1, 521, false},
    {"sk-ecdsa-sha2-nistp256@openssh.com", read_ecdsa, "nistp256",
	NID_X9_62_prime256v1, 256, true},
    {"ssh-rsa", read_rsa, NULL, 0, 0, false},
    {"ssh-dss", refuse_dsa, NULL, 0, 0, false},
};

static const struct kind *
find_kind(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

static enum rc
read_blob(const struct kind *kind, struct blob blob, unsigned *bits,
    struct err *err)
{
	struct blob type, application;
	enum rc rc;

	if (!take_string(&blob, &type) || !blob_is_text(&type, kind->type))
		return damaged_key(err);
	rc = kind->read(kind, &blob, bits, err);
	if (rc != RC_OK)
		return rc;
	if (kind->has_application && !take_string(&blob, &application))
		return damaged_key(err);
	return blob.len == 0 ? RC_OK : damaged_key(err);
}

/* Puts the text on one line, as browsers and terminals break it where they
   like; `between` (0: nothing) stands for the end of each line.  Tabs become
   the blanks that sshd(8) takes them for, and lines that begin with "#" are
   left out, as there. */
static char *
without_breaks(struct arena *a, const char *text, char between)
{
	char *line = arena_take(a, strlen(text) + 1), *out = line;

	for (text = typed_trim(a, text); *text != '\0';) {
		size_t len = strcspn(text, "\r\n");
		size_t indent = strspn(text, " \t");

		for (size_t i = 0; i < len && text[indent] != '#'; i++)
			*out++ = text[i] == '\t' ? ' ' : text[i];
		text += len;
		if (*text != '\0' && between != '\0')
			*out++ = between;
		text += strspn(text, "\r\n");
	}
	*out = '\0';
	return line;
}

/* Cuts the first word off; *rest begins with no blank. */
static char *
cut_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");

	*rest = word + strcspn(word, " ");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	*rest += strspn(*rest, " ");
	return word;
}

static bool
has_type_within(struct arena *a, const char *text)
{
	char *rest = arena_copy_text(a, text);

	while (*rest != '\0')
		if (find_kind(cut_word(&rest)) != NULL)
			return true;
	return false;
}

/* A private key is refused behind a public one, too: nobody should have it. */
static bool
has_private_key(const char *text)
{
	const char *begin = strstr(text, "-----BEGIN ");

	return (begin != NULL && strstr(begin, "PRIVATE KEY-----") != NULL) ||
	       strstr(text, "Private-Lines:") != NULL;
}

/* Says what the text is instead, if the wrong thing was pasted. */
static enum rc
no_key(struct arena *a, const char *text, const char *type, struct err *err)
{
	static const char *const foreign[] = {
	    "---- BEGIN", "-----BEGIN", "PuTTY-User-Key-File"};

	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (str_starts(text, foreign[i]))
			return err_set(err, RC_PERM,
			    "This key is in another format than OpenSSH's: "
			    "please convert it with ssh-keygen -i.");
	if (strstr(type, "-cert-v0") != NULL)
		return err_set(err, RC_PERM,
		    "This is a certificate: please paste the key itself.");
	if (has_type_within(a, text))
		return err_set(err, RC_PERM,
		    "Nothing may stand before the type of the key, and no "
		    "options.");
	return err_set(err, RC_PERM,
	    "This is no public key of OpenSSH: it begins with a type such as "
	    "ssh-ed25519.");
}

static bool
is_printable_comment(struct arena *a, const char *text)
{
	size_t len = strlen(text);

	return strcmp(str_printable(a, text, len, 4 * len + 1), text) == 0;
}

static bool
is_like_type(const char *word)
{
	return str_starts(word, "ssh-") || str_starts(word, "ecdsa-") ||
	       str_starts(word, "sk-");
}

/* Recognizes a key of any type, also of one that we do not take. */
static bool
has_several_keys(struct arena *a, const char *text)
{
	char *rest = without_breaks(a, text, ' ');
	const char *before = "";
	unsigned keys = 0;

	while (*rest != '\0') {
		const char *word = cut_word(&rest);

		keys += is_like_type(before) && str_starts(word, "AAAA");
		before = word;
	}
	return keys > 1;
}

static void
trim_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == ' ')
		text[--len] = '\0';
}

static const char *
key_fingerprint(struct arena *a, const struct blob *blob)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256(blob->bytes, blob->len, hash);
	return arena_printf(a, "SHA256:%s",
	    encode_base64(a, hash, sizeof(hash)));
}

enum rc
ssh_key_read(struct arena *a, const char *text, struct ssh_key *out,
    struct err *err)
{
	const char *whole = without_breaks(a, text, '\0');
	char *comment = arena_copy_text(a, whole), *bytes;
	const char *type = cut_word(&comment), *digits = cut_word(&comment);
	const struct kind *kind = find_kind(type);
	struct blob blob;
	enum rc rc;

	trim_end(comment);
	if (has_private_key(whole))
		return err_set(err, RC_PERM,
		    "This is a private key: keep it to yourself, and paste the "
		    "public one, from the file that ends with .pub.");
	if (kind != NULL && has_several_keys(a, text))
		return err_set(err, RC_PERM,
		    "These are several keys: please paste one.");
	if (kind == NULL)
		return no_key(a, whole, type, err);
	if (!is_printable_comment(a, comment))
		return err_set(err, RC_PERM,
		    "The comment of this key holds characters that are no "
		    "text.");
	if (!encode_read_base64(a, digits, &bytes, &blob.len))
		return damaged_key(err);
	blob.bytes = (const uint8_t *)bytes;
	*out = (struct ssh_key){.type = kind->type};
	rc = read_blob(kind, blob, &out->bits, err);
	if (rc != RC_OK)
		return rc;
	out->fingerprint = key_fingerprint(a, &blob);
	out->line = arena_printf(a, "%s %s%s%s", type, digits,
	    comment[0] != '\0' ? " " : "", comment);
	return RC_OK;
}
