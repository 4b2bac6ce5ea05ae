/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/header.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t len;
};

struct pair {
	struct span target, account;
};

struct hiding {
	struct arena *arena;
	const struct dsn_ours *ours;
	const char *end;
	struct pair *pairs;
	size_t n;
	bool too_many;
};

bool
dsn_is_report(struct arena *a, const char *content_type)
{
	const char *text = header_unfold(a, content_type);

	return str_starts_fold(text, "multipart/report");
}

/* RFC 5322 3.2.3, without quoted strings; UTF-8 as in RFC 6531. */
static bool
is_atom(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_domain(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
	       c == '-' || c == '.';
}

/* The address around the '@' at p. */
static struct span
address_around(const char *begin, const char *p, const char *end)
{
	const char *first = p, *last = p + 1;

	while (first > begin && is_atom(first[-1]))
		first--;
	while (last < end && is_domain(*last))
		last++;
	while (last > p + 1 && last[-1] == '.')
		last--;
	return (struct span){first, (size_t)(last - first)};
}

static bool
same(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* The first address from p on. */
static bool
find_address(const char *p, const char *stop, struct span *out)
{
	const char *at = memchr(p, '@', (size_t)(stop - p));

	if (at == NULL)
		return false;
	*out = address_around(p, at, stop);
	return out->len > 2 && out->at != at;
}

static bool
is_ours(const struct hiding *h, struct span address)
{
	struct address read;
	const char *text = arena_copy_bytes(h->arena, address.at, address.len);

	return address_read(h->arena, text, &read, NULL) == RC_OK &&
	       h->ours->is(h->ours->context, read.domain);
}

static void
add_pair(struct hiding *h, struct span target, struct span account)
{
	for (size_t i = 0; i < h->n; i++)
		if (same(h->pairs[i].target, target))
			return;
	if (!is_ours(h, account) || is_ours(h, target))
		return;
	h->too_many = h->n == DSN_PAIRS_MOST;
	if (!h->too_many)
		h->pairs[h->n++] = (struct pair){target, account};
}

static const char *
line_end(const struct hiding *h, const char *p)
{
	const char *newline = memchr(p, '\n', (size_t)(h->end - p));

	return newline == NULL ? h->end : newline;
}

static bool
line_is_empty(const char *p, const char *end)
{
	return p == end || (*p == '\r' && p + 1 == end);
}

static bool
line_starts(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - p) >= len && strncasecmp(p, with, len) == 0;
}

/* RFC 3464 2.3: groups of fields, one for each recipient. */
static void
read_groups(struct hiding *h, const char *text)
{
	struct span final = {0}, original = {0};

	for (const char *p = text, *end; p < h->end; p = end + 1) {
		end = line_end(h, p);
		if (line_is_empty(p, end))
			final = original = (struct span){0};
		else if (line_starts(p, end, "Final-Recipient:"))
			find_address(p, end, &final);
		else if (line_starts(p, end, "Original-Recipient:"))
			find_address(p, end, &original);
		else
			continue;
		if (final.len > 0 && original.len > 0)
			add_pair(h, final, original);
	}
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL)
		p++;
	return p;
}

/* After "<x@y>": where "(expanded from <ACCOUNT>)" ends, however it is folded;
   NULL if it is not there. */
static const char *
read_expanded(const struct hiding *h, const char *p, struct span *account)
{
	static const char *const words[] = {"(expanded", "from", "<"};
	const char *close;
	size_t left;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		p = skip_space(p, h->end);
		if (!line_starts(p, h->end, words[i]))
			return NULL;
		p += strlen(words[i]);
	}
	left = (size_t)(h->end - p);
	close = memchr(p, '>', left < ADDRESS_MOST ? left : ADDRESS_MOST);
	if (close == NULL || close + 1 == h->end || close[1] != ')' ||
	    !find_address(p, close, account))
		return NULL;
	return close + 2;
}

static void
read_expansions(struct hiding *h, const char *text)
{
	const char *p = text;

	while ((p = memchr(p, '@', (size_t)(h->end - p))) != NULL) {
		struct span target = address_around(text, p, h->end), account;
		const char *after = target.at + target.len;

		p++;
		if (after < h->end && *after == '>' &&
		    read_expanded(h, after + 1, &account) != NULL)
			add_pair(h, target, account);
	}
}

static const struct pair *
find_pair(const struct hiding *h, struct span target)
{
	for (size_t i = 0; i < h->n; i++)
		if (same(h->pairs[i].target, target))
			return &h->pairs[i];
	return NULL;
}

/* From the target on: what may be left out, as it says nothing new. */
static const char *
after_target(const struct hiding *h, const char *after, struct span account)
{
	struct span said;
	const char *end;

	if (after == h->end || *after != '>')
		return after;
	end = read_expanded(h, after + 1, &said);
	return end != NULL && same(said, account) ? end : after;
}

static void
replace(const struct hiding *h, const char *text, struct str *out)
{
	const char *copied = text, *p = text;

	while ((p = memchr(p, '@', (size_t)(h->end - p))) != NULL) {
		struct span target = address_around(copied, p, h->end);
		const struct pair *pair = find_pair(h, target);
		const char *end = target.at + target.len, *after;

		p++;
		if (pair == NULL)
			continue;
		str_add_bytes(out, copied, (size_t)(target.at - copied));
		str_add_bytes(out, pair->account.at, pair->account.len);
		after = after_target(h, end, pair->account);
		if (after != end)
			str_add(out, ">");
		copied = p = after;
	}
	str_add_bytes(out, copied, (size_t)(h->end - copied));
}

enum rc
dsn_hide_targets(struct arena *a, const char *text, size_t len,
    const struct dsn_ours *ours, const char **out, size_t *out_len)
{
	struct hiding h = {.arena = a, .ours = ours, .end = text + len};
	struct str s;

	if (len > DSN_MOST)
		return RC_PERM;
	h.pairs = arena_take_array(a, DSN_PAIRS_MOST, sizeof(*h.pairs));
	read_groups(&h, text);
	read_expansions(&h, text);
	if (h.too_many)
		return RC_PERM;
	if (h.n == 0)
		return RC_NONE;
	str_init(&s, a);
	replace(&h, text, &s);
	*out = s.text;
	*out_len = s.len;
	return RC_OK;
}
