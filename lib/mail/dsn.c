/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/header.h"
#include "mail/private/dsn_target.h"

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
	struct dsn_target *targets;
	size_t n_targets;
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
same_span(struct span a, struct span b)
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
is_account_ours(const struct hiding *h, struct span address)
{
	struct address read;
	const char *text = arena_copy_bytes(h->arena, address.at, address.len);

	return address_read(h->arena, text, &read, NULL) == RC_OK &&
	       h->ours->is(h->ours->context, read.domain);
}

static void
add_hidden_pair(struct hiding *h, struct span target, struct span account)
{
	for (size_t i = 0; i < h->n; i++)
		if (same_span(h->pairs[i].target, target))
			return;
	if (!is_account_ours(h, account) || is_account_ours(h, target))
		return;
	h->too_many = h->n == DSN_PAIRS_MAX;
	if (!h->too_many)
		h->pairs[h->n++] = (struct pair){target, account};
}

static const char *
dsn_line_end(const struct hiding *h, const char *p)
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
		end = dsn_line_end(h, p);
		if (line_is_empty(p, end))
			final = original = (struct span){0};
		else if (line_starts(p, end, "Final-Recipient:"))
			find_address(p, end, &final);
		else if (line_starts(p, end, "Original-Recipient:"))
			find_address(p, end, &original);
		else
			continue;
		if (final.len > 0 && original.len > 0)
			add_hidden_pair(h, final, original);
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
	close = memchr(p, '>', left < ADDRESS_MAX ? left : ADDRESS_MAX);
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
			add_hidden_pair(h, target, account);
	}
}

static void
add_target(struct hiding *h, const char *mailbox, const char *account)
{
	const char *at = strrchr(mailbox, '@'), *account_at;
	struct dsn_target *t = &h->targets[h->n_targets++];

	account_at = strrchr(account, '@');
	*t = (struct dsn_target){
	    .local =
		arena_copy_bytes(h->arena, mailbox, (size_t)(at - mailbox)),
	    .account_local = arena_copy_bytes(h->arena, account,
		(size_t)(account_at - account)),
	    .account_domain = account_at + 1,
	};
	if (domain_read(h->arena, at + 1, &t->domain, NULL) != RC_OK)
		t->domain = at + 1;
}

/* ann+club@mailbox.example tells ann@mailbox.example, too. */
static void
add_targets(struct hiding *h)
{
	h->targets = arena_take_array(h->arena, 2 * h->n, sizeof(*h->targets));
	for (size_t i = 0; i < h->n; i++) {
		const struct pair *pair = &h->pairs[i];
		const char *target = arena_copy_bytes(h->arena, pair->target.at,
		    pair->target.len);
		const char *account = arena_copy_bytes(h->arena,
		    pair->account.at, pair->account.len);
		const char *plus = strchr(target, '+');

		add_target(h, target, account);
		if (plus != NULL && plus > target)
			add_target(h,
			    arena_printf(h->arena, "%.*s%s",
				(int)(plus - target), target,
				strrchr(target, '@')),
			    account);
	}
}

/* From the target on: what may be left out, as it says nothing new. */
static const char *
after_target(const struct hiding *h, const char *after,
    const struct dsn_target *t)
{
	const char *account = arena_printf(h->arena, "%s@%s", t->account_local,
	    t->account_domain);
	struct span said;
	const char *end;

	if (after == h->end || *after != '>')
		return after;
	end = read_expanded(h, after + 1, &said);
	return end != NULL &&
		       same_span(said, (struct span){account, strlen(account)})
		   ? end
		   : after;
}

static void
add_account_in_place(struct str *out, const struct dsn_match *m)
{
	if (m->reversed) {
		str_add(out, m->target->account_domain);
		str_add_bytes(out, m->between, m->between_len);
		str_add(out, m->target->account_local);
		return;
	}
	str_add(out, m->target->account_local);
	str_add_bytes(out, m->between, m->between_len);
	str_add(out, m->target->account_domain);
}

