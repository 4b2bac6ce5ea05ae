/* SPDX-License-Identifier: MIT */
/*
 * directory - one question to an LDAP directory: who has this address, and
 * where does the mail go?
 *
 * Several servers are the same directory: the first that works is asked.  One
 * that has failed is left alone for DIRECTORY_LEAVE_MS, and then one question
 * tries it while the others go on without it.  A question has one end for all
 * that it takes: the server's name, the connection, TLS, bind and search, at
 * as many servers as there is time for.
 *
 * What the administrator of the machine writes for the tools of OpenLDAP, in
 * ldap.conf(5), .ldaprc and the environment, changes nothing: each option of
 * the library that could come from there is set for each connection, and the
 * socket and TLS are ours.  Referrals are never followed.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "directory/directory_text.h"

#include <stddef.h>
#include <stdint.h>

/* For so long a server that has failed is not asked. */
#define DIRECTORY_LEAVE_MS ((int64_t)5000)

/* Most servers, bytes of one answer, and targets of one account. */
#define DIRECTORY_SERVERS_MAX 16
#define DIRECTORY_ANSWER_MAX  ((size_t)1024 * 1024)
#define DIRECTORY_TARGETS_MAX 20

enum directory_scope {
	DIRECTORY_SUBTREE,
	DIRECTORY_ONE_LEVEL,
	DIRECTORY_ENTRY
};

struct directory_settings {
	const char *const *urls; /* as directory_url_read reads them */
	size_t n_urls;
	const char *base, *filter; /* see directory_text.h */
	enum directory_scope scope;
	const char *const *attributes; /* whose values are targets */
	size_t n_attributes;
	const char *state;            /* the attribute; "": there is none */
	const char *const *suspended; /* its values, in any case */
	size_t n_suspended;
	bool start_tls; /* at ldap:// servers; false: in clear */
	bool verify;    /* false: any server will do */
	const char *ca; /* a file of certificates */
	const char *bind, *password_file; /* "": nobody in particular */
	int64_t timeout_ms;               /* of one question */
	unsigned connections;             /* open at the same time, at most */
};

/* An entry that has the address. */
struct directory_entry {
	const char *const *targets; /* UTF-8 that can be printed, without the
				       "smtp:" before it; perhaps no mailbox */
	size_t n;
	bool suspended;
	const char *note; /* NULL, or what of it is left out and why */
};

/* A line for the log: a server has failed, or is there again (good). */
typedef void directory_say_fn(bool good, const char *line);

struct directory;

/* False: this program was built without the library of LDAP, and every
   question is RC_TEMP. */
extern const bool directory_is_built;

/* Keeps a copy of the settings.  Connects to nobody.  A
   directory belongs to those who have opened or kept it, and is closed by the
   last. */
struct directory *directory_open(const struct directory_settings *settings);
struct directory *directory_keep(struct directory *d);
void directory_close(struct directory *d);
void directory_log_to(struct directory *d, directory_say_fn *say);

/* True: both ask the same servers the same. */
bool directory_same(const struct directory_settings *a,
    const struct directory_settings *b);

/* True: the filter is about whole addresses, so that "@domain" is one too. */
bool directory_finds_addresses(const struct directory *d);

/* Who has the address?  Waits no longer than the time-out of the settings, and
   than ms.  RC_OK: *out, in the arena.  RC_NONE: a server has answered that
   nobody has.  RC_TEMP: nobody knows, as no server could be asked, or several
   entries have the address, or an answer is a referral or is too long. */
enum rc directory_find(struct directory *d, struct arena *a,
    const struct directory_names *names, int64_t ms,
    struct directory_entry *out, struct err *err);

/* Asks the one server, on a connection of its own, whether the base is there
   and whether the filter can be asked for that address.  RC_OK or RC_NONE, as
   directory_find; RC_TEMP: what is wrong. */
enum rc directory_examine(struct directory *d, size_t server,
    const struct directory_names *names, struct err *err);
