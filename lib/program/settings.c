/* SPDX-License-Identifier: MIT */
#include "program/settings.h"

#include "base/ip.h"
#include "base/memory.h"
#include "base/str.h"
#include "mail/domain.h"
#include "net/listen.h"
#include "net/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const settings_default_path = POSTWARD_CONFIGURATION;
const char *const settings_version = POSTWARD_VERSION;

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const char *
wrong_domain(struct arena *a, const char *value)
{
	const char *domain;

	return domain_read(a, value, &domain, NULL) == RC_OK
		   ? NULL
		   : "expected a domain name";
}

static const char *
wrong_hostname(struct arena *a, const char *value)
{
	return value[0] == '\0' ? NULL : wrong_domain(a, value);
}

static const char *
wrong_listen(struct arena *a, const char *value)
{
	(void)a;
	return listen_wrong(value);
}

static const char *
wrong_milter_listen(struct arena *a, const char *value)
{
	(void)a;
	return str_starts(value, "systemd:")
		   ? "expected unix:/PATH or inet:ADDRESS:PORT; libmilter "
		     "takes no socket from systemd"
		   : listen_wrong(value);
}

static const char *
wrong_store(struct arena *a, const char *value)
{
	(void)a;
	return store_url_wrong(value);
}

static const char *
wrong_file(struct arena *a, const char *value)
{
	(void)a;
	return value[0] == '/' ? NULL : "expected \"/path/to/file\"";
}

static const char *
wrong_server(struct arena *a, const char *value)
{
	(void)a;
	return dns_server_valid(value)
		   ? NULL
		   : "expected an address with or without a port, such as "
		     "\"127.0.0.1:53\" or \"[::1]:53\"";
}

static const char *
wrong_codes(struct arena *a, const char *value)
{
	struct dns_list_codes codes;

	(void)a;
	return dns_list_codes_read(value, &codes)
		   ? NULL
		   : "expected an address in 127.0.0.0/8 or a range, such as "
		     "\"127.0.0.2-127.0.0.11\"";
}

static const char *
wrong_network(struct arena *a, const char *value)
{
	struct ip_net net;

	(void)a;
	return ip_net_parse(value, &net) ? NULL
					 : "expected an address or a network, "
					   "such as \"192.0.2.0/24\", "
					   "with no bits set past its length";
}

static const char *
wrong_sender(struct arena *a, const char *value)
{
	struct address address;

	if (strchr(value, '@') == NULL)
		return wrong_domain(a, value);
	return address_read(a, value, &address, NULL) == RC_OK
		   ? NULL
		   : "expected a domain or an address";
}

static const char *
wrong_spf_action(struct arena *a, const char *value)
{
	struct check_settings settings;

	(void)a;
	return settings_spf_action(value, &settings)
		   ? NULL
		   : "expected accept, reject, defer or a number of points "
		     "from "
		     "-1000 to 1000";
}

static const char *
wrong_name_part(struct arena *a, const char *value)
{
	static const char *const names[] = {"reverse-client", "helo", "sender"};

	(void)a;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(value, names[i]) == 0)
			return NULL;
	return "expected \"reverse-client\", \"helo\" or \"sender\"";
}

static const char *
wrong_delimiter(struct arena *a, const char *value)
{
	(void)a;
	if (value[0] == '\0' ||
	    (value[1] == '\0' && strchr("@.\"<> ", value[0]) == NULL))
		return NULL;
	return "expected one character, such as \"+\", or \"\" for none";
}

static const char *const log_targets[] = {"syslog", "stderr", NULL};
static const char *const log_levels[] = {
    "error", "warn", "info", "debug", NULL};
static const char *const log_formats[] = {"text", "json", NULL};
static const char *const actions[] = {"reject", "defer", "score", "off", NULL};
static const char *const modes[] = {"enforce", "shadow", NULL};
static const char *const temp_answers[] = {"accept", "defer", NULL};
static const char *const check_titles[] = {"recipient", "helo_syntax",
    "helo_self", "helo_unknown", "sender_unknown", "sender_null_mx", "spf",
    NULL};