static void
replace_targets(const struct hiding *h, const char *text, struct str *out)
{
	const char *copied = text, *found, *after;
	struct dsn_match m;

	for (const char *p = text; p < h->end;) {
		if (!dsn_target_at(h->arena, h->targets, h->n_targets, text, p,
			h->end, &m)) {
			p++;
			continue;
		}
		found = p + m.len;
		str_add_bytes(out, copied, (size_t)(p - copied));
		add_account_in_place(out, &m);
		after = after_target(h, found, m.target);
		if (after != found)
			str_add(out, ">");
		copied = p = after;
	}
	str_add_bytes(out, copied, (size_t)(h->end - copied));
}

/* Of a host in a target's domain: the account's domain.  NULL: of none. */
static const char *
host_hidden(const struct hiding *h, const char *name, size_t len)
{
	for (size_t i = 0; i < h->n_targets; i++) {
		const char *domain = h->targets[i].domain;
		size_t domain_len = strlen(domain);

		if (len >= domain_len &&
		    strncasecmp(name + len - domain_len, domain, domain_len) ==
			0 &&
		    (len == domain_len || name[len - domain_len - 1] == '.'))
			return h->targets[i].account_domain;
	}
	return NULL;
}

/* Mailboxes of the same domain are others', and stay. */
static void
replace_hosts(const struct hiding *h, const char *text, size_t text_len,
    struct str *out)
{
	const char *end = text + text_len;

	for (const char *p = text; p < end;) {
		const char *run = p, *hidden = NULL;
		size_t len;

		while (run < end && is_domain(*run))
			run++;
		len = (size_t)(run - p);
		while (len > 0 && p[len - 1] == '.')
			len--;
		if (len > 0 && (p == text || p[-1] != '@'))
			hidden = host_hidden(h, p, len);
		if (hidden != NULL)
			str_add(out, hidden);
		else
			str_add_bytes(out, p, len);
		p += len;
		if (p < end)
			str_add_bytes(out, p++, 1);
	}
}

enum rc
dsn_hide_targets(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, const char **out, size_t *out_len)
{
	struct hiding h = {
	    .arena = a, .ours = ours, .end = message->body + message->len};
	struct dsn_message hidden = *message;
	struct str first, s;

	if (message->len > DSN_MAX)
		return RC_PERM;
	h.pairs = arena_take_array(a, DSN_PAIRS_MAX, sizeof(*h.pairs));
	read_groups(&h, message->body);
	read_expansions(&h, message->body);
	if (h.too_many)
		return RC_PERM;
	if (h.n == 0)
		return RC_NONE;
	add_targets(&h);
	str_init(&first, a);
	replace_targets(&h, message->body, &first);
	str_init(&s, a);
	replace_hosts(&h, first.text, first.len, &s);
	hidden.body = s.text;
	hidden.len = s.len;
	if (dsn_targets_told(a, h.targets, h.n_targets, &hidden))
		return RC_PERM;
	*out = s.text;
	*out_len = s.len;
	return RC_OK;
}

/* ---- of which account of ours somebody else's notification tells */

static bool
is_return_address(const char *mailbox)
{
	static const char *const beginnings[] = {"SRS0", "SRS1", "bounce+"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (str_starts_fold(mailbox, beginnings[i]))
			return true;
	return false;
}

const char *
dsn_account_in(struct arena *a, const char *text, size_t len,
    const struct dsn_ours *ours)
{
	static const char *const names[] = {
	    "Original-Recipient", "Delivered-To", "X-Original-To"};
	const struct hiding h = {.arena = a, .ours = ours, .end = text + len};
	const char *p = text, *field, *value;
	struct span found;
	size_t field_len;

	while ((field = mime_field(&p, h.end, &field_len)) != NULL)
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			value = mime_field_value(a, field, field_len, names[i]);
			if (value == NULL ||
			    !find_address(value, value + strlen(value),
				&found) ||
			    !is_account_ours(&h, found))
				continue;
			value = arena_copy_bytes(a, found.at, found.len);
			if (!is_return_address(value))
				return value;
		}
	return NULL;
}
