/* SPDX-License-Identifier: MIT */
#include "probes_tls.h"

#include "certificate.h"

#include "base/clock.h"

#define DAY       ((int64_t)24 * 60 * 60)
#define DAYS_LEFT 14 /* who renews by himself does so a month before */

/* Where nobody has to be vouched for, mail comes all the same. */
static void
certificate_wrong(const struct probe_run *run, const char *what, bool matters,
    const char *words)
{
	if (matters)
		probe_wrong(run, what, words);
	else
		probe_saw_of(run, REPORT_WARNING, what, words);
}

/* Returns whether its time is right. */
static bool
certificate_time_says(const struct probe_run *run, const char *what,
    const struct certificate_seen *seen, bool matters)
{
	int64_t now = clock_now();
	long long days = (long long)((seen->ends - now) / DAY);

	if (seen->ends > now + DAYS_LEFT * DAY && seen->starts <= now)
		return true;
	if (seen->starts > now)
		certificate_wrong(run, what, matters,
		    "the certificate does not count yet: is the clock right?");
	else if (seen->ends <= now)
		certificate_wrong(run, what, matters,
		    arena_printf(run->arena,
			"the certificate has expired %lld days ago", -days));
	else
		probe_saw_of(run, REPORT_WARNING, what,
		    arena_printf(run->arena,
			"the certificate expires in %lld days", days));
	if (seen->starts <= now)
		probe_cure(run, "certbot renew");
	return false;
}

/* Returns whether somebody vouches for it, or nobody has to. */
static bool
certificate_trust_says(const struct probe_run *run, const char *what,
    const struct certificate_seen *seen, bool matters)
{
	if (seen->untrusted == NULL)
		return true;
	if (matters)
		probe_wrong(run, what,
		    arena_printf(run->arena,
			"no authority that is known here vouches for the "
			"certificate: %s; does the file have the whole chain?",
			seen->untrusted));
	else
		probe_saw_of(run, REPORT_NOTE, what,
		    seen->self_signed
			? "the certificate is its own authority: mail comes "
			  "encrypted, but nobody knows that it is this host"
			: arena_printf(run->arena,
			      "no authority that is known here vouches for the "
			      "certificate: %s",
			      seen->untrusted));
	return false;
}

bool
probe_certificate(const struct probe_run *run, const char *what,
    const struct certificate *certificate, const char *host, bool matters)
{
	struct certificate_seen seen;
	bool well;

	certificate_look(certificate, run->arena, host, &seen);
	well = certificate_time_says(run, what, &seen, matters);
	if (!seen.names_host) {
		well = false;
		certificate_wrong(run, what, matters,
		    arena_printf(run->arena,
			"the certificate is not for %s; it names %s", host,
			seen.names));
	}
	well &= certificate_trust_says(run, what, &seen, matters);
	if (well)
		probe_saw_of(run, REPORT_OK, what,
		    arena_printf(run->arena,
			"a certificate for %s, by %s, of %lld more days", host,
			seen.issuer == NULL ? "somebody" : seen.issuer,
			(long long)((seen.ends - clock_now()) / DAY)));
	return well;
}
