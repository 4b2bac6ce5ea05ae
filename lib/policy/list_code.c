/* SPDX-License-Identifier: MIT */
#include "policy/list_code.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS 4

struct list_code_octets {
	struct {
		uint32_t bits[256 / 32];
	} of[OCTETS];
};

static const char wrong_pattern[] =
    "expected an address in 127.0.0.0/8, a range such as "
    "\"127.0.0.2-127.0.0.11\", or octets as \"127.0.[2..20].3\" or "
    "\"127.0.0.&64\"";
static const char wrong_effect[] =
    "expected behind the \":\" reject, defer, score, off, pass, refused, or "
    "points from -1000 to 1000";
static const char wrong_words[] =
    "expected at the end \"(words)\": at most 60 characters of ASCII without "
    "brackets, quotes and backslashes";

static uint32_t
list_code_number(const struct ip *ip)
{
	return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
	       (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

static bool
list_code_address(const char *text, uint32_t *out)
{
	struct ip ip;

	if (!ip_parse(text, &ip) || !ip_is_loopback(&ip) || ip.version != 4)
		return false;
	*out = list_code_number(&ip);
	return true;
}

/* ---- octets */

static bool
octet_number(const char **p, unsigned *out)
{
	const char *start = *p;

	*out = 0;
	while (**p >= '0' && **p <= '9' && *p - start < 3)
		*out = *out * 10 + (unsigned)(*(*p)++ - '0');
	return *p > start && *out <= 255;
}

static void
octet_allow(struct list_code_octets *to, size_t i, unsigned low, unsigned high)
{
	for (unsigned v = low; v <= high; v++)
		to->of[i].bits[v / 32] |= (uint32_t)1 << v % 32;
}

static bool
octet_has(const struct list_code_octets *octets, size_t i, unsigned v)
{
	return octets->of[i].bits[v / 32] >> v % 32 & 1;
}

/* "[2..11;20]", as postscreen_dnsbl_sites has it. */
static bool
octet_choices(const char **p, struct list_code_octets *to, size_t i)
{
	unsigned low, high;

	do {
		++*p;
		if (!octet_number(p, &low))
			return false;
		high = low;
		if (str_starts(*p, "..")) {
			*p += 2;
			if (!octet_number(p, &high) || high < low)
				return false;
		}
		octet_allow(to, i, low, high);
	} while (**p == ';');
	return *(*p)++ == ']';
}

/* "&64": every value with one of these bits. */
static bool
octet_mask(const char **p, struct list_code_octets *to, size_t i)
{
	unsigned mask;

	++*p;
	if (!octet_number(p, &mask) || mask == 0)
		return false;
	for (unsigned v = 0; v < 256; v++)
		if ((v & mask) != 0)
			octet_allow(to, i, v, v);
	return true;
}

static bool
octet_read(const char **p, struct list_code_octets *to, size_t i)
{
	unsigned number;

	switch (**p) {
	case '[':
		return octet_choices(p, to, i);
	case '&':
		return octet_mask(p, to, i);
	case '*':
		++*p;
		octet_allow(to, i, 0, 255);
		return true;
	}
	if (!octet_number(p, &number))
		return false;
	octet_allow(to, i, number, number);
	return true;
}

static bool
octets_read(struct arena *a, const char *p, struct list_code *out)
{
	struct list_code_octets *octets = arena_take(a, sizeof(*octets));

	out->octets = octets;
	if (!str_starts(p, "127."))
		return false;
	for (size_t i = 0; i < OCTETS; i++) {
		if (!octet_read(&p, octets, i) ||
		    *p != (i + 1 < OCTETS ? '.' : '\0'))
			return false;
		p++;
	}
	return true;
}

/* ---- the entry */

static bool
pattern_read(struct arena *a, const char *text, struct list_code *out)
{
	const char *dash = strchr(text, '-');

	if (strpbrk(text, "[&*") != NULL)
		return octets_read(a, text, out);
	if (dash == NULL) {
		if (!list_code_address(text, &out->first))
			return false;
		out->last = out->first;
		return true;
	}
	return list_code_address(arena_copy_bytes(a, text,
				     (size_t)(dash - text)),
		   &out->first) &&
	       list_code_address(dash + 1, &out->last) &&
	       out->first <= out->last;
}

static bool
points_read(const char *text, struct list_code *out)
{
	char *end;
	long points = strtol(text, &end, 10);

	if (end == text || *end != '\0' || points < -LIST_CODE_POINTS_MAX ||
	    points > LIST_CODE_POINTS_MAX)
		return false;
	out->action = ACTION_SCORE;
	out->points = (int)points;
	out->has_points = true;
	return true;
}

static bool
effect_read(const char *text, struct list_code *out)
{
	out->own = true;
	if (strcmp(text, "refused") == 0) {
		out->refused = true;
		return true;
	}
	out->has_action = true;
	for (int i = 0; i <= ACTION_PASS; i++)
		if (strcmp(text, action_name((enum action)i)) == 0) {
			out->action = (enum action)i;
			return true;
		}
	return points_read(text, out);
}

static bool
words_read(const char *text, struct list_code *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > LIST_CODE_WORDS_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~' ||
		    strchr("()\"\\", text[i]) != NULL)
			return false;
	out->own = true;
	out->words = text;
	return true;
}

/* Without the blanks around it. */
static char *
trimmed_part(struct arena *a, const char *text, size_t len)
{
	while (len > 0 && (*text == ' ' || *text == '\t'))
		text++, len--;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return arena_copy_bytes(a, text, len);
}

const char *
list_code_read(struct arena *a, const char *text, struct list_code *out)
{
	size_t len = strcspn(text, ":("), more;

	*out = (struct list_code){.own = false};
	if (!pattern_read(a, trimmed_part(a, text, len), out))
		return wrong_pattern;
	text += len;
	if (*text == ':') {
		more = strcspn(++text, "(");
		if (!effect_read(trimmed_part(a, text, more), out))
			return wrong_effect;
		text += more;
	}
	if (*text == '\0')
		return NULL;
	text = trimmed_part(a, text, strlen(text));
	len = strlen(text);
	if (len < 2 || text[len - 1] != ')' ||
	    !words_read(trimmed_part(a, text + 1, len - 2), out))
		return wrong_words;
	return NULL;
}

bool
list_code_has(const struct list_code *code, const struct ip *ip)
{
	uint32_t number = list_code_number(ip);

	if (code->octets == NULL)
		return number >= code->first && number <= code->last;
	for (size_t i = 0; i < OCTETS; i++)
		if (!octet_has(code->octets, i, ip->bytes[i]))
			return false;
	return true;
}

bool
list_code_is_exact(const struct list_code *code)
{
	return code->octets == NULL && code->first == code->last;
}

struct check_settings
list_code_settings(const struct list_code *code,
    const struct check_settings *of_list)
{
	struct check_settings settings = *of_list;

	if (code->has_action)
		settings.action = code->action;
	if (code->has_points)
		settings.points = code->points;
	return settings;
}

bool
list_code_is_white(const struct check_settings *settings)
{
	return settings->action == ACTION_PASS ||
	       (settings->action == ACTION_SCORE && settings->points < 0);
}
