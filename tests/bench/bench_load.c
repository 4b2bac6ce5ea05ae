/* SPDX-License-Identifier: MIT */
/*
 * bench_load - asks a server as fast as it answers.
 *
 *	bench_load [-t] KIND PLACE CONNECTIONS SECONDS REQUESTS FILE
 *	    [FIRST [NAMES]]
 *
 * PLACE is a unix socket or ADDRESS:PORT.  KIND is
 *
 *	policy      FILE holds requests with an empty line after each, before
 *	            each a line "expect=accept" or "expect=refuse"
 *	policy-any  the same for a server that knows nothing of what is expected
 *	names       FILE holds one such request, asked with other names each
 *	            time: '#' stands for a number below NAMES, '%' for its
 *	            bytes as a.b.c
 *	tcp         a tcp_table(5); FILE holds a key a line
 *	MAP         a socketmap's table of that name, the same
 *
 * It ends after SECONDS or REQUESTS, whatever is not 0 and comes first.  FIRST
 * is the number of the first request.  -t: there is trouble, and to put off
 * (4xx, TEMP) is a good answer; to accept is, too.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum expected {
	ANYTHING,
	ACCEPT,
	REFUSE
};

struct request {
	char *bytes;
	size_t len;
	enum expected expected;
};

static struct request *requests;
static size_t n_requests;
static size_t first_request, n_names;
static bool has_trouble;

static const char *
next_request(size_t n, size_t *len)
{
	const struct request *r = &requests[(n + first_request) % n_requests];

	*len = r->len;
	return r->bytes;
}

static const char *
next_name(size_t n, size_t *len)
{
	static char text[4096];
	size_t number = (first_request + n) % n_names;
	char *to = text, *end = text + sizeof(text) - 32;

	for (const char *c = requests[0].bytes; *c != '\0' && to < end; c++)
		if (*c == '#')
			to += sprintf(to, "%zu", number);
		else if (*c == '%')
			to += sprintf(to, "%zu.%zu.%zu", number >> 16 & 255,
			    number >> 8 & 255, number & 255);
		else
			*to++ = *c;
	*len = (size_t)(to - text);
	return text;
}

static bool
begins(const char *bytes, size_t len, const char *with)
{
	return len >= strlen(with) &&
	       strncasecmp(bytes, with, strlen(with)) == 0;
}

/* Nothing of the world that is asked about should be put off, but by a server
   that is for nothing else. */
static bool
policy_answered(size_t n, const char *bytes, size_t len,
    struct load_answer *out)
{
	enum expected expected =
	    requests[(n + first_request) % n_requests].expected;
	bool accepted, put_off;

	if (len < 2 || memcmp(bytes + len - 2, "\n\n", 2) != 0)
		return false;
	accepted = begins(bytes, len, "action=DUNNO") ||
		   begins(bytes, len, "action=PREPEND");
	out->refused = begins(bytes, len, "action=5") ||
		       begins(bytes, len, "action=REJECT");
	put_off = begins(bytes, len, "action=4") ||
		  begins(bytes, len, "action=DEFER");
	if (has_trouble)
		out->good = accepted || put_off || expected != ACCEPT;
	else
		out->good = (accepted && expected != REFUSE) ||
			    (out->refused && expected != ACCEPT) ||
			    (put_off && expected == ANYTHING);
	return true;
}

static bool
map_answered(size_t n, const char *bytes, size_t len, struct load_answer *out)
{
	char *end;
	size_t size = strtoul(bytes, &end, 10);
	size_t head = (size_t)(end - bytes);

	(void)n;
	if (len < head + 1 || *end != ':' || len < head + size + 2)
		return false;
	out->good = begins(end + 1, size, "OK ") ||
		    (has_trouble && begins(end + 1, size, "TEMP "));
	return true;
}

static bool
tcp_answered(size_t n, const char *bytes, size_t len, struct load_answer *out)
{
	(void)n;
	out->good = begins(bytes, len, "200 ");
	return bytes[len - 1] == '\n';
}

