/* SPDX-License-Identifier: MIT */
#include "net/private/dns_answer.h"

#include "base/str.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 500

/* A day, and an hour (RFC 2308 5): a longer time to live counts as that. */
#define LONGEST_TTL          ((uint32_t)86400)
#define LONGEST_NEGATIVE_TTL ((uint32_t)3600)

#define GARBLED "a garbled answer from the resolver"

struct reading {
	struct arena *arena;
	ns_msg message;
	enum dns_type type;
	char name[NS_MAXDNAME]; /* the name whose records are looked for */
	struct dns_record *records;
	size_t n, room;
	uint32_t ttl;
};

enum found {
	FOUND_RECORDS,
	FOUND_ALIAS,
	FOUND_NOTHING,
	FOUND_GARBAGE
};

struct dns_answer
dns_answer_failed(const char *problem)
{
	return (struct dns_answer){.rc = RC_TEMP, .problem = problem};
}

static struct dns_answer
answer_refused(struct arena *a, int rcode)
{
	static const char *const names[] = {
	    [ns_r_formerr] = "FORMERR",
	    [ns_r_servfail] = "SERVFAIL",
	    [ns_r_notimpl] = "NOTIMP",
	    [ns_r_refused] = "REFUSED",
	};
	const size_t n = sizeof(names) / sizeof(*names);

	if (rcode >= 0 && (size_t)rcode < n && names[rcode] != NULL)
		return dns_answer_failed(arena_printf(a, "%s from the resolver",
		    names[rcode]));
	return dns_answer_failed(arena_printf(a, "code %d from the resolver",
	    rcode));
}

static void
lower_name(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + ('a' - 'A'));
}

/* Returns the name in the form in which ns_parserr gives owners, so that the
   two compare. */
static bool
canonical_name(const char *text, char out[NS_MAXDNAME])
{
	unsigned char wire[NS_MAXCDNAME];

	if (ns_name_pton(text, wire, sizeof(wire)) < 0 ||
	    ns_name_ntop(wire, out, NS_MAXDNAME) < 0)
		return false;
	if (strcmp(out, ".") == 0)
		out[0] = '\0';
	lower_name(out);
	return true;
}

const char *
dns_answer_name(struct arena *a, const char *text)
{
	char name[NS_MAXDNAME];

	return canonical_name(text, name) ? arena_copy_text(a, name) : NULL;
}

/* Reads a name inside rdata, which it must fill up to the end. */
static bool
name_at(const struct reading *r, const ns_rr *rr, size_t offset,
    char out[NS_MAXDNAME])
{
	size_t len = ns_rr_rdlen(*rr);
	int taken;

	if (offset >= len)
		return false;
	taken =
	    ns_name_uncompress(ns_msg_base(r->message), ns_msg_end(r->message),
		ns_rr_rdata(*rr) + offset, out, NS_MAXDNAME);
	if (taken < 0 || offset + (size_t)taken != len)
		return false;
	if (strcmp(out, ".") == 0)
		out[0] = '\0';
	lower_name(out);
	return true;
}

static bool
read_address_record(const ns_rr *rr, uint8_t version, struct ip *out)
{
	size_t size = version == 4 ? NS_INADDRSZ : NS_IN6ADDRSZ;

	if (ns_rr_rdlen(*rr) != size)
		return false;
	out->version = version;
	memcpy(out->bytes, ns_rr_rdata(*rr), size);
	return true;
}

static bool
read_name_record(struct reading *r, const ns_rr *rr, size_t offset,
    struct dns_record *out)
{
	char name[NS_MAXDNAME];

	if (!name_at(r, rr, offset, name))
		return false;
	out->name = arena_copy_text(r->arena, name);
	return true;
}

/* Joins strings of a length byte each (RFC 1035 3.3.14): the text is never
   longer than the rdata. */
static bool
read_text_record(struct reading *r, const ns_rr *rr, struct dns_record *out)
{
	const unsigned char *rdata = ns_rr_rdata(*rr);
	size_t rdlen = ns_rr_rdlen(*rr);
	char *text = arena_take(r->arena, rdlen + 1);
	size_t len = 0;

	for (size_t i = 0, size; i < rdlen; i += size) {
		size = rdata[i++];
		if (size > rdlen - i)
			return false;
		memcpy(text + len, rdata + i, size);
		len += size;
	}
	out->text = text;
	out->text_len = len;
	return true;
}

