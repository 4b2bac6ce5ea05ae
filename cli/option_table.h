/* SPDX-License-Identifier: MIT */
/*
 * option_table - the options of all commands, and what --help says of them.
 */
#pragma once

#include <stdint.h>

enum option_id {
	OPTION_CONFIG,
	OPTION_HELP,
	OPTION_JSON,
	OPTION_RESOLVER,
	OPTION_DNS_TIMEOUT,
	OPTION_CLIENT,
	OPTION_CLIENT_NAME,
	OPTION_REVERSE_NAME,
	OPTION_HELO,
	OPTION_FROM,
	OPTION_TO,
	OPTION_IP,
	OPTION_TRACE,
	OPTION_AT,
	OPTION_MESSAGE,
	OPTION_POSTFIX_CONFIG,
	OPTION_CONFIRMED,
	OPTION_PRINT_CODE,
	OPTION_ALL,
	OPTION_QUIET,
	OPTION_REASON,
	OPTION_GRANTS,
	OPTION_PROGRAM,
	OPTION_USER,
	OPTION_HOST,
	OPTION_FROM_FIELD,
	OPTION_SPF,
	OPTION_DKIM,
	OPTION_SELECTOR,
	OPTION_ED25519,
	OPTION_STOP_SIGNING,
	OPTION_ADDRESS,
	OPTION_LOOK,
	OPTION_STRATEGY,
	OPTION_SINCE,
	OPTION_ONLY,
	OPTION_EXPLAIN,
	OPTION_LIST,
	OPTION_OUTSIDE,
	OPTION_FORMAT,
	OPTION_DOMAIN,
	OPTION_DRY_RUN,
	OPTION_REPLACE,
	OPTION_HOSTNAME,
	OPTION_SRS_DOMAIN,
	OPTION_MAILBOX,
	OPTION_ANSWERS,
	OPTION_ROOT,
	OPTION_NO_START,
	OPTION_POSTFIX,
	OPTION_YES,
	OPTIONS,
};

#define WITH(option)    (UINT64_C(1) << (option))
#define WITH_EVERYWHERE (WITH(OPTION_CONFIG) | WITH(OPTION_HELP))
/* It runs without a configuration, too, and reads it itself. */
#define WITHOUT_SETTINGS (UINT64_C(1) << 63)
#define WITH_DNS         (WITH(OPTION_RESOLVER) | WITH(OPTION_DNS_TIMEOUT))

struct option_row {
	const char *name;  /* of the long form */
	const char *value; /* "FILE"; NULL: it has none */
	const char *help;
	char letter; /* of the short form, or none */
};

extern const struct option_row option_table[OPTIONS];
