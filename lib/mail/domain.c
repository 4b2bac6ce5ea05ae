/* SPDX-License-Identifier: MIT */
#include "mail/domain.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

/* RFC 1035 2.3.4, without the dot at the end and the root behind it. */
#define DOMAIN_MAX 253
#define LABEL_MAX  63

/* What is longer is not even converted: an A-label is never shorter than the
   characters of its U-label, and those take at most 4 bytes each. */
#define TEXT_MAX ((size_t)4 * (DOMAIN_MAX + 1))

static bool
is_domain_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_domain_digit(c) || c == '-' ||
	       c == '_';
}

/* NULL, with err, for what has none.  The mappings of UTS 46 go first (upper
   case, full-width forms), as RFC 5895 allows; then IDNA 2008 decides, which
   has no symbols and no emoji.  ASCII that comes out of it may still be no
   domain name. */
static char *
to_a_labels(struct arena *a, const char *text, struct err *err)
{
	uint8_t *made = NULL;
	char *copy;
	int rc = idn2_lookup_u8((const uint8_t *)text, &made,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc == IDN2_MALLOC)
		abort();
	if (rc != IDN2_OK) {
		err_set(err, RC_PERM, "%s", idn2_strerror(rc));
		return NULL;
	}
	copy = arena_copy_text(a, (const char *)made);
	idn2_free(made);
	return copy;
}

static const char *
label_problem(const char *label, size_t len)
{
	if (len == 0)
		return "empty label";
	if (len > LABEL_MAX)
		return "label of more than 63 bytes";
	if (label[0] == '-' || label[len - 1] == '-')
		return "hyphen at the beginning or end of a label";
	return NULL;
}

static const char *
name_problem(const char *name, size_t len)
{
	if (len > DOMAIN_MAX)
		return "name of more than 253 bytes";
	for (;;) {
		size_t label = 0;
		const char *problem;

		while (is_label_char(name[label]))
			label++;
		if (name[label] != '.' && name[label] != '\0')
			return "not a letter, digit, hyphen or underscore";
		problem = label_problem(name, label);
		if (problem != NULL || name[label] == '\0')
			return problem;
		name += label + 1;
	}
}

enum rc
domain_read(struct arena *a, const char *text, const char **out,
    struct err *err)
{
	const char *problem;
	char *name;
	size_t len;

	if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX)
		return err_set(err, RC_PERM, "name of more than 253 bytes");
	/* Names in ASCII are not IDNA's business: underscores are in use, and
	   an A-label that nobody can display can still be looked up. */
	name =
	    str_is_ascii(text) ? str_lower(a, text) : to_a_labels(a, text, err);
	if (name == NULL)
		return RC_PERM;
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		name[--len] = '\0';
	problem = name_problem(name, len);
	if (problem != NULL)
		return err_set(err, RC_PERM, "%s", problem);
	*out = name;
	return RC_OK;
}

bool
domain_is_host(const char *name)
{
	const char *last = strrchr(name, '.');

	for (last = last == NULL ? name : last + 1; *last != '\0'; last++)
		if (!is_domain_digit(*last))
			return true;
	return false;
}

bool
domain_is_host_name(struct arena *a, const char *text)
{
	const char *name = "";

	return domain_read(a, text, &name, NULL) == RC_OK &&
	       domain_is_host(name);
}

bool
domain_literal(const char *text, struct ip *out)
{
	static const char tag[] = "IPv6:";
	char inside[INET6_ADDRSTRLEN];
	size_t len = strlen(text);
	bool tagged;

	*out = (struct ip){0};
	if (len < 2 || text[0] != '[' || text[len - 1] != ']')
		return false;
	text++;
	len -= 2;
	tagged = str_starts_fold(text, tag);
	if (tagged) {
		text += strlen(tag);
		len -= strlen(tag);
	}
	if (len >= sizeof(inside))
		return false;
	memcpy(inside, text, len);
	inside[len] = '\0';
	/* RFC 5321 4.1.3: IPv6 has the tag, IPv4 has not. */
	return (strchr(inside, ':') != NULL) == tagged && ip_parse(inside, out);
}

bool
domain_within(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);

	if (n < m || strcmp(name + n - m, parent) != 0)
		return false;
	return n == m || name[n - m - 1] == '.';
}
