/* SPDX-License-Identifier: MIT */
/*
 * All entries are in one array sorted by owner.  Names that exist only
 * because there are names below them have an entry too, so that wildcards
 * are found as RFC 4592 3.3.1 says: below the closest name that exists.
 */
#include "dns_zone.h"

#include "base/memory.h"
#include "base/str.h"
#include "net/private/dns_driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_RECORD,
	KIND_ALIAS,
	KIND_FAILURE,
	KIND_EXISTS
};

struct entry {
	const char *owner;
	enum kind kind;
	enum dns_type type;       /* KIND_RECORD */
	struct dns_record record; /* KIND_RECORD */
	const char *text;         /* the alias's target, or the failure */
	uint32_t ttl;
	size_t line;
};

struct zone {
	struct arena *arena;
	struct entry *entries;
	size_t n, room;
};

/* Reading of a zone file. */
struct scanner {
	struct zone *zone;
	const char *at;
	size_t line;
	unsigned depth; /* of parentheses, in which a line goes on */
	const char *origin, *owner;
	uint32_t ttl;
	const char *problem; /* what is wrong with the line */
};

static bool
zone_wrong(struct scanner *s, const char *problem)
{
	s->problem = problem;
	return false;
}

static bool
skip_to_word(struct scanner *s)
{
	for (; *s->at != '\0'; s->at++) {
		if (*s->at == ';')
			s->at += strcspn(s->at, "\n");
		if (*s->at == '\n' && s->depth == 0)
			return false;
		if (*s->at == '\n')
			s->line++;
		else if (*s->at == '(')
			s->depth++;
		else if (*s->at == ')' && s->depth > 0)
			s->depth--;
		else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r')
			return *s->at != '\0';
	}
	return false;
}

/* The next word of the line, its escapes left as they are; NULL: there is
   none. */
static const char *
next_word(struct scanner *s)
{
	const char *ends = " \t\r\n;()\"", *start;
	size_t len = 0;

	if (!skip_to_word(s))
		return NULL;
	if (*s->at == '"') {
		ends = "\"\n";
		s->at++;
	}
	start = s->at;
	while (start[len] != '\0' && strchr(ends, start[len]) == NULL)
		len += start[len] == '\\' && start[len + 1] != '\0' ? 2 : 1;
	s->at += len;
	if (*ends == '"' && *s->at == '"')
		s->at++;
	return arena_copy_bytes(s->zone->arena, start, len);
}

/* A name of the file, made absolute and as dns_answer_name gives it. */
static const char *
read_zone_name(struct scanner *s, const char *word)
{
	struct arena *a = s->zone->arena;
	const char *name;

	if (word == NULL)
		return NULL;
	if (strcmp(word, "@") == 0)
		return s->origin;
	name = dns_answer_name(a, word);
	if (name == NULL || *s->origin == '\0' || str_ends_fold(word, "."))
		return name;
	return arena_printf(a, "%s.%s", name, s->origin);
}

static bool
read_zone_address(struct scanner *s, struct entry *e)
{
	const char *word = next_word(s);
	struct ip *ip = &e->record.ip;

	ip->version = e->type == DNS_A ? 4 : 6;
	if (word == NULL || inet_pton(e->type == DNS_A ? AF_INET : AF_INET6,
				word, ip->bytes) != 1)
		return zone_wrong(s, "expected an address of that type");
	return true;
}

static bool
read_ptr(struct scanner *s, struct entry *e)
{
	e->record.name = e->text = read_zone_name(s, next_word(s));
	return e->text != NULL || zone_wrong(s, "expected a domain name");
}

static bool
read_mx(struct scanner *s, struct entry *e)
{
	const char *word = next_word(s);
	char *end;

	if (word == NULL || *word < '0' || *word > '9')
		return zone_wrong(s, "expected a preference");
	e->record.preference = (unsigned)strtoul(word, &end, 10);
	if (*end != '\0' || e->record.preference > UINT16_MAX)
		return zone_wrong(s, "expected a preference");
	return read_ptr(s, e);
}

static bool
is_zone_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Adds the word with its escapes resolved: \DDD is a byte, \X is X. */
static bool
add_string(struct str *text, const char *word)
{
	while (*word != '\0') {
		unsigned byte = (unsigned char)*word++;
		char c;

		if (byte == '\\' && is_zone_digit(word[0]) &&
		    is_zone_digit(word[1]) && is_zone_digit(word[2])) {
			byte = (unsigned)((word[0] - '0') * 100 +
					  (word[1] - '0') * 10 + word[2] - '0');
			word += 3;
		} else if (byte == '\\' && *word != '\0') {
			byte = (unsigned char)*word++;
		}
		if (byte > 255)
			return false;
		c = (char)byte;
		str_add_bytes(text, &c, 1);
	}
	return true;
}

static bool
read_txt(struct scanner *s, struct entry *e)
{
	const char *word = next_word(s);
	struct str text;

	if (word == NULL)
		return zone_wrong(s, "expected a text");
	str_init(&text, s->zone->arena);
	for (; word != NULL; word = next_word(s))
		if (!add_string(&text, word))
			return zone_wrong(s, "expected bytes up to \\255");
	e->record.text = text.text;
	e->record.text_len = text.len;
	return true;
}

