/* SPDX-License-Identifier: MIT */
#include "directory/directory_text.h"

#include "base/str.h"

#include <string.h>

static const char url_wrong[] =
    "expected ldaps://HOST, ldaps://HOST:PORT or ldap://HOST";

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT"; what follows the host is its port. */
static bool
url_place_read(struct arena *a, const char *place, struct directory_server *out)
{
	bool bracket = place[0] == '[';
	size_t len = bracket ? strcspn(++place, "]") : strcspn(place, ":");
	const char *rest = place + len;

	if (len == 0 || (bracket && *rest++ != ']'))
		return false;
	out->host = arena_copy_bytes(a, place, len);
	if (*rest == '\0')
		return true;
	out->port = rest + 1;
	len = strlen(out->port);
	return *rest == ':' && len > 0 && len <= 5 &&
	       strspn(out->port, "0123456789") == len;
}

static bool
url_host_valid(const char *host)
{
	return host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789.-_:%")] == '\0';
}

enum rc
directory_url_read(struct arena *a, const char *text,
    struct directory_server *out, struct err *err)
{
	bool tls = str_starts_fold(text, "ldaps://");
	const char *place = text + (tls ? 8 : 7);
	size_t len;

	if (!tls && !str_starts_fold(text, "ldap://"))
		return err_set(err, RC_PERM, "%s", url_wrong);
	*out = (struct directory_server){
	    .url = text, .port = tls ? "636" : "389", .tls = tls};
	len = strlen(place);
	if (len > 0 && place[len - 1] == '/')
		len--;
	if (!url_place_read(a, arena_copy_bytes(a, place, len), out) ||
	    !url_host_valid(out->host))
		return err_set(err, RC_PERM, "%s", url_wrong);
	return RC_OK;
}

/* The name that text begins with; NULL: it is none.  *len: of "%{name}". */
static const char *
name_at(const char *text, const struct directory_names *names, size_t *len)
{
	const struct {
		const char *word, *value;
	} all[] = {
	    {"%{address}", names->address},
	    {"%{local}", names->local},
	    {"%{domain}", names->domain},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (str_starts(text, all[i].word)) {
			*len = strlen(all[i].word);
			return all[i].value;
		}
	return NULL;
}

static const char *
names_wrong(const char *text)
{
	static const struct directory_names any = {"", "", ""};
	size_t len;

	while ((text = strstr(text, "%{")) != NULL) {
		if (name_at(text, &any, &len) == NULL)
			return "expected no other %{...} than %{address}, "
			       "%{local} and %{domain}";
		text += len;
	}
	return NULL;
}

bool
directory_mentions(const char *text, const char *word)
{
	return strstr(text, word) != NULL;
}

/* RFC 4515: brackets that are part of a value are written \28 and \29. */
static bool
brackets_balance(const char *filter)
{
	int depth = 0;

	for (const char *p = filter; *p != '\0'; p++) {
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
		if (depth < 0 || (depth == 0 && p[1] != '\0'))
			return false;
	}
	return depth == 0;
}

const char *
directory_filter_wrong(const char *filter)
{
	if (filter[0] != '(' || !brackets_balance(filter))
		return "expected a filter in brackets, such as "
		       "\"(mailLocalAddress=%{address})\"";
	if (!directory_mentions(filter, "%{address}") &&
	    !directory_mentions(filter, "%{local}"))
		return "expected a filter with %{address} or %{local}";
	return names_wrong(filter);
}

const char *
directory_base_wrong(const char *base)
{
	if (base[0] != '\0' && strchr(base, '=') == NULL)
		return "expected an entry, such as "
		       "\"ou=people,dc=remotes,dc=club\"";
	return names_wrong(base);
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("@._-", c));
}

static void
add_escaped(struct str *s, const char *name)
{
	for (; *name != '\0'; name++)
		if (is_plain(*name))
			str_add_bytes(s, name, 1);
		else
			str_addf(s, "\\%02x", (unsigned char)*name);
}

char *
directory_expand(struct arena *a, const char *text,
    const struct directory_names *names)
{
	const char *value;
	struct str s;
	size_t len;

	str_init(&s, a);
	while (*text != '\0') {
		len = strcspn(text, "%");
		str_add_bytes(&s, text, len);
		text += len;
		value = name_at(text, names, &len);
		if (value != NULL) {
			add_escaped(&s, value);
			text += len;
		} else if (*text != '\0') {
			str_add_bytes(&s, text++, 1);
		}
	}
	return s.text;
}

const char *
directory_base_fixed(const char *base)
{
	const char *at, *last = NULL;

	for (at = base; (at = strstr(at, "%{")) != NULL; at++)
		last = at;
	if (last == NULL)
		return base;
	last = strchr(last, ',');
	return last == NULL ? "" : last + 1;
}
