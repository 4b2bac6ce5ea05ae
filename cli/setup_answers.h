/* SPDX-License-Identifier: MIT */
/*
 * setup_answers - the few questions of `postward setup`: what is asked, what is
 * taken unless somebody says otherwise, which answers will not do; pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are asked: what comes later depends on what came
   before. */
enum setup_key {
	SETUP_DOMAIN,
	SETUP_HOSTNAME,
	SETUP_SRS_DOMAIN,
	SETUP_MAILBOX,
	SETUP_KEYS /* their number */
};

/* Texts as they were given; NULL: not given. */
struct setup_answers {
	const char *text[SETUP_KEYS];
};

/* The same, understood: names as domain_read gives them. */
struct setup_site {
	const char *const *domains; /* the first is the one of postmaster */
	size_t n_domains;
	const char *hostname, *srs_domain, *mailbox;
};

/* "srs-domain", as in a file of answers and, behind "--", as an option. */
const char *setup_key_name(enum setup_key key);

/* The question, as it stands before the default. */
const char *setup_key_question(enum setup_key key);

/* Lines "key = value"; a value may stand in double quotes; empty lines and
   those that begin with "#" say nothing.  name is that of the file, for errors.
   RC_PERM: an unknown key, a key without value or given twice, a NUL. */
enum rc setup_answers_read(struct arena *a, const char *name, const char *text,
    size_t len, struct setup_answers *out, struct err *err);

/* Puts an answer into site, which has those before it.  domain: several may be
   given, apart by blanks or commas.  RC_PERM: it will not do; err is a phrase
   that says why. */
enum rc setup_answer_take(struct arena *a, enum setup_key key, const char *text,
    struct setup_site *site, struct err *err);

/* What is offered, or NULL.  machine: what this machine is called; NULL or a
   name that is none for mail ("localhost.localdomain"): nobody knows. */
const char *setup_answer_default(struct arena *a, enum setup_key key,
    const struct setup_site *site, const char *machine);

/* Is that a name under which the world can know a mail server?  Not so names of
   one's own network, which are offered to nobody. */
bool setup_is_server_name(struct arena *a, const char *name);

/* The main file of configuration, where there is none: conf/site/postward.conf.
 */
extern const char setup_main_configuration[];

/* The file of configuration with these answers. */
const char *setup_configuration(struct arena *a, const struct setup_site *site);
