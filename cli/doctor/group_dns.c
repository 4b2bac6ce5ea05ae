/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_records.h"
#include "probes_resolver.h"
#include "probes_tls.h"

#define RECORDS (NEED_DNS | NEED_RECORDS)

const struct probe dns_probes[] = {
    {"resolver", NEED_RESOLVERS, REPORT_BROKEN, probe_resolver,
	"whether each resolver answers, and is not one for all the world",
	"without answers mail waits, and lists refuse those who ask through a "
	"public resolver",
	"postward.conf(5), section resolver"},
    {"host-address", RECORDS, REPORT_BROKEN, probe_host_address,
	"whether the host's name leads to the addresses of this machine",
	"mail goes where DNS says that the host is", "postward(1), dns"},
    {"reverse-name", RECORDS, REPORT_BROKEN, probe_reverse_name,
	"whether each address has the host's name, and that leads back",
	"many hosts take no mail from an address without a name",
	"postward(1), dns"},
    {"helo-spf", RECORDS, REPORT_WARNING, probe_helo_spf,
	"whether SPF lets this host say its own name in HELO",
	"bounces have no other sender that SPF could look at",
	"postward(1), dns"},
    {"mx", RECORDS, REPORT_BROKEN, probe_mx,
	"whether mail for each of our domains comes to this host",
	"mail for it will not come here otherwise", "postward(1), dns"},
    {"spf", RECORDS, REPORT_WARNING, probe_spf,
	"whether SPF lets this host send in our name, and what it says of "
	"strangers",
	"others refuse what we send, or take what strangers send",
	"postward(1), dns"},
    {"srs-domain", NEED_DNS | NEED_RECORDS, REPORT_BROKEN, probe_srs_domain,
	"whether SPF lets this host send as the domains of SRS and of "
	"rewritten authors, and their mail comes here",
	"all that is forwarded leaves in their name, and bounces come back to "
	"them",
	"postward(1), dns"},
    {"dmarc", RECORDS, REPORT_WARNING, probe_dmarc,
	"whether each domain has one DMARC record that others can apply",
	"without it others judge mail in its name as they like",
	"postward(1), dns"},
    {"tls-report", RECORDS, REPORT_WARNING, probe_tls_report,
	"whether a TLS-RPT record, if there is one, can be read",
	"reports about failed TLS go nowhere otherwise", "postward(1), dns"},
    {"mta-sts", RECORDS, REPORT_BROKEN, probe_mta_sts,
	"whether an MTA-STS policy, if there is one, can be had and names our "
	"MX hosts",
	"who has seen it sends no mail to a host that it does not name",
	"postward(1), check"},
    {"tlsa", RECORDS | NEED_POSTFIX, REPORT_BROKEN, probe_tlsa,
	"whether TLSA records, if there are some, fit what port 25 shows",
	"hosts that look at them send no mail otherwise", "postward(1), check"},
    {"caa", RECORDS | NEED_POSTFIX, REPORT_WARNING, probe_caa,
	"whether CAA records let the certificate be renewed",
	"it expires otherwise", "postward(1), check"},
    {"ipv6-route", RECORDS, REPORT_WARNING, probe_ipv6_route,
	"whether there is a way out by IPv6 where DNS says so",
	"mail by IPv6 waits, or is not answered", "postward(1), dns"},
};

const size_t dns_probes_n = sizeof(dns_probes) / sizeof(*dns_probes);
