/* SPDX-License-Identifier: MIT */
#include "mail/srs.h"

#include "base/encode.h"
#include "base/str.h"
#include "mail/domain.h"
#include "mail/private/srs_address.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define DAY       86400
#define DAYS      1024 /* then the stamp begins again */
#define HASH_MAX  27   /* all of an HMAC-SHA1 */
#define TOKEN_LEN 32

static const char stamp_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Stands for the host of a sender that the store has. */
static const char token_host[] = "1";

/* "SRS0=hash=stamp=host=user", or "SRS1=hash=host=rest" with stamp NULL, where
   rest begins with the separator of the SRS0 address it came from. */
struct parts {
	const char *hash, *stamp, *host, *rest;
};

/* Cuts the text before the next '='; NULL if there is none, or nothing before
   it. */
static const char *
next_part(struct arena *a, const char **text)
{
	size_t len = strcspn(*text, "=");
	const char *part;

	if (len == 0 || (*text)[len] == '\0')
		return NULL;
	part = arena_copy_bytes(a, *text, len);
	*text += len + 1;
	return part;
}

static bool
read_srs_host(struct arena *a, const char *text, const char **out)
{
	struct ip literal;

	*out = text;
	return domain_literal(text, &literal) ||
	       domain_read(a, text, out, NULL) == RC_OK;
}

static bool
read_srs0(struct arena *a, const char *text, struct parts *out)
{
	out->hash = next_part(a, &text);
	out->stamp = out->hash == NULL ? NULL : next_part(a, &text);
	out->host = out->stamp == NULL ? NULL : next_part(a, &text);
	out->rest = text;
	return out->host != NULL && *text != '\0';
}

/* One without a hop, or without the separator that the hop had, leads
   nowhere. */
static bool
read_srs1(struct arena *a, const char *text, struct parts *out)
{
	const char *host;

	out->stamp = NULL;
	out->hash = next_part(a, &text);
	out->host = out->hash == NULL ? NULL : next_part(a, &text);
	out->rest = text;
	return out->host != NULL && text[0] != '\0' && text[1] != '\0' &&
	       strchr(SRS_SEPARATORS, text[0]) != NULL &&
	       read_srs_host(a, out->host, &host);
}

/* Before anything else of OpenSSL's, which would otherwise clean up at exit
   while a connection's thread, though done with, still ends. */
static void
prepare_openssl(void)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		abort();
}

static unsigned
mac_of(const char *secret, const char *text, unsigned char *mac)
{
	unsigned len;

	prepare_openssl();
	if (HMAC(EVP_sha1(), secret, (int)strlen(secret),
		(const unsigned char *)text, strlen(text), mac, &len) == NULL)
		abort();
	return len;
}

/* In all of base64url's digits, as addresses are compared: in lower case. */
static const char *
srs_hash_of(struct arena *a, const char *secret, const struct parts *p)
{
	const char *text = str_lower(a,
	    arena_printf(a, "%s%s%s", p->stamp == NULL ? "" : p->stamp, p->host,
		p->rest));
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = mac_of(secret, text, mac);

	return encode_base64url(a, mac, len);
}

static const char *
srs_sign(const struct srs *srs, struct arena *a, const struct parts *p)
{
	return arena_copy_bytes(a, srs_hash_of(a, srs->secrets[0], p),
	    srs->hash_length);
}

/* Both alphabets and both cases become one. */
static const char *
hash_folded(struct arena *a, const char *hash)
{
	char *text = str_lower(a, hash);

	for (char *p = text; *p != '\0'; p++)
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	return text;
}

/* A longer hash than ours has to be right to its end. */
static bool
is_right(const struct srs *srs, struct arena *a, const struct parts *p)
{
	size_t len = strlen(p->hash);
	const char *given = hash_folded(a, p->hash);
	bool right = false;

	for (size_t i = 0; i < srs->n_secrets; i++) {
		const char *hash =
		    hash_folded(a, srs_hash_of(a, srs->secrets[i], p));

		right |= CRYPTO_memcmp(given, hash, len) == 0;
	}
	return right;
}

/* A hash that is too short is not looked at: how long it takes to answer must
   not tell whether it begins right.  SRS_REVERSED: it is right. */
static struct srs_reversed
srs_verify(const struct srs *srs, struct arena *a, const struct parts *p)
{
	size_t len = strlen(p->hash);
	struct srs_reversed r = {.answer = SRS_HASH_INVALID};

	if (len > HASH_MAX ||
	    (len < srs->hash_length_min && len < SRS_HASH_MIN))
		return r;
	if (len < srs->hash_length_min) {
		r.answer = SRS_HASH_SHORT;
		r.hash_length = (unsigned)len;
	} else if (is_right(srs, a, p)) {
		r.answer = SRS_REVERSED;
	}
	return r;
}

