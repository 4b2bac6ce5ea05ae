/* SPDX-License-Identifier: MIT */
#include "probes_records.h"

#include "dns_records.h"
#include "dns_review.h"
#include "dns_text.h"
#include "forwarder_table.h"

#include "auth/spf.h"
#include "base/clock.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
record_is_of_people(const struct probe_run *run, const char *domain)
{
	const struct dns_wanted_of *of = &run->records->of;

	for (size_t i = 0; i < of->n_domains; i++)
		if (strcmp(of->domains[i], domain) == 0)
			return true;
	return false;
}

/* The one SPF record there is, with this host let in: what else it says is not
   ours to forget. NULL: there is none, or it cannot be mended so. */
static const char *
record_spf_mended(const struct probe_run *run, const struct dns_wanted *w)
{
	const struct dns_query *answer =
	    dns_facts_of(&run->records->judging.facts, w->name, w->type);
	const struct dns_record *last = NULL;
	const char *text;
	size_t n = dns_records_count(answer, dns_text_is_spf, &last);
	size_t version = strlen("v=spf1");

	if (n != 1 || last->text_len > 400)
		return NULL;
	text = last->text;
	if (strlen(text) != last->text_len ||
	    strcmp(str_printable(run->arena, text, last->text_len, SIZE_MAX),
		text) != 0 ||
	    strpbrk(text, "\"\\") != NULL || strstr(text, "+all") != NULL)
		return NULL;
	return arena_printf(run->arena, "v=spf1 a:%s%s", run->records->of.host,
	    text + version);
}

static bool
record_host_lacks_address(const struct dns_review *records)
{
	for (size_t i = 0; i < records->n; i++)
		if (records->all[i].kind == DNS_WANTED_ADDRESS &&
		    (records->judged[i].state == DNS_STATE_WRONG ||
			records->judged[i].state == DNS_STATE_MISSING))
			return true;
	return false;
}

/* The record to set, as a line of a zone.  An SPF record that lets our name in
   is right as soon as the name has our addresses, which are told already. */
static void
record_cure(const struct probe_run *run, const struct dns_wanted *w,
    const struct dns_judged *judged)
{
	const char *value = NULL, *line;

	if ((w->kind == DNS_WANTED_SPF || w->kind == DNS_WANTED_SPF_OF_HOST) &&
	    judged->state == DNS_STATE_WRONG &&
	    record_host_lacks_address(run->records))
		return;
	if (w->kind == DNS_WANTED_SPF && judged->state == DNS_STATE_WRONG &&
	    judged->found != NULL && strstr(judged->found, "permerror") == NULL)
		value = record_spf_mended(run, w);
	line = dns_wanted_line(run->arena, w, value);
	if (line != NULL)
		probe_cure(run, "%s", line);
}

static const char *
record_words(const struct probe_run *run, const struct dns_wanted *w,
    const struct dns_judged *judged)
{
	const char *note =
	    w->note == NULL ? "" : arena_printf(run->arena, " (%s)", w->note);

	switch (judged->state) {
	case DNS_STATE_MISSING:
		return arena_printf(run->arena, "there is none%s%s%s",
		    judged->found == NULL ? "" : "; ",
		    judged->found == NULL ? "" : judged->found, note);
	case DNS_STATE_WRONG:
		return arena_printf(run->arena, "%s%s",
		    judged->found == NULL ? "wrong" : judged->found, note);
	case DNS_STATE_UNKNOWN:
	case DNS_STATE_RIGHT:
	case DNS_STATE_DOUBTFUL:
		break;
	}
	return judged->found == NULL ? "right" : judged->found;
}

/* "MX of remotes.club" */
static const char *
record_what(const struct probe_run *run, const struct dns_wanted *w,
    const char *kind)
{
	const char *name = w->name;

	if (name[0] == '_' && strchr(name, '.') != NULL)
		name = w->kind == DNS_WANTED_TLS_REPORT
			   ? name + strlen("_smtp._tls.")
			   : strchr(name, '.') + 1;
	if (w->kind == DNS_WANTED_PTR)
		name = ip_text(run->arena, w->ip);
	return arena_printf(run->arena, "%s of %s", kind, name);
}

