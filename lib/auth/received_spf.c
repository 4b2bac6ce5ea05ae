/* SPDX-License-Identifier: MIT */
#include "auth/received_spf.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/domain.h"

#include <limits.h>
#include <string.h>

#define LINE_LEN_MAX 78

/* Longer values are cut: a line of a message has at most 998 bytes
   (RFC 5322 2.1.1), and one of them is never folded. */
#define VALUE_MAX 400

/* A field is mostly no longer. */
#define FIELD_MOSTLY ((size_t)500)

/* The field in the making. */
struct field {
	struct str text;
	const char *fold;
	size_t line_start;
};

static const char *
printable_value(struct arena *a, const char *text)
{
	size_t len = strlen(text);

	if (len <= VALUE_MAX && str_plain_run(text, len) == len)
		return text; /* as mostly */
	text = str_ascii(a, text);
	return str_printable(a, text, strlen(text), VALUE_MAX);
}

/* Begins what must stay on one line and will have so many bytes. */
static void
begin_word(struct field *f, size_t len)
{
	if (f->text.len > 0 &&
	    f->text.len - f->line_start + 1 + len > LINE_LEN_MAX) {
		str_add_bytes(&f->text, f->fold, strlen(f->fold));
		f->line_start = f->text.len - 1;
	} else if (f->text.len > 0) {
		str_add_bytes(&f->text, " ", 1);
	}
}

static void
add_field_words(struct field *f, const char *words)
{
	for (size_t len; *words != '\0'; words += len + (words[len] == ' ')) {
		len = (size_t)(strchrnul(words, ' ') - words);
		if (len == 0)
			continue;
		begin_word(f, len);
		str_add_bytes(&f->text, words, len);
	}
}

/* RFC 5322 3.2.3, without the dot */
static bool
is_rfc5322_special(char c)
{
	static const bool specials[UCHAR_MAX + 1] = {
	    ['('] = true,
	    [')'] = true,
	    ['<'] = true,
	    ['>'] = true,
	    ['['] = true,
	    [']'] = true,
	    [':'] = true,
	    [';'] = true,
	    ['@'] = true,
	    ['\\'] = true,
	    [','] = true,
	    ['"'] = true,
	};

	return specials[(unsigned char)c];
}

/* RFC 5322 3.2.3 */
static bool
is_rfc5322_dot_atom(const char *text)
{
	bool in_atom = false;

	for (; *text != '\0'; text++) {
		if (*text == '.' && !in_atom)
			return false;
		in_atom = *text != '.';
		if (*text <= ' ' || *text > '~' || is_rfc5322_special(*text))
			return false;
	}
	return in_atom;
}

