/* SPDX-License-Identifier: MIT */
/*
 * fuzz_signer - a folder with one key, of example.org, for targets that sign:
 * Ed25519, as it is the cheapest.
 */
#pragma once

#include "program/signing_keys.h"

#define FUZZ_SIGNER_NAME "s1._domainkey.example.org"

/* What DNS has at that name. */
#define FUZZ_SIGNER_RECORD                                                     \
	"k=ed25519; p=8v0uycpKaKkjm++jFa4ZGRW3/T77LsTIfv/3Q4ebdBA="

/* Read once, and then always the same. */
const struct signing_keys *fuzz_signer_keys(void);