/* Of a type that nobody here asks for, only that the name exists counts. */
static bool
read_nothing(struct scanner *s, struct entry *e)
{
	(void)e;
	while (next_word(s) != NULL)
		;
	return true;
}

static const struct {
	const char *word;
	enum kind kind;
	enum dns_type type;
	bool (*read)(struct scanner *s, struct entry *e);
	const char *failure;
} types[] = {
    {"A", KIND_RECORD, DNS_A, read_zone_address, NULL},
    {"AAAA", KIND_RECORD, DNS_AAAA, read_zone_address, NULL},
    {"MX", KIND_RECORD, DNS_MX, read_mx, NULL},
    {"PTR", KIND_RECORD, DNS_PTR, read_ptr, NULL},
    {"TXT", KIND_RECORD, DNS_TXT, read_txt, NULL},
    {"CNAME", KIND_ALIAS, 0, read_ptr, NULL},
    {"TIMEOUT", KIND_FAILURE, 0, NULL, "no answer in time"},
    {"SERVFAIL", KIND_FAILURE, 0, NULL, "SERVFAIL from the resolver"},
    {"NS", KIND_EXISTS, 0, read_nothing, NULL},
    {"SOA", KIND_EXISTS, 0, read_nothing, NULL},
    {"SPF", KIND_EXISTS, 0, read_nothing, NULL},
};

static struct entry *
add_zone_entry(struct zone *z, const char *owner)
{
	if (z->n == z->room) {
		z->room = z->room == 0 ? 64 : z->room * 2;
		z->entries =
		    reallocarray(z->entries, z->room, sizeof(*z->entries));
		if (z->entries == NULL)
			abort();
	}
	z->entries[z->n] = (struct entry){.owner = owner, .kind = KIND_EXISTS};
	return &z->entries[z->n++];
}

/* What is above a name; "" is above all. */
static const char *
parent_of(const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '.')
			return name + 1;
		if (*name == '\\' && name[1] != '\0')
			name++;
	}
	return name;
}

static bool
read_data(struct scanner *s, const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct entry *e;

		if (!str_equal_fold(types[i].word, type))
			continue;
		e = add_zone_entry(s->zone, s->owner);
		e->kind = types[i].kind;
		e->type = types[i].type;
		e->text = types[i].failure;
		e->line = s->line;
		e->ttl = s->ttl;
		return types[i].read == NULL || types[i].read(s, e);
	}
	return zone_wrong(s, "expected a type of record");
}

static bool
read_directive(struct scanner *s, const char *word)
{
	if (str_equal_fold(word, "$TTL"))
		return next_word(s) != NULL || zone_wrong(s, "expected a TTL");
	if (!str_equal_fold(word, "$ORIGIN"))
		return zone_wrong(s, "expected $ORIGIN or $TTL");
	s->origin = read_zone_name(s, next_word(s));
	return s->origin != NULL || zone_wrong(s, "expected a domain name");
}

static bool
read_zone_line(struct scanner *s)
{
	bool same_owner = *s->at == ' ' || *s->at == '\t';
	const char *word = next_word(s);

	if (word == NULL)
		return true;
	if (*word == '$')
		return read_directive(s, word);
	if (!same_owner) {
		s->owner = read_zone_name(s, word);
		word = next_word(s);
	}
	if (s->owner == NULL)
		return zone_wrong(s, "expected a domain name");
	s->ttl = DNS_ZONE_TTL;
	for (; word != NULL &&
	       (is_zone_digit(*word) || str_equal_fold(word, "IN"));
	     word = next_word(s))
		if (is_zone_digit(*word))
			s->ttl = (uint32_t)strtoul(word, NULL, 10);
	if (word == NULL)
		return zone_wrong(s, "expected a type of record");
	return read_data(s, word);
}

static bool
read_zone_text(struct scanner *s)
{
	while (*s->at != '\0') {
		if (!read_zone_line(s))
			return false;
		if (skip_to_word(s))
			return zone_wrong(s, "expected the end of the line");
		if (s->depth > 0)
			return zone_wrong(s, "expected a closing parenthesis");
		if (*s->at == '\n') {
			s->at++;
			s->line++;
		}
	}
	return true;
}

static int
by_owner(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int order = strcmp(a->owner, b->owner);

	if (order != 0)
		return order;
	if (a->record.preference != b->record.preference)
		return a->record.preference < b->record.preference ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static void
sort_entries(struct zone *z)
{
	size_t n = z->n;

	for (size_t i = 0; i < n; i++)
		for (const char *name = z->entries[i].owner; *name != '\0';) {
			name = parent_of(name);
			add_zone_entry(z, name);
		}
	if (z->n > 0)
		qsort(z->entries, z->n, sizeof(*z->entries), by_owner);
}

/* All entries of the owner, one after the other; none: *n is 0. */
static const struct entry *
entries_of(const struct zone *z, const char *owner, size_t *n)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(z->entries[middle].owner, owner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < z->n; high++)
		if (strcmp(z->entries[high].owner, owner) != 0)
			break;
	*n = high - low;
	return *n == 0 ? NULL : z->entries + low;
}

