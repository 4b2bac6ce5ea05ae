/* SPDX-License-Identifier: MIT */
/*
 * One pass over the tokens.  What stands between two separators is gathered
 * as a name and as an address at once; "<" tells that it was a name, and a
 * separator that it was an address.  States: outside brackets, within them,
 * behind them (`bracketed`), where nothing but a separator may follow.
 */
#include "mail/from_field.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/header.h"

#include <string.h>

#define SHOWN_MAX 60

enum from_token {
	TOKEN_END,
	TOKEN_WORD,    /* atom or quoted string */
	TOKEN_LITERAL, /* "[...]" */
	TOKEN_SPECIAL, /* one of specials, but "(", "\"" and "[" */
	TOKEN_BROKEN,  /* problem says why */
};

/* An address in the making: local part and domain as far as they go. */
struct gathered {
	struct str local, domain, name;
	unsigned ats;
	bool route;   /* begins with "@" */
	bool literal; /* the domain is one */
	enum from_token last;
	const char *problem; /* why it is no address */
};

struct from_reader {
	struct arena *arena;
	const char *p, *end;
	enum from_token token;
	char special;    /* of TOKEN_SPECIAL */
	bool quoted;     /* TOKEN_WORD */
	bool space;      /* before the token */
	struct str text; /* of a word or a literal */
	struct gathered now;
	const char *name; /* before the brackets */
	bool inside, bracketed;
	bool literal; /* some mailbox has one for a domain */
	struct from_mailbox *mailboxes;
	size_t room;
	struct from_field *out;
};

/* RFC 5322 3.2.3 */
static const char from_specials[] = "()<>[]:;@\\,.\"";

/* RFC 5322 3.2.2: comments nest; \ is for the next character. */
static bool
skip_from_comment(struct from_reader *r)
{
	size_t depth = 0;

	while (r->p < r->end) {
		char c = *r->p++;

		if (c == '\\' && r->p < r->end)
			r->p++;
		depth += c == '(';
		if (c == ')' && --depth == 0)
			return true;
	}
	return false;
}

static bool
is_from_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum from_token
from_broken(struct from_reader *r, const char *problem)
{
	r->now.problem = problem;
	return TOKEN_BROKEN;
}

static void
empty_str(struct str *s)
{
	s->len = 0;
	s->text[0] = '\0';
}

/* Up to `closing`, of a quoted string or a literal; folds are left out. */
static enum from_token
read_from_enclosed(struct from_reader *r, char closing, enum from_token type)
{
	r->quoted = type == TOKEN_WORD;
	for (r->p++; r->p < r->end && *r->p != closing; r->p++) {
		if (*r->p == '\\' && ++r->p == r->end)
			break;
		if (*r->p != '\r' && *r->p != '\n')
			str_add_bytes(&r->text, r->p, 1);
	}
	if (r->p == r->end)
		return from_broken(r, closing == ']' ? "'[' without ']'"
						     : "quotes without an end");
	r->p++;
	return type;
}

static enum from_token
read_from_atom(struct from_reader *r)
{
	const char *begin = r->p;

	while (r->p < r->end && !is_from_space(*r->p) &&
	       strchr(from_specials, *r->p) == NULL)
		r->p++;
	str_add_bytes(&r->text, begin, (size_t)(r->p - begin));
	return TOKEN_WORD;
}

static enum from_token
read_from_token(struct from_reader *r)
{
	r->space = false;
	r->quoted = false;
	empty_str(&r->text);
	while (r->p < r->end && (is_from_space(*r->p) || *r->p == '(')) {
		r->space = true;
		if (*r->p != '(')
			r->p++;
		else if (!skip_from_comment(r))
			return from_broken(r, "a comment without an end");
	}
	if (r->p == r->end)
		return TOKEN_END;
	if (*r->p == '"')
		return read_from_enclosed(r, '"', TOKEN_WORD);
	if (*r->p == '[')
		return read_from_enclosed(r, ']', TOKEN_LITERAL);
	if (strchr(from_specials, *r->p) == NULL)
		return read_from_atom(r);
	r->special = *r->p++;
	return TOKEN_SPECIAL;
}

/* The memory is used again: what is kept is copied. */
static void
gather_anew(struct from_reader *r)
{
	struct gathered *g = &r->now;

	empty_str(&g->local);
	empty_str(&g->domain);
	empty_str(&g->name);
	g->ats = 0;
	g->route = g->literal = false;
	g->last = TOKEN_END;
	g->problem = NULL;
}

static void
gather_problem(struct gathered *g, const char *problem)
{
	if (g->problem == NULL)
		g->problem = problem;
}