/* A line of what was judged, and its cure. */
static void
record_says(const struct probe_run *run, const struct dns_wanted *w,
    const struct dns_judged *judged, const char *kind)
{
	const char *what = record_what(run, w, kind);
	const char *words = record_words(run, w, judged);

	switch (judged->state) {
	case DNS_STATE_RIGHT:
		probe_saw_of(run, REPORT_OK, what, words);
		return;
	case DNS_STATE_UNKNOWN:
		probe_saw_of(run, REPORT_UNKNOWN, what, words);
		return;
	case DNS_STATE_DOUBTFUL:
		probe_saw_of(run, REPORT_WARNING, what, words);
		if (w->kind == DNS_WANTED_MX || w->kind == DNS_WANTED_ADDRESS)
			record_cure(run, w, judged);
		return;
	case DNS_STATE_WRONG:
	case DNS_STATE_MISSING:
		probe_wrong(run, what, words);
		record_cure(run, w, judged);
		return;
	}
}

typedef bool record_chosen_fn(const struct probe_run *run,
    const struct dns_wanted *wanted);

static void
records_say(const struct probe_run *run, enum dns_wanted_kind kind,
    record_chosen_fn *chosen, const char *words)
{
	const struct dns_review *records = run->records;

	for (size_t i = 0; i < records->n; i++)
		if (records->all[i].kind == kind &&
		    (chosen == NULL || chosen(run, &records->all[i])))
			record_says(run, &records->all[i], &records->judged[i],
			    words);
}

static bool
record_is_theirs(const struct probe_run *run, const struct dns_wanted *w)
{
	return record_is_of_people(run, w->name);
}

static bool
record_is_ours(const struct probe_run *run, const struct dns_wanted *w)
{
	return !record_is_of_people(run, w->name);
}

void
probe_host_address(const struct probe_run *run)
{
	records_say(run, DNS_WANTED_ADDRESS, NULL, "address");
}

void
probe_reverse_name(const struct probe_run *run)
{
	if (run->records->of.n_addresses == 0)
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: no interface has an address that the world "
		    "reaches; name it with --address");
	records_say(run, DNS_WANTED_PTR, NULL, "PTR");
}

void
probe_helo_spf(const struct probe_run *run)
{
	records_say(run, DNS_WANTED_SPF_OF_HOST, NULL, "SPF");
}

void
probe_mx(const struct probe_run *run)
{
	records_say(run, DNS_WANTED_MX, record_is_theirs, "MX");
}

void
probe_dmarc(const struct probe_run *run)
{
	records_say(run, DNS_WANTED_DMARC, NULL, "DMARC");
}

void
probe_tls_report(const struct probe_run *run)
{
	const struct dns_review *records = run->records;

	for (size_t i = 0; i < records->n; i++) {
		const struct dns_wanted *w = &records->all[i];

		if (w->kind != DNS_WANTED_TLS_REPORT)
			continue;
		if (records->judged[i].state == DNS_STATE_MISSING)
			probe_saw_of(run, REPORT_OK,
			    record_what(run, w, "TLS-RPT"),
			    "there is none, which is no harm");
		else
			record_says(run, w, &records->judged[i], "TLS-RPT");
	}
}

/* ---- SPF, and what it says of strangers */

/* The address of nobody (RFC 1122 3.2.1.3): whoever may send from there, all
   the world may. */
static const struct ip nobody = {.version = 4};

static const struct {
	enum report_state state;
	const char *words;
} strangers_words[SPF_VERDICTS] = {
    [SPF_FAIL] = {REPORT_OK, "strangers are refused"},
    [SPF_SOFTFAIL] = {REPORT_WARNING,
	"does not end in -all: other hosts only doubt strangers who send in "
	"its name (ours refuse them, see sender_ours in postward.conf(5)); "
	"name in it the hosts through which members send, then end it in "
	"-all"},
    [SPF_NEUTRAL] = {REPORT_WARNING,
	"says nothing about strangers: other hosts take what they send in its "
	"name (ours refuse it, see sender_ours in postward.conf(5)); name in "
	"it the hosts through which members send, then end it in -all"},
    [SPF_NONE] = {REPORT_WARNING,
	"none: strangers may send in its name, which only scores here (see "
	"sender_ours in postward.conf(5)); publish it, with the hosts through "
	"which members send"},
    [SPF_PASS] = {REPORT_WARNING, "lets all the world send in its name"},
    [SPF_PERMERROR] = {REPORT_WARNING, NULL},
    [SPF_TEMPERROR] = {REPORT_UNKNOWN, NULL},
};