static const struct kind {
	const char *name;
	struct load_protocol protocol;
	const char *gap;          /* between requests of FILE */
	const char *head, *after; /* around a key */
} kinds[] = {
    {"policy", {next_request, policy_answered}, "\n\n", NULL, NULL},
    {"policy-any", {next_request, policy_answered}, "\n\n", NULL, NULL},
    {"names", {next_name, policy_answered}, "\n\n", NULL, NULL},
    {"tcp", {next_request, tcp_answered}, "\n", "get ", "\n"},
    {NULL, {next_request, map_answered}, "\n", NULL, ","},
};

static const struct kind *
kind_of(const char *name)
{
	const struct kind *k = kinds;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k;
}

static struct request *
more(void)
{
	static size_t room;

	if (n_requests == room) {
		room = room == 0 ? 1024 : room * 2;
		requests = realloc(requests, room * sizeof(*requests));
	}
	requests[n_requests] = (struct request){0};
	return &requests[n_requests++];
}

static void
add_policy(const char *text, size_t len)
{
	static const char accept[] = "expect=accept\n";
	static const char refuse[] = "expect=refuse\n";
	struct request *r = more();

	if (begins(text, len, accept))
		r->expected = ACCEPT;
	else if (begins(text, len, refuse))
		r->expected = REFUSE;
	/* Both are as long. */
	if (r->expected != ANYTHING) {
		text += sizeof(accept) - 1;
		len -= sizeof(accept) - 1;
	}
	r->bytes = strndup(text, len);
	r->len = len;
}

static void
add_key(const char *key, size_t len, const struct kind *kind, const char *map)
{
	struct request *r = more();
	char head[64];

	if (kind->head != NULL)
		snprintf(head, sizeof(head), "%s", kind->head);
	else
		snprintf(head, sizeof(head), "%zu:%s ", strlen(map) + 1 + len,
		    map);
	r->len = strlen(head) + len + strlen(kind->after);
	r->bytes = malloc(r->len + 1);
	sprintf(r->bytes, "%s%.*s%s", head, (int)len, key, kind->after);
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		return NULL;
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	if (fread(text, 1, (size_t)size, file) != (size_t)size)
		return NULL;
	fclose(file);
	return text;
}

static void
read_requests(char *text, const struct kind *kind, const char *name)
{
	size_t gap = strlen(kind->gap);

	for (char *end; (end = strstr(text, kind->gap)) != NULL;
	     text = end + gap)
		if (kind->after != NULL)
			add_key(text, (size_t)(end - text), kind, name);
		else
			add_policy(text, (size_t)(end - text) + gap);
	if (strcmp(name, "policy-any") == 0)
		for (size_t i = 0; i < n_requests; i++)
			requests[i].expected = ANYTHING;
}

int
main(int argc, char **argv)
{
	struct load_plan plan;
	const struct kind *kind;
	char *text;
	int status;

	if (argc > 1 && strcmp(argv[1], "-t") == 0) {
		has_trouble = true;
		argc--, argv++;
	}
	if (argc < 7 || argc > 9) {
		fprintf(stderr, "usage: bench_load [-t] KIND PLACE CONNECTIONS "
				"SECONDS REQUESTS FILE [FIRST [NAMES]]\n");
		return 2;
	}
	kind = kind_of(argv[1]);
	plan = (struct load_plan){
	    .place = argv[2],
	    .connections = (unsigned)strtoul(argv[3], NULL, 10),
	    .seconds = strtod(argv[4], NULL),
	    .requests = strtoul(argv[5], NULL, 10),
	};
	first_request = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;
	n_names = argc > 8 ? strtoul(argv[8], NULL, 10) : 1;
	text = read_file(argv[6]);
	if (text == NULL) {
		perror(argv[6]);
		return 1;
	}
	read_requests(text, kind, argv[1]);
	free(text);
	if (n_requests == 0 || plan.connections == 0 || n_names == 0) {
		fprintf(stderr, "nothing to ask\n");
		return 2;
	}
	status = load_run(&plan, &kind->protocol);
	for (size_t i = 0; i < n_requests; i++)
		free(requests[i].bytes);
	free(requests);
	return status;
}
