/* SPDX-License-Identifier: MIT */
#include "probes_tls.h"

#include "caa.h"
#include "certificate.h"
#include "dns_records.h"
#include "dns_review.h"
#include "dns_text.h"
#include "mta_sts.h"
#include "postfix_view.h"
#include "tls_peer.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 10000

static const struct dns_facts *
tls_facts(const struct probe_run *run)
{
	return &run->records->judging.facts;
}

/* ---- port 25 */

/* The service where mail of strangers comes in, or NULL. */
static const struct postfix_service *
smtp_service(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];

		if (strcmp(s->type, "inet") == 0 &&
		    (strcmp(s->command, "postscreen") == 0 ||
			postfix_serves_strangers(view, run->arena, s)))
			return s;
	}
	return NULL;
}

/* Where it listens on this machine: of the service's own name, or of
   inet_interfaces. */
static const char *
smtp_address(const struct probe_run *run, const struct postfix_service *s)
{
	const char *colon = strrchr(s->name, ':');
	const char *interfaces =
	    postfix_text(run->postfix, run->arena, "inet_interfaces");
	size_t len = strcspn(interfaces, ", ");

	if (colon != NULL)
		return arena_copy_bytes(run->arena, s->name,
		    (size_t)(colon - s->name));
	if (len == 0 || str_starts(interfaces, "all") ||
	    str_starts(interfaces, "loopback-only"))
		return "127.0.0.1";
	return strchr(interfaces, ':') == NULL || interfaces[0] == '['
		   ? arena_copy_bytes(run->arena, interfaces, len)
		   : arena_printf(run->arena, "[%.*s]", (int)len, interfaces);
}

static const char *
smtp_url(const struct probe_run *run)
{
	const struct postfix_service *s = smtp_service(run);
	const char *port = s == NULL ? NULL : postfix_service_port(s);

	if (s == NULL)
		return NULL;
	return arena_printf(run->arena, "smtp://%s:%s/%s", smtp_address(run, s),
	    strcmp(port, "smtp") == 0 ? "25" : port, run->settings->hostname);
}

/* What is shown there; to be closed.  RC_NONE: no STARTTLS. */
static enum rc
smtp_certificate(const struct probe_run *run, struct certificate **out,
    struct err *err)
{
	struct tls_question q = {.url = smtp_url(run), .limit_ms = PATIENCE_MS};
	struct tls_peer peer;
	enum rc rc;

	*out = NULL;
	if (q.url == NULL)
		return err_set(err, RC_TEMP,
		    "Postfix does not listen for mail of strangers");
	rc = tls_peer_ask(run->arena, &q, &peer, err);
	return rc == RC_OK ? certificate_open(peer.pems, peer.n_pems, out, err)
			   : rc;
}

static void
smtp_says_clear(const struct probe_run *run)
{
	const char *folder = run->in->options[OPTION_POSTFIX_CONFIG];

	probe_wrong(run, NULL,
	    "Postfix does not offer STARTTLS: mail comes in the clear, and "
	    "some do not send it");
	probe_cure(run, "postfix %s%s tls enable-server",
	    folder == NULL ? "" : "-c ",
	    folder == NULL ? "" : probe_quoted(run, folder));
	probe_cure_reload(run);
}

void
probe_smtp_certificate(const struct probe_run *run)
{
	struct certificate *c;
	struct err err;

	switch (smtp_certificate(run, &c, &err)) {
	case RC_OK:
		probe_certificate(run, NULL, c, run->settings->hostname, false);
		certificate_close(c);
		return;
	case RC_NONE:
		smtp_says_clear(run);
		return;
	case RC_TEMP:
	case RC_PERM:
		probe_saw(run, REPORT_UNKNOWN,
		    arena_printf(run->arena, "not looked at: %s", err.text));
		return;
	}
}

/* ---- TLSA (RFC 7672) */

static const char *
tlsa_name(const struct probe_run *run)
{
	return arena_printf(run->arena, "_25._tcp.%s", run->settings->hostname);
}

static void
tlsa_compare(const struct probe_run *run, const struct certificate *c,
    const struct dns_query *q)
{
	const char *right = certificate_tlsa(c, run->arena);
	size_t usable = 0;

	for (size_t i = 0; i < q->n; i++)
		switch (certificate_fits(c, &q->records[i])) {
		case CERTIFICATE_FITS:
			probe_saw(run, REPORT_OK,
			    "one fits what port 25 shows");
			return;
		case CERTIFICATE_DIFFERS:
			usable++;
			break;
		case CERTIFICATE_NO_RECORD:
			break;
		}
	if (usable == 0)
		probe_saw(run, REPORT_WARNING,
		    "none is of a kind that mail has (RFC 7672 3.1)");
	else
		probe_wrong(run, NULL,
		    "none fits what port 25 shows: hosts that look at it send "
		    "no mail here");
	if (right != NULL)
		probe_cure(run, "%s. TLSA %s", q->name, right);
}

