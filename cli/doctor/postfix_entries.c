/* SPDX-License-Identifier: MIT */
#include "postfix_entries.h"

#include "base/ip.h"
#include "base/str.h"

#include <string.h>

#define BETWEEN " \t\r\n,"

/* One entry, with the keyword before it. */
struct postfix_entry {
	const char *begin, *end; /* of its text in the value */
	enum postfix_found found;
};

/* A word, or all between braces. */
static const char *
entry_end(const char *at)
{
	int depth = 0;

	do {
		depth += *at == '{';
		depth -= *at == '}';
		at++;
	} while (*at != '\0' && (depth > 0 || strchr(BETWEEN, *at) == NULL));
	return at;
}

/* The place alone, without braces, the options behind it, and the names of
   table types before it. */
static const char *
entry_place(struct arena *a, const char *begin, const char *end)
{
	static const char *const types[] = {"proxy:", "socketmap:"};
	const char *at = begin;
	char *place;

	if (*at == '{')
		at += 1 + strspn(at + 1, BETWEEN);
	place = arena_copy_bytes(a, at, (size_t)(end - at));
	place[strcspn(place, BETWEEN "}")] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_starts(place, types[i]))
			place += strlen(types[i]);
	return place;
}

/* Without doubled slashes and "/./", and /run by its present name. */
static const char *
path_plain(struct arena *a, const char *path)
{
	char *plain = arena_copy_text(a, path), *to = plain;

	for (const char *at = plain; *at != '\0'; at++) {
		if (to > plain && to[-1] == '/' &&
		    (*at == '/' || str_starts(at, "./"))) {
			at += *at == '.';
			continue;
		}
		*to++ = *at;
	}
	*to = '\0';
	return str_starts(plain, "/var/run/") ? plain + strlen("/var") : plain;
}

static bool
path_is_same(struct arena *a, const char *folder, const char *path,
    const char *other)
{
	return strcmp(path_plain(a, arena_printf(a, "%s/%s", folder, path)),
		   path_plain(a, other)) == 0;
}

/* "postward/milter" at the end: ours, though we listen elsewhere by now. */
static bool
path_has_our_name(struct arena *a, const char *path, const char *program)
{
	const char *name = arena_printf(a, "/postward/%s", program);
	const char *plain = path_plain(a, arena_printf(a, "/%s", path));
	size_t len = strlen(plain);

	return len >= strlen(name) &&
	       strcmp(plain + len - strlen(name), name) == 0;
}

static enum postfix_found
unix_found(struct arena *a, const char *path,
    const struct postfix_entries *wanted)
{
	const char *queue = wanted->queue == NULL ? "" : wanted->queue;
	const char *seen_in = path[0] != '/' || wanted->chrooted ? queue : "";
	bool ours = path_has_our_name(a, path, wanted->program);

	for (size_t i = 0; i < wanted->n_listen; i++) {
		const char *listen = wanted->listen[i];

		if (!str_starts(listen, "unix:"))
			continue;
		listen += strlen("unix:");
		if (path_is_same(a, seen_in, path, listen))
			return POSTFIX_RIGHT;
		ours |= path_is_same(a, "", path, listen) ||
			path_is_same(a, queue, path, listen);
	}
	return ours ? POSTFIX_ASTRAY : POSTFIX_MISSING;
}

