/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "base/str.h"
#include "net/netstring.h"
#include "tables.h"

#include <string.h>

/* Postfix's own limit for a reply is 100000; no key it sends comes near. */
#define REQUEST_MAX ((size_t)16 * 1024)
#define SHOWN       200

static struct log_limit trouble_limit, note_limit;

static size_t
whole_netstring(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	const char *text;
	size_t size, text_len;
	enum rc read = netstring_read(bytes, len, REQUEST_MAX, &size, &text,
	    &text_len, err);

	if (read == RC_OK)
		return size;
	*rc = read == RC_NONE ? RC_OK : read;
	return 0;
}

static void
log_lookup(struct arena *a, const char *table, const char *key, enum rc rc,
    const char *words)
{
	bool found = rc == RC_OK;
	const struct log_pair pairs[] = {
	    {"table", table},
	    {"key", str_printable(a, key, strlen(key), SHOWN)},
	    {"answer", rc_name(rc)},
	    {"value", found ? words : NULL},
	    {"why", found ? NULL : words},
	};

	log_event(rc == RC_TEMP || rc == RC_PERM ? LOG_LEVEL_WARN
						 : LOG_LEVEL_INFO,
	    pairs, sizeof(pairs) / sizeof(*pairs));
}

/* Postfix logs the words, which may repeat what a stranger has sent. */
static const char *
trouble_words(struct arena *a, const struct err *err)
{
	return str_printable(a, err->text, strlen(err->text),
	    4 * sizeof(err->text));
}

static const char *
socketmap_reply(struct arena *a, enum rc rc, const char *value,
    const struct err *err)
{
	switch (rc) {
	case RC_OK:
		return arena_printf(a, "OK %s", value);
	case RC_NONE:
		return "NOTFOUND ";
	case RC_TEMP:
		return arena_printf(a, "TEMP %s", trouble_words(a, err));
	case RC_PERM:
		return arena_printf(a, "PERM %s", trouble_words(a, err));
	}
	return "TEMP ";
}

static const char *
answer_lookup(struct exchange *x, const char *request, size_t len,
    size_t *answer_len, struct err *err)
{
	struct arena *a = x->arena;
	const char *text, *space, *table, *key, *value = NULL, *note = NULL;
	size_t size, text_len;
	struct err why = {0};
	enum rc rc;

	rc = netstring_read(request, len, REQUEST_MAX, &size, &text, &text_len,
	    err);
	if (rc != RC_OK)
		return NULL;
	space = memchr(text, ' ', text_len);
	if (space == NULL || memchr(text, '\0', text_len) != NULL) {
		err_set(err, RC_PERM, "not \"table key\": \"%s\"",
		    str_printable(a, text, text_len, 60));
		return NULL;
	}
	table = arena_copy_bytes(a, text, (size_t)(space - text));
	key = arena_copy_bytes(a, space + 1,
	    (size_t)(text + text_len - space - 1));
	rc = tables_look_up(x->snapshot, a, table, key, &value, &note, &why);
	log_lookup(a, table, key, rc,
	    rc == RC_OK     ? value
	    : rc == RC_NONE ? note
			    : why.text);
	if (rc == RC_TEMP)
		log_error_limited(&trouble_limit, "%s", why.text);
	if (note != NULL)
		log_error_limited(&note_limit, "%s", note);
	return netstring_make(a, socketmap_reply(a, rc, value, &why),
	    answer_len);
}

static const struct service_settings *
forwarder_service(const struct settings *settings)
{
	return &settings->forwarder;
}

const struct protocol forwarder_protocol = {
    .room = REQUEST_MAX + 16,
    .whole = whole_netstring,
    .answer = answer_lookup,
    .service = forwarder_service,
};
