/* SPDX-License-Identifier: MIT */
/*
 * check - the table of checks.  A check asks its DNS questions first, all
 * checks together, and reads the answers afterwards.
 */
#pragma once

#include "auth/authentication.h"
#include "auth/spf.h"
#include "forwarding/author_address.h"
#include "forwarding/forwards.h"
#include "forwarding/return_path.h"
#include "policy/dns_list.h"
#include "policy/facts.h"
#include "policy/fate.h"
#include "policy/finding.h"
#include "policy/greylist.h"
#include "policy/rate.h"

/* The checks in the order in which they are judged and, among equals, win:
   EACH(id, name).  The titled ones are `check "name"` in postward.conf; DNS
   lists have sections of their own, fate has the section forwarding, and nobody
   may turn off header_limit, as the milter keeps no more fields than that, nor
   author_reply, without which anybody could write in a member's name. */
#define CHECKS_TITLED(EACH)                                                    \
	EACH(SRS_SENDER, srs_sender)                                           \
	EACH(RECIPIENT, recipient)                                             \
	EACH(MEMBER_RULE, member_rule)                                         \
	EACH(IPREV, iprev)                                                     \
	EACH(HELO_SYNTAX, helo_syntax)                                         \
	EACH(HELO_SELF, helo_self)                                             \
	EACH(HELO_UNKNOWN, helo_unknown)                                       \
	EACH(SENDER_SYNTAX, sender_syntax)                                     \
	EACH(SENDER_UNKNOWN, sender_unknown)                                   \
	EACH(SENDER_NULL_MX, sender_null_mx)                                   \
	EACH(SPF, spf)                                                         \
	EACH(SENDER_OURS, sender_ours)                                         \
	EACH(LOOP, loop)                                                       \
	EACH(RETURN_PATH, return_path)                                         \
	EACH(FROM_HEADER, from_header)                                         \
	EACH(DKIM, dkim)                                                       \
	EACH(DMARC, dmarc)                                                     \
	EACH(GREYLIST, greylist)                                               \
	EACH(RATE_SENDER, rate_sender)                                         \
	EACH(RATE_MEMBER, rate_member)                                         \
	EACH(RATE_TARGET, rate_target)

#define CHECKS_IN_ORDER(EACH)                                                  \
	CHECKS_TITLED(EACH)                                                    \
	EACH(HEADER_LIMIT, header_limit)                                       \
	EACH(AUTHOR_REPLY, author_reply)                                       \
	EACH(FATE, fate)                                                       \
	EACH(DNSBL, dnsbl)                                                     \
	EACH(RHSBL, rhsbl)

#define CHECK_ID(id, name) CHECK_##id,

enum check_id {
	CHECKS_IN_ORDER(CHECK_ID) CHECKS
};

/* When a check is asked: as soon as facts of its stage are there. */
enum check_stage {
	CHECK_AT_CONNECT,   /* who the client is, and what it says at HELO */
	CHECK_AT_RECIPIENT, /* the envelope */
	CHECK_AT_MESSAGE,   /* all of a message has come (facts_message) */
};

struct spf_rules {
	const char *domain; /* of the sender, and all below; NULL: any */
	struct check_settings of[SPF_VERDICTS];
};

struct policy_settings {
	const char *hostname; /* as domain_read gives it */
	const struct forwards_settings *forwards;
	const struct return_path_settings *return_path;
	const struct author_settings *authors;
	/* Whose mail SRS addresses take besides what RFC 5321 has bounces come
	   from: addresses, and local parts at any domain. */
	const char *const *bounce_senders;
	size_t n_bounce_senders;
	int reject_at;
	unsigned hop_limit; /* more Received fields than that are a loop */
	int64_t deadline_ms;
	int64_t list_deadline_ms; /* a list slower than that is suspended */
	struct check_settings checks[CHECKS]; /* lists have their own */
	/* What these find does not count where the member lets the sender pass
	   (forwarding/sender_rules.h). */
	bool may_pass[CHECKS];
	bool shadow; /* all are in shadow mode (policy.mode) */
	/* What members may switch off; and on, if it is not for others. */
	bool may_switch[CHECKS], may_switch_on[CHECKS];
	struct dns_list *lists;
	size_t n_lists;
	struct {
		const struct spf_rules *rules; /* the first that fits counts;
						  the last fits any */
		bool helo;   /* check HELO too, before MAIL FROM */
		bool header; /* add Received-SPF */
	} spf;
	struct fate_settings fate;
	struct greylist_settings greylist;
	struct rate_limit rates[RATES];
	/* Mailing lists whose mail may fail DMARC. */
	const char *const *trusted_lists;
	size_t n_trusted_lists;
	struct {
		const struct ip_net *clients;
		size_t n_clients;
		/* as address_key gives it, or a domain and all below it */
		const char *const *senders;
		size_t n_senders;
		const char *const *helos; /* a host, or a domain and below */
		size_t n_helos;
	} allow;
};

struct check_run; /* one request on its way through the checks */

struct check {
	enum check_stage stage;
	struct check_settings def; /* what no configuration changes */
	bool exempts_roles; /* postmaster and abuse are never refused for it */
	/* Also asked of clients that are authenticated or on an allow list? */
	bool applies_to_trusted;
	/* Only asked when nothing else is against the mail. */
	bool is_last;
	/* Are there facts enough for it at this step? */
	bool (*applies)(const struct check_run *run);
	void (*ask)(struct check_run *run); /* NULL: needs no DNS */
	void (*judge)(struct check_run *run);
};

#define CHECK_DECLARED(id, name) extern const struct check check_##name;
CHECKS_IN_ORDER(CHECK_DECLARED)
extern const struct check *const checks[CHECKS];

/* Why a message may be its author's though DMARC fails: somebody who is trusted
   has seen it pass, or is a list that has sent it.  In the arena; NULL: nobody
   says so.  spf NULL: SPF says nothing. */
const char *check_author_vouched(struct arena *a,
    const struct policy_settings *settings,
    const struct authentication_results *results, const struct spf_result *spf);

/* Is what that check finds left to members who let a sender pass? */
bool policy_may_pass(const struct policy_settings *s, const char *check);

/* "spf": in the configuration, in the log, in figures. */
const char *check_name(enum check_id id);
