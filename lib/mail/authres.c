/* SPDX-License-Identifier: MIT */
#include "mail/authres.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/private/decode.h"

#include <ctype.h>
#include <string.h>

/* Whose field it is to one reader. */
enum claim {
	CLAIM_OURS,
	CLAIM_ANOTHER,
	CLAIM_NONE, /* it begins with a result, or with nothing */
};

static bool
is_host_char(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	       c == '-' || c == '_' || c == '.';
}

/* To be joined without the space that was around a dot or an equals sign. */
static void
add_squeezed(struct str *s, bool space, const char *p)
{
	char last = s->len > 0 ? s->text[s->len - 1] : '.';

	if (space && strchr(".=", *p) == NULL && strchr(".=", last) == NULL)
		str_add(s, " ");
	str_add_bytes(s, p, 1);
}

/*
 * The value without what others read in one way or another: folds, quotes,
 * backslashes, and comments where they are known as such (RFC 5322 3.2.2: they
 * nest).  Dots and equals signs lose the space around them.  NULL: a comment
 * never ends.
 */
static const char *
value_plain(struct arena *a, const char *value, bool comments)
{
	bool quoted = false, space = false;
	size_t depth = 0;
	struct str s;

	str_init(&s, a);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"' && depth == 0) {
			quoted = !quoted;
			continue;
		} else if (comments && !quoted && *p == '(') {
			depth++;
			space = true;
			continue;
		} else if (depth > 0 && *p == ')') {
			depth--;
			continue;
		}
		if (depth > 0)
			continue;
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			space = true;
			continue;
		}
		add_squeezed(&s, space, p);
		space = false;
	}
	return depth == 0 ? s.text : NULL;
}

static bool
is_host(struct arena *a, const char *name, size_t len, const char *host)
{
	const char *read;

	while (len > 0 && name[len - 1] == '.')
		len--;
	return domain_read(a, arena_copy_bytes(a, name, len), &read, NULL) ==
		   RC_OK &&
	       strcmp(read, host) == 0;
}

static size_t
host_len(const char *p)
{
	size_t len = 0;

	while (is_host_char(p[len]))
		len++;
	return len;
}

/* By its first word, also if that comes after signs or empty parts. */
static enum claim
plain_claim(struct arena *a, const char *plain, const char *host)
{
	size_t len;

	if (plain == NULL)
		return CLAIM_NONE;
	while (*plain != '\0' && !is_host_char(*plain))
		plain++;
	len = host_len(plain);
	if (is_host(a, plain, len, host))
		return CLAIM_OURS;
	return len == 0 || plain[len] == '=' ? CLAIM_NONE : CLAIM_ANOTHER;
}

/* If comments leave no name, some might take what is in them for it. */
static bool
value_claims(struct arena *a, const char *value, const char *host)
{
	enum claim claim = plain_claim(a, value_plain(a, value, true), host);

	if (claim == CLAIM_NONE)
		claim = plain_claim(a, value_plain(a, value, false), host);
	return claim == CLAIM_OURS;
}

bool
authres_claims(struct arena *a, const char *value, const char *host)
{
	return value_claims(a, value, host) ||
	       value_claims(a, decode_words(a, value), host);
}

/* Any of several, as nobody knows which one a reader takes. */
static enum claim
receiver_claim(struct arena *a, const char *plain, const char *host)
{
	static const char key[] = "receiver=";
	enum claim claim = CLAIM_NONE;

	while ((plain = strstr(plain, key)) != NULL) {
		plain += strlen(key);
		if (is_host(a, plain, host_len(plain), host))
			return CLAIM_OURS;
		claim = CLAIM_ANOTHER;
	}
	return claim;
}

bool
authres_spf_claims(struct arena *a, const char *value, const char *host)
{
	const char *lower = str_lower(a, decode_words(a, value)), *comment;
	const char *plain = value_plain(a, lower, true);
	enum claim claim = CLAIM_NONE;

	if (plain != NULL)
		claim = receiver_claim(a, plain, host);
	if (claim == CLAIM_NONE)
		claim = receiver_claim(a, value_plain(a, lower, false), host);
	if (claim != CLAIM_NONE)
		return claim == CLAIM_OURS;
	/* "pass (mx.example.org: domain of ...", as RFC 7208 9.1 has it */
	comment = strchr(lower, '(');
	return comment != NULL &&
	       plain_claim(a, value_plain(a, comment + 1, false), host) ==
		   CLAIM_OURS;
}

char *
authres_compose(struct arena *a, const char *id, const char *const *results,
    size_t n)
{
	struct str s;

	str_init(&s, a);
	str_add(&s, id);
	if (n == 0)
		str_add(&s, "; none");
	for (size_t i = 0; i < n; i++)
		str_addf(&s, ";\n\t%s", results[i]);
	return s.text;
}