static void
gather_word(struct from_reader *r)
{
	struct gathered *g = &r->now;

	if (g->last == TOKEN_WORD || g->last == TOKEN_LITERAL)
		gather_problem(g, "words beside an address");
	if (g->ats > 0 && r->quoted)
		gather_problem(g, "quotes in a domain");
	str_add_bytes(g->ats == 0 ? &g->local : &g->domain, r->text.text,
	    r->text.len);
}

static void
gather_literal(struct from_reader *r)
{
	struct gathered *g = &r->now;

	if (g->ats == 0 || g->domain.len > 0 || g->literal)
		gather_problem(g, "brackets within an address");
	g->literal = true;
	str_addf(&g->domain, "[%s]", r->text.text);
}

static void
gather_special(struct from_reader *r)
{
	struct gathered *g = &r->now;

	if (r->special == '@') {
		if (g->ats == 0)
			g->route = g->last == TOKEN_END;
		else
			gather_problem(g, "two '@' in one address");
		g->ats++;
	} else {
		str_add(g->ats == 0 ? &g->local : &g->domain, ".");
	}
}

/* A word, a literal, "." or "@": part of a name or of an address. */
static void
gather_token(struct from_reader *r)
{
	struct gathered *g = &r->now;

	if (r->space && g->name.len > 0)
		str_add(&g->name, " ");
	if (r->token == TOKEN_WORD) {
		gather_word(r);
		str_add_bytes(&g->name, r->text.text, r->text.len);
	} else if (r->token == TOKEN_LITERAL) {
		gather_literal(r);
		str_addf(&g->name, "[%s]", r->text.text);
	} else {
		gather_special(r);
		str_add_bytes(&g->name, &r->special, 1);
	}
	g->last = r->token;
}

/* The first problem stays. */
static bool
from_failed(struct from_reader *r, enum from_field_kind kind,
    const char *problem)
{
	r->out->kind = kind;
	r->out->problem = problem;
	return false;
}

static const char *
from_shown(struct from_reader *r, const struct str *s)
{
	return str_printable(r->arena, s->text, s->len, SHOWN_MAX);
}

static void
add_from_mailbox(struct from_reader *r, const char *domain)
{
	if (r->out->n == FROM_FIELD_MAILBOXES_MAX)
		return;
	if (r->out->n == r->room) {
		size_t room = r->room == 0 ? 2 : r->room * 2;
		struct from_mailbox *more =
		    arena_take_array(r->arena, room, sizeof(*more));

		if (r->out->n > 0)
			memcpy(more, r->mailboxes, r->room * sizeof(*more));
		r->mailboxes = more;
		r->room = room;
	}
	r->mailboxes[r->out->n++] = (struct from_mailbox){
	    .name = r->bracketed ? r->name : "",
	    .address = {arena_copy_text(r->arena, r->now.local.text), domain},
	};
}

/* Takes note of the mailbox's domain; false: it is another one. */
static bool
add_from_domain(struct from_reader *r)
{
	const char *domain = r->now.domain.text;
	struct err err;

	if (r->now.literal)
		domain = arena_copy_text(r->arena, domain);
	else if (domain_read(r->arena, domain, &domain, &err) != RC_OK)
		return from_failed(r, FROM_FIELD_UNREADABLE,
		    arena_printf(r->arena, "\"%s\": %s",
			from_shown(r, &r->now.domain), err.text));
	else if (r->out->domain == NULL)
		r->out->domain = domain;
	r->literal |= r->now.literal;
	add_from_mailbox(r, domain);
	if (r->out->domain == NULL ||
	    (!r->literal && strcmp(r->out->domain, domain) == 0))
		return true;
	return from_failed(r, FROM_FIELD_DOMAINS,
	    arena_printf(r->arena, "authors at %s and at %s", r->out->domain,
		r->literal ? "an address literal" : domain));
}

static bool
end_from_address(struct from_reader *r)
{
	struct gathered *g = &r->now;

	if (g->ats == 0)
		gather_problem(g, "brackets without an address");
	if (g->local.len == 0)
		gather_problem(g, "an address without a local part");
	if (g->problem != NULL)
		return from_failed(r, FROM_FIELD_UNREADABLE, g->problem);
	return add_from_domain(r);
}

/* Before a separator, or at the end.  Nothing, or words alone, are nobody; but
   Postfix takes "ann@example.org" in quotes for an address. */