/* The same, from a wildcard if there is no such name. */
static const struct entry *
find_zone_entries(const struct zone *z, struct arena *a, const char *name,
    size_t *n)
{
	const struct entry *found = entries_of(z, name, n);

	if (*n > 0)
		return found;
	while (*n == 0 && *name != '\0') {
		name = parent_of(name);
		entries_of(z, name, n);
	}
	name = arena_printf(a, *name == '\0' ? "*" : "*.%s", name);
	return entries_of(z, name, n);
}

static struct dns_answer
records_of(struct arena *a, const struct entry *found, size_t n,
    enum dns_type type)
{
	struct dns_record *records = arena_take_array(a, n, sizeof(*records));
	struct dns_answer answer = {
	    .rc = RC_OK, .records = records, .ttl = UINT32_MAX};

	for (size_t i = 0; i < n; i++)
		if (found[i].kind == KIND_RECORD && found[i].type == type) {
			records[answer.n++] = found[i].record;
			if (found[i].ttl < answer.ttl)
				answer.ttl = found[i].ttl;
		}
	return dns_answer_copy(&answer,
	    arena_take(a, dns_answer_size(&answer)));
}

static const char *
zone_text_of(const struct entry *found, size_t n, enum kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].kind == kind)
			return found[i].text;
	return NULL;
}

/* A cache remembers it for a while, as that of c-ares's driver does. */
static struct dns_answer
zone_failure(const char *why)
{
	struct dns_answer answer = dns_answer_failed(why);

	answer.ttl = DNS_ZONE_TTL_OF_NONE;
	return answer;
}

static uint32_t
zone_alias_ttl(const struct entry *found, size_t n)
{
	uint32_t ttl = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if (found[i].kind == KIND_ALIAS && found[i].ttl < ttl)
			ttl = found[i].ttl;
	return ttl;
}

static struct dns_answer
answer_to(const struct zone *z, struct arena *a, const char *name,
    enum dns_type type)
{
	uint32_t most = UINT32_MAX; /* of the aliases */

	name = dns_answer_name(a, name);
	for (unsigned i = 0; i <= DNS_ALIASES_MAX; i++) {
		size_t n;
		const struct entry *found = find_zone_entries(z, a, name, &n);
		struct dns_answer answer = records_of(a, found, n, type);
		const char *failure = zone_text_of(found, n, KIND_FAILURE);

		if (answer.ttl > most)
			answer.ttl = most;
		if (answer.n > 0)
			return answer;
		if (failure != NULL)
			return zone_failure(failure);
		name = zone_text_of(found, n, KIND_ALIAS);
		if (name == NULL)
			return (struct dns_answer){.rc = RC_NONE,
			    .no_such_name = n == 0 && i == 0,
			    .ttl = most < DNS_ZONE_TTL_OF_NONE
				       ? most
				       : DNS_ZONE_TTL_OF_NONE};
		if (zone_alias_ttl(found, n) < most)
			most = zone_alias_ttl(found, n);
	}
	return dns_answer_failed("too long a chain of CNAMEs");
}

static void
zone_ask(void *state, struct arena *a, struct dns_driver_query *queries,
    size_t n, const struct dns_watch *watch)
{
	(void)watch;
	for (size_t i = 0; i < n; i++)
		queries[i].answer =
		    answer_to(state, a, queries[i].name, queries[i].type);
}

static void
zone_close(void *state)
{
	struct zone *z = state;

	free(z->entries);
	arena_free(z->arena);
	free(z);
}

static enum rc
read_zone_file(struct arena *a, const char *path, const char **out,
    struct err *err)
{
	FILE *file = fopen(path, "re");
	char part[4096];
	struct str text;
	size_t n;

	if (file == NULL)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	str_init(&text, a);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		str_add_bytes(&text, part, n);
	*out = text.text;
	n = (size_t)ferror(file);
	fclose(file);
	return n == 0 ? RC_OK
		      : err_set(err, RC_TEMP, "%s: cannot be read", path);
}

enum rc
dns_open_zone(const char *path, struct dns **out, struct err *err)
{
	struct zone *z = memory_zeroed(1, sizeof(*z));
	struct scanner s = {.zone = z, .at = "", .line = 1, .origin = ""};
	enum rc rc;

	z->arena = arena_new();
	rc = read_zone_file(z->arena, path, &s.at, err);
	if (rc == RC_OK && !read_zone_text(&s))
		rc = err_set(err, RC_PERM, "%s:%zu: %s", path, s.line,
		    s.problem);
	if (rc != RC_OK) {
		zone_close(z);
		return rc;
	}
	sort_entries(z);
	*out = dns_open_driver(&(struct dns_driver){
	    .state = z, .ask = zone_ask, .close = zone_close});
	return RC_OK;
}

void
dns_zone_keep(struct dns *dns, size_t answers)
{
	dns_keep_answers(dns, answers);
}