static const char *
stamp_of(struct arena *a, int64_t now)
{
	size_t day = (size_t)(now / DAY) % DAYS;

	return arena_printf(a, "%c%c", stamp_digits[day / 32],
	    stamp_digits[day % 32]);
}

static bool
is_in_time(const struct srs *srs, const char *stamp, int64_t now)
{
	size_t today = (size_t)(now / DAY) % DAYS, day = 0, age;

	for (size_t i = 0; i < 2; i++) {
		char upper = (char)(stamp[i] >= 'a' && stamp[i] <= 'z'
					? stamp[i] - 'a' + 'A'
					: stamp[i]);
		const char *digit =
		    upper == '\0' ? NULL : strchr(stamp_digits, upper);

		if (digit == NULL)
			return false;
		day = day * 32 + (size_t)(digit - stamp_digits);
	}
	age = (today + DAYS - day) % DAYS;
	/* Tomorrow's: written by a host whose clock is ahead. */
	return stamp[2] == '\0' && (age <= srs->max_age || age == DAYS - 1);
}

static bool
is_domain_among(const char *domain, const char *const *domains, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal_fold(domains[i], domain))
			return true;
	return false;
}

bool
srs_reads(const struct srs *srs, const char *domain)
{
	return is_domain_among(domain, srs->domains, srs->n_domains) ||
	       (srs->also[0] != NULL && str_equal_fold(srs->also[0], domain)) ||
	       (srs->also[1] != NULL && str_equal_fold(srs->also[1], domain));
}

static const char *
write_srs0(const struct srs *srs, struct arena *a, struct parts *p)
{
	p->hash = srs_sign(srs, a, p);
	return arena_printf(a, "SRS0=%s=%s=%s=%s", p->hash, p->stamp, p->host,
	    p->rest);
}

static const char *
write_srs1(const struct srs *srs, struct arena *a, struct parts *p)
{
	p->hash = srs_sign(srs, a, p);
	return arena_printf(a, "SRS1=%s=%s=%s", p->hash, p->host, p->rest);
}

/* Another forwarder's address leads back to the first one that rewrote it,
   however many there were: the chain does not grow. */
static const char *
write_any(const struct srs *srs, struct arena *a, const struct address *sender,
    int64_t now)
{
	const char *srs0 = srs_past_tag(sender->local, "SRS0");
	const char *srs1 = srs_past_tag(sender->local, "SRS1");
	struct parts p;

	if (srs1 != NULL && read_srs1(a, srs1, &p))
		return write_srs1(srs, a, &p);
	if (srs0 != NULL && *srs0 != '\0') {
		p = (struct parts){.host = sender->domain, .rest = srs0 - 1};
		return write_srs1(srs, a, &p);
	}
	p = (struct parts){
	    .stamp = stamp_of(a, now),
	    .host = sender->domain,
	    .rest = sender->local,
	};
	return write_srs0(srs, a, &p);
}

/* Who knows a sender must not know his token: it is a keyed hash, too.  In
   capitals, so that it is no hash of an address. */
static const char *
srs_token_of(const struct srs *srs, struct arena *a,
    const struct address *sender)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = mac_of(srs->secrets[0],
	    arena_printf(a, "TOKEN %s", address_text(a, sender)), mac);

	return encode_base32hex(a, mac, len);
}

static bool
is_plain_local(const char *local)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789#$&'*+-=?^_`{}~";
	bool after_dot = true;

	for (; *local != '\0'; local++) {
		if (*local != '.' ? strchr(plain, *local) == NULL : after_dot)
			return false;
		after_dot = *local == '.';
	}
	return !after_dot;
}

/* Does it come back, whichever mail systems it passes? */
static bool
is_written_well(const struct address *sender, const char *local)
{
	return strlen(local) <= SRS_LOCAL_MAX && is_plain_local(local) &&
	       strcmp(sender->domain, token_host) != 0;
}

enum rc
srs_forward(const struct srs *srs, struct arena *a,
    const struct address *sender, int64_t now, struct address *out,
    const char **token)
{
	struct parts p;

	*token = NULL;
	if (sender->domain[0] == '\0' || srs_reads(srs, sender->domain))
		return RC_NONE;
	*out = (struct address){write_any(srs, a, sender, now),
	    srs->written != NULL ? srs->written : srs->domains[0]};
	if (is_written_well(sender, out->local))
		return RC_OK;
	*token = srs_token_of(srs, a, sender);
	p = (struct parts){
	    .stamp = stamp_of(a, now),
	    .host = token_host,
	    .rest = *token,
	};
	out->local = write_srs0(srs, a, &p);
	return RC_OK;
}

