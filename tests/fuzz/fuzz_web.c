/* SPDX-License-Identifier: MIT */
#include "base/ip.h"
#include "client.h"
#include "csrf.h"
#include "routes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One header field of a browser or a proxy, Cookie, X-Forwarded-For, Origin,
   Host, or the path.  The client is an address, whatever it says. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_net proxies[1];
	struct signup_settings settings = {.proxies = proxies, .n_proxies = 1};
	struct arena *a = arena_new();
	const char *value = arena_copy_bytes(a, (const char *)data, size);
	const struct csrf_origin from = {.origin = value,
	    .fetch_site = value,
	    .host = value,
	    .url = "https://remotes.club/join"};
	const char *id;
	struct ip ip;

	if (!ip_net_parse("127.0.0.0/8", &proxies[0]) ||
	    !ip_parse(client_address(a, &settings, "127.0.0.1", value), &ip))
		abort();
	if (routes_find(a, value, &id) != NULL && id != NULL &&
	    strchr(id, '/') != NULL)
		abort();
	csrf_fits(csrf_cookie(a, value, true), value);
	csrf_fits(csrf_cookie(a, value, false), value);
	csrf_is_foreign(&from);
	arena_free(a);
	return 0;
}
