/* SPDX-License-Identifier: MIT */
/*
 * signing_records - asks DNS for the records of keys that mail is signed with:
 * each server by itself, without a cache, as a record counts once all of them
 * have it.
 */
#pragma once

#include "net/dns.h"
#include "program/signing_keys.h"

/* How long after one question for a record the next is. */
#define SIGNING_RECORDS_AGAIN_MS ((int64_t)60 * 1000)

/* Each of the configured servers or, if none is, of /etc/resolv.conf. */
struct signing_servers {
	struct dns *servers[DNS_SERVERS_MAX];
	size_t n;
};

enum rc signing_servers_open(const struct dns_settings *resolver,
    struct signing_servers *out, struct err *err);
void signing_servers_close(struct signing_servers *servers);

/* domain and file are the caller's, which has a key; the rest is written. */
struct signing_question {
	struct signing_domain *domain;
	struct signing_file *file;

	/* DKIM_RECORD_SEEN if all servers have it; what one of them certainly
	   has instead; else DKIM_RECORD_UNKNOWN. */
	enum dkim_record_state record;
	const char *why; /* NULL if it is seen */
};

/* Waits for each server until timeout_ms are over. */
void signing_records_ask(const struct signing_servers *servers, struct arena *a,
    int64_t timeout_ms, struct signing_question *questions, size_t n);

/* Notes what was found in the files. */
void signing_records_note(const struct signing_question *questions, size_t n);

/* Questions for all keys of a domain; of all that are read by now, which stay
   taken (signing_keys_take_read): domain NULL. */
size_t signing_records_all(const struct signing_keys *keys,
    struct signing_domain *domain, struct arena *a,
    struct signing_question **out);

/* The same for those of n domains that are due: a newer key waits for them to
   be seen. */
size_t signing_records_due(struct signing_domain *const *domains, size_t n,
    struct arena *a, struct signing_question **out);

/* When the next one is due, in clock_ms; INT64_MAX: never. */
int64_t signing_records_next(const struct signing_keys *keys);
