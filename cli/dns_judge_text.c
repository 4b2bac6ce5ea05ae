/* SPDX-License-Identifier: MIT */
#include "dns_judge_text.h"

#include "dns_records.h"
#include "dns_text.h"

#include "auth/dmarc_record.h"
#include "base/clock.h"
#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

static struct dns_judged
dns_text_judged(struct arena *a, enum dns_state state, const char *records,
    const char *trouble)
{
	return (struct dns_judged){state,
	    trouble == NULL ? records
			    : arena_printf(a, "%s: %s", records, trouble)};
}

/* ---- SPF */

/* The address of nobody (RFC 1122 3.2.1.3): whoever may send from there, all
   the world may. */
static const struct ip nobody = {.version = 4};

static void
dns_check_spf(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct ip *client,
    struct spf_result *out)
{
	int64_t deadline = clock_ms() + j->timeout_ms;
	const struct spf_request request = {
	    .client = *client,
	    .helo = j->of->host,
	    .sender = wanted->kind == DNS_WANTED_SPF_OF_HOST
			  ? ""
			  : arena_printf(a, "postmaster@%s", wanted->name),
	    .receiver = j->of->host,
	    .deadline = deadline < j->deadline ? deadline : j->deadline,
	};

	spf_check(j->spf, a, &request, out);
}

/* NULL: it passes from each of the host's addresses. */
static const char *
dns_spf_trouble(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, bool *unknown)
{
	struct spf_result r;
	size_t n;
	const struct ip *own = dns_judge_addresses(j, a, &n);

	for (size_t i = 0; i < n; i++) {
		dns_check_spf(j, a, wanted, &own[i], &r);
		*unknown = r.verdict == SPF_TEMPERROR;
		if (r.verdict != SPF_PASS)
			return arena_printf(a, "%s for %s%s%s",
			    spf_verdict_name(r.verdict), ip_text(a, &own[i]),
			    r.problem == NULL ? "" : ": ",
			    r.problem == NULL ? "" : r.problem);
	}
	dns_check_spf(j, a, wanted, &nobody, &r);
	return r.verdict == SPF_PASS ? "it lets all the world send in its name"
				     : NULL;
}

struct dns_judged
dns_judge_spf(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	const struct dns_record *last;
	size_t n = dns_records_count(answer, dns_text_is_spf, &last);
	const char *records = dns_records_text(a, answer, dns_text_is_spf);
	bool unknown = false;
	const char *trouble;

	if (n == 0)
		return (struct dns_judged){DNS_STATE_MISSING, NULL};
	if (n > 1)
		return dns_text_judged(a, DNS_STATE_WRONG, records,
		    "there may be one only (RFC 7208 3.2)");
	trouble = dns_spf_trouble(j, a, wanted, &unknown);
	return dns_text_judged(a,
	    trouble == NULL ? DNS_STATE_RIGHT
	    : unknown       ? DNS_STATE_UNKNOWN
			    : DNS_STATE_WRONG,
	    records, trouble);
}

/* ---- DMARC */

static bool
dns_is_dmarc(const char *text, size_t len)
{
	struct dmarc_record record;

	return dmarc_record_read(text, len, &record);
}

/* The question whether `receiver` takes reports about a domain; NULL: it needs
   none, as it is of the same house. */
static const char *
dns_permission_name(struct arena *a, const struct dns_wanted *wanted,
    const char *receiver)
{
	const char *domain = wanted->name + strlen("_dmarc.");
	const char *name;

	if (domain_within(receiver, domain) || domain_within(domain, receiver))
		return NULL;
	name = arena_printf(a, "%s._report._dmarc.%s", domain, receiver);
	return dns_name_valid(name) ? name : NULL;
}

void
dns_judge_add_receivers(struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_record *r = &answer->records[i];
		size_t n;
		const char *const *all =
		    dns_text_dmarc_receivers(a, r->text, r->text_len, &n);

		for (size_t k = 0; k < n; k++) {
			const char *name =
			    dns_permission_name(a, wanted, all[k]);

			if (name != NULL)
				dns_facts_add(&j->facts, a, name, DNS_TXT);
		}
	}
}

/* Domains that share two labels may be of one house: nobody can tell without a
   list of public suffixes. */
