/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_record.h"

#include "auth/private/spf_macro.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

#define VERSION     "v=spf1"
#define VERSION_LEN (sizeof(VERSION) - 1)

/* Of a wrong term, so much is shown. */
#define SHOWN_MAX 60

/* One term of the text: not ended by a NUL, and of any bytes but spaces. */
struct token {
	const char *p;
	size_t len;
};

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_DOMAIN,          /* [ ":" domain-spec ] */
	ARGUMENT_DOMAIN_REQUIRED, /* ":" domain-spec */
	ARGUMENT_NETWORK,         /* ":" address [ "/" bits ] */
};

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	enum argument argument;
	bool masks; /* [ dual-cidr-length ] */
} mechanisms[] = {
    {"all", SPF_ALL, ARGUMENT_NONE, false},
    {"include", SPF_INCLUDE, ARGUMENT_DOMAIN_REQUIRED, false},
    {"a", SPF_A, ARGUMENT_DOMAIN, true},
    {"mx", SPF_MX, ARGUMENT_DOMAIN, true},
    {"ptr", SPF_PTR, ARGUMENT_DOMAIN, false},
    {"ip4", SPF_IP4, ARGUMENT_NETWORK, false},
    {"ip6", SPF_IP6, ARGUMENT_NETWORK, false},
    {"exists", SPF_EXISTS, ARGUMENT_DOMAIN_REQUIRED, false},
};

static bool
is_term_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_term_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
token_is_word(struct token t, const char *word)
{
	return t.len == strlen(word) && str_starts_fold(t.p, word);
}

const char *
spf_kind_name(enum spf_kind kind)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (mechanisms[i].kind == kind)
			return mechanisms[i].name;
	return "redirect";
}

bool
spf_record_is(const char *text, size_t len)
{
	return len >= VERSION_LEN &&
	       token_is_word((struct token){text, VERSION_LEN}, VERSION) &&
	       (len == VERSION_LEN || text[VERSION_LEN] == ' ');
}

/* The next term at or after *p; false at the end. */
static bool
next_token(const char **p, const char *end, struct token *out)
{
	const char *space;

	while (*p < end && **p == ' ')
		++*p;
	space = memchr(*p, ' ', (size_t)(end - *p));
	*out = (struct token){*p, (size_t)((space ? space : end) - *p)};
	*p += out->len;
	return out->len > 0;
}

/* "0", or up to three digits of which the first is no zero. */
static bool
read_bits(struct token t, unsigned most, unsigned *out)
{
	*out = 0;
	if (t.len == 0 || t.len > 3 || (t.len > 1 && t.p[0] == '0'))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (!is_term_digit(t.p[i]))
			return false;
		*out = *out * 10 + (unsigned)(t.p[i] - '0');
	}
	return *out <= most;
}

/* Takes a slash and the digits after it off the end of t. */
static bool
take_mask(struct token *t, struct token *digits)
{
	size_t start = t->len;

	while (start > 0 && is_term_digit(t->p[start - 1]))
		start--;
	if (start == t->len || start == 0 || t->p[start - 1] != '/')
		return false;
	*digits = (struct token){t->p + start, t->len - start};
	t->len = start - 1;
	return true;
}

/* [ "/" ip4 ] [ "//" ip6 ], taken off the end of t. */
static const char *
masks_wrong(struct token *t, struct spf_term *out)
{
	struct token digits;
	bool found = take_mask(t, &digits);

	if (found && t->len > 0 && t->p[t->len - 1] == '/') {
		t->len--;
		if (!read_bits(digits, 128, &out->bits6))
			return "an IPv6 mask must be from 0 to 128";
		found = take_mask(t, &digits);
	}
	if (found && !read_bits(digits, 32, &out->bits4))
		return "an IPv4 mask must be from 0 to 32";
	return NULL;
}

static const char *
network_wrong(struct token t, struct spf_term *out)
{
	bool v4 = out->kind == SPF_IP4;
	unsigned most = v4 ? 32 : 128;
	char address[INET6_ADDRSTRLEN];
	struct token digits;

	out->net.bits = most;
	if (take_mask(&t, &digits) && !read_bits(digits, most, &out->net.bits))
		return v4 ? "the mask must be from 0 to 32"
			  : "the mask must be from 0 to 128";
	if (t.len >= sizeof(address) || memchr(t.p, '\0', t.len) != NULL)
		return "the address is wrong";
	memcpy(address, t.p, t.len);
	address[t.len] = '\0';
	/* Not ip_parse: only IPv6 clients match an IPv4-mapped network. */
	out->net.ip.version = v4 ? 4 : 6;
	if (inet_pton(v4 ? AF_INET : AF_INET6, address, out->net.ip.bytes) != 1)
		return "the address is wrong";
	return NULL;
}