void
probe_tlsa(const struct probe_run *run)
{
	const struct dns_query *q =
	    dns_facts_of(tls_facts(run), tlsa_name(run), DNS_TLSA);
	struct certificate *c;
	struct err err;

	if (q->rc == RC_TEMP) {
		probe_saw(run, REPORT_UNKNOWN, q->problem);
	} else if (q->rc != RC_OK) {
		probe_saw(run, REPORT_OK, "there is none, which is no harm");
	} else if (!q->authenticated) {
		probe_saw(run, REPORT_NOTE,
		    "there is one, but the resolver does not vouch for it: "
		    "nobody looks at it unless the zone is signed, or this "
		    "resolver does not verify");
	} else if (smtp_certificate(run, &c, &err) != RC_OK) {
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"there is one, but what port 25 shows cannot be had: "
			"%s",
			err.text));
	} else {
		tlsa_compare(run, c, q);
		certificate_close(c);
	}
}

/* ---- CAA (RFC 8659) */

/* The records that count: of the name, or the nearest above it. */
static const struct dns_query *
caa_records(const struct probe_run *run, const char *host)
{
	const struct dns_query *q = NULL;

	for (const char *name = host; name != NULL && strchr(name, '.') != NULL;
	     name = strchr(name, '.') + 1) {
		q = dns_facts_of(tls_facts(run), name, DNS_CAA);
		if (q->rc != RC_NONE)
			return q;
	}
	return q;
}

static void
caa_judge(const struct probe_run *run, const struct dns_query *q,
    const char *organization)
{
	const char *issuer = caa_name_of_issuer(organization);

	if (issuer == NULL) {
		probe_saw(run, REPORT_OK,
		    organization == NULL
			? "the certificate is nobody's that CAA speaks of"
			: arena_printf(run->arena,
			      "%s, who has issued the certificate, is not "
			      "known "
			      "here: look yourself",
			      organization));
	} else if (caa_allows(q, issuer)) {
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "%s may issue", issuer));
	} else {
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"%s has issued the certificate, and the records of %s "
			"forbid it to do so again",
			organization, q->name));
		probe_cure(run, "%s. CAA 0 issue \"%s\"", q->name, issuer);
	}
}

void
probe_caa(const struct probe_run *run)
{
	const struct dns_query *q = caa_records(run, run->settings->hostname);
	struct certificate_seen seen;
	struct certificate *c;
	struct err err;

	if (q == NULL || q->rc == RC_NONE) {
		probe_saw(run, REPORT_OK, "there is none: all may issue");
	} else if (q->rc != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN, q->problem);
	} else if (smtp_certificate(run, &c, &err) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_printf(run->arena, "not looked at: %s", err.text));
	} else {
		certificate_look(c, run->arena, run->settings->hostname, &seen);
		caa_judge(run, q, seen.issuer);
		certificate_close(c);
	}
}

/* ---- MTA-STS (RFC 8461) */

static const char *
sts_host(const struct probe_run *run, const char *domain)
{
	return arena_printf(run->arena, "mta-sts.%s", domain);
}

static const char *
sts_record_name(const struct probe_run *run, const char *domain)
{
	return arena_printf(run->arena, "_mta-sts.%s", domain);
}

/* Each of the domain's MX hosts has to be in it. */
static void
sts_compare(const struct probe_run *run, const char *what, const char *domain,
    const struct mta_sts *policy)
{
	const struct dns_query *mx =
	    dns_facts_of(tls_facts(run), domain, DNS_MX);

	for (size_t i = 0; mx->rc == RC_OK && i < mx->n; i++)
		if (policy->mode != MTA_STS_NONE &&
		    !mta_sts_allows(policy, mx->records[i].name)) {
			probe_wrong(run, what,
			    arena_printf(run->arena,
				"the policy (mode %s) does not name %s, which "
				"is an MX: add \"mx: %s\" to the file, then "
				"change the id",
				mta_sts_mode_name(policy->mode),
				mx->records[i].name, mx->records[i].name));
			return;
		}
	if (policy->mode == MTA_STS_ENFORCE && policy->max_age < 86400)
		probe_saw_of(run, REPORT_NOTE, what,
		    arena_printf(run->arena,
			"enforced, but forgotten after %ld seconds",
			policy->max_age));
	else
		probe_saw_of(run, REPORT_OK, what,
		    arena_printf(run->arena, "mode %s, for %ld seconds",
			mta_sts_mode_name(policy->mode), policy->max_age));
}

