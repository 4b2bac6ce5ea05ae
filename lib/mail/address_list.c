/* SPDX-License-Identifier: MIT */
/*
 * Why from the right to the left: "Ann Smith <ann@example.org>" and
 * "ann@example.org bob@example.org" differ only in what comes in the end, and
 * so Postfix reads them.  An address lies between the token that is looked at
 * and the one where the address to the right of it begins (`right`); two words
 * with nothing between them are the end of one address and the beginning of
 * another.  Tokens: a word 'w' (an atom, a quoted string, a domain literal), or
 * one of the specials.  Comments are none.
 */
#include "mail/address_list.h"

#include "base/str.h"

#include <string.h>

/* RFC 822 3.3, and what local(8) counts among them. */
static const char specials[] = "|%!()<>@,;:\\\".[]";
static const char blanks[] = " \t\r\n";

struct token {
	char type;
	const char *text; /* of a word */
	bool escaped;
};

struct line {
	struct arena *arena;
	const char *p, *end;
	struct token *tokens;
	struct address_entry *entries; /* the last one first */
	size_t n_tokens, n_entries;
};

static bool
is_character_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Comments nest (RFC 822 3.1.4). */
static void
skip_comment(struct line *l)
{
	unsigned depth = 0;

	while (l->p < l->end) {
		char c = *l->p++;

		if (c == '\\' && l->p < l->end)
			l->p++;
		depth += c == '(';
		if (c == ')' && --depth == 0)
			return;
	}
}

/* Up to `closing`, which is taken too; '\0': up to a blank or a special. */
static const char *
read_word(struct line *l, char closing)
{
	struct str s;

	str_init(&s, l->arena);
	for (; l->p < l->end; l->p++) {
		if (*l->p == '\\') {
			if (++l->p == l->end)
				break;
		} else if (closing != '\0'
			       ? *l->p == closing
			       : is_character_among(*l->p, blanks) ||
				     is_character_among(*l->p, specials)) {
			break;
		}
		str_add_bytes(&s,
		    is_character_among(*l->p, blanks) ? " " : l->p, 1);
	}
	if (closing != '\0' && l->p < l->end)
		l->p++;
	return s.text;
}

static struct token
read_token(struct line *l)
{
	struct token t = {.type = 'w', .escaped = *l->p == '\\'};

	if (*l->p == '[') {
		l->p++;
		t.text = arena_printf(l->arena, "[%s]", read_word(l, ']'));
	} else if (*l->p == '"') {
		l->p++;
		t.text = read_word(l, '"');
	} else if (*l->p != '\\' && is_character_among(*l->p, specials)) {
		t.type = *l->p++;
	} else {
		t.text = read_word(l, '\0');
	}
	return t;
}

static void
read_tokens(struct line *l)
{
	while (l->p < l->end) {
		if (*l->p == '(')
			skip_comment(l);
		else if (is_character_among(*l->p, blanks))
			l->p++;
		else
			l->tokens[l->n_tokens++] = read_token(l);
	}
}

/* Words beside each other have a blank between them. */
static const char *
token_range_text(const struct line *l, size_t from, size_t to)
{
	struct str s;

	str_init(&s, l->arena);
	for (size_t i = from; i < to; i++) {
		const struct token *t = &l->tokens[i];

		if (t->type == 'w')
			str_add(&s, t->text);
		else
			str_add_bytes(&s, &t->type, 1);
		if (i + 1 < to && t->type == 'w' && t[1].type == 'w')
			str_add(&s, " ");
	}
	return s.text;
}

/* Where the first, or the last, token of that type is; `to`: nowhere. */
static size_t
find_token_of_type(const struct line *l, char type, size_t from, size_t to,
    bool last)
{
	size_t found = to;

	for (size_t i = from; i < to; i++)
		if (l->tokens[i].type == type && (last || found == to))
			found = i;
	return found;
}