static bool
read_record(struct reading *r, const ns_rr *rr, struct dns_record *out)
{
	switch (r->type) {
	case DNS_A:
		return read_address_record(rr, 4, &out->ip);
	case DNS_AAAA:
		return read_address_record(rr, 6, &out->ip);
	case DNS_MX:
		if (!read_name_record(r, rr, NS_INT16SZ, out))
			return false;
		out->preference = ns_get16(ns_rr_rdata(*rr));
		return true;
	case DNS_CNAME:
	case DNS_PTR:
		return read_name_record(r, rr, 0, out);
	case DNS_TXT:
		return read_text_record(r, rr, out);
	case DNS_TLSA:
	case DNS_CAA:
		out->text_len = ns_rr_rdlen(*rr);
		out->text = arena_copy_bytes(r->arena,
		    (const char *)ns_rr_rdata(*rr), out->text_len);
		return true;
	}
	return false;
}

static uint32_t
least_ttl(uint32_t x, uint32_t y)
{
	return x < y ? x : y;
}

static uint32_t
ttl_of(const ns_rr *rr)
{
	/* RFC 2181 8: a TTL with the first bit set counts as 0. */
	return ns_rr_ttl(*rr) > INT32_MAX ? 0 : ns_rr_ttl(*rr);
}

/* Reads the answer section about r->name: its records or, if it has none but is
   an alias, the name to look for instead. */
static enum found
read_answer_section(struct reading *r)
{
	uint32_t alias_ttl = 0;
	char alias[NS_MAXDNAME];
	enum found found = FOUND_NOTHING;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->message, ns_s_an); i++) {
		if (ns_parserr(&r->message, ns_s_an, i, &rr) != 0)
			return FOUND_GARBAGE;
		if (ns_rr_class(rr) != ns_c_in ||
		    !str_equal_fold(rr.name, r->name))
			continue;
		if ((unsigned)ns_rr_type(rr) == r->type && r->n < r->room) {
			if (!read_record(r, &rr, &r->records[r->n++]))
				return FOUND_GARBAGE;
			r->ttl = least_ttl(r->ttl, ttl_of(&rr));
			found = FOUND_RECORDS;
		} else if (ns_rr_type(rr) == ns_t_cname && r->n == 0) {
			if (!name_at(r, &rr, 0, alias))
				return FOUND_GARBAGE;
			alias_ttl = ttl_of(&rr);
			found = FOUND_ALIAS;
		}
	}
	if (found == FOUND_ALIAS) {
		memcpy(r->name, alias, sizeof(alias));
		r->ttl = least_ttl(r->ttl, alias_ttl);
	}
	return found;
}

/* RFC 2308 5: takes the smaller of the SOA's TTL and its MINIMUM, the last
   field; without a SOA the answer must not be cached. */
static uint32_t
negative_ttl(struct reading *r)
{
	const size_t soa_fields = 5 * NS_INT32SZ;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->message, ns_s_ns); i++) {
		size_t rdlen;

		if (ns_parserr(&r->message, ns_s_ns, i, &rr) != 0)
			return 0;
		rdlen = ns_rr_rdlen(rr);
		if (ns_rr_type(rr) == ns_t_soa && rdlen > soa_fields)
			return least_ttl(ttl_of(&rr),
			    (uint32_t)ns_get32(ns_rr_rdata(rr) + rdlen -
					       NS_INT32SZ));
	}
	return 0;
}

static struct dns_answer
negative_answer(struct reading *r, bool no_such_name)
{
	/* If a server was asked to recurse and did not, "no records" only means
	   that the records are elsewhere. */
	if (!no_such_name && !ns_msg_getflag(r->message, ns_f_aa) &&
	    !ns_msg_getflag(r->message, ns_f_ra))
		return dns_answer_failed("the resolver does not recurse");
	return (struct dns_answer){
	    .rc = RC_NONE,
	    .no_such_name = no_such_name,
	    .ttl = least_ttl(least_ttl(r->ttl, negative_ttl(r)),
		LONGEST_NEGATIVE_TTL),
	};
}

static int
by_preference(const void *x, const void *y)
{
	const struct dns_record *a = x, *b = y;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return strcmp(a->name, b->name);
}