static bool
end_from_element(struct from_reader *r)
{
	bool well = true;

	if (!r->bracketed && r->now.ats > 0)
		well = end_from_address(r);
	else if (!r->bracketed && strchr(r->now.name.text, '@') != NULL)
		well = from_failed(r, FROM_FIELD_UNREADABLE,
		    "an address in quotes");
	gather_anew(r);
	r->bracketed = false;
	return well;
}

static bool
from_special_outside(struct from_reader *r)
{
	switch (r->special) {
	case ',':
	case ';':
		return end_from_element(r);
	case ':':
		if (r->bracketed || r->now.ats > 0)
			return from_failed(r, FROM_FIELD_UNREADABLE,
			    "an address before ':'");
		return end_from_element(r);
	case '<':
		if (r->bracketed)
			return from_failed(r, FROM_FIELD_UNREADABLE,
			    "'<' behind an address in brackets");
		r->name = arena_copy_text(r->arena, r->now.name.text);
		gather_anew(r);
		r->inside = true;
		return true;
	}
	return from_failed(r, FROM_FIELD_UNREADABLE,
	    arena_printf(r->arena, "'%c' where none may be", r->special));
}

/* "<@one.example,@two.example:ann@example.org>" (RFC 5322 4.4) */
static bool
from_special_inside(struct from_reader *r)
{
	switch (r->special) {
	case '>':
		r->inside = false;
		r->bracketed = true;
		return end_from_address(r);
	case ',':
		if (r->now.route)
			return true;
		break;
	case ':':
		if (!r->now.route)
			break;
		gather_anew(r);
		return true;
	}
	return from_failed(r, FROM_FIELD_UNREADABLE,
	    arena_printf(r->arena, "'%c' within brackets", r->special));
}

static bool
take_from_token(struct from_reader *r)
{
	if (r->token == TOKEN_BROKEN)
		return from_failed(r, FROM_FIELD_UNREADABLE, r->now.problem);
	if (r->token == TOKEN_SPECIAL && r->special != '.' && r->special != '@')
		return r->inside ? from_special_inside(r)
				 : from_special_outside(r);
	if (r->bracketed)
		return from_failed(r, FROM_FIELD_UNREADABLE,
		    "text behind an address in brackets");
	gather_token(r);
	return true;
}

static void
read_from_tokens(struct from_reader *r)
{
	bool any = false;

	for (; (r->token = read_from_token(r)) != TOKEN_END; any = true)
		if (!take_from_token(r))
			return;
	if (r->inside) {
		from_failed(r, FROM_FIELD_UNREADABLE, "'<' without '>'");
		return;
	}
	if (!end_from_element(r))
		return;
	if (r->out->domain != NULL)
		r->out->kind = FROM_FIELD_ONE;
	else if (r->literal)
		r->out->problem = "an address literal, which is no domain";
	else
		r->out->problem =
		    any ? "a field without an address" : "an empty field";
}

static void
read_from_value(struct arena *a, const struct mail_field *field,
    struct from_field *out)
{
	struct from_reader r = {.arena = a, .out = out};

	r.p = field->value;
	r.end = r.p + field->len;
	str_init(&r.text, a);
	str_init(&r.now.local, a);
	str_init(&r.now.domain, a);
	str_init(&r.now.name, a);
	gather_anew(&r);
	/* For whoever has only C strings, it ends the field. */
	if (memchr(field->value, '\0', field->len) != NULL)
		from_failed(&r, FROM_FIELD_UNREADABLE, "a NUL in the field");
	else
		read_from_tokens(&r);
	out->mailboxes = r.mailboxes;
	if (out->kind != FROM_FIELD_ONE)
		out->domain = NULL;
}

void
from_field_read(struct arena *a, const struct mail_field *fields, size_t n,
    struct from_field *out)
{
	const struct mail_field *first = NULL;
	size_t found = 0;

	*out = (struct from_field){.kind = FROM_FIELD_NONE};
	for (size_t i = 0; i < n; i++)
		if (header_is(fields[i].name, "From") && found++ == 0)
			first = &fields[i];
	if (found == 0) {
		out->problem = "no From field";
	} else if (found > 1) {
		out->kind = FROM_FIELD_FIELDS;
		out->problem = arena_printf(a, "%zu From fields", found);
	} else {
		read_from_value(a, first, out);
	}
}

const char *
from_field_kind_name(enum from_field_kind kind)
{
	static const char *const names[] = {
	    [FROM_FIELD_ONE] = "one",
	    [FROM_FIELD_NONE] = "none",
	    [FROM_FIELD_FIELDS] = "fields",
	    [FROM_FIELD_DOMAINS] = "domains",
	    [FROM_FIELD_UNREADABLE] = "unreadable",
	};

	return names[kind];
}