static size_t
skip_route_tokens(const struct line *l, size_t from, size_t to)
{
	size_t colon = find_token_of_type(l, ':', from, to, false);

	return l->tokens[from].type == '@' && colon < to ? colon + 1 : from;
}

static void
divide_entry(const struct line *l, size_t from, size_t to,
    struct address_entry *e)
{
	size_t at = find_token_of_type(l, '@', from, to, true);
	size_t bang = find_token_of_type(l, '!', from, to, false);
	bool is_path = at == to && bang < to;
	const char *quoted_at = at == to ? strrchr(e->text, '@') : NULL;

	/* "ann@example.org" in quotes: resolve_dequoted_address. */
	if (quoted_at != NULL) {
		e->local = arena_copy_bytes(l->arena, e->text,
		    (size_t)(quoted_at - e->text));
		e->domain = quoted_at + 1;
		return;
	}
	if (at == to)
		at =
		    is_path ? bang : find_token_of_type(l, '%', from, to, true);
	e->local = token_range_text(l, from, at);
	if (at + 1 < to)
		e->domain = token_range_text(l, at + 1, to);
	if (is_path && e->domain != NULL) {
		const char *site = e->local;

		e->local = e->domain;
		e->domain = site;
	}
}

/* What lies between from and to, if anything does. */
static void
add_address_entry(struct line *l, size_t from, size_t to, bool joined)
{
	struct address_entry e = {.joined = joined};

	if (from >= to)
		return;
	e.escaped = l->tokens[from].escaped;
	e.special = l->tokens[from].type == 'w' ? '\0' : l->tokens[from].type;
	from = skip_route_tokens(l, from, to);
	e.text = token_range_text(l, from, to);
	divide_entry(l, from, to, &e);
	l->entries[l->n_entries++] = e;
}

/* Back from i to the first token that is one of the set.  0: there is none;
   else one more than its place. */
static size_t
back_to(const struct line *l, size_t i, const char *set)
{
	while (i > 0 && !is_character_among(l->tokens[i - 1].type, set))
		i--;
	return i;
}

/* At the ">" that is tokens[i - 1]: what is in the brackets; the words before
   them are a name. */
static size_t
read_brackets(struct line *l, size_t i)
{
	size_t open = back_to(l, i - 1, "<");

	add_address_entry(l, open, i - 1, false);
	return back_to(l, open > 0 ? open - 1 : 0, ">;,:");
}

/* i is one more than the place of the token that is looked at. */
static void
read_entries(struct line *l)
{
	bool word_may_come = true, in_group = false;
	size_t right = l->n_tokens, i = right;

	while (i > 0) {
		char type = l->tokens[i - 1].type;

		if (type == 'w' && !word_may_come) {
			add_address_entry(l, i, right, true);
			right = i;
		} else if (type == '>' || type == ';' || type == ',') {
			add_address_entry(l, i, right, false);
			right = i - 1;
		} else if (type == ':' && in_group) {
			add_address_entry(l, i, right, false);
			right = i = back_to(l, i, ",");
			continue;
		}
		in_group |= type == ';';
		word_may_come = type != 'w';
		if (type == '>') {
			i = read_brackets(l, i);
			right = i > 0 ? i - 1 : 0;
		} else {
			i--;
		}
	}
	add_address_entry(l, 0, right, false);
}

size_t
address_list_read(struct arena *a, const char *line, size_t len,
    struct address_entry **out)
{
	struct line l = {.arena = a, .p = line, .end = line + len};

	l.tokens = arena_take_array(a, len + 1, sizeof(*l.tokens));
	l.entries = arena_take_array(a, len + 1, sizeof(*l.entries));
	read_tokens(&l);
	read_entries(&l);
	for (size_t i = 0; i < l.n_entries / 2; i++) {
		struct address_entry e = l.entries[i];

		l.entries[i] = l.entries[l.n_entries - 1 - i];
		l.entries[l.n_entries - 1 - i] = e;
	}
	*out = l.entries;
	return l.n_entries;
}
