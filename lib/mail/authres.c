/* SPDX-License-Identifier: MIT */
#include "mail/authres.h"

#include "base/str.h"
#include "mail/domain.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* RFC 5322 3.2.2: folding white space and comments, which nest.  NULL: a
   comment never ends. */
static const char *
skip_cfws(const char *p)
{
	size_t depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		else if (depth > 0 && *p == '\\' && p[1] != '\0')
			p++;
		else if (depth == 0 && strchr(" \t\r\n", *p) == NULL)
			break;
	}
	return depth == 0 ? p : NULL;
}

/* RFC 2045 5.1 */
static bool
is_token(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f &&
	       strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static const char *
read_quoted(struct str *out, const char *p)
{
	for (p++; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		str_add_bytes(out, p, 1);
	}
	return *p == '"' ? p + 1 : NULL;
}

static const char *
read_value(struct str *out, const char *p)
{
	if (*p == '"')
		return read_quoted(out, p);
	for (; is_token(*p); p++)
		str_add_bytes(out, p, 1);
	return p;
}

enum rc
authres_read_id(struct arena *a, const char *value, const char **id)
{
	const char *p = skip_cfws(value);
	struct str text;

	str_init(&text, a);
	if (p != NULL)
		p = read_value(&text, p);
	if (p != NULL)
		p = skip_cfws(p);
	if (p == NULL || text.len == 0)
		return RC_PERM;
	p += strspn(p, "0123456789"); /* the version */
	p = skip_cfws(p);
	if (p == NULL || (*p != ';' && *p != '\0'))
		return RC_PERM;
	if (domain_read(a, text.text, id, NULL) != RC_OK)
		*id = str_lower(a, text.text);
	return RC_OK;
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
