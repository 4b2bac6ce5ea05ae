/* SPDX-License-Identifier: MIT */
/*
 * probes_tls - what this host shows in TLS, and what DNS says of that.
 */
#pragma once

#include "probe.h"

struct certificate;

void probe_smtp_certificate(const struct probe_run *run);
void probe_tlsa(const struct probe_run *run);
void probe_caa(const struct probe_run *run);
void probe_mta_sts(const struct probe_run *run);

/* Adds the questions of these rows to those of the first round. */
void probes_tls_ask(const struct probe_run *run);

/* Reports what is wrong with a certificate for that host; where others refuse
   what nobody vouches for, it must be trusted.  Returns whether all is well
   with it; if so it says that, too. */
bool probe_certificate(const struct probe_run *run, const char *what,
    const struct certificate *certificate, const char *host,
    bool must_be_trusted);