static struct srs_reversed
srs_answered(enum srs_answer answer)
{
	return (struct srs_reversed){.answer = answer};
}

static struct srs_reversed
reverse_token(struct arena *a, const char *token)
{
	struct srs_reversed r = {.answer = SRS_STORED};
	char *upper = arena_copy_text(a, token);

	for (char *p = upper; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	if (strlen(upper) != TOKEN_LEN ||
	    strspn(upper, "0123456789ABCDEFGHIJKLMNOPQRSTUV") != TOKEN_LEN)
		return srs_answered(SRS_MALFORMED);
	r.token = upper;
	return r;
}

static struct srs_reversed
reverse_srs0(const struct srs *srs, struct arena *a, const char *text,
    int64_t now)
{
	struct srs_reversed r;
	struct parts p;

	if (!read_srs0(a, text, &p))
		return srs_answered(SRS_MALFORMED);
	/* The hash first: whether a stamp is too old is nobody's business who
	   did not get the address from us. */
	r = srs_verify(srs, a, &p);
	if (r.answer != SRS_REVERSED)
		return r;
	if (!is_in_time(srs, p.stamp, now))
		return srs_answered(SRS_EXPIRED);
	if (strcmp(p.host, token_host) == 0)
		return reverse_token(a, p.rest);
	r.sender.local = p.rest;
	if (!read_srs_host(a, p.host, &r.sender.domain))
		return srs_answered(SRS_MALFORMED);
	return r;
}

/* It has no stamp: the host it leads to looks at its own. */
static struct srs_reversed
reverse_srs1(const struct srs *srs, struct arena *a, const char *text,
    int64_t now)
{
	struct srs_reversed r;
	struct parts p;

	if (!read_srs1(a, text, &p))
		return srs_answered(SRS_MALFORMED);
	r = srs_verify(srs, a, &p);
	if (r.answer != SRS_REVERSED)
		return r;
	read_srs_host(a, p.host, &r.sender.domain);
	/* A message that came back to us by another host. */
	if (srs_reads(srs, r.sender.domain))
		return reverse_srs0(srs, a, p.rest + 1, now);
	r.sender.local = arena_printf(a, "SRS0%s", p.rest);
	return r;
}

const char *
srs_hop(struct arena *a, const struct address *address)
{
	const char *srs1 = srs_past_tag(address->local, "SRS1");
	const char *host;
	struct parts p;

	if (srs1 == NULL || !read_srs1(a, srs1, &p))
		return NULL;
	return domain_read(a, p.host, &host, NULL) == RC_OK ? host : NULL;
}

struct srs_reversed
srs_reverse(const struct srs *srs, struct arena *a,
    const struct address *address, int64_t now)
{
	const char *srs0 = srs_past_tag(address->local, "SRS0");
	const char *srs1 = srs_past_tag(address->local, "SRS1");

	if (srs0 == NULL && srs1 == NULL)
		return srs_answered(SRS_ORDINARY);
	if (!srs_reads(srs, address->domain))
		return srs_answered(SRS_ELSEWHERE);
	return srs0 != NULL ? reverse_srs0(srs, a, srs0, now)
			    : reverse_srs1(srs, a, srs1, now);
}

bool
srs_answer_refuses(enum srs_answer answer)
{
	return answer == SRS_HASH_INVALID || answer == SRS_HASH_SHORT ||
	       answer == SRS_EXPIRED || answer == SRS_FORGOTTEN;
}

bool
srs_answer_is_ours(enum srs_answer answer)
{
	return answer == SRS_REVERSED || answer == SRS_STORED ||
	       srs_answer_refuses(answer);
}

const char *
srs_answer_text(enum srs_answer answer)
{
	static const char *const texts[] = {
	    [SRS_REVERSED] = "SRS address",
	    [SRS_STORED] = "SRS address with a token",
	    [SRS_ORDINARY] = "not an SRS address",
	    [SRS_ELSEWHERE] = "SRS address of another domain",
	    [SRS_MALFORMED] = "SRS address malformed",
	    [SRS_HASH_INVALID] = "SRS hash invalid",
	    [SRS_HASH_SHORT] = "SRS hash too short",
	    [SRS_EXPIRED] = "SRS address expired",
	    [SRS_FORGOTTEN] = "SRS address unknown",
	};

	return texts[answer];
}

int64_t
srs_good_until(const struct srs *srs, int64_t now)
{
	return (now / DAY + srs->max_age + 1) * DAY;
}

int64_t
srs_next_day(int64_t now)
{
	return (now / DAY + 1) * DAY;
}