/* Writes text with a backslash before each character of `special`. */
static void
add_backslashed(struct str *s, const char *text, const char *special)
{
	for (;;) {
		size_t plain = strcspn(text, special);

		str_add_bytes(s, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		str_add(s, "\\");
		str_add_bytes(s, text++, 1);
	}
}

/* RFC 5322 3.2.4: as it is if that is allowed, else quoted. */
static const char *
received_value(struct arena *a, const char *text)
{
	struct str s;

	if (is_rfc5322_dot_atom(text) && strlen(text) <= VALUE_MAX)
		return text;
	text = printable_value(a, text);
	str_init(&s, a);
	str_add(&s, "\"");
	add_backslashed(&s, text, "\"\\");
	str_add(&s, "\"");
	return s.text;
}

static void
add_key_value(struct field *f, const char *key, const char *text)
{
	const char *value = received_value(f->text.arena, text);
	size_t key_len = strlen(key), len = strlen(value);

	begin_word(f, key_len + 1 + len + 1);
	str_add_bytes(&f->text, key, key_len);
	str_add_bytes(&f->text, "=", 1);
	str_add_bytes(&f->text, value, len);
	str_add_bytes(&f->text, ";", 1);
}

static bool
has_helo(const struct spf_request *request)
{
	return request->helo != NULL && request->helo[0] != '\0';
}

/* With A-labels, if it is a name. */
static const char *
ascii_name(struct arena *a, const char *helo)
{
	const char *name;

	return !str_is_ascii(helo) && domain_read(a, helo, &name, NULL) == RC_OK
		   ? name
		   : helo;
}

/* RFC 7208 9.1: what the comment says of the domain and the client. */
static const struct {
	const char *before, *after;
	bool client; /* has its address between these */
} comments[] = {
    [SPF_NONE] = {" has no SPF record", "", false},
    [SPF_NEUTRAL] = {" neither permits nor denies ", "", true},
    [SPF_PASS] = {" designates ", " as permitted sender", true},
    [SPF_FAIL] = {" does not designate ", " as permitted sender", true},
    [SPF_SOFTFAIL] = {" does not designate ", " as permitted sender", true},
    [SPF_TEMPERROR] = {" could not be checked", "", false},
    [SPF_PERMERROR] = {" could not be checked", "", false},
};

/* Of whom it tells, in two parts. */
static void
comment_subject(struct arena *a, const struct spf_request *request,
    enum spf_identity identity, const char *parts[2])
{
	parts[0] = "domain of ";
	if (identity == SPF_MAILFROM) {
		parts[1] = address_ascii(a, request->sender);
	} else if (has_helo(request)) {
		parts[0] = "domain of postmaster@";
		parts[1] = ascii_name(a, request->helo);
	} else {
		parts[0] = "who said neither HELO nor a sender";
		parts[1] = "";
	}
}

static const char *
comment_text(struct arena *a, const struct spf_request *request,
    const struct spf_result *r, const char *ip)
{
	const char *before = comments[r->verdict].before, *of[2];
	const char *text;
	struct str s;

	comment_subject(a, request, r->identity, of);
	text = printable_value(a,
	    arena_concat(a, request->receiver, ": ", of[0], of[1], before,
		comments[r->verdict].client ? ip : "",
		comments[r->verdict].after));
	if (text[strcspn(text, "()\\")] == '\0')
		return arena_concat(a, "(", text, ")");
	str_init(&s, a);
	str_add(&s, "(");
	add_backslashed(&s, text, "()\\");
	str_add(&s, ")");
	return s.text;
}

char *
received_spf_field(struct arena *a, const struct spf_request *request,
    const struct spf_result *result, const char *fold)
{
	const char *ip = ip_text(a, &request->client);
	struct field f = {.fold = fold};

	str_init(&f.text, a);
	str_reserve(&f.text, FIELD_MOSTLY);
	add_field_words(&f, "Received-SPF:");
	add_field_words(&f, spf_verdict_name(result->verdict));
	add_field_words(&f, comment_text(a, request, result, ip));
	add_key_value(&f, "receiver", request->receiver);
	add_key_value(&f, "client-ip", ip);
	add_key_value(&f, "envelope-from", address_ascii(a, request->sender));
	if (has_helo(request))
		add_key_value(&f, "helo", ascii_name(a, request->helo));
	add_key_value(&f, "identity", spf_identity_name(result->identity));
	if (result->problem != NULL)
		add_key_value(&f, "problem", result->problem);
	else if (result->verdict != SPF_NONE)
		add_key_value(&f, "mechanism",
		    result->term != NULL ? result->term : "default");
	return f.text.text;
}

/* The identity as a pvalue: an address if its local part needs no quotes. */
static const char *
property_text(struct arena *a, const struct spf_request *request,
    const struct spf_result *r)
{
	const char *at = strrchr(request->sender, '@');
	const char *local = "";

	if (r->identity == SPF_HELO)
		return received_value(a, r->domain != NULL
					     ? r->domain
					     : ascii_name(a, request->helo));
	if (r->domain == NULL)
		return received_value(a, address_ascii(a, request->sender));
	if (at != NULL)
		local = arena_copy_bytes(a, request->sender,
		    (size_t)(at - request->sender));
	if (!is_rfc5322_dot_atom(local))
		return r->domain;
	return arena_printf(a, "%s@%s", printable_value(a, local), r->domain);
}

char *
received_spf_authres(struct arena *a, const struct spf_request *request,
    const struct spf_result *result)
{
	struct str s;

	str_init(&s, a);
	str_addf(&s, "spf=%s", spf_verdict_name(result->verdict));
	if (result->problem != NULL)
		str_addf(&s, " reason=%s", received_value(a, result->problem));
	if (result->identity == SPF_MAILFROM || has_helo(request))
		str_addf(&s, " smtp.%s=%s", spf_identity_name(result->identity),
		    property_text(a, request, result));
	return s.text;
}
