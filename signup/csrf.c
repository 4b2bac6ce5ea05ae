/* SPDX-License-Identifier: MIT */
#include "csrf.h"

#include "base/encode.h"
#include "base/str.h"

#include <string.h>
#include <sys/random.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789-_";

static const char *
cookie_name(bool secure)
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
	return arena_printf(a, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
	    cookie_name(secure), token, secure ? "; Secure" : "");
}

const char *
csrf_cookie(struct arena *a, const char *header, bool secure)
{
	const char *name = cookie_name(secure), *found = NULL;
	size_t name_len = strlen(name);

	while (header != NULL && *header != '\0') {
		size_t len;

		header += strspn(header, " \t;");
		len = strcspn(header, ";");
		if (len > name_len && header[name_len] == '=' &&
		    memcmp(header, name, name_len) == 0) {
			const char *value = header + name_len + 1;

			if (found != NULL || len != name_len + 1 + CSRF_LEN ||
			    strspn(value, letters) != CSRF_LEN)
				return NULL;
			found = arena_copy_bytes(a, value, CSRF_LEN);
		}
		header += len;
	}
	return found;
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
