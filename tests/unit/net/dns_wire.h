/* SPDX-License-Identifier: MIT */
/*
 * dns_wire - builds DNS messages (RFC 1035 4), good and bad, for tests.
 */
#pragma once

#include <arpa/nameser.h>
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WIRE_REPLY    0x8180 /* QR, RD, RA */
#define WIRE_NXDOMAIN (WIRE_REPLY | ns_r_nxdomain)
#define WIRE_TC       0x0200
#define WIRE_AD       0x0020

struct wire {
	unsigned char bytes[NS_MAXMSG];
	size_t len;
};

static inline void
wire_add_16(struct wire *w, unsigned value)
{
	assert(w->len + 2 <= sizeof(w->bytes));
	ns_put16((uint16_t)value, w->bytes + w->len);
	w->len += 2;
}

static inline void
wire_add_32(struct wire *w, uint32_t value)
{
	wire_add_16(w, value >> 16);
	wire_add_16(w, value & 0xffff);
}

static inline void
wire_add_bytes(struct wire *w, const void *bytes, size_t len)
{
	assert(w->len + len <= sizeof(w->bytes));
	memcpy(w->bytes + w->len, bytes, len);
	w->len += len;
}

static inline void
wire_add_name(struct wire *w, const char *name)
{
	unsigned char packed[NS_MAXCDNAME];
	const unsigned char *end = packed;
	int bad = ns_name_pton(name, packed, sizeof(packed)) < 0 ||
		  ns_name_skip(&end, packed + sizeof(packed)) < 0;

	assert(!bad);
	(void)bad;
	wire_add_bytes(w, packed, (size_t)(end - packed));
}

/* A message with that question and nothing else yet. */
static inline void
wire_start(struct wire *w, unsigned id, unsigned flags, const char *name,
    unsigned type)
{
	const unsigned counts[] = {1, 0, 0, 0};

	w->len = 0;
	wire_add_16(w, id);
	wire_add_16(w, flags);
	for (size_t i = 0; i < 4; i++)
		wire_add_16(w, counts[i]);
	wire_add_name(w, name);
	wire_add_16(w, type);
	wire_add_16(w, ns_c_in);
}

/* One record.  A message is changed in order: answer, then authority. */
static inline void
wire_add_record(struct wire *w, ns_sect section, const char *owner,
    unsigned type, uint32_t ttl)
{
	unsigned char *count = w->bytes + 4 + 2 * section;

	ns_put16((uint16_t)(ns_get16(count) + 1), count);
	wire_add_name(w, owner);
	wire_add_16(w, type);
	wire_add_16(w, ns_c_in);
	wire_add_32(w, ttl);
	wire_add_16(w, 0);
}

/* Bytes for the record that was added last. */
static inline void
wire_add_rdata(struct wire *w, const void *rdata, size_t len)
{
	unsigned char *rdlen = w->bytes + w->len - 2;

	ns_put16((uint16_t)len, rdlen);
	wire_add_bytes(w, rdata, len);
}

/* Owner, TTL and address of an A record in the answer section. */
static inline void
wire_add_a(struct wire *w, const char *owner, uint32_t ttl, uint32_t address)
{
	unsigned char rdata[4];

	ns_put32(address, rdata);
	wire_add_record(w, ns_s_an, owner, ns_t_a, ttl);
	wire_add_rdata(w, rdata, sizeof(rdata));
}

/* A record in the answer section that is a name: CNAME, PTR, and, with the
   preference before it, MX. */
static inline void
wire_add_target(struct wire *w, const char *owner, unsigned type, uint32_t ttl,
    const char *target)
{
	struct wire rdata = {.len = 0};

	wire_add_name(&rdata, target);
	wire_add_record(w, ns_s_an, owner, type, ttl);
	wire_add_rdata(w, rdata.bytes, rdata.len);
}

static inline void
wire_add_mx(struct wire *w, const char *owner, unsigned preference,
    const char *target)
{
	struct wire rdata = {.len = 0};

	wire_add_16(&rdata, preference);
	wire_add_name(&rdata, target);
	wire_add_record(w, ns_s_an, owner, ns_t_mx, 300);
	wire_add_rdata(w, rdata.bytes, rdata.len);
}

static inline void
wire_add_soa(struct wire *w, uint32_t ttl, uint32_t minimum)
{
	struct wire rdata = {.len = 0};

	wire_add_name(&rdata, "ns.test");
	wire_add_name(&rdata, "admin.test");
	for (uint32_t i = 1; i <= 4; i++)
		wire_add_32(&rdata, i);
	wire_add_32(&rdata, minimum);
	wire_add_record(w, ns_s_ns, "test", ns_t_soa, ttl);
	wire_add_rdata(w, rdata.bytes, rdata.len);
}
