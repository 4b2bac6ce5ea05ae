/* SPDX-License-Identifier: MIT */
/*
 * A body is looked through sixteen bytes at a time for a place where it may not
 * stay as it is; what lies before that place goes to the sink in one run.
 * What can be decided only by what follows is never part of a run: white
 * space (it may end a line), line ends (they may be the last ones), a CR at
 * the end of a chunk (an LF may begin the next one).  It is counted in the
 * state, and written when a byte comes that stays.
 */
#include "mail/canon.h"

#include "base/str.h"

#include <string.h>

#define CANON_BLOCK 16

typedef signed char canon_block __attribute__((vector_size(CANON_BLOCK)));

static bool
is_canon_space(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- header fields */

/* Bytes at p that are a fold's CRLF or LF; 0: it is none. */
static size_t
canon_fold(const char *p, const char *end)
{
	if (p < end && *p == '\n')
		return 1;
	return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

static size_t
canon_folds_and_spaces(const char *p, const char *end)
{
	const char *start = p;
	size_t fold = 0;

	while (p < end &&
	       (is_canon_space(*p) || (fold = canon_fold(p, end)) > 0))
		p += is_canon_space(*p) ? 1 : fold;
	return (size_t)(p - start);
}

static void
canon_field_simple(const struct mail_field *field, canon_sink *sink, void *to)
{
	const char *p = field->value, *end = p + field->len, *lf;

	sink(to, field->name, strlen(field->name));
	sink(to, ":", 1);
	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		size_t line = (size_t)(lf - p);

		if (line > 0 && p[line - 1] == '\r')
			line--;
		sink(to, p, line);
		sink(to, "\r\n", 2);
		p = lf + 1;
	}
	sink(to, p, (size_t)(end - p));
}

static void
canon_name_relaxed(const char *name, canon_sink *sink, void *to)
{
	size_t len = strlen(name);
	char lower[64];

	while (len > 0 && is_canon_space(name[len - 1]))
		len--;
	while (len > 0) {
		size_t n = len < sizeof(lower) ? len : sizeof(lower);

		for (size_t i = 0; i < n; i++)
			lower[i] = str_lower_char(name[i]);
		sink(to, lower, n);
		name += n;
		len -= n;
	}
	sink(to, ":", 1);
}

static void
canon_field_relaxed(const struct mail_field *field, canon_sink *sink, void *to)
{
	const char *p = field->value, *end = p + field->len;

	canon_name_relaxed(field->name, sink, to);
	p += canon_folds_and_spaces(p, end);
	while (p < end) {
		const char *word = p;
		size_t space = 0;

		while (p < end && (space = canon_folds_and_spaces(p, end)) == 0)
			p++;
		sink(to, word, (size_t)(p - word));
		if (p + space < end)
			sink(to, " ", 1);
		p += space;
	}
}

void
canon_field(enum canon canon, const struct mail_field *field, canon_sink *sink,
    void *to)
{
	if (canon == CANON_SIMPLE)
		canon_field_simple(field, sink, to);
	else
		canon_field_relaxed(field, sink, to);
}

/* ---- bodies */

void
canon_body_init(struct canon_body *b, enum canon canon, canon_sink *sink,
    void *to)
{
	*b = (struct canon_body){.canon = canon, .sink = sink, .to = to};
}

/* A body may be a gigabyte of line ends. */
static void
canon_body_write_lines(struct canon_body *b)
{
	static const char lines[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
				    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	const uint64_t most = (sizeof(lines) - 1) / 2;

	while (b->lines > 0) {
		uint64_t n = b->lines < most ? b->lines : most;

		b->sink(b->to, lines, (size_t)n * 2);
		b->lines -= n;
	}
}

/* A byte follows that stays: so does what has waited for it. */
static void
canon_body_write_waiting(struct canon_body *b)
{
	b->any = true;
	canon_body_write_lines(b);
	if (b->space)
		b->sink(b->to, " ", 1);
	b->space = false;
	if (b->cr)
		b->sink(b->to, "\r", 1);
	b->cr = false;
}

/* White space at the end of a line is none of it. */
static void
canon_body_end_line(struct canon_body *b)
{
	b->lines++;
	b->space = false;
	b->cr = false;
}

/* Takes what may have to wait; behind it.  Afterwards p is at the end, or at a
   byte that stays. */
static const char *
canon_body_wait(struct canon_body *b, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (b->cr && *p == '\n')
			canon_body_end_line(b);
		else if (b->cr)
			return p;
		else if (*p == '\r')
			b->cr = true;
		else if (b->canon == CANON_RELAXED && is_canon_space(*p))
			b->space = true;
		else
			return p;
	}
	return p;
}

/* Is there a place in the block at p, of which one byte more can be read, that
   canon_is_place would find? */
static bool
canon_block_has_place(const char *p)
{
	canon_block here, next, found;
	uint64_t halves[2];

	memcpy(&here, p, sizeof(here));
	memcpy(&next, p + 1, sizeof(next));
	found = (here == '\t') | (((here == ' ') | (here == '\n')) &
				     ((next == ' ') | (next == '\r')));
	memcpy(halves, &found, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

static bool
canon_is_place(const char *p)
{
	return p[0] == '\t' ||
	       ((p[0] == ' ' || p[0] == '\n') && (p[1] == ' ' || p[1] == '\r'));
}

/* The first byte from p on behind which something may not stay as it is, or
   which is a tab itself; the last byte, if there is none. */
static const char *
canon_find_place(const char *p, const char *end)
{
	while (end - p > CANON_BLOCK && !canon_block_has_place(p))
		p += CANON_BLOCK;
	while (end - p > 1 && !canon_is_place(p))
		p++;
	return p;
}

/* How much of p up to end waits for what follows: of a CR at the end, of line
   ends and, relaxed, white space. */
static const char *
canon_before_waiting(const struct canon_body *b, const char *p, const char *end)
{
	if (end > p && end[-1] == '\r')
		end--;
	for (;;) {
		if (end - p >= 2 && end[-1] == '\n' && end[-2] == '\r')
			end -= 2;
		else if (b->canon == CANON_RELAXED && end > p &&
			 is_canon_space(end[-1]))
			end--;
		else
			return end;
	}
}

void
canon_body_add(struct canon_body *b, const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len;

	while ((p = canon_body_wait(b, p, end)) < end) {
		const char *stop = end, *run;

		canon_body_write_waiting(b);
		if (b->canon == CANON_RELAXED)
			stop = canon_find_place(p, end) + 1;
		run = canon_before_waiting(b, p, stop);
		if (run > p)
			b->sink(b->to, p, (size_t)(run - p));
		p = run;
	}
}

/* 3.4.3, 3.4.4: a last line that has no end gets one. */
void
canon_body_end(struct canon_body *b)
{
	if (b->cr)
		canon_body_write_waiting(b);
	if (b->any || b->canon == CANON_SIMPLE)
		b->sink(b->to, "\r\n", 2);
	b->lines = 0;
	b->space = false;
}
