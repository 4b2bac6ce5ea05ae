/* SPDX-License-Identifier: MIT */
/*
 * dkim - what the commands about keys that mail is signed with have in common.
 */
#pragma once

#include "command.h"
#include "program/signing_keys.h"

#include <cjson/cJSON.h>

/* The keys, and the domain that the first argument names, as domain_read gives
   it; *domain NULL: there is no key of that very name.  The error is told;
   the exit status, EXIT_DONE if there is none. */
struct dkim_keys {
	struct signing_keys *keys; /* to be closed, also after an error */
	const char *name;          /* NULL: no argument */
	struct signing_domain *domain;
};

int dkim_keys_open(struct invocation *in, struct dkim_keys *out);

/* Asks DNS for the records of these keys (domain NULL: of all), so that their
   states are known.  *why: of each that was asked for, in words. */
struct dkim_records {
	struct signing_question *questions; /* see signing_records.h */
	size_t n;
};

enum rc dkim_records_ask(struct invocation *in, const struct dkim_keys *keys,
    struct dkim_records *out, struct err *err);

/* The line of a zone file, or for --json what it consists of. */
enum rc dkim_record_line_of(struct invocation *in, const char *domain,
    const struct signing_file *file, const char **line, struct err *err);
enum rc dkim_record_json(struct invocation *in, const char *domain,
    const struct signing_file *file, cJSON **out, struct err *err);

/* Makes a key of the domain.  RC_NONE: it has one already. */
enum rc dkim_key_ensure(struct invocation *in, const char *domain,
    struct err *err);

/* "RSA" or "Ed25519" */
const char *dkim_kind_name(enum crypto_kind kind);
