/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_form.h"
#include "probes_outward.h"
#include "probes_tls.h"

const struct probe outside_probes[] = {
    {"smtp-certificate", NEED_POSTFIX, REPORT_WARNING, probe_smtp_certificate,
	"whether port 25 has TLS, and a certificate for the host's name",
	"mail comes in the clear otherwise, and some do not send it",
	"postward(1), check"},
    {"form-page", NEED_DNS | NEED_RECORDS, REPORT_BROKEN, probe_form_page,
	"whether signup.url has the form, and a certificate that browsers take",
	"newcomers find it there and nowhere else",
	"postward.conf(5), section signup"},
    {"outward", NEED_DNS | NEED_OUTSIDE, REPORT_BROKEN, probe_outward,
	"whether a mail server of a large provider answers at port 25",
	"many who rent out machines close that port", "postward(1), check"},
};

const size_t outside_probes_n =
    sizeof(outside_probes) / sizeof(*outside_probes);
