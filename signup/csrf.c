/* SPDX-License-Identifier: MIT */
#include "csrf.h"

#include "base/encode.h"
#include "base/str.h"
#include "cookie.h"

#include <string.h>
#include <sys/random.h>

static const char *
csrf_cookie_name(bool secure)
{
	return secure ? "__Host-postward" : "postward";
}

enum rc
csrf_make(struct arena *a, const char **out, struct err *err)
{
	unsigned char bytes[CSRF_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, RC_TEMP, "no random bytes");
	*out = encode_base64url(a, bytes, sizeof(bytes));
	return RC_OK;
}

const char *
csrf_set_cookie(struct arena *a, const char *token, bool secure)
{
	return cookie_set(a, csrf_cookie_name(secure), token, secure);
}

const char *
csrf_cookie(struct arena *a, const char *header, bool secure)
{
	return cookie_find(a, header, csrf_cookie_name(secure), CSRF_LEN);
}

bool
csrf_fits(const char *cookie, const char *field)
{
	unsigned char difference = 0;

	if (cookie == NULL || strlen(cookie) != CSRF_LEN ||
	    strlen(field) != CSRF_LEN)
		return false;
	for (size_t i = 0; i < CSRF_LEN; i++)
		difference |= (unsigned char)(cookie[i] ^ field[i]);
	return difference == 0;
}

/* "https://remotes.club/join" begins with the origin
   "https://remotes.club". */
static bool
is_origin_of(const char *origin, const char *url)
{
	size_t len = strlen(origin);

	return str_starts_fold(url, origin) &&
	       (url[len] == '/' || url[len] == '\0');
}

bool
csrf_is_foreign(const struct csrf_origin *from)
{
	const char *host;

	if (from->fetch_site != NULL &&
	    strcmp(from->fetch_site, "same-origin") != 0)
		return true;
	/* What a browser tells of a page with Referrer-Policy: no-referrer
	   (Fetch 3.2), as ours are: nothing. */
	if (from->origin == NULL || strcmp(from->origin, "null") == 0)
		return false;
	if (from->url[0] != '\0' && is_origin_of(from->origin, from->url))
		return false;
	host = strstr(from->origin, "://");
	return host == NULL || from->host == NULL ||
	       !str_equal_fold(host + 3, from->host);
}
