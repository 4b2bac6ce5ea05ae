/* SPDX-License-Identifier: MIT */
#include "mail/reply_rewrite.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/display_name.h"
#include "mail/from_field.h"
#include "mail/header.h"
#include "mail/private/decode.h"
#include "mail/private/dsn_target.h"

#include <ctype.h>
#include <string.h>

/* What becomes of a field; of all others: it goes if it tells the mailbox. */
enum reply_field {
	REPLY_FROM,
	REPLY_CHANGED, /* addresses in it are replaced */
	REPLY_IDS,     /* the same, and what is longer than an address */
	REPLY_GONE
};

static const struct {
	const char *name;
	enum reply_field what;
} rows[] = {
    {"From", REPLY_FROM},
    {"To", REPLY_CHANGED},
    {"Cc", REPLY_CHANGED},
    {"Reply-To", REPLY_CHANGED},
    {"Subject", REPLY_CHANGED},
    {"Message-ID", REPLY_IDS}, /* which some make of the address */
    {"In-Reply-To", REPLY_IDS},
    {"References", REPLY_IDS},
    {"Sender", REPLY_GONE},
    {"Return-Path", REPLY_GONE},
    /* They do not hold for what is changed, and name the mailbox's host. */
    {"DKIM-Signature", REPLY_GONE},
    {"ARC-Seal", REPLY_GONE},
    {"ARC-Message-Signature", REPLY_GONE},
    {"ARC-Authentication-Results", REPLY_GONE},
};

struct replacing {
	struct arena *arena;
	const struct reply_addresses *addresses;
	bool ids; /* "1.ann@mailbox.example" is one that is told */
};

static bool
tells_mailbox(const struct replacing *r, const char *text)
{
	struct address mailbox;
	struct dsn_target target;

	if (address_read(r->arena, r->addresses->mailbox, &mailbox, NULL) !=
	    RC_OK)
		return false;
	target = (struct dsn_target){
	    .local = mailbox.local, .domain = mailbox.domain};
	return dsn_text_tells(r->arena, &target, 1, text, strlen(text));
}

static bool
is_of_address(char c)
{
	return isalnum((unsigned char)c) || strchr(".+-_=", c) != NULL ||
	       (c & 0x80) != 0;
}

/* True: the address stands there, and no longer one. */
static bool
is_address_at(const struct replacing *r, const char *begin, const char *p,
    const char *address)
{
	const char *end = p + strlen(address);

	if (!str_starts_fold(p, address))
		return false;
	if (p > begin && (r->ids ? isalnum((unsigned char)p[-1]) != 0
				 : is_of_address(p[-1])))
		return false;
	return !(isalnum((unsigned char)*end) || *end == '-' ||
		 (*end == '.' && isalnum((unsigned char)end[1])));
}

/* What takes the place of the address at p; NULL: there is none. */
static const char *
replacement_at(const struct replacing *r, const char *begin, const char *p,
    size_t *len)
{
	const struct reply_addresses *addresses = r->addresses;

	for (size_t i = 0; i < addresses->n; i++)
		if (is_address_at(r, begin, p, addresses->authors[i].ours)) {
			*len = strlen(addresses->authors[i].ours);
			return addresses->authors[i].author;
		}
	if (!is_address_at(r, begin, p, addresses->mailbox))
		return NULL;
	*len = strlen(addresses->mailbox);
	return addresses->account;
}

/* RFC 5322 3.2.2, 3.2.4: where we are in a field with addresses. */
struct reply_place {
	bool quoted;    /* in a quoted string */
	unsigned depth; /* of comments */
};

/* Bytes of the character at p, with a backslash that makes it a plain one. */
static size_t
step_reply_place(struct reply_place *place, const char *p)
{
	bool enclosed = place->quoted || place->depth > 0;

	/* Before others it says nothing, and an address may begin there. */
	if (enclosed && *p == '\\' && p[1] != '\0' &&
	    strchr("\"\\()", p[1]) != NULL)
		return 2;
	if (*p == '"' && place->depth == 0)
		place->quoted = !place->quoted;
	else if (*p == '(' && !place->quoted)
		place->depth++;
	else if (*p == ')' && place->depth > 0)
		place->depth--;
	return 1;
}

