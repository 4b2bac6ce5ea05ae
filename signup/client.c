/* SPDX-License-Identifier: MIT */
#include "client.h"

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

const char *
client_address(struct arena *a, const struct signup_settings *settings,
    const char *peer, const char *forwarded)
{
	struct ip ip;
	size_t len = forwarded != NULL ? strlen(forwarded) : 0;
	const char *self = CLIENT_LOCAL;
	bool trusted = settings->n_proxies > 0;

	if (peer != NULL && ip_parse(peer, &ip)) {
		self = ip_text(a, &ip);
		trusted = is_proxy(settings, &ip);
	}
	if (!trusted || len == 0)
		return self;
	while (len > 0) {
		if (!ip_parse(last_item(a, forwarded, &len), &ip))
			return self;
		if (!is_proxy(settings, &ip))
			break;
	}
	return ip_text(a, &ip);
}
