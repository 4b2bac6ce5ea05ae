/* SPDX-License-Identifier: MIT */
/*
 * dns_certificate - what records say of the certificate that Postfix shows.
 */
#pragma once

#include "command.h"
#include "dns_wanted.h"

/* Fills tlsa and issuer where Postfix has a certificate that can be read. */
void dns_certificate_read(const struct invocation *in,
    struct dns_wanted_of *out);
