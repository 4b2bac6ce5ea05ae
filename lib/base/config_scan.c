/* SPDX-License-Identifier: MIT */
#include "base/private/config_scan.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

/* All characters that may stand outside quotes, but for separators. */
static const char word[] = "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789-_.:/@";

struct scan {
	char *p;
	const char *name;
	struct err *err;
	unsigned line;
	unsigned depth, outermost; /* open braces, and the line of the first */
	bool after_quotes;
};

static enum rc
scan_wrong(const struct scan *s, const char *what)
{
	return err_set(s->err, RC_PERM, "%s:%u: %s", s->name, s->line, what);
}

static enum rc
scan_comment(struct scan *s)
{
	const char *end = s->p + strcspn(s->p, "\n");

	if (str_starts(s->p, "/*")) {
		end = strstr(s->p + 2, "*/");
		if (end == NULL)
			return scan_wrong(s, "this comment never ends");
		end += 2;
	}
	for (; s->p < end; s->p++)
		if (*s->p == '\n')
			s->line++;
		else
			*s->p = ' ';
	return RC_OK;
}

static enum rc
scan_quoted(struct scan *s)
{
	char quote = *s->p++;

	for (; *s->p != quote; s->p++) {
		if (*s->p == '\0' || *s->p == '\n')
			return scan_wrong(s,
			    "expected the closing quote on this line");
		if (quote == '"' && str_starts(s->p, "${"))
			return scan_wrong(s,
			    "variables are not expanded: expected \"\\$\" "
			    "where \"$\" comes before \"{\"");
		if (*s->p != '\\' || s->p[1] == '\0' || s->p[1] == '\n')
			continue;
		s->p++;
		if (quote == '"' && strchr("\"\\$nt", *s->p) == NULL)
			return scan_wrong(s,
			    "after a backslash expected a quote, a backslash, "
			    "$, n or t");
	}
	s->p++;
	s->after_quotes = true;
	return RC_OK;
}

static void
scan_word(struct scan *s)
{
	s->p += strspn(s->p, word);
	s->after_quotes = false;
}

static enum rc
scan_separator(struct scan *s)
{
	struct str_view here = {s->p, strnlen(s->p, 4), 0};
	char c = *s->p, shown[STR_SHOWN_MAX + 1] = "";

	if (strchr("{}=, \t\r\n", c) == NULL) {
		str_show(&here, shown);
		return err_set(s->err, RC_PERM,
		    "%s:%u: unexpected \"%s\" outside quotes", s->name, s->line,
		    shown);
	}
	if (c == '=' && s->after_quotes)
		return scan_wrong(s, "expected a key without quotes");
	if (c == '{' && s->depth++ == 0)
		s->outermost = s->line;
	if (c == '}' && s->depth > 0)
		s->depth--;
	if (c == '\n')
		s->line++;
	if (strchr("{}=,", c) != NULL)
		s->after_quotes = false;
	s->p++;
	return RC_OK;
}

enum rc
config_scan(char *text, const char *name, struct err *err)
{
	struct scan s = {.p = text, .name = name, .err = err, .line = 1};
	enum rc rc = RC_OK;

	while (rc == RC_OK && *s.p != '\0') {
		if (*s.p == '#' || str_starts(s.p, "//") ||
		    str_starts(s.p, "/*"))
			rc = scan_comment(&s);
		else if (*s.p == '"' || *s.p == '\'')
			rc = scan_quoted(&s);
		else if (strchr(word, *s.p) != NULL)
			scan_word(&s);
		else
			rc = scan_separator(&s);
	}
	if (rc != RC_OK || s.depth == 0)
		return rc;
	s.line = s.outermost;
	return scan_wrong(&s, "this \"{\" is never closed");
}
