/* SPDX-License-Identifier: MIT */
/*
 * settings - postward.conf, read and understood: one file for all programs.
 *
 * A file is taken whole or refused.  Settings never change after they are read,
 * so that threads may share them.
 */
#pragma once

#include "base/config.h"
#include "base/log.h"
#include "forwarding/author_address.h"
#include "forwarding/forwards.h"
#include "forwarding/return_path.h"
#include "members/provision.h"
#include "members/registration.h"
#include "members/sign_in.h"
#include "net/dns.h"
#include "outbox/outbox.h"
#include "policy/check.h"
#include "program/signing_keys.h"
#include "targets/target_rules.h"

/* Where a program listens for Postfix, and for how many connections. */
struct service_settings {
	struct config_list listen; /* as listen.h reads them */
	const char *group;
	unsigned max_connections;
	int64_t deadline_ms; /* to receive, answer and send one request */
};

/* libmilter listens at one place, and has as many threads as connections. */
struct milter_settings {
	const char *listen, *group;
	bool enforce;      /* run the checks of policyd at RCPT */
	bool split_mixed;  /* one envelope sender for all recipients */
	bool hide_targets; /* in notifications about forwarded mail */
	bool holds;        /* some of what is forwarded may be held */
};

enum mailer_tls {
	MAILER_TLS_NONE,
	MAILER_TLS_STARTTLS, /* or nothing is sent; any certificate */
	MAILER_TLS_VERIFY    /* a certificate for that host */
};

struct mailer_settings {
	const char *smtp; /* URL, with smtps:// TLS from the first byte */
	enum mailer_tls tls;
	const char *user, *password_file; /* "": no authentication */
	const char *from, *from_domain;   /* as address_text gives them */
	const char *templates;            /* folder */
	int64_t timeout_ms;               /* of one message */
	struct outbox_settings outbox;
};

struct signup_settings {
	const char *listen; /* as listen.h reads it */
	const char *title;  /* of the pages and of mail */
	const char *url;    /* where the public finds the form; "": unknown */
	const struct ip_net *proxies; /* whose X-Forwarded-For counts */
	size_t n_proxies;
	unsigned posts; /* how many a client may send in an hour */
	unsigned max_connections;
};

/* What is kept of decisions (decision_keeper.h). */
struct decisions_settings {
	int64_t keep_ms;  /* 0: nothing is kept */
	unsigned per_day; /* rows of 24 hours, in all */
};

struct settings {
	const char *program; /* for which they are read; NULL: postward(1) */
	struct config *config;
	struct arena *arena;
	struct log_settings log;
	struct dns_settings resolver;
	const char *store_url, *store_password_file;
	const char *hostname;              /* as domain_read gives it */
	struct forwards_settings forwards; /* domains, and where accounts are */
	/* Of postward(1), which asks it about domains; else NULL. */
	struct store *domains_store;
	struct domains *own_domains;
	struct directory_settings directory; /* asked if that names ldap */
	struct return_path_settings return_path;
	struct author_settings authors; /* whose From is rewritten */
	struct service_settings policyd, forwarder;
	struct milter_settings milter;
	struct dkim_settings dkim;
	struct authentication_rules authentication;
	bool arc_seal; /* what is forwarded */
	struct mailer_settings mailer;
	struct target_settings targets; /* that do not take their mail */
	struct decisions_settings decisions;
	struct signup_settings signup;
	struct registration_settings registration;
	struct member_settings member; /* who signs in */
	struct provision_settings provision;
	const char *metrics; /* ADDRESS:PORT; "": no metrics */
	struct policy_settings policy;
	bool
	    shadow; /* policy.mode, for checks that have no mode of their own */
	const char *secrets_file; /* NULL: no SRS is wanted */
	const char *srs_note;     /* NULL, or what is not right about SRS */
	struct keyed_secrets codes, approvals;
	const char *codes_file, *approvals_file;
	const char *codes_note; /* NULL, or what is not right about codes */
	/* NULL, or why the key of a list cannot be read; NULL, or that every
	   user can read the file of one. */
	const char *lists_trouble, *lists_note;
};

/* The file that is read unless -c names another. */
extern const char *const settings_default_path;
extern const char *const settings_version;

/* Reads the file for the administrator's command.  RC_PERM and RC_TEMP are
   those of config_open. */
enum rc settings_open(const char *path, struct settings **out, struct err *err);
/* Reads the file for a program that stays, such as "signup", and of the secrets
   only those that the program needs: its user can read no others.  The name is
   kept, not copied. */
enum rc settings_open_as(const char *program, const char *path,
    struct settings **out, struct err *err);
void settings_free(struct settings *s);

/* Opens the store that the settings name, as store_open does. */
enum rc settings_open_store(const struct settings *s, struct store **out,
    struct err *err);

/* Reads the section secrets; path is that of postward.conf, beside which the
   files are by default.  May be called again when a file was made meanwhile. */
void settings_read_secrets(struct settings *s, const char *path);
