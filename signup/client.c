/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "base/err.h"
#include "base/str.h"

#include <string.h>

static bool
is_proxy(const struct signup_settings *settings, const struct ip *ip)
{
	for (size_t i = 0; i < settings->n_proxies; i++)
		if (ip_net_has(&settings->proxies[i], ip))
			return true;
	return false;
}

/* The last item of text[0..*len), which is cut off with its comma. */
static const char *
last_item(struct arena *a, const char *text, size_t *len)
{
	size_t end = *len, start;

	while (*len > 0 && text[*len - 1] != ',')
		--*len;
	start = *len;
	if (*len > 0)
		--*len;
	while (start < end && strchr(" \t", text[start]) != NULL)
		start++;
	while (end > start && strchr(" \t", text[end - 1]) != NULL)
		end--;
	return arena_copy_bytes(a, text + start, end - start);
}

/* RFC 7239 6: "" or ":" and a number, or ":_" and what hides one. */
static bool
is_port_or_nothing(const char *text)
{
	static const char digits[] = "0123456789";
	size_t len;

	if (text[0] == '\0')
		return true;
	if (*text++ != ':')
		return false;
	len = strlen(text);
	if (text[0] == '_')
		return len > 1;
	return len > 0 && len <= 5 && strspn(text, digits) == len;
}

/* RFC 7239 6 and what is written in X-Forwarded-For besides: an address, with
   a port, in brackets, in quotes, with the name of an interface. */
static bool
read_node(struct arena *a, const char *item, struct ip *out)
{
	char *text = arena_copy_text(a, item), *end, *zone;
	size_t len = strlen(text);

	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text[len - 1] = '\0';
		text++;
	}
	end = text + strlen(text);
	if (text[0] == '[') {
		text++;
		end = strchr(text, ']');
		if (end == NULL || !is_port_or_nothing(end + 1))
			return false;
	} else if (strchr(text, '.') != NULL && strrchr(text, ':') != NULL &&
		   strchr(text, ':') == strrchr(text, ':')) {
		end = strchr(text, ':');
		if (!is_port_or_nothing(end))
			return false;
	}
	*end = '\0';
	zone = strchr(text, '%');
	if (zone != NULL && strchr(text, ':') != NULL)
		*zone = '\0';
	return ip_parse(text, out);
}

/* RC_OK: whom a proxy names.  RC_NONE: nobody is named.  RC_PERM: *item cannot
   be read. */
static enum rc
read_forwarded(struct arena *a, const struct signup_settings *settings,
    const char *forwarded, struct ip *out, const char **item)
{
	size_t len = forwarded != NULL ? strlen(forwarded) : 0;
	enum rc rc = RC_NONE;

	while (len > 0) {
		*item = last_item(a, forwarded, &len);
		if ((*item)[0] == '\0') /* RFC 9110 5.6.1 */
			continue;
		if (!read_node(a, *item, out))
			return RC_PERM;
		rc = RC_OK;
		if (!is_proxy(settings, out))
			break;
	}
	return rc;
}

/* *self: what the peer is called. */
static bool
is_trusted(struct arena *a, const struct signup_settings *settings,
    const char *peer, const char **self)
{
	struct ip ip;

	*self = CLIENT_LOCAL;
	if (peer == NULL || !ip_parse(peer, &ip))
		return settings->n_proxies > 0;
	*self = ip_text(a, &ip);
	return is_proxy(settings, &ip);
}

const char *
client_address(struct arena *a, const struct signup_settings *settings,
    const char *peer, const char *forwarded)
{
	const char *self, *item;
	struct ip ip;

	if (!is_trusted(a, settings, peer, &self) ||
	    read_forwarded(a, settings, forwarded, &ip, &item) != RC_OK)
		return self;
	return ip_text(a, &ip);
}

const char *
client_not_read(struct arena *a, const struct signup_settings *settings,
    const char *peer, const char *forwarded)
{
	const char *self, *item;
	struct ip ip;

	if (!is_trusted(a, settings, peer, &self))
		return NULL;
	switch (read_forwarded(a, settings, forwarded, &ip, &item)) {
	case RC_OK:
	case RC_TEMP:
		break;
	case RC_NONE:
		return arena_printf(a,
		    "the proxy %s names nobody in X-Forwarded-For: all its "
		    "visitors are one client",
		    self);
	case RC_PERM:
		return arena_printf(a,
		    "\"%s\" in X-Forwarded-For, from the proxy %s, is no "
		    "address: all of whom it says so are one client",
		    str_printable(a, item, strlen(item), 100), self);
	}
	return NULL;
}

bool
client_is_proxy(const struct signup_settings *settings, const char *peer)
{
	struct ip ip;

	return ip_parse(peer, &ip) && is_proxy(settings, &ip);
}
