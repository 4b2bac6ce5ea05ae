/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include "base/str.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

/* https://no-color.org: set, and not empty. */
static bool
has_colours(void)
{
	const char *none = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return (none == NULL || none[0] == '\0') && kind != NULL &&
	       strcmp(kind, "dumb") != 0 && isatty(STDOUT_FILENO) != 0;
}

/* Without setlocale, which would change what other functions do. */
static bool
has_marks(void)
{
	locale_t here = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = here != (locale_t)0 &&
		    strcmp(nl_langinfo_l(CODESET, here), "UTF-8") == 0;

	if (here != (locale_t)0)
		freelocale(here);
	return utf8;
}

static const char *
coloured_text(struct arena *a, const char *text, bool good)
{
	return has_colours()
		   ? arena_printf(a, "%s%s%s", good ? GREEN : RED, text, PLAIN)
		   : text;
}

const char *
terminal_mark(struct arena *a, bool good)
{
	if (has_marks())
		return coloured_text(a, good ? "✓" : "✗", good);
	return coloured_text(a, good ? "yes" : "no", good);
}

const char *
terminal_good(struct arena *a, const char *word)
{
	if (has_marks())
		word = arena_printf(a, "✓ %s", word);
	return coloured_text(a, word, true);
}

const char *
terminal_bad(struct arena *a, const char *word)
{
	if (has_marks())
		word = arena_printf(a, "%s ✗", word);
	return coloured_text(a, word, false);
}

const char *
terminal_failed(struct arena *a, const char *sentence)
{
	if (has_marks())
		sentence = arena_printf(a, "✗ %s", sentence);
	return coloured_text(a, sentence, false);
}

size_t
terminal_width(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) != 0 &&
		       ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0
		   ? size.ws_col
		   : 0;
}

char *
terminal_lines(struct arena *a, const char *text, const char *indent)
{
	struct str out;
	size_t len;

	str_init(&out, a);
	for (;;) {
		len = strcspn(text, "\n");
		str_add(&out, indent);
		if (len > 0 && text[len - 1] == '\r') /* of a browser */
			str_add(&out,
			    str_printable(a, text, len - 1, 4 * len + 4));
		else
			str_add(&out, str_printable(a, text, len, 4 * len + 4));
		text += len;
		if (*text++ == '\0')
			return out.text;
		str_add(&out, "\n");
	}
}
