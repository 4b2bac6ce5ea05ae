/* SPDX-License-Identifier: MIT */
#include "mail/postfix_address.h"

#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

/* A quoted string; what follows it, or NULL. */
static const char *
unquote_string(const char *p, struct str *out)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
		str_add_bytes(out, p, 1);
	}
	return p + 1;
}

/* What follows a comment (RFC 5322 3.2.2), or NULL. */
static const char *
past_comment(const char *p)
{
	size_t depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* A word, a dot, an "@" or what does not count; what follows, or NULL. */
static const char *
unquote_word(const char *p, struct str *out)
{
	if (*p == '"')
		return unquote_string(p, out);
	if (*p == '(')
		return past_comment(p);
	if (*p == ' ' || *p == '\t')
		return p + 1;
	if (*p == '\\')
		p++;
	else if (strchr(")<>,;", *p) != NULL)
		return NULL;
	if (*p == '\0')
		return NULL;
	str_add_bytes(out, p, 1);
	return p + 1;
}

enum rc
postfix_address_unquote(struct arena *a, const char *path, const char **out,
    struct err *err)
{
	size_t len = strlen(path);
	const char *p = path;
	struct str s;

	if (len >= 2 && path[0] == '<' && path[len - 1] == '>')
		p = arena_copy_bytes(a, path + 1, len - 2);
	p += strspn(p, " \t");
	if (*p == '@' && strchr(p, ':') != NULL)
		p = strchr(p, ':') + 1;
	str_init(&s, a);
	while (p != NULL && *p != '\0')
		p = unquote_word(p, &s);
	if (p == NULL)
		return err_set(err, RC_PERM, "not a path (RFC 5321 4.1.2)");
	*out = s.text;
	return RC_OK;
}

/* Atoms with dots between them (RFC 5322 3.2.3); UTF-8 is let pass.  Of what
   is none Postfix makes a quoted string, whose "!" and "%" mean nothing. */
static bool
is_postfix_dot_atom(const char *text)
{
	bool in_atom = false;

	for (; *text != '\0'; text++) {
		if (*text == '.' && !in_atom)
			return false;
		in_atom = *text != '.';
		if ((*text <= ' ' && *text > 0) ||
		    strchr("()<>@,;:\\\"[]\x7f", *text) != NULL)
			return false;
	}
	return in_atom;
}

static const char *
text_before(struct arena *a, const char *text, const char *mark)
{
	return arena_copy_bytes(a, text, (size_t)(mark - text));
}

/* Postfix takes one dot away, and leaves "..". */
static const char *
without_last_dot(struct arena *a, const char *domain)
{
	size_t len = strlen(domain);

	return len > 1 && domain[len - 1] == '.' && domain[len - 2] != '.'
		   ? arena_copy_bytes(a, domain, len - 1)
		   : domain;
}

/* Into the two parts of what Postfix sends.  False: nobody said a domain. */
static bool
split_address(struct arena *a, const char *text, const char *origin,
    struct address *out)
{
	const char *at = strrchr(text, '@');
	const char *bang = at == NULL ? strchr(text, '!') : NULL;
	const char *percent = at == NULL ? strrchr(text, '%') : NULL;

	if (at == NULL && !is_postfix_dot_atom(text))
		bang = percent = NULL;
	if (bang != NULL)
		*out = (struct address){bang + 1, text_before(a, text, bang)};
	else if (at == NULL && percent == NULL)
		*out = (struct address){text, origin};
	else if (at == NULL)
		*out = (struct address){
		    text_before(a, text, percent), percent + 1};
	else
		*out = (struct address){text_before(a, text, at), at + 1};
	out->domain = without_last_dot(a, out->domain);
	return at != NULL || bang != NULL || percent != NULL;
}

static const char *
local_problem(const char *local)
{
	if (local[0] == '\0')
		return "no local part";
	if (strlen(local) > ADDRESS_LOCAL_MAX)
		return "a local part that is too long";
	for (size_t size; *local != '\0'; local += size) {
		size = str_character(local);
		if (size == 0)
			return "characters that no mailbox has";
	}
	return NULL;
}

static const char *
domain_problem(struct arena *a, const char *said, struct postfix_address *out)
{
	if (domain_literal(said, &out->literal))
		return NULL;
	if (domain_read(a, said, &out->domain, NULL) != RC_OK) {
		out->domain = NULL;
		return "no valid domain";
	}
	if (!domain_is_host(out->domain))
		return "no valid domain";
	return strchr(out->domain, '.') == NULL ? "no fully qualified domain"
						: NULL;
}

/* Quotes and backslashes make the local part at most twice as long, and two
   more. */
static bool
is_too_long(struct arena *a, const struct address *mailbox)
{
	size_t most =
	    2 * strlen(mailbox->local) + 2 + 1 + strlen(mailbox->domain);

	return most > ADDRESS_MAX &&
	       strlen(address_text(a, mailbox)) > ADDRESS_MAX;
}

void
postfix_address_read(struct arena *a, const char *text, const char *origin,
    struct postfix_address *out)
{
	const char *of_local, *of_domain;
	struct address parts;

	*out = (struct postfix_address){.text = ""};
	if (text[0] == '\0')
		return;
	if (str_equal_fold(text, "MAILER-DAEMON")) {
		out->problem = "no domain";
		return;
	}
	out->at_origin = !split_address(a, text, origin, &parts);
	out->text = arena_concat(a, parts.local, "@", parts.domain);
	of_local = local_problem(parts.local);
	of_domain = domain_problem(a, parts.domain, out);
	if (of_local == NULL && (of_domain == NULL || out->domain != NULL))
		out->mailbox = (struct address){parts.local,
		    out->domain != NULL ? out->domain : parts.domain};
	if (out->mailbox.local != NULL && is_too_long(a, &out->mailbox)) {
		out->mailbox = (struct address){0};
		of_local = "too many characters";
	}
	out->problem = strchr(text, '@') == NULL ? "no domain"
		       : of_local != NULL        ? of_local
						 : of_domain;
}