static struct dns_answer
positive_answer(struct reading *r)
{
	if (r->type == DNS_MX)
		qsort(r->records, r->n, sizeof(*r->records), by_preference);
	return (struct dns_answer){
	    .rc = RC_OK,
	    .authenticated = ns_msg_getflag(r->message, ns_f_ad) != 0,
	    .records = r->records,
	    .n = r->n,
	    .ttl = least_ttl(r->ttl, LONGEST_TTL),
	};
}

static struct dns_answer
follow_aliases(struct reading *r)
{
	bool no_such_name =
	    ns_msg_getflag(r->message, ns_f_rcode) == ns_r_nxdomain;
	struct dns_answer answer;

	for (unsigned aliases = 0; aliases <= DNS_ALIASES_MAX; aliases++) {
		switch (read_answer_section(r)) {
		case FOUND_RECORDS:
			return no_such_name ? negative_answer(r, true)
					    : positive_answer(r);
		case FOUND_ALIAS:
			break;
		case FOUND_NOTHING:
			answer = negative_answer(r, no_such_name);
			/* RFC 6604 3: the code is about where it leads. */
			answer.no_such_name &= aliases == 0;
			return answer;
		case FOUND_GARBAGE:
			return dns_answer_failed(GARBLED);
		}
	}
	return dns_answer_failed("too long a chain of CNAMEs");
}

static bool
question_is(struct reading *r)
{
	ns_rr rr;

	return ns_msg_count(r->message, ns_s_qd) == 1 &&
	       ns_parserr(&r->message, ns_s_qd, 0, &rr) == 0 &&
	       (unsigned)ns_rr_type(rr) == r->type &&
	       ns_rr_class(rr) == ns_c_in && str_equal_fold(rr.name, r->name);
}

struct dns_answer
dns_answer_read(struct arena *a, const unsigned char *message, size_t len,
    const char *name, enum dns_type type)
{
	struct reading r = {.arena = a, .type = type, .ttl = UINT32_MAX};
	int rcode;

	if (len > NS_MAXMSG ||
	    ns_initparse(message, (int)len, &r.message) != 0 ||
	    !ns_msg_getflag(r.message, ns_f_qr) ||
	    !canonical_name(name, r.name))
		return dns_answer_failed(GARBLED);
	rcode = ns_msg_getflag(r.message, ns_f_rcode);
	if (rcode != ns_r_noerror && rcode != ns_r_nxdomain)
		return answer_refused(a, rcode);
	if (!question_is(&r))
		return dns_answer_failed("an answer to another question");
	if (ns_msg_getflag(r.message, ns_f_tc))
		return dns_answer_failed("a truncated answer over TCP");
	r.room = ns_msg_count(r.message, ns_s_an);
	if (r.room > RECORDS_MAX)
		r.room = RECORDS_MAX;
	r.records = arena_take_array(a, r.room, sizeof(*r.records));
	return follow_aliases(&r);
}

size_t
dns_answer_size(const struct dns_answer *answer)
{
	size_t size = answer->n * sizeof(*answer->records);

	if (answer->problem != NULL)
		size += strlen(answer->problem) + 1;
	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_record *record = &answer->records[i];

		if (record->name != NULL)
			size += strlen(record->name) + 1;
		if (record->text != NULL)
			size += record->text_len + 1;
	}
	return size;
}

/* Copies len bytes and a NUL to *to, and moves *to behind them. */
static const char *
lay_bytes(char **to, const char *bytes, size_t len)
{
	char *copy = *to;

	if (bytes == NULL)
		return NULL;
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	*to += len + 1;
	return copy;
}

static const char *
lay_text(char **to, const char *text)
{
	return text == NULL ? NULL : lay_bytes(to, text, strlen(text));
}

struct dns_answer
dns_answer_copy(const struct dns_answer *answer, void *to)
{
	struct dns_answer copy = *answer;
	struct dns_record *records = to;
	char *texts = (char *)(records + answer->n);

	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_record *record = &answer->records[i];

		records[i] = *record;
		records[i].name = lay_text(&texts, record->name);
		records[i].text =
		    lay_bytes(&texts, record->text, record->text_len);
	}
	copy.records = answer->n > 0 ? records : NULL;
	copy.problem = lay_text(&texts, answer->problem);
	return copy;
}
