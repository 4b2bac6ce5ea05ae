/* SPDX-License-Identifier: MIT */
/*
 * settings - postward.conf, read and understood: one file for all programs.
 *
 * It is whole and right, or refused.  It never changes: threads may share it.
 */
#pragma once

#include "base/config.h"
#include "base/log.h"
#include "forwarding/forwards.h"
#include "forwarding/return_path.h"
#include "members/provision.h"
#include "members/registration.h"
#include "net/dns.h"
#include "outbox/outbox.h"
#include "policy/check.h"
#include "program/signing_keys.h"

/* Where a program waits for Postfix, and for how many at once. */
struct service_settings {
	struct config_list listen; /* as listen.h reads them */
	const char *group;
	unsigned max_connections;
	int64_t deadline_ms; /* to receive, answer and send one request */
};

/* libmilter waits at one place, and has as many threads as connections. */
struct milter_settings {
	const char *listen, *group;
	bool enforce;      /* run the checks of policyd at RCPT */
	bool split_mixed;  /* one envelope sender for all recipients */
	bool hide_targets; /* in notifications about forwarded mail */
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
	const char *url;    /* where the public finds it; "": unknown */
	const struct ip_net *proxies; /* whose X-Forwarded-For counts */
	size_t n_proxies;
	unsigned posts; /* of a client in an hour, whatever they are */
	unsigned max_connections;
};

struct settings {
	const char *program; /* whose they are; NULL: the command's */
	struct config *config;
	struct arena *arena;
	struct log_settings log;
	struct dns_settings resolver;
	const char *store_url, *store_password_file;
	const char *hostname;              /* as domain_read gives it */
	struct forwards_settings forwards; /* domains, and where accounts are */
	struct return_path_settings return_path;
	struct service_settings policyd, forwarder;
	struct milter_settings milter;
	struct dkim_settings dkim;
	struct mailer_settings mailer;
	struct signup_settings signup;
	struct registration_settings registration;
	struct provision_settings provision;
	const char *metrics; /* ADDRESS:PORT; "": no metrics */
	struct policy_settings policy;
	bool shadow; /* all checks that have no mode of their own */
	const char *secrets_file; /* NULL: no SRS is wanted */
	const char *srs_note;     /* NULL, or what is not right about SRS */
	struct keyed_secrets codes, approvals;
	const char *codes_file, *approvals_file;
	const char *codes_note; /* NULL, or what is not right about codes */
	/* NULL, or why the key of a list cannot be read; that all can. */
	const char *lists_trouble, *lists_note;
};

/* The place of the file, unless -c names another. */
extern const char *const settings_default_path;
extern const char *const settings_version;

/* For the administrator's command.  RC_PERM, RC_TEMP: as config_open. */
enum rc settings_open(const char *path, struct settings **out, struct err *err);
/* For a program that stays, such as "signup", which reads the secrets that it
   needs: its user can read no others.  The name is kept, not copied. */
enum rc settings_open_as(const char *program, const char *path,
    struct settings **out, struct err *err);
void settings_free(struct settings *s);

/* As store_open, of the store that they name. */
enum rc settings_open_store(const struct settings *s, struct store **out,
    struct err *err);

/* hostname, domains and home-forwards. */
enum rc settings_read_site(struct settings *s, const char *path,
    struct err *err);

/* Those names, or addresses at them, in the form in which they are compared. */
const char *const *settings_domains(struct settings *s,
    struct config_list list);

/* The parts of settings_open that concern lib/policy, and in it SPF; see
   settings_policy.c and settings_spf.c. */
enum rc settings_read_policy(struct settings *s, const char *path,
    struct err *err);
enum rc settings_read_spf(struct settings *s, const char *path,
    struct err *err);

/* The files that not every user of ours may read. */
enum settings_secret {
	SETTINGS_SRS,          /* srs.secrets-file */
	SETTINGS_CODES,        /* secrets.codes */
	SETTINGS_APPROVALS,    /* secrets.approvals */
	SETTINGS_LIST_KEYS,    /* key-file of dnsbl and rhsbl */
	SETTINGS_SIGNING_KEYS, /* dkim.keys */
};

/* Does the program need it? */
bool settings_reads(const struct settings *s, enum settings_secret secret);

/* The section secrets, beside the file of that path; once more, when a file was
   made meanwhile. */
void settings_read_secrets(struct settings *s, const char *path);

/* What a list is called, and the key that its zone begins with.  A key that
   cannot be read is in lists_trouble, and refuses no configuration: not every
   user of `postward` may read it. */
enum rc settings_read_list_name(struct settings *s, const char *section,
    const char *title, struct dns_list *list, struct err *err);

/* The title of a section of a list, for errors: without what may be a key. */
const char *settings_shown_list(struct arena *a, const char *title);

/* The section srs, for return_path.  Secrets that are missing or cannot be
   read are in srs_note, and refuse no configuration: `store init` makes them,
   and not every user of `postward` may read them. */
void settings_read_srs(struct settings *s);

/* The sections mailer, signup, provision and metrics, when domains and SRS are
   read (settings_members.c).  RC_PERM: a key lacks another one. */
enum rc settings_read_members(struct settings *s, const char *path,
    struct err *err);

/* What a section says of a check or list over what it does by itself: a key
   that is not given leaves that. */
struct check_settings settings_check(const struct config *c,
    const char *section, const char *title, struct check_settings own);

/* Reads "accept", "reject", "defer" or a number of points; false for anything
   else. */
bool settings_spf_action(const char *text, struct check_settings *out);
