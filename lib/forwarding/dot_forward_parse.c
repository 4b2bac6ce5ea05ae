/* SPDX-License-Identifier: MIT */
#include "forwarding/dot_forward.h"

#include "base/str.h"
#include "base/typed.h"
#include "base/unicode.h"
#include "mail/address_list.h"
#include "mail/mailbox.h"

#include <stdbool.h>
#include <string.h>

struct parser {
	struct arena *arena;
	const char *domain;
	const char **targets;
	size_t n;
	const char *note;
};

static void
ignore_text(struct parser *p, const char *text, size_t len, const char *why)
{
	if (p->note == NULL)
		p->note = arena_printf(p->arena, "ignored \"%s\": %s",
		    str_printable(p->arena, text, len, 80), why);
}

const char *
dot_forward_local_delivery(const struct address_entry *entry)
{
	static const struct {
		const char *beginning, *why;
	} rows[] = {
	    {"|", "a command is no forward"},
	    {"/", "a file is no forward"},
	    {"~", "a file is no forward"},
	    {":include:", "an included file is no forward"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (str_starts_fold(entry->text, rows[i].beginning))
			return rows[i].why;
	return entry->escaped && entry->domain == NULL
		   ? "local delivery is no forward"
		   : NULL;
}

/* Returns NULL, or why the text is no address that counts. */
static const char *
read_target(const struct parser *p, const struct address_entry *entry,
    const char **out)
{
	const char *domain = entry->domain != NULL ? entry->domain : p->domain;
	char *whole = typed_trim(p->arena,
	    arena_printf(p->arena, "%s@%s", entry->local, domain));
	char *at = strrchr(whole, '@');
	const char *problem;
	struct address address = {whole, at + 1};

	*at = '\0';
	if (address_read(p->arena,
		arena_printf(p->arena, "<%s>",
		    address_text(p->arena, &address)),
		&address, NULL) != RC_OK)
		return "no address";
	problem = mailbox_problem(p->arena, &address);
	*out = address_text(p->arena, &address);
	return problem;
}

static void
read_entry(struct parser *p, const struct address_entry *entry)
{
	const char *target, *why = dot_forward_local_delivery(entry);

	if (why == NULL)
		why = read_target(p, entry, &target);
	if (why == NULL && p->n == DOT_FORWARD_TARGETS_MAX)
		why = "one too many";
	if (why != NULL)
		ignore_text(p, entry->text, strlen(entry->text), why);
	else
		p->targets[p->n++] = target;
}

/* Returns the length up to a comment, which begins a line or follows a blank,
   outside quotes. */
static size_t
length_without_comment(const char *text, size_t len)
{
	bool quoted = false, after_blank = true;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '#' && after_blank && !quoted)
			return i;
		if (text[i] == '"')
			quoted = !quoted;
		after_blank = strchr(" \t,", text[i]) != NULL;
		if (text[i] == '\\')
			i++;
	}
	return len;
}

/* Skips the other words of a command without quotes, which are no addresses. */
static void
read_dot_forward_line(struct parser *p, const char *text, size_t len)
{
	struct address_entry *entries;
	bool in_command = false;
	size_t n;

	len = length_without_comment(text, len);
	if (memchr(text, '\0', len) != NULL) {
		ignore_text(p, text, len, "no address");
		return;
	}
	n = address_list_read(p->arena, text, len, &entries);
	for (size_t i = 0; i < n; i++) {
		if (entries[i].joined && in_command)
			continue;
		in_command = entries[i].special == '|';
		if (in_command)
			ignore_text(p, text, len,
			    dot_forward_local_delivery(&entries[i]));
		else
			read_entry(p, &entries[i]);
	}
}

struct dot_forward
dot_forward_parse(struct arena *a, const char *text, size_t len,
    const char *domain)
{
	struct parser p = {.arena = a, .domain = domain};
	const char *end = text + len;

	p.targets =
	    arena_take_array(a, DOT_FORWARD_TARGETS_MAX, sizeof(*p.targets));
	text += unicode_bom(text, len);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line =
		    (size_t)((newline == NULL ? end : newline) - text);

		read_dot_forward_line(&p, text, line);
		text += line + (newline != NULL);
	}
	return (struct dot_forward){p.targets, p.n, p.note};
}
