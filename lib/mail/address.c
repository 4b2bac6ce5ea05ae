/* SPDX-License-Identifier: MIT */
#include "mail/address.h"

#include "base/ip.h"
#include "base/str.h"
#include "mail/domain.h"
#include "mail/quoted_string.h"

#include <limits.h>
#include <string.h>

static const char postmaster[] = "postmaster";

/* May it stand outside quotes (RFC 5322 3.2.3)? */
static bool
is_atext(char c)
{
	static const bool others[UCHAR_MAX + 1] = {
	    ['\0'] = true,
	    [' '] = true,
	    ['('] = true,
	    [')'] = true,
	    ['<'] = true,
	    ['>'] = true,
	    ['['] = true,
	    [']'] = true,
	    [':'] = true,
	    [';'] = true,
	    ['@'] = true,
	    ['\\'] = true,
	    [','] = true,
	    ['.'] = true,
	    ['"'] = true,
	};

	return !others[(unsigned char)c];
}

/* Reads the quoted string at p.  Returns what follows it, NULL if it is
   none. */
static const char *
read_quoted(struct arena *a, const char *p, const char **out)
{
	struct str local;
	size_t size;

	str_init(&local, a);
	for (p++; *p != '"'; p += size) {
		if (*p == '\\')
			p++;
		size = str_character(p);
		if (size == 0)
			return NULL;
		str_add_bytes(&local, p, size);
	}
	*out = local.text;
	return p + 1;
}

/* Reads what stands before the last '@'.  Dots may stand anywhere: Japanese
   telephones have had addresses like "a..b" for 20 years, against the RFC. */
static const char *
read_unquoted_string(struct arena *a, const char *p, bool spaces,
    const char **out)
{
	const char *begin = p, *at = strrchr(p, '@');

	if (at == NULL || *begin == ' ' || (at > begin && at[-1] == ' '))
		return NULL;
	for (size_t size; p < at; p += size) {
		size = str_character(p);
		if (size == 0 ||
		    !(is_atext(*p) || *p == '.' || (*p == ' ' && spaces)))
			return NULL;
	}
	*out = arena_copy_bytes(a, begin, (size_t)(at - begin));
	return at;
}

/* RFC 5321 4.1.2: "@one.example,@two.example:" in front of a mailbox must be
   accepted and should be ignored.  Returns what follows, NULL if it is no
   route. */
static const char *
skip_source_route(struct arena *a, const char *p)
{
	while (*p == '@') {
		const char *domain;
		size_t len = strcspn(++p, ",:");

		if (domain_read(a, arena_copy_bytes(a, p, len), &domain,
			NULL) != RC_OK)
			return NULL;
		p += len;
		if (*p == ':')
			return p + 1;
		if (*p == ',')
			p++;
	}
	return NULL;
}

static enum rc
read_domain_or_literal(struct arena *a, const char *text, const char **out,
    struct err *err)
{
	struct ip literal;

	if (text[0] != '[')
		return domain_read(a, text, out, err);
	if (!domain_literal(text, &literal))
		return err_set(err, RC_PERM, "not an address literal");
	*out = arena_copy_text(a, text);
	return RC_OK;
}

/* Postfix quotes nothing in its policy requests: "john doe"@example.org comes
   as john doe@example.org, never in brackets.  Hence spaces without brackets.
   Other specials stay refused: where people write addresses, they are more
   often two addresses or a slip than somebody's mailbox. */
static enum rc
read_mailbox(struct arena *a, const char *text, bool bracketed,
    struct address *out, struct err *err)
{
	struct address found;
	const char *at;

	if (text[0] == '@')
		text = skip_source_route(a, text);
	if (text == NULL)
		return err_set(err, RC_PERM, "no local part");
	/* RFC 5321 4.1.1.3: the one mailbox that needs no domain. */
	if (str_equal_fold(text, postmaster)) {
		*out = (struct address){arena_copy_text(a, text), ""};
		return RC_OK;
	}
	at = text[0] == '"'
		 ? read_quoted(a, text, &found.local)
		 : read_unquoted_string(a, text, !bracketed, &found.local);
	if (at == NULL || *at != '@')
		return err_set(err, RC_PERM, "not of the form local@domain");
	/* Nobody has an empty one, and its key would be the catch-all's. */
	if (found.local[0] == '\0')
		return err_set(err, RC_PERM, "no local part");
	if (strlen(found.local) > ADDRESS_LOCAL_MAX)
		return err_set(err, RC_PERM, "local part of more than %d bytes",
		    ADDRESS_LOCAL_MAX);
	if (read_domain_or_literal(a, at + 1, &found.domain, err) != RC_OK)
		return RC_PERM;
	*out = found;
	return RC_OK;
}

enum rc
address_read(struct arena *a, const char *text, struct address *out,
    struct err *err)
{
	size_t len = strnlen(text, ADDRESS_MAX + 1);
	bool bracketed = text[0] == '<';

	*out = (struct address){0};
	if (len > ADDRESS_MAX)
		return err_set(err, RC_PERM, "address of more than %d bytes",
		    ADDRESS_MAX);
	if (bracketed) {
		if (text[len - 1] != '>')
			return err_set(err, RC_PERM, "'<' without '>'");
		text = arena_copy_bytes(a, text + 1, len - 2);
	}
	if (text[0] == '\0')
		return RC_NONE;
	return read_mailbox(a, text, bracketed, out, err);
}

static bool
is_dot_string(const char *local)
{
	bool after_dot = true;

	for (; *local != '\0'; local++) {
		if (*local != '.' ? !is_atext(*local) : after_dot)
			return false;
		after_dot = *local == '.';
	}
	return !after_dot;
}

static char *
address_joined(struct arena *a, const char *local, const char *domain)
{
	return domain[0] == '\0' ? arena_copy_text(a, local)
				 : arena_concat(a, local, "@", domain);
}

char *
address_text(struct arena *a, const struct address *address)
{
	const char *local = address->local;

	return address_joined(a,
	    is_dot_string(local) ? local : quoted_string(a, local),
	    address->domain);
}

char *
address_ascii(struct arena *a, const char *text)
{
	const char *at = strrchr(text, '@'), *domain;

	if (at == NULL || str_is_ascii(text) ||
	    domain_read(a, at + 1, &domain, NULL) != RC_OK)
		return str_ascii(a, text);
	return arena_printf(a, "%s@%s",
	    str_ascii(a, arena_copy_bytes(a, text, (size_t)(at - text))),
	    domain);
}

char *
address_key(struct arena *a, const struct address *address)
{
	return address_joined(a, str_lower(a, address->local), address->domain);
}

bool
address_is_role(const struct address *address, const char *delimiter)
{
	static const char *const roles[] = {postmaster, "abuse"};

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		const char *rest;

		if (!str_starts_fold(address->local, roles[i]))
			continue;
		rest = address->local + strlen(roles[i]);
		if (*rest == '\0' || strchr(delimiter, *rest) != NULL)
			return true;
	}
	return false;
}