static void
sts_judge_page(const struct probe_run *run, const char *what,
    const char *domain, const struct tls_peer *peer)
{
	const char *host = sts_host(run, domain);
	struct certificate *c;
	struct mta_sts policy;
	struct err err;

	if (certificate_open(peer->pems, peer->n_pems, &c, &err) == RC_OK) {
		bool well = probe_certificate(run, what, c, host, true);

		certificate_close(c);
		if (!well)
			return;
	}
	if (peer->status != 200) {
		probe_wrong(run, what,
		    arena_printf(run->arena,
			"https://%s/.well-known/mta-sts.txt: status %ld, which "
			"is no policy",
			host, peer->status));
		return;
	}
	if (mta_sts_read(run->arena, peer->page, peer->page_len, &policy,
		&err) != RC_OK)
		probe_wrong(run, what,
		    arena_printf(run->arena,
			"https://%s/.well-known/mta-sts.txt %s", host,
			err.text));
	else
		sts_compare(run, what, domain, &policy);
}

static void
sts_fetch(const struct probe_run *run, const char *what, const char *domain)
{
	const char *host = sts_host(run, domain);
	size_t n;
	const struct ip *addresses =
	    dns_facts_addresses(tls_facts(run), run->arena, host, &n);
	struct tls_question q = {
	    .url = arena_printf(run->arena,
		"https://%s/.well-known/mta-sts.txt", host),
	    .addresses = addresses,
	    .n_addresses = n,
	    .limit_ms = PATIENCE_MS,
	};
	const char *problem = dns_facts_problem(tls_facts(run), host);
	struct tls_peer peer;
	struct err err;

	if (n == 0 && problem != NULL)
		probe_saw_of(run, REPORT_UNKNOWN, what, problem);
	else if (n == 0)
		probe_wrong(run, what,
		    arena_printf(run->arena,
			"%s has no address, so that nobody finds the policy",
			host));
	else if (tls_peer_ask(run->arena, &q, &peer, &err) != RC_OK)
		probe_wrong(run, what,
		    arena_printf(run->arena, "%s cannot be read: %s", q.url,
			err.text));
	else
		sts_judge_page(run, what, domain, &peer);
	if (n == 0 && problem == NULL)
		probe_cure(run, "%s. CNAME %s.", host, run->settings->hostname);
}

static void
probe_mta_sts_of(const struct probe_run *run, const char *domain)
{
	const struct dns_query *q =
	    dns_facts_of(tls_facts(run), sts_record_name(run, domain), DNS_TXT);
	const char *what = arena_printf(run->arena, "MTA-STS of %s", domain);
	const struct dns_record *last = NULL;
	size_t n = dns_records_count(q, dns_text_is_mta_sts, &last);
	const char *trouble;

	if (q->rc == RC_TEMP) {
		probe_saw_of(run, REPORT_UNKNOWN, what, q->problem);
		return;
	}
	if (n == 0) {
		probe_saw_of(run, REPORT_OK, what,
		    "there is none, which is no harm");
		return;
	}
	trouble = n > 1 ? "there is more than one record"
			: dns_text_mta_sts_wrong(run->arena, last->text,
			      last->text_len);
	if (trouble == NULL) {
		sts_fetch(run, what, domain);
		return;
	}
	probe_wrong(run, what,
	    arena_printf(run->arena, "%s: %s",
		dns_records_text(run->arena, q, dns_text_is_mta_sts), trouble));
	probe_cure(run, "%s. TXT \"v=STSv1; id=1\"",
	    sts_record_name(run, domain));
}

void
probe_mta_sts(const struct probe_run *run)
{
	const struct dns_wanted_of *of = &run->records->of;

	for (size_t i = 0; i < of->n_domains; i++)
		probe_mta_sts_of(run, of->domains[i]);
}

/* ---- what is asked */

void
probes_tls_ask(const struct probe_run *run)
{
	struct dns_facts *facts = &run->records->judging.facts;
	const struct dns_wanted_of *of = &run->records->of;

	dns_facts_add(facts, run->arena, tlsa_name(run), DNS_TLSA);
	for (const char *name = run->settings->hostname;
	     name != NULL && strchr(name, '.') != NULL;
	     name = strchr(name, '.') + 1)
		dns_facts_add(facts, run->arena, name, DNS_CAA);
	for (size_t i = 0; i < of->n_domains; i++) {
		dns_facts_add(facts, run->arena,
		    sts_record_name(run, of->domains[i]), DNS_TXT);
		dns_facts_add_addresses(facts, run->arena,
		    sts_host(run, of->domains[i]));
	}
}
