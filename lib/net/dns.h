/* SPDX-License-Identifier: MIT */
/*
 * dns - questions to the Domain Name System: many at once, with one deadline.
 *
 * A driver answers: c-ares, which asks real resolvers over UDP and TCP; tests
 * have one that reads a zone file.  Answers are cached for as long as they
 * allow, negative ones too (RFC 2308), in a cache of bounded size shared by all
 * threads.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns;

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
	DNS_CAA = 257,
};

struct dns_record {
	struct ip ip;        /* A, AAAA */
	unsigned preference; /* MX */
	const char *name;    /* CNAME, MX, PTR: lower case, no dot at the end;
				"" is the root, the null MX of RFC 7505 */
	const char *text;    /* TXT: all strings of the record joined; TLSA,
				CAA: the rdata, as RFC 6698 2.1 and RFC 8659
				4.1 have it; may hold NULs */
	size_t text_len;
};

/* The caller sets name, type, deadline and resolver; dns_ask writes the other
   fields. RC_OK    records, at least one, of the type asked for; CNAMEs
   followed RC_NONE  no such name, or a name without such records RC_TEMP  no
   answer in time, or none that can be used; problem says why RC_PERM  name can
   never be asked: see dns_name_valid */
struct dns_query {
	const char *name;
	enum dns_type type;
	int64_t deadline; /* of this question, where it is sooner than that of
			     dns_ask; 0: none */
	/* Who is asked: 0: the servers for all; from 1 on, those of
	   dns_settings.others.  One that is not there is 0. */
	unsigned resolver;

	enum rc rc;
	bool no_such_name; /* with RC_NONE: the name itself is unknown; an alias
			      is known, wherever it leads */
	/* With DNS_TLSA, which is the only type for which it is asked: the
	   resolver has verified the answer's signatures (AD, RFC 6840 5.7).
	   As true as the way to the resolver is safe. */
	bool authenticated;
	bool cached;
	const char *problem;
	const struct dns_record *records; /* MX: by preference */
	size_t n;
	/* Until when the answer may be kept, of clock_ms; 0: not at all;
	   INT64_MAX: it depends on nobody. */
	int64_t until;
};

#define DNS_SERVERS_MAX 8
#define DNS_OTHERS_MAX  15

struct dns_servers {
	const char *const *items; /* as dns_settings has them; at least one */
	size_t n;
};

struct dns_settings {
	/* "127.0.0.1:53", "[::1]:5353"; the port may be left out.  Without any
	   server those of /etc/resolv.conf are asked. */
	const char *const *servers;
	size_t n_servers;
	/* Who is asked in place of these, where a query says so; each may know
	   another world, and their answers are kept apart. */
	const struct dns_servers *others;
	size_t n_others;
	int64_t timeout_ms;   /* for one question, all tries together */
	size_t cache_answers; /* the cache keeps at most so many; 0: no cache */
};

enum rc dns_open(const struct dns_settings *settings, struct dns **out,
    struct err *err);

void dns_close(struct dns *dns);

/* The servers that a file of the form of resolv.conf(5) names, as dns_settings
   takes them; path NULL: those of /etc/resolv.conf, which dns_open asks if it
   is given none.  At least one, at most DNS_SERVERS_MAX; in the arena. RC_TEMP:
   they cannot be had. */
enum rc dns_servers_of_file(struct arena *a, const char *path,
    const char *const **out, size_t *n, struct err *err);

/* Asks all questions at once and returns when each has its answer, or at
   `deadline` (of clock_ms).  A question without an answer at that time, or at a
   deadline of its own, becomes RC_TEMP.  When several threads ask the same
   question, the first one sends it; the others wait for its answer until their
   own deadlines, and one of them sends it again if the first gives up.  If one
   call asks the same question twice, the later deadline applies.  Answers live
   in the arena.  Any number of threads may ask. */
void dns_ask(struct dns *dns, struct arena *a, struct dns_query *queries,
    size_t n, int64_t deadline);

/* What somebody has made of answers, kept beside them in the same cache: in its
   memory, for all threads, and gone with it. */
struct dns_note {
	const char *bytes;
	size_t len;
	int64_t until; /* of clock_ms: that of the answers; see dns_query */
};

/* Keeps a copy of the note until then, or less long, in place of an older one
   of that name.  The name is the caller's choice; no question finds the note,
   upper and lower case are the same, and one of more than 255 bytes is not
   kept. */
void dns_note_keep(struct dns *dns, const char *name,
    const struct dns_note *note);

/* Copies the note into the arena.  False: there is none any more. */
bool dns_note_find(struct dns *dns, struct arena *a, const char *name,
    struct dns_note *out);

/* True: name has 1 to 253 bytes in labels of 1 to 63 (RFC 1035 2.3.4), all of
   them printable ASCII or space (SPF macros make such names).  A backslash,
   which c-ares would take for an escape, and a dot at the end make it false. */
bool dns_name_valid(const char *name);

/* Is text a server as dns_settings takes it? */
bool dns_server_valid(const char *text);

/* "A", "AAAA", "CAA", "CNAME", "MX", "PTR", "TLSA", "TXT" */
const char *dns_type_name(enum dns_type type);