/* Splits "host:port" or "[host]:port"; false: it is none. */
static bool
inet_split(struct arena *a, const char *text, struct ip *ip, const char **port)
{
	char *host = arena_copy_text(a, text), *colon = strrchr(host, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	*port = colon + 1;
	if (host[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		host++;
	}
	return ip_parse(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
	    ip);
}

static bool
inet_is_any(struct arena *a, const struct ip *ip)
{
	const char *text = ip_text(a, ip);

	return strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
}

static enum postfix_found
inet_found(struct arena *a, const char *place,
    const struct postfix_entries *wanted)
{
	enum postfix_found found = POSTFIX_MISSING;
	const char *port, *our_port;
	struct ip ip, ours;

	if (!inet_split(a, place, &ip, &port))
		return POSTFIX_MISSING;
	for (size_t i = 0; i < wanted->n_listen; i++) {
		if (!str_starts(wanted->listen[i], "inet:") ||
		    !inet_split(a, wanted->listen[i] + strlen("inet:"), &ours,
			&our_port) ||
		    strcmp(port, our_port) != 0)
			continue;
		if (inet_is_any(a, &ours) || ip_equal(&ip, &ours))
			return POSTFIX_RIGHT;
		if (ip_is_loopback(&ip))
			found = POSTFIX_ASTRAY;
	}
	return found;
}

/* Takes ":forward" off the place, which is that of a socketmap.
   POSTFIX_MISSING: the place has another table of ours, which is its own
   matter. */
static enum postfix_found
map_found(struct arena *a, const char **place,
    const struct postfix_entries *wanted)
{
	const char *colon = strrchr(*place, ':');
	const char *name = colon == NULL ? "" : colon + 1;

	if (colon == NULL || strchr(name, '/') != NULL)
		return POSTFIX_ASTRAY; /* it has none */
	*place = arena_copy_bytes(a, *place, (size_t)(colon - *place));
	if (strcmp(name, wanted->map) == 0)
		return POSTFIX_RIGHT;
	for (const char *const *map = wanted->maps; *map != NULL; map++)
		if (strcmp(name, *map) == 0)
			return POSTFIX_MISSING;
	return POSTFIX_ASTRAY;
}

static enum postfix_found
place_found(struct arena *a, const char *place,
    const struct postfix_entries *wanted)
{
	enum postfix_found map = POSTFIX_RIGHT, found = POSTFIX_MISSING;

	if (wanted->map != NULL)
		map = map_found(a, &place, wanted);
	if (map == POSTFIX_MISSING)
		return POSTFIX_MISSING;
	if (str_starts(place, "unix:") || str_starts(place, "local:"))
		found = unix_found(a, strchr(place, ':') + 1, wanted);
	else if (str_starts(place, "inet:"))
		found = inet_found(a, place + strlen("inet:"), wanted);
	return found == POSTFIX_RIGHT ? map : found;
}

/* Does the keyword stand between, and something behind it? */
static bool
entry_is_keyword(const char *begin, const char *end, const char *keyword)
{
	return keyword != NULL && (size_t)(end - begin) == strlen(keyword) &&
	       strncmp(begin, keyword, strlen(keyword)) == 0 &&
	       end[strspn(end, BETWEEN)] != '\0';
}

/* The next entry from *at on; false: there is none. */
static bool
entry_next(struct arena *a, const char **at,
    const struct postfix_entries *wanted, struct postfix_entry *out)
{
	const char *place = *at + strspn(*at, BETWEEN);
	bool has_keyword;

	if (*place == '\0')
		return false;
	*out = (struct postfix_entry){place, entry_end(place), POSTFIX_MISSING};
	has_keyword = entry_is_keyword(out->begin, out->end, wanted->keyword);
	if (has_keyword) {
		place = out->end + strspn(out->end, BETWEEN);
		out->end = entry_end(place);
	}
	if (has_keyword || wanted->keyword == NULL)
		out->found =
		    place_found(a, entry_place(a, place, out->end), wanted);
	*at = out->end;
	return true;
}

/* The value with one right entry, at the place of the first that leads astray
   unless there is a right one already. */
static const char *
entries_mended(struct arena *a, const char *value,
    const struct postfix_entries *wanted, bool right)
{
	struct postfix_entry entry;
	struct str text;

	str_init(&text, a);
	for (const char *at = value; entry_next(a, &at, wanted, &entry);) {
		if (entry.found == POSTFIX_ASTRAY && right)
			continue;
		str_add(&text, text.len > 0 ? ", " : "");
		if (entry.found == POSTFIX_ASTRAY)
			str_add(&text, wanted->right);
		else
			str_add_bytes(&text, entry.begin,
			    (size_t)(entry.end - entry.begin));
		right |= entry.found == POSTFIX_ASTRAY;
	}
	return text.text;
}

enum postfix_found
postfix_entries_look(struct arena *a, const char *value,
    const struct postfix_entries *wanted, const char **mended)
{
	bool right = false, astray = false;
	struct postfix_entry entry;

	for (const char *at = value; entry_next(a, &at, wanted, &entry);) {
		right |= entry.found == POSTFIX_RIGHT;
		astray |= entry.found == POSTFIX_ASTRAY;
	}
	if (!astray)
		return right ? POSTFIX_RIGHT : POSTFIX_MISSING;
	*mended = entries_mended(a, value, wanted, right);
	return POSTFIX_ASTRAY;
}

const char *
postfix_entries_first(struct arena *a, const char *value,
    const struct postfix_entries *wanted)
{
	const char *ours = NULL;
	struct postfix_entry entry;
	struct str others;
	size_t n = 0;

	str_init(&others, a);
	for (const char *at = value; entry_next(a, &at, wanted, &entry); n++) {
		size_t len = (size_t)(entry.end - entry.begin);

		if (entry.found == POSTFIX_ASTRAY ||
		    (entry.found == POSTFIX_RIGHT && n == 0))
			return NULL;
		if (entry.found == POSTFIX_RIGHT && ours == NULL) {
			ours = arena_copy_bytes(a, entry.begin, len);
			continue;
		}
		str_add(&others, ", ");
		str_add_bytes(&others, entry.begin, len);
	}
	return ours == NULL ? NULL : arena_printf(a, "%s%s", ours, others.text);
}

bool
postfix_entries_lead(struct arena *a, const char *value,
    const struct postfix_entries *wanted)
{
	struct postfix_entry entry;

	return entry_next(a, &value, wanted, &entry) &&
	       entry.found == POSTFIX_RIGHT;
}
