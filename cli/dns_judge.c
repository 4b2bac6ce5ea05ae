/* SPDX-License-Identifier: MIT */
#include "dns_judge.h"

#include "auth/dmarc_record.h"
#include "base/clock.h"
#include "base/str.h"

#include <string.h>

const char *
dns_state_name(enum dns_state state)
{
	static const char *const names[] = {
	    "unknown", "right", "wrong", "missing"};

	return names[state];
}

/* ---- what is there */

static const char *
record_text(struct arena *a, enum dns_type type, const struct dns_record *r)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		return ip_text(a, &r->ip);
	case DNS_MX:
		return arena_printf(a, "%u %s.", r->preference, r->name);
	case DNS_PTR:
		return arena_printf(a, "%s.", r->name);
	case DNS_TXT:
		return arena_printf(a, "\"%s\"",
		    str_printable(a, r->text, r->text_len, SIZE_MAX));
	}
	return "";
}

/* begins: of texts those that begin so, or "". */
static const char *
records_text(struct arena *a, const struct dns_query *answer,
    const char *begins)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++) {
		const struct dns_record *r = &answer->records[i];

		if (answer->type == DNS_TXT && !str_starts(r->text, begins))
			continue;
		str_addf(&s, "%s%s", s.len == 0 ? "" : ", ",
		    record_text(a, answer->type, r));
	}
	return s.len == 0 ? NULL : s.text;
}

static struct dns_judged
judged_by_match(struct arena *a, const struct dns_query *answer, bool matches,
    const char *begins)
{
	struct dns_judged judged = {
	    DNS_STATE_RIGHT, records_text(a, answer, begins)};

	if (!matches)
		judged.state =
		    judged.found == NULL ? DNS_STATE_MISSING : DNS_STATE_WRONG;
	return judged;
}

/* ---- by kind */

static bool
has_address(const struct dns_query *answer, const struct ip *wanted)
{
	for (size_t i = 0; i < answer->n; i++)
		if (wanted == NULL || ip_equal(&answer->records[i].ip, wanted))
			return true;
	return false;
}

static bool
has_host(const struct dns_query *answer, const char *host)
{
	for (size_t i = 0; i < answer->n; i++)
		if (strcmp(answer->records[i].name, host) == 0)
			return true;
	return false;
}

static bool
has_text(const struct dns_query *answer, const char *begins)
{
	for (size_t i = 0; i < answer->n; i++)
		if (str_starts(answer->records[i].text, begins))
			return true;
	return false;
}

/* One, and such as receivers can apply. */
static bool
has_dmarc(const struct dns_query *answer)
{
	struct dmarc_record record;
	size_t n = 0;
	bool usable = false;

	for (size_t i = 0; i < answer->n; i++)
		if (dmarc_record_read(answer->records[i].text,
			answer->records[i].text_len, &record)) {
			usable = record.usable;
			n++;
		}
	return n == 1 && usable;
}

static struct dns_judged
judge_dkim(struct arena *a, const struct dns_wanted *wanted,
    const struct dns_query *answer)
{
	static const enum dns_state states[] = {
	    [DKIM_RECORD_UNKNOWN] = DNS_STATE_UNKNOWN,
	    [DKIM_RECORD_SEEN] = DNS_STATE_RIGHT,
	    [DKIM_RECORD_MISSING] = DNS_STATE_MISSING,
	    [DKIM_RECORD_OTHER] = DNS_STATE_WRONG,
	};
	struct dns_judged judged = {DNS_STATE_MISSING, wanted->note};

	if (wanted->key != NULL)
		judged.state = states[dkim_record_judge(a, wanted->key, answer,
		    &judged.found)];
	return judged;
}

/* From each of the host's addresses. */
static struct dns_judged
judge_spf(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	struct dns_judged judged =
	    judged_by_match(a, answer, has_text(answer, "v=spf1"), "v=spf1");
	struct spf_request request = {
	    .helo = j->of->host,
	    .sender = wanted->kind == DNS_WANTED_SPF_OF_HOST
			  ? ""
			  : arena_printf(a, "postmaster@%s", wanted->name),
	    .receiver = j->of->host,
	};
	struct spf_result r;

	for (size_t i = 0;
	     judged.state == DNS_STATE_RIGHT && i < j->of->n_addresses; i++) {
		request.client = j->of->addresses[i];
		request.deadline = clock_ms() + j->timeout_ms;
		spf_check(j->spf, a, &request, &r);
		if (r.verdict == SPF_PASS)
			continue;
		judged.state = r.verdict == SPF_TEMPERROR ? DNS_STATE_UNKNOWN
							  : DNS_STATE_WRONG;
		judged.found = arena_printf(a, "%s: %s for %s%s%s",
		    judged.found, spf_verdict_name(r.verdict),
		    ip_text(a, &request.client), r.problem == NULL ? "" : ": ",
		    r.problem == NULL ? "" : r.problem);
	}
	return judged;
}

struct dns_judged
dns_judge(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	if (answer->rc == RC_TEMP && wanted->kind != DNS_WANTED_DKIM)
		return (struct dns_judged){DNS_STATE_UNKNOWN, answer->problem};
	switch (wanted->kind) {
	case DNS_WANTED_ADDRESS:
		return judged_by_match(a, answer,
		    has_address(answer, wanted->ip), "");
	case DNS_WANTED_PTR:
	case DNS_WANTED_MX:
		return judged_by_match(a, answer, has_host(answer, j->of->host),
		    "");
	case DNS_WANTED_SPF_OF_HOST:
	case DNS_WANTED_SPF:
		return judge_spf(j, a, wanted, answer);
	case DNS_WANTED_DKIM:
		return judge_dkim(a, wanted, answer);
	case DNS_WANTED_DMARC:
		return judged_by_match(a, answer, has_dmarc(answer),
		    "v=DMARC1");
	case DNS_WANTED_TLS_REPORT:
		return judged_by_match(a, answer,
		    has_text(answer, "v=TLSRPTv1"), "v=TLSRPTv1");
	}
	return (struct dns_judged){0};
}
