/* SPDX-License-Identifier: MIT */
#include "auth/dmarc_record.h"

#include "base/str.h"

#include <string.h>

/* Of any bytes; p NULL: it is not there. */
struct piece {
	const char *p;
	size_t len;
};

enum dmarc_tag {
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_PSD,
	TAG_T,
	TAG_ADKIM,
	TAG_ASPF,
	TAG_RUA,
	TAG_PCT,
	DMARC_TAGS,
};

/* rf and ri of RFC 7489 mean nothing any more (A.6); fo and ruf ask for
   reports that we do not send. */
static const char *const tag_names[DMARC_TAGS] = {
    [TAG_P] = "p",
    [TAG_SP] = "sp",
    [TAG_NP] = "np",
    [TAG_PSD] = "psd",
    [TAG_T] = "t",
    [TAG_ADKIM] = "adkim",
    [TAG_ASPF] = "aspf",
    [TAG_RUA] = "rua",
    [TAG_PCT] = "pct",
};

static const char *const policy_names[] = {
    [DMARC_POLICY_NONE] = "none",
    [DMARC_POLICY_QUARANTINE] = "quarantine",
    [DMARC_POLICY_REJECT] = "reject",
};

static bool
is_dmarc_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct piece
trim_piece(struct piece it)
{
	while (it.len > 0 && is_dmarc_space(it.p[0])) {
		it.p++;
		it.len--;
	}
	while (it.len > 0 && is_dmarc_space(it.p[it.len - 1]))
		it.len--;
	return it;
}

/* Takes what is before the first separator off `rest`, which is then behind
   it; false: there is nothing left. */
static bool
next_piece(struct piece *rest, char separator, struct piece *out)
{
	const char *found;

	if (rest->p == NULL)
		return false;
	found = memchr(rest->p, separator, rest->len);
	*out = *rest;
	if (found == NULL) {
		rest->p = NULL;
		return true;
	}
	out->len = (size_t)(found - rest->p);
	rest->p = found + 1;
	rest->len -= out->len + 1;
	return true;
}

static bool
piece_is(struct piece it, const char *text)
{
	return it.p != NULL && it.len == strlen(text) &&
	       memcmp(it.p, text, it.len) == 0;
}

static bool
piece_is_fold(struct piece it, const char *text)
{
	if (it.p == NULL || it.len != strlen(text))
		return false;
	for (size_t i = 0; i < it.len; i++)
		if (str_lower_char(it.p[i]) != text[i])
			return false;
	return true;
}

/* "name = value"; false: it is not of that form. */
static bool
split_tag(struct piece tag, struct piece *name, struct piece *value)
{
	const char *equals = memchr(tag.p, '=', tag.len);

	if (equals == NULL)
		return false;
	*name = trim_piece((struct piece){tag.p, (size_t)(equals - tag.p)});
	*value = trim_piece((struct piece){
	    equals + 1, tag.len - (size_t)(equals - tag.p) - 1});
	return true;
}

static bool
is_uri_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_uri_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_uri_hex(char c)
{
	c = str_lower_char(c);
	return is_uri_digit(c) || (c >= 'a' && c <= 'f');
}

/* Of a scheme, beside letters and digits (RFC 3986 3.1). */
static bool
is_uri_mark(char c)
{
	return c == '+' || c == '-' || c == '.';
}

static size_t
uri_scheme_len(struct piece uri)
{
	size_t n = 0;

	if (uri.len == 0 || !is_uri_alpha(uri.p[0]))
		return 0;
	while (n < uri.len &&
	       (is_uri_alpha(uri.p[n]) || is_uri_digit(uri.p[n]) ||
		   is_uri_mark(uri.p[n])))
		n++;
	return n;
}

/* A scheme and something behind it, of the characters of RFC 3986 2.  The size
   that RFC 7489 allowed behind a "!" is of these too. */
