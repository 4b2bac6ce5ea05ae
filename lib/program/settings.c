/* SPDX-License-Identifier: MIT */
#include "program/settings.h"

#include "base/memory.h"
#include "net/listen_set.h"
#include "program/settings_wrong.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const settings_default_path = POSTWARD_CONFIGURATION;
const char *const settings_version = POSTWARD_VERSION;

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const char *const log_targets[] = {"syslog", "stderr", NULL};
static const char *const log_levels[] = {
    "error", "warn", "info", "debug", NULL};
static const char *const log_formats[] = {"text", "json", NULL};
static const char *const actions[] = {"reject", "defer", "score", "off", NULL};
static const char *const modes[] = {"enforce", "shadow", NULL};
static const char *const temp_answers[] = {"accept", "defer", NULL};
static const char *const tls_levels[] = {"none", "starttls", "verify", NULL};
#define CHECK_TITLE(id, name) name,
static const char *const check_titles[] = {CHECKS_TITLED(CHECK_TITLE) NULL};

/* clang-format off */
static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = "", .wrong = settings_wrong_hostname},
    {"", "domains", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
    {"", "recipient-delimiter", CONFIG_TEXT, .def = "+",
	.wrong = settings_wrong_delimiter},
    {"", "home-forwards", CONFIG_YES_NO, .def = "no"},
    {"", "forward-cache", CONFIG_DURATION, .def = "60s", .high = HOUR},
    {"", "forward-stale", CONFIG_DURATION, .def = "1h", .high = 7 * 24 * HOUR},
    {"log", "to", CONFIG_CHOICE, .def = "syslog", .choices = log_targets},
    {"log", "level", CONFIG_CHOICE, .def = "info", .choices = log_levels},
    {"log", "format", CONFIG_CHOICE, .def = "text", .choices = log_formats},
    {"resolver", "servers", CONFIG_LIST, .def = "", .wrong = settings_wrong_server},
    {"resolver", "timeout", CONFIG_DURATION, .def = "5s", .low = 100,
	.high = MINUTE},
    {"resolver", "cache", CONFIG_NUMBER, .def = "100000", .low = 0,
	.high = 10000000},
    {"store", "url", CONFIG_TEXT, .wrong = settings_wrong_store,
	.def = "sqlite:/var/lib/postward/postward.db"},
    {"store", "password-file", CONFIG_TEXT, .def = ""},
    {"srs", "domain", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
    {"srs", "secrets-file", CONFIG_TEXT, .def = POSTWARD_SECRETS,
	.wrong = settings_wrong_file},
    {"srs", "max-age", CONFIG_DURATION, .def = "21d", .low = DAY,
	.high = SRS_AGE_MAX * DAY},
    {"srs", "hash-length", CONFIG_NUMBER, .def = "4", .low = SRS_HASH_MIN,
	.high = SRS_HASH_WRITTEN_MAX},
    {"srs", "hash-length-min", CONFIG_NUMBER, .def = "0", .low = 0,
	.high = SRS_HASH_WRITTEN_MAX},
    {"srs", "bounce-senders", CONFIG_LIST, .def = "",
	.wrong = settings_wrong_bounce_sender},
    {"secrets", "codes", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_file},
    {"secrets", "approvals", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_file},
    {"policyd", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/policyd", .wrong = settings_wrong_listen},
    {"policyd", "group", CONFIG_TEXT, .def = "postfix"},
    {"policyd", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000},
    {"policyd", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE},
    {"forwarder", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/forwarder", .wrong = settings_wrong_listen},
    {"forwarder", "group", CONFIG_TEXT, .def = "postfix"},
    {"forwarder", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000},
    {"forwarder", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE},
    {"milter", "listen", CONFIG_TEXT,
	.def = "unix:/var/spool/postfix/postward/milter",
	.wrong = settings_wrong_milter_listen},
    {"milter", "group", CONFIG_TEXT, .def = "postfix"},
    {"milter", "enforce", CONFIG_YES_NO, .def = "no"},
    {"milter", "split-mixed", CONFIG_YES_NO, .def = "no"},
    {"milter", "hide-targets", CONFIG_YES_NO, .def = "no"},
    {"milter", "hop-limit", CONFIG_NUMBER, .def = "50", .low = 1, .high = 1000},
    {"mailer", "smtp", CONFIG_TEXT, .def = "smtp://127.0.0.1:10587",
	.wrong = settings_wrong_smtp},
    {"mailer", "tls", CONFIG_CHOICE, .def = "none", .choices = tls_levels},
    {"mailer", "user", CONFIG_TEXT, .def = ""},
    {"mailer", "password-file", CONFIG_TEXT, .def = ""},
    {"mailer", "from", CONFIG_TEXT, .def = "", .wrong = settings_wrong_mailbox},
    {"mailer", "templates", CONFIG_TEXT, .def = POSTWARD_TEMPLATES,
	.wrong = settings_wrong_file},
    {"mailer", "timeout", CONFIG_DURATION, .def = "60s", .low = SECOND,
	.high = 10 * MINUTE},
    {"mailer", "retry-min", CONFIG_DURATION, .def = "30s", .low = 100,
	.high = HOUR, .old_name = "retry-least"},
    {"mailer", "retry-max", CONFIG_DURATION, .def = "30m", .low = 100,
	.high = DAY, .old_name = "retry-most"},
    {"mailer", "keep", CONFIG_DURATION, .def = "30d", .low = HOUR,
	.high = 365 * DAY},
    {"signup", "listen", CONFIG_TEXT, .def = "127.0.0.1:8080",
	.wrong = settings_wrong_web_listen},
    {"signup", "title", CONFIG_TEXT, .def = ""},
    {"signup", "url", CONFIG_TEXT, .def = "", .wrong = settings_wrong_url},
    {"signup", "domain", CONFIG_TEXT, .def = "", .wrong = settings_wrong_hostname},
    {"signup", "reserved", CONFIG_LIST, .def = ""},
    {"signup", "proxies", CONFIG_LIST, .def = "", .wrong = settings_wrong_network},
    {"signup", "per-client", CONFIG_NUMBER, .def = "5", .low = 1,
	.high = 1000000},
    {"signup", "per-mailbox", CONFIG_NUMBER, .def = "3", .low = 1,
	.high = 1000000},
    {"signup", "per-hour", CONFIG_NUMBER, .def = "100", .low = 1,
	.high = 1000000},
    {"signup", "tries", CONFIG_NUMBER, .def = "30", .low = 1, .high = 1000000},
    {"signup", "store-url", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_store},
    {"signup", "store-password-file", CONFIG_TEXT, .def = ""},
    {"signup", "posts", CONFIG_NUMBER, .def = "120", .low = 1,
	.high = 1000000},
    {"signup", "max-connections", CONFIG_NUMBER, .def = "200", .low = 1,
	.high = 10000},
    {"provision", "command", CONFIG_LIST, .def = ""},
    {"provision", "timeout", CONFIG_DURATION, .def = "60s", .low = SECOND,
	.high = HOUR},
    {"metrics", "listen", CONFIG_TEXT, .def = "", .wrong = settings_wrong_metrics},
    {"policy", "reject-at", CONFIG_NUMBER, .def = "10", .low = 1,
	.high = 100000},
    {"policy", "deadline", CONFIG_DURATION, .def = "10s", .low = 100,
	.high = 5 * MINUTE},
    {"policy", "list-deadline", CONFIG_DURATION, .def = "2s", .low = 100,
	.high = MINUTE},
    {"check", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true, .titles = check_titles},
    {"check", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"check", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"check", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"dnsbl", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true, .title_shown = settings_shown_list},
    {"dnsbl", "name", CONFIG_TEXT, .def = "", .wrong = settings_wrong_list_name},
    {"dnsbl", "key-file", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_key_file},
    {"dnsbl", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"dnsbl", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"dnsbl", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"dnsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.0.254",
	.wrong = settings_wrong_codes},
    {"rhsbl", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true, .title_shown = settings_shown_list},
    {"rhsbl", "name", CONFIG_TEXT, .def = "", .wrong = settings_wrong_list_name},
    {"rhsbl", "key-file", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_key_file},
    {"rhsbl", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"rhsbl", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"rhsbl", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"rhsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.1.254",
	.wrong = settings_wrong_codes},
    {"rhsbl", "of", CONFIG_LIST, .def = "reverse-client,helo,sender",
	.wrong = settings_wrong_name_part},
    {"spf", "softfail", CONFIG_TEXT, .def = "3", .wrong = settings_wrong_spf_action},
    {"spf", "neutral", CONFIG_TEXT, .def = "0", .wrong = settings_wrong_spf_action},
    {"spf", "none", CONFIG_TEXT, .def = "0", .wrong = settings_wrong_spf_action},
    {"spf", "permerror", CONFIG_TEXT, .def = "3", .wrong = settings_wrong_spf_action},
    {"spf", "helo", CONFIG_YES_NO, .def = "yes"},
    {"spf", "header", CONFIG_YES_NO, .def = "yes"},
    {"spf-domain", "fail", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action, .titled = true},
    {"spf-domain", "softfail", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action},
    {"spf-domain", "neutral", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action},
    {"spf-domain", "none", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action},
    {"spf-domain", "permerror", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action},
    {"spf-domain", "temperror", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_spf_action},
    {"allow", "clients", CONFIG_LIST, .def = "", .wrong = settings_wrong_network},
    {"allow", "senders", CONFIG_LIST, .def = "", .wrong = settings_wrong_sender},
    {"allow", "helos", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
};
/* clang-format on */

static struct service_settings
read_service(const struct config *c, const char *section)
{
	return (struct service_settings){
	    .listen = config_list(c, section, NULL, "listen"),
	    .group = config_text(c, section, NULL, "group"),
	    .max_connections =
		(unsigned)config_number(c, section, NULL, "max-connections"),
	    .deadline_ms = config_number(c, section, NULL, "deadline"),
	};
}

/* The web form may be another user of the same database than the others. */
static void
read_store(struct settings *s)
{
	const struct config *c = s->config;
	bool own = s->program != NULL && strcmp(s->program, "signup") == 0 &&
		   config_given(c, "signup", NULL, "store-url");

	s->store_url = own ? config_text(c, "signup", NULL, "store-url")
			   : config_text(c, "store", NULL, "url");
	s->store_password_file =
	    own ? config_text(c, "signup", NULL, "store-password-file")
		: config_text(c, "store", NULL, "password-file");
}

static void
read_programs(struct settings *s)
{
	const struct config *c = s->config;
	struct config_list servers =
	    config_list(c, "resolver", NULL, "servers");

	s->log = (struct log_settings){
	    .to = config_text(c, "log", NULL, "to"),
	    .level = config_text(c, "log", NULL, "level"),
	    .format = config_text(c, "log", NULL, "format"),
	};
	s->resolver = (struct dns_settings){
	    .servers = servers.items,
	    .n_servers = servers.n,
	    .timeout_ms = config_number(c, "resolver", NULL, "timeout"),
	    .cache_answers =
		(size_t)config_number(c, "resolver", NULL, "cache"),
	};
	read_store(s);
	s->policyd = read_service(c, "policyd");
	s->forwarder = read_service(c, "forwarder");
	s->milter = (struct milter_settings){
	    .listen = config_text(c, "milter", NULL, "listen"),
	    .group = config_text(c, "milter", NULL, "group"),
	    .enforce = config_flag(c, "milter", NULL, "enforce"),
	    .split_mixed = config_flag(c, "milter", NULL, "split-mixed"),
	    .hide_targets = config_flag(c, "milter", NULL, "hide-targets"),
	};
}

/* What no value by itself shows to be wrong. */
static enum rc
check_together(const struct settings *s, const char *path, struct err *err)
{
	const struct {
		const char *name;
		const struct service_settings *service;
	} services[] = {
	    {"policyd", &s->policyd},
	    {"forwarder", &s->forwarder},
	};

	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		size_t n = services[i].service->listen.n;

		if (n < 1 || n > LISTEN_SET_MAX)
			return err_set(err, RC_PERM,
			    "%s: %s.listen: expected 1 to %d addresses", path,
			    services[i].name, LISTEN_SET_MAX);
	}
	if (config_number(s->config, "srs", NULL, "hash-length-min") >
	    config_number(s->config, "srs", NULL, "hash-length"))
		return err_set(err, RC_PERM,
		    "%s: srs.hash-length-min: expected at most hash-length",
		    path);
	if (s->resolver.n_servers > DNS_SERVERS_MAX)
		return err_set(err, RC_PERM,
		    "%s: resolver.servers: expected at most %d", path,
		    DNS_SERVERS_MAX);
	return RC_OK;
}

enum rc
settings_open(const char *path, struct settings **out, struct err *err)
{
	return settings_open_as(NULL, path, out, err);
}

enum rc
settings_open_as(const char *program, const char *path, struct settings **out,
    struct err *err)
{
	struct settings *s = memory_zeroed(1, sizeof(*s));
	enum rc rc;

	*out = NULL;
	s->program = program;
	s->arena = arena_new();
	arena_wipe(s->arena);
	rc = config_open(path, keys, sizeof(keys) / sizeof(*keys), &s->config,
	    err);
	if (rc == RC_OK) {
		read_programs(s);
		rc = settings_read_policy(s, path, err);
	}
	if (rc == RC_OK) {
		settings_read_srs(s);
		settings_read_secrets(s, path);
		rc = settings_read_members(s, path, err);
	}
	if (rc == RC_OK)
		rc = check_together(s, path, err);
	if (rc != RC_OK) {
		settings_free(s);
		return rc;
	}
	*out = s;
	return RC_OK;
}

enum rc
settings_open_store(const struct settings *s, struct store **out,
    struct err *err)
{
	return store_open(s->store_url, s->store_password_file, out, err);
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	config_free(s->config);
	arena_free(s->arena);
	free(s);
}