/* clang-format off */
static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = "", .wrong = wrong_hostname},
    {"", "domains", CONFIG_LIST, .def = "", .wrong = wrong_domain},
    {"", "recipient-delimiter", CONFIG_TEXT, .def = "+",
	.wrong = wrong_delimiter},
    {"", "home-forwards", CONFIG_YES_NO, .def = "no"},
    {"", "forward-cache", CONFIG_DURATION, .def = "60s", .high = HOUR},
    {"", "forward-stale", CONFIG_DURATION, .def = "1h", .high = 7 * 24 * HOUR},
    {"log", "to", CONFIG_CHOICE, .def = "syslog", .choices = log_targets},
    {"log", "level", CONFIG_CHOICE, .def = "info", .choices = log_levels},
    {"log", "format", CONFIG_CHOICE, .def = "text", .choices = log_formats},
    {"resolver", "servers", CONFIG_LIST, .def = "", .wrong = wrong_server},
    {"resolver", "timeout", CONFIG_DURATION, .def = "5s", .low = 100,
	.high = MINUTE},
    {"resolver", "cache", CONFIG_NUMBER, .def = "100000", .low = 0,
	.high = 10000000},
    {"store", "url", CONFIG_TEXT, .wrong = wrong_store,
	.def = "sqlite:/var/lib/postward/postward.db"},
    {"store", "password-file", CONFIG_TEXT, .def = ""},
    {"srs", "domain", CONFIG_LIST, .def = "", .wrong = wrong_domain},
    {"srs", "secrets-file", CONFIG_TEXT, .def = POSTWARD_SECRETS,
	.wrong = wrong_file},
    {"srs", "max-age", CONFIG_DURATION, .def = "21d", .low = DAY,
	.high = SRS_AGE_MOST * DAY},
    {"policyd", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/policyd", .wrong = wrong_listen},
    {"policyd", "group", CONFIG_TEXT, .def = "postfix"},
    {"policyd", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000},
    {"policyd", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE},
    {"forwarder", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/forwarder", .wrong = wrong_listen},
    {"forwarder", "group", CONFIG_TEXT, .def = "postfix"},
    {"forwarder", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000},
    {"forwarder", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE},
    {"milter", "listen", CONFIG_TEXT,
	.def = "unix:/var/spool/postfix/postward/milter",
	.wrong = wrong_milter_listen},
    {"milter", "group", CONFIG_TEXT, .def = "postfix"},
    {"milter", "enforce", CONFIG_YES_NO, .def = "no"},
    {"milter", "split-mixed", CONFIG_YES_NO, .def = "no"},
    {"milter", "hide-targets", CONFIG_YES_NO, .def = "no"},
    {"milter", "hop-limit", CONFIG_NUMBER, .def = "50", .low = 1, .high = 1000},
    {"policy", "reject-at", CONFIG_NUMBER, .def = "10", .low = 1,
	.high = 100000},
    {"policy", "deadline", CONFIG_DURATION, .def = "10s", .low = 100,
	.high = 5 * MINUTE},
    {"check", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true, .titles = check_titles},
    {"check", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"check", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"check", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"dnsbl", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true},
    {"dnsbl", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"dnsbl", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"dnsbl", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"dnsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.0.254",
	.wrong = wrong_codes},
    {"rhsbl", "action", CONFIG_CHOICE, .def = "reject", .choices = actions,
	.titled = true},
    {"rhsbl", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes},
    {"rhsbl", "points", CONFIG_NUMBER, .def = "5", .low = -1000, .high = 1000},
    {"rhsbl", "on-temp-error", CONFIG_CHOICE, .def = "accept",
	.choices = temp_answers},
    {"rhsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.1.254",
	.wrong = wrong_codes},
    {"rhsbl", "of", CONFIG_LIST, .def = "reverse-client,helo,sender",
	.wrong = wrong_name_part},
    {"spf", "softfail", CONFIG_TEXT, .def = "3", .wrong = wrong_spf_action},
    {"spf", "neutral", CONFIG_TEXT, .def = "0", .wrong = wrong_spf_action},
    {"spf", "none", CONFIG_TEXT, .def = "0", .wrong = wrong_spf_action},
    {"spf", "permerror", CONFIG_TEXT, .def = "3", .wrong = wrong_spf_action},
    {"spf", "helo", CONFIG_YES_NO, .def = "yes"},
    {"spf", "header", CONFIG_YES_NO, .def = "yes"},
    {"spf-domain", "fail", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action, .titled = true},
    {"spf-domain", "softfail", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action},
    {"spf-domain", "neutral", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action},
    {"spf-domain", "none", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action},
    {"spf-domain", "permerror", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action},
    {"spf-domain", "temperror", CONFIG_TEXT, .def = "",
	.wrong = wrong_spf_action},
    {"allow", "clients", CONFIG_LIST, .def = "", .wrong = wrong_network},
    {"allow", "senders", CONFIG_LIST, .def = "", .wrong = wrong_sender},
    {"allow", "helos", CONFIG_LIST, .def = "", .wrong = wrong_domain},
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
	s->store_url = config_text(c, "store", NULL, "url");
	s->store_password_file = config_text(c, "store", NULL, "password-file");
	s->policyd = read_service(c, "policyd");
	s->forwarder = read_service(c, "forwarder");
	s->milter = (struct milter_settings){
	    .listen = config_text(c, "milter", NULL, "listen"),
	    .group = config_text(c, "milter", NULL, "group"),
	    .enforce = config_flag(c, "milter", NULL, "enforce"),
	    .split_mixed = config_flag(c, "milter", NULL, "split-mixed"),
	    .hide_targets = config_flag(c, "milter", NULL, "hide-targets"),
	    .hop_limit =
		(unsigned)config_number(c, "milter", NULL, "hop-limit"),
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

		if (n < 1 || n > SERVER_ADDRESSES_MOST)
			return err_set(err, RC_PERM,
			    "%s: %s.listen: expected 1 to %d addresses", path,
			    services[i].name, SERVER_ADDRESSES_MOST);
	}
	if (s->resolver.n_servers > DNS_SERVERS_MOST)
		return err_set(err, RC_PERM,
		    "%s: resolver.servers: expected at most %d", path,
		    DNS_SERVERS_MOST);
	return RC_OK;
}

enum rc
settings_open(const char *path, struct settings **out, struct err *err)
{
	struct settings *s = memory_zeroed(1, sizeof(*s));
	enum rc rc;

	*out = NULL;
	s->arena = arena_new();
	rc = config_open(path, keys, sizeof(keys) / sizeof(*keys), &s->config,
	    err);
	if (rc == RC_OK) {
		read_programs(s);
		rc = settings_read_policy(s, path, err);
	}
	if (rc == RC_OK)
		settings_read_srs(s);
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
	enum rc rc = store_open(s->store_url, out, err);

	if (rc == RC_OK)
		store_set_password_file(*out, s->store_password_file);
	return rc;
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
