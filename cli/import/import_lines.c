/* SPDX-License-Identifier: MIT */
/* The formats that Postfix reads by logical lines: aliases(5), virtual(5). */
#include "base/str.h"
#include "forwarding/domains.h"
#include "import_reader.h"
#include "mail/domain.h"

#include <string.h>

static const char blanks[] = " \t\r\n\v\f";

static bool
is_blank(char c)
{
	return c != '\0' && strchr(blanks, c) != NULL;
}

/* The next line as it stands in the file, without its end. */
static size_t
physical_line_length(const struct import_reader *r)
{
	const char *newline = memchr(r->text, '\n', (size_t)(r->end - r->text));

	return (size_t)((newline == NULL ? r->end : newline) - r->text);
}

static void
skip_physical_line(struct import_reader *r, size_t len)
{
	r->text += len + (r->text + len < r->end);
	r->line++;
	import_passed(r);
}

/* Lines without text are skipped, also between a line and what continues it. */
static bool
is_without_text(const char *text, size_t len)
{
	while (len > 0 && is_blank(*text)) {
		text++;
		len--;
	}
	return len == 0 || *text == '#';
}

bool
import_logical_line(struct import_reader *r, char **out, size_t *len,
    size_t *line)
{
	size_t whole = 0;
	struct str s;

	arena_reset(r->scratch);
	str_init(&s, r->scratch);
	*line = r->line;
	while (r->text < r->end && r->rc == RC_OK) {
		size_t n = physical_line_length(r);

		if (!is_without_text(r->text, n)) {
			if (whole > 0 && !is_blank(*r->text))
				break;
			if (whole == 0)
				*line = r->line;
			whole += n;
			if (whole <= IMPORT_LINE_MAX)
				str_add_bytes(&s, r->text, n);
		}
		skip_physical_line(r, n);
	}
	while (s.len > 0 && is_blank(s.text[s.len - 1]))
		s.text[--s.len] = '\0';
	*out = s.text;
	*len = whole > IMPORT_LINE_MAX ? whole : s.len;
	return whole > 0 && r->rc == RC_OK;
}

size_t
import_key_length(const char *line, bool colon)
{
	bool quoted = false;
	size_t i;

	for (i = 0; line[i] != '\0'; i++) {
		if (line[i] == '"')
			quoted = !quoted;
		else if (line[i] == '\\' && line[i + 1] != '\0')
			i++;
		else if (!quoted &&
			 (colon ? line[i] == ':' : is_blank(line[i])))
			break;
	}
	return i;
}

/* NULL, or why nothing can be read in it. */
static const char *
logical_line_problem(struct import_reader *r, const char *line, size_t len)
{
	if (len > IMPORT_LINE_MAX)
		return arena_printf(r->scratch, "a line of more than %zu bytes",
		    IMPORT_LINE_MAX);
	if (strlen(line) != len)
		return "a NUL in it";
	if (is_blank(line[0]))
		return "it begins with a blank, and there is no line before";
	return NULL;
}

static char *
key_text(struct import_reader *r, const char *line, size_t len)
{
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	return arena_copy_bytes(r->scratch, line, len);
}

static void
read_alias_line(struct import_reader *r, const char *line, size_t number)
{
	struct import_entry entry = {.line = number};
	size_t key = import_key_length(line, true);

	if (line[key] == '\0') {
		import_problem(r, number, "expected \"name: address\": %s",
		    line);
		return;
	}
	if (!import_account(r, number, key_text(r, line, key), &entry.account))
		return;
	line += key + 1;
	if (line[strspn(line, blanks)] == '\0')
		import_problem(r, number, "%s: no target", entry.account);
	else if (import_targets(r, line, strlen(line), &entry))
		import_add(r, &entry);
}

void
import_read_aliases(struct import_reader *r)
{
	char *line;
	size_t len, number;

	while (import_logical_line(r, &line, &len, &number)) {
		const char *why = logical_line_problem(r, line, len);

		if (why != NULL)
			import_problem(r, number, "%s", why);
		else
			read_alias_line(r, line, number);
	}
}

/* "remotes.club anything" only tells Postfix that the domain is there. */
static bool
is_domain_anchor(struct import_reader *r, const char *key, const char *value)
{
	const char *domain;

	if (strpbrk(key, "@\"") != NULL || strchr(key, '.') == NULL ||
	    domain_read(r->scratch, key, &domain, NULL) != RC_OK)
		return false;
	return domains_ours(r->settings->forwards, domain) ||
	       strchr(value, '@') == NULL;
}

/* NULL, or why it is no line of a table that postmap(1) reads. */
static const char *
virtual_line_problem(const char *line, const char *value)
{
	if (line[0] == '/' || str_starts(line, "if /") ||
	    str_starts(line, "if !/"))
		return "a regular expression: name each address";
	if (value[0] == '\0')
		return "expected \"address target\"";
	return NULL;
}

static void
read_virtual_line(struct import_reader *r, const char *line, size_t number)
{
	struct import_entry entry = {.line = number};
	size_t len = import_key_length(line, false);
	char *key = key_text(r, line, len);
	const char *value = line + len + strspn(line + len, blanks);
	const char *why = virtual_line_problem(line, value);

	if (why != NULL)
		import_problem(r, number, "%s: %s", key, why);
	else if (is_domain_anchor(r, key, value))
		import_note(r, number, "%s: left out: it only names a domain",
		    key);
	else if (import_account(r, number, key, &entry.account) &&
		 import_targets(r, value, strlen(value), &entry))
		import_add(r, &entry);
}

void
import_read_virtual(struct import_reader *r)
{
	char *line;
	size_t len, number;

	while (import_logical_line(r, &line, &len, &number)) {
		const char *why = logical_line_problem(r, line, len);

		if (why != NULL)
			import_problem(r, number, "%s", why);
		else
			read_virtual_line(r, line, number);
	}
}