/* Quotes in an address end those around it, and what follows would be an
   address of its own; so would a parenthesis in a comment. */
static void
add_replacement(struct str *s, const struct reply_place *place,
    const char *address)
{
	bool enclosed = place->quoted || place->depth > 0;

	for (; *address != '\0'; address++) {
		if (enclosed && strchr("\"\\()", *address) != NULL)
			str_add(s, "\\");
		str_add_bytes(s, address, 1);
	}
}

static const char *
addresses_replaced(const struct replacing *r, const char *text)
{
	struct reply_place place = {0};
	struct str s;

	str_init(&s, r->arena);
	for (const char *p = text; *p != '\0';) {
		size_t len = 0;
		const char *new = replacement_at(r, text, p, &len);

		if (new != NULL) {
			add_replacement(&s, &place, new);
		} else {
			len = step_reply_place(&place, p);
			str_add_bytes(&s, p, len);
		}
		p += len;
	}
	return s.text;
}

#define REPLY_LINE_MAX 998 /* RFC 5322 2.1.1 */

/* Before the last white space of a line that has become too long.  NULL: it
   has none. */
static const char *
reply_refolded(struct arena *a, const char *name, const char *value)
{
	size_t used = strlen(name) + strlen(": ");
	struct str s;

	str_init(&s, a);
	while (*value != '\0') {
		size_t line = strcspn(value, "\n"), len = line;

		if (used + line > REPLY_LINE_MAX) {
			len = REPLY_LINE_MAX - used;
			while (len > 1 && value[len] != ' ' &&
			       value[len] != '\t')
				len--;
			if (len <= 1)
				return NULL;
		}
		str_add_bytes(&s, value, len);
		if (value[len] != '\0')
			str_add(&s, "\n");
		value += len + (value[len] == '\n');
		used = 0;
	}
	return s.text;
}

/* One author, and his name unless it is the mailbox. */
static const char *
from_replaced(const struct replacing *r, const struct mail_field *field)
{
	struct from_field from;
	const char *name = NULL;

	from_field_read(r->arena, field, 1, &from);
	if (from.kind == FROM_FIELD_ONE && from.n == 1 &&
	    !tells_mailbox(r, from.mailboxes[0].name))
		name = display_name_phrase(r->arena, from.mailboxes[0].name,
		    NULL, NULL);
	return name == NULL
		   ? arena_printf(r->arena, "<%s>", r->addresses->account)
		   : arena_printf(r->arena, "%s\n <%s>", name,
			 r->addresses->account);
}

/* With line ends as they are written. */
static char *
value_of(struct arena *a, const struct mail_field *field)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < field->len; i++)
		if (field->value[i] != '\r' && field->value[i] != '\0')
			str_add_bytes(&s, &field->value[i], 1);
	return s.text + strspn(s.text, " \t\n");
}

static const enum reply_field *
row_of(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (header_is(name, rows[i].name))
			return &rows[i].what;
	return NULL;
}

bool
reply_rewrite_field(struct arena *a, const struct reply_addresses *addresses,
    const struct mail_field *field, const char **value)
{
	struct replacing r = {a, addresses, false};
	const enum reply_field *what = row_of(field->name);
	const char *came = value_of(a, field), *words;

	*value = NULL;
	if (what != NULL && *what == REPLY_FROM)
		*value = from_replaced(&r, field);
	if (what != NULL && (*what == REPLY_FROM || *what == REPLY_GONE))
		return true;
	if (what == NULL)
		return tells_mailbox(&r, came);
	r.ids = *what == REPLY_IDS;
	*value = addresses_replaced(&r, came);
	words = decode_words(a, *value);
	if (strcmp(addresses_replaced(&r, words), words) != 0)
		*value = NULL;
	if (*value == NULL || strcmp(*value, came) == 0)
		return *value == NULL;
	*value = reply_refolded(a, field->name, *value);
	return true;
}