static bool
is_report_uri(struct piece uri)
{
	static const char others[] = "-._~:/?#[]@!$&'()*+;=";
	size_t n = uri_scheme_len(uri);

	if (n == 0 || n + 1 >= uri.len || uri.p[n] != ':')
		return false;
	while (++n < uri.len) {
		char c = uri.p[n];

		if (c == '%' && n + 2 < uri.len && is_uri_hex(uri.p[n + 1]) &&
		    is_uri_hex(uri.p[n + 2]))
			n += 2;
		else if (!is_uri_alpha(c) && !is_uri_digit(c) &&
			 memchr(others, c, sizeof(others) - 1) == NULL)
			return false;
	}
	return true;
}

static bool
has_report_uri(struct piece rua)
{
	struct piece uri;

	while (next_piece(&rua, ',', &uri))
		if (is_report_uri(trim_piece(uri)))
			return true;
	return false;
}

/* False: it is there, and none of the words. */
static bool
read_policy(struct piece value, enum dmarc_policy *out)
{
	const size_t n = sizeof(policy_names) / sizeof(*policy_names);

	*out = DMARC_POLICY_UNSAID;
	if (value.p == NULL)
		return true;
	for (size_t i = DMARC_POLICY_NONE; i < n; i++)
		if (piece_is_fold(value, policy_names[i]))
			*out = (enum dmarc_policy)i;
	return *out != DMARC_POLICY_UNSAID;
}

static void
read_policies(const struct piece values[static DMARC_TAGS],
    struct dmarc_record *out)
{
	bool well = read_policy(values[TAG_P], &out->p) &&
		    out->p != DMARC_POLICY_UNSAID;

	well &= read_policy(values[TAG_SP], &out->sp);
	well &= read_policy(values[TAG_NP], &out->np);
	out->usable = well || has_report_uri(values[TAG_RUA]);
	if (!well) {
		out->p = DMARC_POLICY_NONE;
		out->sp = out->np = DMARC_POLICY_UNSAID;
	}
}

static unsigned
read_percent(struct piece value)
{
	unsigned percent = 0;

	if (value.p == NULL || value.len == 0 || value.len > 3)
		return 100;
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return 100;
		percent = percent * 10 + (unsigned)(value.p[i] - '0');
	}
	return percent > 100 ? 100 : percent;
}

static void
read_tags(struct piece rest, struct piece values[static DMARC_TAGS])
{
	struct piece tag, name, value;

	while (next_piece(&rest, ';', &tag)) {
		if (!split_tag(tag, &name, &value))
			continue;
		for (size_t i = 0; i < DMARC_TAGS; i++)
			if (values[i].p == NULL && piece_is(name, tag_names[i]))
				values[i] = value;
	}
}

bool
dmarc_record_read(const char *text, size_t len, struct dmarc_record *out)
{
	struct piece rest = {text, len}, version, name, value;
	struct piece values[DMARC_TAGS] = {{0}};

	*out = (struct dmarc_record){0};
	if (!next_piece(&rest, ';', &version) ||
	    !split_tag(version, &name, &value) || !piece_is(name, "v") ||
	    !piece_is(value, "DMARC1"))
		return false;
	read_tags(rest, values);
	read_policies(values, out);
	if (piece_is_fold(values[TAG_PSD], "y"))
		out->psd = DMARC_PSD_YES;
	else if (piece_is_fold(values[TAG_PSD], "n"))
		out->psd = DMARC_PSD_NO;
	out->dkim_strict = piece_is_fold(values[TAG_ADKIM], "s");
	out->spf_strict = piece_is_fold(values[TAG_ASPF], "s");
	out->testing = piece_is_fold(values[TAG_T], "y");
	out->percent = read_percent(values[TAG_PCT]);
	return true;
}

enum dmarc_policy
dmarc_policy_lowered(enum dmarc_policy policy)
{
	return policy == DMARC_POLICY_REJECT       ? DMARC_POLICY_QUARANTINE
	       : policy == DMARC_POLICY_QUARANTINE ? DMARC_POLICY_NONE
						   : policy;
}

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	return policy_names[policy];
}