static bool
dns_may_be_kin(const char *x, const char *y)
{
	const char *a = strrchr(x, '.'), *b = strrchr(y, '.');

	while (a != NULL && a > x && a[-1] != '.')
		a--;
	while (b != NULL && b > y && b[-1] != '.')
		b--;
	return a != NULL && b != NULL && str_equal_fold(a, b);
}

/* A receiver that has not said that it takes the reports, or NULL. */
static const char *
dns_unwilling_receiver(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_record *record)
{
	size_t n;
	const char *const *all =
	    dns_text_dmarc_receivers(a, record->text, record->text_len, &n);

	for (size_t i = 0; i < n; i++) {
		const char *name = dns_permission_name(a, wanted, all[i]);
		const struct dns_record *last;
		const struct dns_query *q;

		if (name == NULL)
			continue;
		q = dns_facts_of(&j->facts, name, DNS_TXT);
		if (q->rc != RC_TEMP &&
		    dns_records_count(q, dns_is_dmarc, &last) == 0 &&
		    !dns_may_be_kin(wanted->name, all[i]))
			return arena_printf(a,
			    "%s does not say that it takes its reports: %s. "
			    "TXT \"v=DMARC1\" is missing there",
			    all[i], name);
	}
	return NULL;
}

/* Whether DNS has the key is asked elsewhere. */
static bool
dns_is_signed(const struct dns_judging *j, const char *domain)
{
	struct signing_choice choice;

	return signing_keys_find(j->of->keys, domain, &choice, NULL) != RC_NONE;
}

static bool
dns_is_of_people(const struct dns_judging *j, const char *domain)
{
	for (size_t i = 0; i < j->of->n_domains; i++)
		if (strcmp(j->of->domains[i], domain) == 0)
			return true;
	return false;
}

static const char *
dns_dmarc_doubt(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_record *text,
    const struct dmarc_record *record)
{
	const char *domain = wanted->name + strlen("_dmarc.");

	if (record->p >= DMARC_POLICY_QUARANTINE &&
	    dns_is_of_people(j, domain) && !dns_is_signed(j, domain))
		return arena_printf(a,
		    "its mail is to be refused where DMARC fails, and no key "
		    "signs it: what others forward is lost; postward dkim key "
		    "add %s",
		    domain);
	return dns_unwilling_receiver(j, a, wanted, text);
}

struct dns_judged
dns_judge_dmarc(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	const struct dns_record *last = NULL;
	size_t n = dns_records_count(answer, dns_is_dmarc, &last);
	const char *records = dns_records_text(a, answer, dns_is_dmarc);
	const char *near = dns_records_text(a, answer, NULL);
	struct dmarc_record record;
	const char *doubt;

	if (n == 0)
		return (struct dns_judged){
		    near == NULL ? DNS_STATE_MISSING : DNS_STATE_WRONG,
		    near == NULL ? NULL
				 : arena_printf(a, "%s: not v=DMARC1", near)};
	if (n > 1)
		return dns_text_judged(a, DNS_STATE_WRONG, records,
		    "there may be one only: all are passed over");
	dmarc_record_read(last->text, last->text_len, &record);
	if (!record.usable)
		return dns_text_judged(a, DNS_STATE_WRONG, records,
		    "it has no p that is none, quarantine or reject");
	doubt = dns_dmarc_doubt(j, a, wanted, last, &record);
	return dns_text_judged(a,
	    doubt == NULL ? DNS_STATE_RIGHT : DNS_STATE_DOUBTFUL, records,
	    doubt);
}

/* ---- TLS-RPT */

struct dns_judged
dns_judge_tls_report(struct arena *a, const struct dns_query *answer)
{
	const struct dns_record *last;
	size_t n = dns_records_count(answer, dns_text_is_tls_report, &last);
	const char *records =
	    dns_records_text(a, answer, dns_text_is_tls_report);
	const char *trouble;

	if (n == 0)
		return (struct dns_judged){DNS_STATE_MISSING, NULL};
	trouble =
	    n > 1 ? "there may be one only (RFC 8460 3)"
		  : dns_text_tls_report_wrong(a, last->text, last->text_len);
	return dns_text_judged(a,
	    trouble == NULL ? DNS_STATE_RIGHT : DNS_STATE_WRONG, records,
	    trouble);
}
