/* SPDX-License-Identifier: MIT */
/*
 * signing_keys - the private keys that our mail is signed with, in
 * FOLDER/DOMAIN/SELECTOR.pem.
 *
 * A folder of a domain is a promise: mail of that domain, and of domains below
 * it that have none of their own, is signed or put off, never sent unsigned.
 * So a file that cannot be used is no missing key but trouble: one that is
 * gone, that others than its owner and group may touch, that is no regular
 * file, no key, has a pass phrase, or is of a kind or size that DKIM has not.
 * Links are followed: what counts is what they lead to.  Names may be written
 * as people do (upper case, U-labels); those that begin with a dot, and files
 * that do not end in ".pem", are nobody's.
 *
 * Which of several keys signs is told by signing_domain.h.
 */
#pragma once

#include "program/signing_domain.h"

/* The section dkim: are signatures looked at, and made? */
struct dkim_settings {
	bool verify, sign;
	const char *keys; /* the folder */
};

#define SIGNING_KEYS_DOMAINS_MAX 1000000
/* Of more domains than that, the keys of each are read when mail of it is first
   signed, and what is wrong with them is told then; a start and a reload only
   read the names of the folders. */
#define SIGNING_KEYS_AT_ONCE_MAX 100
/* A program that stays keeps those of so many domains then, and reads those of
   others again when they are needed again. */
#define SIGNING_KEYS_RECENT_MAX 500
#define SIGNING_KEYS_FILES_MAX  50    /* of a domain */
#define SIGNING_KEYS_FILE_MAX   16384 /* bytes */

struct signing_keys;

/* Reads all of them, or of many their names.  A folder that is not there has
   none: RC_OK.  RC_TEMP: it cannot be read, or there is more than the limits in
   it.  What is wrong with one domain is told when it is asked for. */
enum rc signing_keys_open(const char *folder, struct signing_keys **out,
    struct err *err);

/* The same for a program that stays: of many domains there is only a list of 8
   bytes each, which is not read again while the folder is as it was.  `old` is
   what there was before a reload, or NULL; what it has learnt of records of the
   same keys is known. */
enum rc signing_keys_serve(const char *folder, const struct signing_keys *old,
    struct signing_keys **out, struct err *err);

void signing_keys_close(struct signing_keys *keys);

struct signing_key {
	const char *domain, *selector; /* as domain_read gives them */
	const struct private_key *key;
};

/* What a message is signed with: each of them makes a signature. */
struct signing_choice {
	struct signing_key keys[SIGNING_FILES_MAX];
	size_t n;
	const struct signing_domain *of; /* NULL: there is none */
};

/* The nearest domain at or above `domain` (as domain_read gives it) that has a
   folder.  Threads may ask at once.  What is found lives until it is given
   back, or as long as the keys, which may be NULL: there are none.
   RC_OK    at least one
   RC_NONE  nobody promised to sign its mail
   RC_TEMP  there is trouble: put it off */
enum rc signing_keys_find(const struct signing_keys *keys, const char *domain,
    struct signing_choice *out, struct err *err);

/* Whatever was found. */
void signing_keys_give(const struct signing_keys *keys,
    struct signing_choice *choice);

/* Has `domain`, or one above it, a folder? */
bool signing_keys_promised(const struct signing_keys *keys, const char *domain);

/* Those of the domains that are read by now.  Each lives until they are given
   back; the list is the arena's. */
struct signing_domain **signing_keys_take_read(const struct signing_keys *keys,
    struct arena *a, size_t *n);
void signing_keys_give_read(const struct signing_keys *keys,
    struct signing_domain **domains, size_t n);

/* Of signing_keys_open: all of them, by name, of which some may not be read
   (is_read); and that of this very name, which is then, or NULL. */
struct signing_domain *signing_keys_domains(const struct signing_keys *keys,
    size_t *n);
struct signing_domain *signing_keys_domain(const struct signing_keys *keys,
    const char *domain);

/* Reads those that are not read yet. */
void signing_keys_read_all(const struct signing_keys *keys);

typedef void signing_say_fn(const char *line);

/* Says what is in trouble; NULL has none. */
void signing_keys_troubles(const struct signing_keys *keys,
    signing_say_fn *say);

/* Says which domains of `old` have no folder any more, whose mail is then not
   signed; of many, those that were read, and how many there are.  Either may be
   NULL. */
void signing_keys_losses(const struct signing_keys *old,
    const struct signing_keys *next, signing_say_fn *say);