/* rest is what follows the name: "", or from the ":" or "/" on. */
static const char *
argument_wrong(struct arena *a, const struct mechanism *m, struct token rest,
    struct spf_term *out)
{
	const char *wrong = NULL;

	if (m->masks)
		wrong = masks_wrong(&rest, out);
	if (wrong != NULL)
		return wrong;
	if (rest.len == 0)
		return m->argument == ARGUMENT_DOMAIN_REQUIRED ||
			       m->argument == ARGUMENT_NETWORK
			   ? "it needs a colon and a value"
			   : NULL;
	if (rest.p[0] != ':' || m->argument == ARGUMENT_NONE)
		return "nothing of that kind may follow the name";
	rest.p++;
	rest.len--;
	if (m->argument == ARGUMENT_NETWORK)
		return network_wrong(rest, out);
	out->spec = arena_copy_bytes(a, rest.p, rest.len);
	return spf_macro_wrong(rest.p, rest.len, SPF_DOMAIN_SPEC);
}

static const char *
mechanism_wrong(struct arena *a, struct token t, struct spf_term *out)
{
	struct token name = t;
	size_t n = 0;

	*out = (struct spf_term){.qualifier = '+', .bits4 = 32, .bits6 = 128};
	out->text = arena_copy_bytes(a, t.p, t.len);
	if (t.p[0] != '\0' && strchr("+-?~", t.p[0]) != NULL) {
		out->qualifier = t.p[0];
		name = (struct token){t.p + 1, t.len - 1};
	}
	while (n < name.len && name.p[n] != ':' && name.p[n] != '/')
		n++;
	t = (struct token){name.p + n, name.len - n};
	name.len = n;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
		if (!token_is_word(name, mechanisms[i].name))
			continue;
		out->kind = mechanisms[i].kind;
		return argument_wrong(a, &mechanisms[i], t, out);
	}
	return "no mechanism has that name";
}

/* The length of the name before the "=" of a modifier, else 0. */
static size_t
modifier_name(struct token t)
{
	size_t n = 0;

	if (!is_term_alpha(t.p[0]))
		return 0;
	while (n < t.len &&
	       (is_term_alpha(t.p[n]) || is_term_digit(t.p[n]) ||
		   t.p[n] == '-' || t.p[n] == '_' || t.p[n] == '.'))
		n++;
	return n < t.len && t.p[n] == '=' ? n : 0;
}

static const char *
modifier_wrong(struct arena *a, struct token t, size_t name_len,
    struct spf_record *out)
{
	struct token name = {t.p, name_len};
	struct token value = {t.p + name_len + 1, t.len - name_len - 1};
	bool redirect = token_is_word(name, "redirect");
	const char *spec;

	if (!redirect && !token_is_word(name, "exp"))
		return spf_macro_wrong(value.p, value.len, SPF_MACRO_STRING);
	if (redirect ? out->redirect != NULL : out->explanation != NULL)
		return "it must not be there twice"; /* RFC 7208 6 */
	spec = arena_copy_bytes(a, value.p, value.len);
	if (redirect) {
		struct spf_term *term = arena_take(a, sizeof(*term));

		term->kind = SPF_REDIRECT;
		term->text = arena_copy_bytes(a, t.p, t.len);
		term->spec = spec;
		out->redirect = term;
	} else {
		out->explanation = spec;
	}
	return spf_macro_wrong(value.p, value.len, SPF_DOMAIN_SPEC);
}

static size_t
count_tokens(const char *p, const char *end)
{
	struct token t;
	size_t n = 0;

	while (next_token(&p, end, &t))
		n++;
	return n;
}

enum rc
spf_record_read(struct arena *a, const char *text, size_t len,
    struct spf_record *out, struct err *err)
{
	const char *p = text + VERSION_LEN, *end = text + len, *wrong = NULL;
	struct spf_term *terms;
	struct token t;
	bool all = false;

	*out = (struct spf_record){0};
	terms = arena_take_array(a, count_tokens(p, end), sizeof(*terms));
	while (wrong == NULL && next_token(&p, end, &t)) {
		size_t name_len = modifier_name(t);

		if (name_len > 0) {
			wrong = modifier_wrong(a, t, name_len, out);
			continue;
		}
		wrong = mechanism_wrong(a, t, &terms[out->n]);
		all = all || terms[out->n].kind == SPF_ALL;
		out->n++;
	}
	if (wrong != NULL)
		return err_set(err, RC_PERM, "%s: %s",
		    str_printable(a, t.p, t.len, SHOWN_MAX), wrong);
	out->terms = terms;
	if (all)
		out->redirect = NULL;
	return RC_OK;
}
