/* SPDX-License-Identifier: MIT */
#include "probes_form.h"

#include "certificate.h"
#include "dns_review.h"
#include "probes_tls.h"
#include "tls_peer.h"

#include "base/str.h"

#include <string.h>

#define PATIENCE_MS 10000

/* Of the field that each form of ours has, whatever its words. */
#define FORM_MARK "name=\"csrf\""

/* "join.remotes.club" of "https://join.remotes.club:8443/x" */
static const char *
form_host(const struct probe_run *run)
{
	const char *url = run->settings->signup.url;
	const char *host = strstr(url, "://");

	if (host == NULL)
		return NULL;
	host += strlen("://");
	return arena_copy_bytes(run->arena, host, strcspn(host, ":/?#"));
}

static void
form_judge_page(const struct probe_run *run, const struct tls_peer *peer)
{
	const char *url = run->settings->signup.url;

	if (peer->status != 200)
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"%s answers with status %ld: does the web server pass "
			"it on to postward-signup?",
			url, peer->status));
	else if (strstr(peer->page, FORM_MARK) == NULL)
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"%s has another page than the form: the web server "
			"does not pass it on to postward-signup",
			url));
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "%s has the form", url));
}

static void
form_judge(const struct probe_run *run, const char *host,
    const struct tls_peer *peer)
{
	struct certificate *c;
	struct err err;

	if (certificate_open(peer->pems, peer->n_pems, &c, &err) == RC_OK) {
		probe_certificate(run, NULL, c, host, true);
		certificate_close(c);
	}
	form_judge_page(run, peer);
}

static void
form_fetch(const struct probe_run *run, const char *host)
{
	size_t n;
	const struct ip *addresses =
	    dns_facts_addresses(&run->records->judging.facts, run->arena, host,
		&n);
	struct tls_question q = {
	    .url = run->settings->signup.url,
	    .addresses = addresses,
	    .n_addresses = n,
	    .follows = true,
	    .limit_ms = PATIENCE_MS,
	};
	struct tls_peer peer;
	struct err err;
	struct ip ip;

	if (n == 0 && !ip_parse(host, &ip)) {
		const char *problem =
		    dns_facts_problem(&run->records->judging.facts, host);

		if (problem != NULL)
			probe_saw(run, REPORT_UNKNOWN, problem);
		else
			probe_wrong(run, NULL,
			    arena_printf(run->arena, "%s has no address",
				host));
		return;
	}
	if (tls_peer_ask(run->arena, &q, &peer, &err) == RC_OK) {
		form_judge(run, host, &peer);
		return;
	}
	probe_wrong(run, NULL,
	    arena_printf(run->arena, "%s cannot be read: %s", q.url, err.text));
	if (strstr(err.text, "onnect") != NULL)
		probe_cure(run, "systemctl restart nginx");
}

void
probe_form_page(const struct probe_run *run)
{
	const char *url = run->settings->signup.url;

	if (url[0] == '\0')
		return;
	if (!str_starts(url, "https://"))
		probe_saw(run, REPORT_NOTE,
		    arena_printf(run->arena,
			"%s: what newcomers type goes there in the clear",
			url));
	else
		form_fetch(run, form_host(run));
}

void
probe_form_ask(const struct probe_run *run)
{
	const char *host = form_host(run);
	struct ip ip;

	if (host != NULL && !ip_parse(host, &ip))
		dns_facts_add_addresses(&run->records->judging.facts,
		    run->arena, host);
}
