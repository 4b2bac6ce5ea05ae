/* SPDX-License-Identifier: MIT */
/*
 * check - the table of checks.  A check asks its DNS questions first, all
 * checks together, and reads the answers afterwards.
 */
#pragma once

#include "auth/spf.h"
#include "forwarding/forwards.h"
#include "forwarding/return_path.h"
#include "policy/dns_list.h"
#include "policy/facts.h"
#include "policy/finding.h"
#include "policy/queries.h"
#include "policy/transaction.h"

/* In the order in which they are judged and, among equals, win. */
enum check_id {
	CHECK_SRS_SENDER,
	CHECK_RECIPIENT,
	CHECK_HELO_SYNTAX,
	CHECK_HELO_SELF,
	CHECK_HELO_UNKNOWN,
	CHECK_SENDER_SYNTAX,
	CHECK_SENDER_UNKNOWN,
	CHECK_SENDER_NULL_MX,
	CHECK_SPF,
	CHECK_SENDER_OURS,
	CHECK_DNSBL,
	CHECK_RHSBL,
	CHECKS,
};

/* What each result of SPF leads to. */
struct spf_rules {
	const char *domain; /* of the sender, and all below; NULL: any */
	struct check_settings of[SPF_VERDICTS];
};

struct policy_settings {
	const char *hostname; /* as domain_read gives it */
	struct forwards_settings forwards;
	struct return_path_settings sender;
	/* Whose mail SRS addresses take besides what RFC 5321 has bounces come
	   from: addresses, and local parts at any domain. */
	const char *const *bounce_senders;
	size_t n_bounce_senders;
	int reject_at;
	int64_t deadline_ms;
	int64_t list_deadline_ms; /* a list slower than that is suspended */
	struct check_settings checks[CHECKS]; /* lists have their own */
	struct dns_list *lists;
	size_t n_lists;
	struct {
		const struct spf_rules *rules; /* the first that fits counts;
						  the last fits any */
		bool helo;   /* check HELO too, before MAIL FROM */
		bool header; /* add Received-SPF */
	} spf;
	struct {
		const struct ip_net *clients;
		size_t n_clients;
		/* one address, as address_key gives it, or a domain and all
		   below it */
		const char *const *senders;
		size_t n_senders;
		const char *const *helos; /* a host, or a domain and below */
		size_t n_helos;
	} allow;
};

/* One request on its way through the checks. */
struct check_run {
	const struct policy_settings *settings;
	const struct facts *facts;
	struct store *store;
	struct forwards_cache *forwards; /* NULL: the store is asked */
	struct dns *dns;
	const struct spf *spf;
	struct srs_tries *tries; /* NULL: nothing is counted */
	const char *trusted;     /* why nearly nothing is checked, or NULL */
	int64_t deadline;
	struct arena *arena;
	struct transaction *transaction;
	struct queries queries;
	void *asked[CHECKS]; /* what each check keeps from ask to judge */
	struct finding *findings;
	size_t n_findings, findings_room;
	/* For the operator, or NULL. */
	const char *trouble; /* the store is ill: an error */
	const char **notes;  /* lists that were suspended: said once */
	size_t n_notes;
};

struct check {
	const char *name;
	struct check_settings def; /* what no configuration changes */
	bool exempts_roles; /* postmaster and abuse are never refused for it */
	/* Also asked of clients that are authenticated or on an allow list? */
	bool applies_to_trusted;
	/* Are there facts enough for it at this step? */
	bool (*applies)(const struct check_run *run);
	void (*ask)(struct check_run *run); /* NULL: needs no DNS */
	void (*judge)(struct check_run *run);
};

extern const struct check checks[CHECKS];

/* One finding about checks[id], with its settings; a check that hits writes
   its own reply over the one that defers. */
struct finding *check_found(struct check_run *run, enum check_id id,
    enum finding_outcome outcome, const char *why);
