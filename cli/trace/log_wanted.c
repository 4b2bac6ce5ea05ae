/* SPDX-License-Identifier: MIT */
#include "log_wanted.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

/* "<ann" of "ann@remotes.club": behind it an extension may stand. */
static void
search_recipient(const struct log_wanted *wanted, struct arena *a,
    struct log_search *search)
{
	const char *at = strrchr(wanted->to, '@');

	log_search_add(search,
	    at == wanted->to
		? str_lower(a, arena_printf(a, "%s>", at))
		: str_lower(a,
		      arena_printf(a, "<%.*s",
			  (int)(at == NULL ? strlen(wanted->to)
					   : (size_t)(at - wanted->to)),
			  wanted->to)));
}

/* "=example.org=sam" of "sam@example.org", which ends all of its addresses. */
static char *
rewritten_end(struct arena *a, const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? arena_printf(a, "=%s@", address)
			  : arena_printf(a, "=%s=%.*s@", at + 1,
				(int)(at - address), address);
}

static void
search_sender(const struct log_wanted *wanted, struct arena *a,
    struct log_search *search)
{
	if (wanted->from[0] == '\0') {
		log_search_add(search, "from=<>");
		return;
	}
	log_search_add(search,
	    str_lower(a, arena_printf(a, "<%s>", wanted->from)));
	log_search_add(search, str_lower(a, rewritten_end(a, wanted->from)));
}

void
log_wanted_search(const struct log_wanted *wanted, struct arena *a,
    struct log_search *search)
{
	*search = (struct log_search){0};
	if (wanted->queue_id != NULL)
		log_search_add(search, str_lower(a, wanted->queue_id));
	else if (wanted->to != NULL)
		search_recipient(wanted, a, search);
	else if (wanted->from != NULL)
		search_sender(wanted, a, search);
}

bool
log_wanted_is_to(const struct log_wanted *wanted, const char *address)
{
	const char *at, *here;
	size_t local, len;

	if (address == NULL)
		return false;
	at = strrchr(wanted->to, '@');
	here = strrchr(address, '@');
	if (at == NULL || here == NULL)
		return strcasecmp(wanted->to, address) == 0;
	local = (size_t)(at - wanted->to);
	len = (size_t)(here - address);
	if (strcasecmp(at, here) != 0 || len < local)
		return false;
	return local == 0 ||
	       (strncasecmp(wanted->to, address, local) == 0 &&
		   (len == local ||
		       (address[local] != '\0' &&
			   strchr(wanted->delimiter, address[local]) != NULL)));
}

bool
log_wanted_is_from(const struct log_wanted *wanted, const char *address)
{
	const char *at;
	struct arena *a;
	size_t len, n;
	bool is;

	if (address == NULL)
		return false;
	at = strrchr(address, '@');
	if (strcasecmp(wanted->from, address) == 0)
		return true;
	if (at == NULL || !str_starts_fold(address, "SRS"))
		return false;
	a = arena_new();
	len = (size_t)(at + 1 - address);
	n = strlen(rewritten_end(a, wanted->from));
	is = n <= len &&
	     strncasecmp(at + 1 - n, rewritten_end(a, wanted->from), n) == 0;
	arena_free(a);
	return is;
}

/* "SRS0=HHHH=TT=host=user@ours"; what is kept by a token has no host with a
   dot. */
const char *
log_wanted_sender(struct arena *a, const char *address)
{
	const char *at = strrchr(address, '@'), *host = address, *user;

	if (at == NULL || !str_starts_fold(address, "SRS0"))
		return address;
	for (int i = 0; i < 3 && host != NULL; i++) {
		host = strchr(host, '=');
		host = host == NULL || host > at ? NULL : host + 1;
	}
	user = host == NULL ? NULL : strchr(host, '=');
	if (user == NULL || user > at ||
	    memchr(host, '.', (size_t)(user - host)) == NULL)
		return address;
	return arena_printf(a, "%.*s@%.*s", (int)(at - user - 1), user + 1,
	    (int)(user - host), host);
}

bool
log_wanted_fits(const struct log_wanted *wanted, const struct log_event *event)
{
	if (wanted->queue_id != NULL)
		return (event->queue_id != NULL &&
			   strcmp(event->queue_id, wanted->queue_id) == 0) ||
		       (event->other != NULL &&
			   strcmp(event->other, wanted->queue_id) == 0);
	if (wanted->to != NULL)
		return log_wanted_is_to(wanted, event->recipient) ||
		       log_wanted_is_to(wanted, event->original);
	return wanted->from != NULL &&
	       log_wanted_is_from(wanted, event->sender);
}