static void
probe_spf_of_strangers(const struct probe_run *run, const struct spf *spf,
    const struct dns_wanted *w)
{
	const struct settings *settings = run->settings;
	const struct spf_request request = {
	    .client = nobody,
	    .helo = settings->hostname,
	    .sender = arena_printf(run->arena, "postmaster@%s", w->name),
	    .receiver = settings->hostname,
	    .deadline = clock_ms() + settings->policy.deadline_ms,
	};
	struct spf_result r;

	spf_check(spf, run->arena, &request, &r);
	probe_saw_of(run, strangers_words[r.verdict].state,
	    record_what(run, w, "SPF"),
	    strangers_words[r.verdict].words != NULL
		? strangers_words[r.verdict].words
		: r.problem);
}

void
probe_spf(const struct probe_run *run)
{
	const struct dns_review *records = run->records;
	struct spf *spf = spf_new(run->dns);

	for (size_t i = 0; i < records->n; i++) {
		const struct dns_wanted *w = &records->all[i];
		const struct dns_judged *judged = &records->judged[i];

		if (w->kind != DNS_WANTED_SPF || !record_is_theirs(run, w))
			continue;
		if (judged->state == DNS_STATE_RIGHT ||
		    judged->state == DNS_STATE_MISSING)
			probe_spf_of_strangers(run, spf, w);
		else
			record_says(run, w, judged, "SPF");
		if (judged->state == DNS_STATE_MISSING)
			record_cure(run, w, judged);
	}
	spf_free(spf);
}

/* ---- domains in which our programs send */

static void
probe_srs_taken(const struct probe_run *run, const char *domain)
{
	const char *what =
	    arena_printf(run->arena, "domain table of %s", domain);
	struct err err;

	switch (forwarder_table_has(run->arena, run->settings, "domain", domain,
	    &err)) {
	case RC_OK:
		probe_saw_of(run, REPORT_OK, what, "the forwarder has it");
		return;
	case RC_NONE:
	case RC_PERM:
		probe_wrong(run, what,
		    "the forwarder does not have it, so that Postfix refuses "
		    "bounces: reload it");
		probe_cure(run, "systemctl reload postward-forwarder");
		return;
	case RC_TEMP:
		probe_saw_of(run, REPORT_UNKNOWN, what,
		    arena_printf(run->arena, "not looked at: %s", err.text));
		return;
	}
}

void
probe_srs_domain(const struct probe_run *run)
{
	const struct srs *srs = run->settings->return_path.srs;

	records_say(run, DNS_WANTED_MX, record_is_ours, "MX");
	records_say(run, DNS_WANTED_SPF, record_is_ours, "SPF");
	for (size_t i = 0; srs != NULL && i < srs->n_domains; i++)
		probe_srs_taken(run, srs->domains[i]);
}

/* ---- IPv6 */

/* connect of UDP sends nothing: it only asks for the way. */
static int
ipv6_route_failure(void)
{
	struct sockaddr_in6 to = {
	    .sin6_family = AF_INET6, .sin6_port = htons(53)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int failed;

	if (fd < 0)
		return errno;
	/* A root server's (RFC 7720): everybody has a way there. */
	inet_pton(AF_INET6, "2001:500:2f::f", &to.sin6_addr);
	failed =
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno;
	close(fd);
	return failed;
}

void
probe_ipv6_route(const struct probe_run *run)
{
	const struct dns_query *q = dns_facts_of(&run->records->judging.facts,
	    run->records->of.host, DNS_AAAA);
	int failed = ipv6_route_failure();

	if (failed == 0)
		probe_saw(run, REPORT_OK, "there is a way out by IPv6");
	else if (q->rc == RC_OK)
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"DNS says that %s has the address %s, but there is no "
			"way out by IPv6 (%s): give it a route, or take the "
			"AAAA record away",
			run->records->of.host,
			ip_text(run->arena, &q->records[0].ip),
			strerror(failed)));
	else
		probe_saw(run, REPORT_OK,
		    "none, and DNS does not say that there is");
}
