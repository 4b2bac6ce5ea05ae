/* SPDX-License-Identifier: MIT */
#include "program/settings.h"

#include "base/memory.h"
#include "forwarding/domains.h"
#include "net/listen_set.h"
#include "program/private/settings_parts.h"
#include "program/private/settings_wrong.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const settings_default_path = POSTWARD_CONFIGURATION;
const char *const settings_version = POSTWARD_VERSION;

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct config_choice log_targets[] = {
    {"syslog", 0}, {"stderr", 0}, {NULL, 0}};
static const struct config_choice log_levels[] = {{"error", LOG_LEVEL_ERROR},
    {"warn", LOG_LEVEL_WARN}, {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG}, {NULL, 0}};
static const struct config_choice log_formats[] = {
    {"text", 0}, {"json", 0}, {NULL, 0}};
static const struct config_choice actions[] = {{"reject", ACTION_REJECT},
    {"defer", ACTION_DEFER}, {"score", ACTION_SCORE}, {"off", ACTION_OFF},
    {NULL, 0}};
static const struct config_choice modes[] = {
    {"enforce", false}, {"shadow", true}, {NULL, 0}};
/* Of a copy that the next host may not take. */
static const struct config_choice fates[] = {{"sign", FATE_SIGN},
    {"reject", FATE_REJECT}, {"hold", FATE_HOLD}, {NULL, 0}};
static const struct config_choice fates_spam[] = {
    {"reject", FATE_REJECT}, {"hold", FATE_HOLD}, {NULL, 0}};
static const struct config_choice fates_spf_only[] = {{"keep", FATE_SIGN},
    {"rewrite", FATE_REWRITE}, {"reject", FATE_REJECT}, {"hold", FATE_HOLD},
    {NULL, 0}};
static const struct config_choice temp_answers[] = {
    {"accept", false}, {"defer", true}, {NULL, 0}};
static const struct config_choice sources[] = {{"store", FORWARDS_STORE},
    {"home", FORWARDS_HOME}, {"ldap", FORWARDS_LDAP}, {NULL, 0}};
static const struct config_choice scopes[] = {{"subtree", DIRECTORY_SUBTREE},
    {"one", DIRECTORY_ONE_LEVEL}, {"base", DIRECTORY_ENTRY}, {NULL, 0}};
static const struct config_choice tls_levels[] = {{"none", MAILER_TLS_NONE},
    {"starttls", MAILER_TLS_STARTTLS}, {"verify", MAILER_TLS_VERIFY},
    {NULL, 0}};
/* What may be left to members: nothing that keeps mail from looping, from going
   where nobody asked for, or from speaking in our own name. */
static const struct config_choice left_to_members[] = {{"iprev", CHECK_IPREV},
    {"helo_syntax", CHECK_HELO_SYNTAX}, {"helo_self", CHECK_HELO_SELF},
    {"helo_unknown", CHECK_HELO_UNKNOWN},
    {"sender_unknown", CHECK_SENDER_UNKNOWN},
    {"sender_null_mx", CHECK_SENDER_NULL_MX}, {"spf", CHECK_SPF},
    {"dkim", CHECK_DKIM}, {"dmarc", CHECK_DMARC}, {"greylist", CHECK_GREYLIST},
    {"dnsbl", CHECK_DNSBL}, {"rhsbl", CHECK_RHSBL}, {NULL, 0}};
static const struct config_choice greylist_places[] = {
    {"recipient", false}, {"message", true}, {NULL, 0}};
#define CHECK_TITLE(id, name) #name,
static const char *const check_titles[] = {CHECKS_TITLED(CHECK_TITLE) NULL};

/* In a row: the member of struct settings to which the value goes.  A key
   without it is read by name. */
#define TO(member)         CONFIG_INTO(struct settings, member)
#define TO_ITEMS(items, n) CONFIG_INTO_ITEMS(struct settings, items, n)
/* The same of struct check_settings.  The check's row in checks[] has the
   default, and the key none. */
#define OF_CHECK(member) CONFIG_INTO(struct check_settings, member)

/* clang-format off */
static const struct config_key keys[] = {
    {"", "include", CONFIG_LIST, .def = "", .includes = true},
    {"", "hostname", CONFIG_TEXT, .def = "", .wrong = settings_wrong_hostname},
    {"", "domains", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
    {"", "recipient-delimiter", CONFIG_TEXT, .def = "+",
	.wrong = settings_wrong_delimiter, TO(forwards.delimiter)},
    {"", "sources", CONFIG_LIST, .def = "store", .choices = sources},
    {"", "home-forwards", CONFIG_YES_NO, .def = "no"},
    {"", "forward-cache", CONFIG_DURATION, .def = "60s", .high = HOUR,
	TO(forwards.cache_ms)},
    {"", "forward-stale", CONFIG_DURATION, .def = "1h", .high = 7 * 24 * HOUR,
	TO(forwards.stale_ms)},
    {"log", "to", CONFIG_CHOICE, .def = "syslog", .choices = log_targets,
	TO(log.to)},
    {"log", "level", CONFIG_CHOICE, .def = "info", .choices = log_levels,
	TO(log.level)},
    {"log", "format", CONFIG_CHOICE, .def = "text", .choices = log_formats,
	TO(log.format)},
    {"resolver", "servers", CONFIG_LIST, .def = "", .wrong = settings_wrong_server,
	TO_ITEMS(resolver.servers, resolver.n_servers)},
    {"resolver", "timeout", CONFIG_DURATION, .def = "5s", .low = 100,
	.high = MINUTE, TO(resolver.timeout_ms)},
    {"resolver", "cache", CONFIG_NUMBER, .def = "100000", .low = 0,
	.high = 10000000, TO(resolver.cache_answers)},
    {"store", "url", CONFIG_TEXT, .wrong = settings_wrong_store,
	.def = "sqlite:/var/lib/postward/postward.db", TO(store_url)},
    {"store", "password-file", CONFIG_FILE, .def = "", TO(store_password_file)},
    {"ldap", "url", CONFIG_LIST, .def = "", .wrong = settings_wrong_ldap_url,
	TO_ITEMS(directory.urls, directory.n_urls)},
    {"ldap", "base", CONFIG_TEXT, .def = "", .wrong = settings_wrong_ldap_base,
	TO(directory.base)},
    {"ldap", "scope", CONFIG_CHOICE, .def = "subtree", .choices = scopes,
	TO(directory.scope)},
    {"ldap", "filter", CONFIG_TEXT, .def = "(mailLocalAddress=%{address})",
	.wrong = settings_wrong_ldap_filter, TO(directory.filter)},
    {"ldap", "attributes", CONFIG_LIST,
	.def = "mailRoutingAddress,mailForwardingAddress",
	.wrong = settings_wrong_ldap_attribute,
	TO_ITEMS(directory.attributes, directory.n_attributes)},
    {"ldap", "state-attribute", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_ldap_state, TO(directory.state)},
    {"ldap", "suspended-values", CONFIG_LIST,
	.def = "suspended,disabled,inactive,deleted",
	TO_ITEMS(directory.suspended, directory.n_suspended)},
    {"ldap", "start-tls", CONFIG_YES_NO, .def = "yes", TO(directory.start_tls)},
    {"ldap", "verify", CONFIG_YES_NO, .def = "yes", TO(directory.verify)},
    {"ldap", "ca", CONFIG_FILE, .def = "", TO(directory.ca)},
    {"ldap", "bind", CONFIG_TEXT, .def = "", TO(directory.bind)},
    {"ldap", "password-file", CONFIG_FILE, .def = "",
	TO(directory.password_file)},
    {"ldap", "timeout", CONFIG_DURATION, .def = "5s", .low = 100,
	.high = MINUTE, TO(directory.timeout_ms)},
    {"ldap", "connections", CONFIG_NUMBER, .def = "10", .low = 1,
	.high = 1000, TO(directory.connections)},
    {"srs", "domain", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
    {"srs", "secrets-file", CONFIG_FILE, .def = POSTWARD_SECRETS,
	.wrong = settings_wrong_file},
    {"srs", "max-age", CONFIG_DURATION, .def = "21d", .low = DAY,
	.high = SRS_AGE_MAX * DAY},
    {"srs", "hash-length", CONFIG_NUMBER, .def = "4", .low = SRS_HASH_MIN,
	.high = SRS_HASH_WRITTEN_MAX},
    {"srs", "hash-length-min", CONFIG_NUMBER, .def = "0", .low = 0,
	.high = SRS_HASH_WRITTEN_MAX},
    {"srs", "bounce-senders", CONFIG_LIST, .def = "",
	.wrong = settings_wrong_bounce_sender},
    {"secrets", "codes", CONFIG_FILE, .def = "",
	.wrong = settings_wrong_file},
    {"secrets", "approvals", CONFIG_FILE, .def = "",
	.wrong = settings_wrong_file},
    {"policyd", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/policyd", .wrong = settings_wrong_listen,
	TO_ITEMS(policyd.listen.items, policyd.listen.n)},
    {"policyd", "group", CONFIG_TEXT, .def = "postfix", TO(policyd.group)},
    {"policyd", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000, TO(policyd.max_connections)},
    {"policyd", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE, TO(policyd.deadline_ms)},
    {"forwarder", "listen", CONFIG_LIST,
	.def = "unix:/var/spool/postfix/postward/forwarder", .wrong = settings_wrong_listen,
	TO_ITEMS(forwarder.listen.items, forwarder.listen.n)},
    {"forwarder", "group", CONFIG_TEXT, .def = "postfix", TO(forwarder.group)},
    {"forwarder", "max-connections", CONFIG_NUMBER, .def = "1000", .low = 1,
	.high = 100000, TO(forwarder.max_connections)},
    {"forwarder", "deadline", CONFIG_DURATION, .def = "15s", .low = SECOND,
	.high = 5 * MINUTE, TO(forwarder.deadline_ms)},
    {"milter", "listen", CONFIG_TEXT,
	.def = "unix:/var/spool/postfix/postward/milter",
	.wrong = settings_wrong_milter_listen, TO(milter.listen)},
    {"milter", "group", CONFIG_TEXT, .def = "postfix", TO(milter.group)},
    {"milter", "enforce", CONFIG_YES_NO, .def = "no", TO(milter.enforce)},
    {"milter", "split-mixed", CONFIG_YES_NO, .def = "no",
	TO(milter.split_mixed)},
    {"milter", "hide-targets", CONFIG_YES_NO, .def = "no",
	TO(milter.hide_targets)},
    {"milter", "hop-limit", CONFIG_NUMBER, .def = "50", .low = 1, .high = 1000,
	TO(policy.hop_limit)},
    {"dkim", "verify", CONFIG_YES_NO, .def = "yes", TO(dkim.verify)},
    {"dkim", "sign", CONFIG_YES_NO, .def = "yes", TO(dkim.sign)},
    {"dkim", "keys", CONFIG_FOLDER, .def = POSTWARD_DKIM,
	.wrong = settings_wrong_file, TO(dkim.keys)},
    {"dkim", "signatures-max", CONFIG_NUMBER, .def = "10", .low = 1,
	.high = DKIM_SIGNATURES_MAX, TO(authentication.signatures_max)},
    {"dmarc", "trusted-lists", CONFIG_LIST, .def = "",
	.wrong = settings_wrong_domain},
    {"arc", "verify", CONFIG_YES_NO, .def = "yes", TO(authentication.arc)},
    {"arc", "seal", CONFIG_YES_NO, .def = "no", TO(arc_seal)},
    {"arc", "trusted", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
    {"forwarding", "mode", CONFIG_CHOICE, .def = "shadow", .choices = modes,
	TO(policy.fate.shadow)},
    {"forwarding", "from-domain", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_hostname},
    {"forwarding", "url", CONFIG_TEXT, .def = "", .wrong = settings_wrong_url,
	TO(policy.fate.url)},
    {"forwarding", "spam-fields", CONFIG_LIST, .def = "",
	.wrong = settings_wrong_spam_field,
	TO_ITEMS(policy.fate.spam_fields, policy.fate.n_spam_fields)},
    {"forwarding", "spam", CONFIG_CHOICE, .def = "reject",
	.choices = fates_spam, TO(policy.fate.spam)},
    {"forwarding", "unauthenticated", CONFIG_CHOICE, .def = "sign",
	.choices = fates, TO(policy.fate.unauthenticated)},
    {"forwarding", "spf-only", CONFIG_CHOICE, .def = "reject",
	.choices = fates_spf_only, TO(policy.fate.spf_only)},
    {"forwarding", "policy-fails", CONFIG_CHOICE, .def = "hold",
	.choices = fates, TO(policy.fate.policy_fails)},
    {"decisions", "keep", CONFIG_DURATION, .def = "14d", .high = 365 * DAY,
	TO(decisions.keep_ms)},
    {"decisions", "per-day", CONFIG_NUMBER, .def = "100000", .low = 1,
	.high = 5000000, TO(decisions.per_day)},
    {"mailer", "smtp", CONFIG_TEXT, .def = "smtp://127.0.0.1:10587",
	.wrong = settings_wrong_smtp, TO(mailer.smtp)},
    {"mailer", "tls", CONFIG_CHOICE, .def = "none", .choices = tls_levels,
	TO(mailer.tls)},
    {"mailer", "user", CONFIG_TEXT, .def = "", TO(mailer.user)},
    {"mailer", "password-file", CONFIG_FILE, .def = "",
	TO(mailer.password_file)},
    {"mailer", "from", CONFIG_TEXT, .def = "", .wrong = settings_wrong_mailbox,
	TO(mailer.from)},
    {"mailer", "templates", CONFIG_FOLDER, .def = POSTWARD_TEMPLATES,
	.wrong = settings_wrong_file, TO(mailer.templates)},
    {"mailer", "timeout", CONFIG_DURATION, .def = "60s", .low = SECOND,
	.high = 10 * MINUTE, TO(mailer.timeout_ms)},
    {"mailer", "retry-min", CONFIG_DURATION, .def = "30s", .low = 100,
	.high = HOUR, .old_name = "retry-least",
	TO(mailer.outbox.retry_min_ms)},
    {"mailer", "retry-max", CONFIG_DURATION, .def = "30m", .low = 100,
	.high = DAY, .old_name = "retry-most", TO(mailer.outbox.retry_max_ms)},
    {"mailer", "keep", CONFIG_DURATION, .def = "30d", .low = HOUR,
	.high = 365 * DAY, TO(mailer.outbox.keep_ms)},
    {"targets", "pause-after", CONFIG_TEXT, .def = "5 in 3d",
	.wrong = settings_wrong_threshold},
    {"targets", "soft-after", CONFIG_TEXT, .def = "3 in 8d",
	.wrong = settings_wrong_threshold},
    {"targets", "policy-after", CONFIG_TEXT, .def = "10 in 3d",
	.wrong = settings_wrong_threshold},
    {"targets", "remote-after", CONFIG_TEXT, .def = "10 in 3d",
	.wrong = settings_wrong_threshold},
    {"targets", "pauses-per-day", CONFIG_NUMBER, .def = "10", .low = 0,
	.high = 1000000, TO(targets.pauses_per_day)},
    {"targets", "probe-every", CONFIG_DURATION, .def = "1d", .low = SECOND,
	.high = 30 * DAY, TO(targets.probe_every_ms)},
    {"targets", "probe-wait", CONFIG_DURATION, .def = "4h", .low = SECOND,
	.high = 7 * DAY, TO(targets.probe_wait_ms)},
    {"targets", "probe-wait-soft", CONFIG_DURATION, .def = "6d",
	.low = SECOND, .high = 30 * DAY, TO(targets.soft_wait_ms)},
    {"signup", "listen", CONFIG_TEXT, .def = "127.0.0.1:8080",
	.wrong = settings_wrong_web_listen, TO(signup.listen)},
    {"signup", "title", CONFIG_TEXT, .def = "", TO(signup.title)},
    {"signup", "url", CONFIG_TEXT, .def = "", .wrong = settings_wrong_url,
	TO(signup.url)},
    {"signup", "domain", CONFIG_TEXT, .def = "", .wrong = settings_wrong_hostname},
    {"signup", "reserved", CONFIG_LIST, .def = "",
	TO_ITEMS(registration.reserved, registration.n_reserved)},
    {"signup", "proxies", CONFIG_LIST, .def = "", .wrong = settings_wrong_network},
    {"signup", "per-client", CONFIG_NUMBER, .def = "5", .low = 1,
	.high = 1000000, TO(registration.limits.client)},
    {"signup", "per-mailbox", CONFIG_NUMBER, .def = "3", .low = 1,
	.high = 1000000, TO(registration.limits.mailbox)},
    {"signup", "per-hour", CONFIG_NUMBER, .def = "100", .low = 1,
	.high = 1000000, TO(registration.limits.all)},
    {"signup", "tries", CONFIG_NUMBER, .def = "30", .low = 1, .high = 1000000,
	TO(registration.limits.tries)},
    {"signup", "store-url", CONFIG_TEXT, .def = "",
	.wrong = settings_wrong_store},
    {"signup", "store-password-file", CONFIG_FILE, .def = ""},
    {"signup", "posts", CONFIG_NUMBER, .def = "120", .low = 1,
	.high = 1000000, TO(signup.posts)},
    {"signup", "max-connections", CONFIG_NUMBER, .def = "200", .low = 1,
	.high = 10000, TO(signup.max_connections)},
    {"members", "page", CONFIG_YES_NO, .def = "yes", TO(member.page)},
    {"members", "codes", CONFIG_NUMBER, .def = "5", .low = 1, .high = 1000000,
	TO(member.codes)},
    {"members", "session", CONFIG_DURATION, .def = "30m", .low = MINUTE,
	.high = DAY, TO(member.times.idle_ms)},
    {"members", "session-max", CONFIG_DURATION, .def = "8h", .low = MINUTE,
	.high = 7 * DAY, TO(member.times.most_ms)},
    {"provision", "command", CONFIG_LIST, .def = "",
	TO_ITEMS(provision.command, provision.n_command)},
    {"provision", "timeout", CONFIG_DURATION, .def = "60s", .low = SECOND,
	.high = HOUR, TO(provision.timeout_ms)},
    {"metrics", "listen", CONFIG_TEXT, .def = "", .wrong = settings_wrong_metrics,
	TO(metrics)},
    {"policy", "mode", CONFIG_CHOICE, .def = "enforce", .choices = modes,
	TO(shadow)},
    {"policy", "reject-at", CONFIG_NUMBER, .def = "10", .low = 1,
	.high = 100000, TO(policy.reject_at)},
    {"policy", "deadline", CONFIG_DURATION, .def = "10s", .low = 100,
	.high = 5 * MINUTE, TO(policy.deadline_ms)},
    {"policy", "list-deadline", CONFIG_DURATION, .def = "2s", .low = 100,
	.high = MINUTE, TO(policy.list_deadline_ms)},
    {"check", "action", CONFIG_CHOICE, .choices = actions, OF_CHECK(action),
	.titled = true, .titles = check_titles},
    {"check", "mode", CONFIG_CHOICE, .choices = modes, OF_CHECK(shadow)},
    {"check", "points", CONFIG_NUMBER, .low = -1000, .high = 1000,
	OF_CHECK(points)},
    {"check", "on-temp-error", CONFIG_CHOICE, .choices = temp_answers,
	OF_CHECK(defer_on_temp)},
    {"dnsbl", "action", CONFIG_CHOICE, .choices = actions, OF_CHECK(action),
	.titled = true, .title_shown = settings_shown_list},
    {"dnsbl", "name", CONFIG_TEXT, .def = "", .wrong = settings_wrong_list_name},
    {"dnsbl", "key-file", CONFIG_FILE, .def = ""},
    {"dnsbl", "resolver", CONFIG_LIST, .def = "", .wrong = settings_wrong_server},
    {"dnsbl", "mode", CONFIG_CHOICE, .choices = modes, OF_CHECK(shadow)},
    {"dnsbl", "points", CONFIG_NUMBER, .low = -1000, .high = 1000,
	OF_CHECK(points)},
    {"dnsbl", "on-temp-error", CONFIG_CHOICE, .choices = temp_answers,
	OF_CHECK(defer_on_temp)},
    {"dnsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.0.254",
	.wrong = settings_wrong_codes},
    {"rhsbl", "action", CONFIG_CHOICE, .choices = actions, OF_CHECK(action),
	.titled = true, .title_shown = settings_shown_list},
    {"rhsbl", "name", CONFIG_TEXT, .def = "", .wrong = settings_wrong_list_name},
    {"rhsbl", "key-file", CONFIG_FILE, .def = ""},
    {"rhsbl", "resolver", CONFIG_LIST, .def = "", .wrong = settings_wrong_server},
    {"rhsbl", "mode", CONFIG_CHOICE, .choices = modes, OF_CHECK(shadow)},
    {"rhsbl", "points", CONFIG_NUMBER, .low = -1000, .high = 1000,
	OF_CHECK(points)},
    {"rhsbl", "on-temp-error", CONFIG_CHOICE, .choices = temp_answers,
	OF_CHECK(defer_on_temp)},
    {"rhsbl", "codes", CONFIG_LIST, .def = "127.0.0.2-127.0.1.254",
	.wrong = settings_wrong_codes},
    {"rhsbl", "parents", CONFIG_YES_NO, .def = "no"},
    {"rhsbl", "of", CONFIG_LIST, .def = "reverse-client,helo,sender",
	.wrong = settings_wrong_name_part},
    {"greylist", "at", CONFIG_CHOICE, .def = "recipient",
	.choices = greylist_places, TO(policy.greylist.at_message)},
    {"greylist", "delay", CONFIG_DURATION, .def = "5m", .low = SECOND,
	.high = DAY, TO(policy.greylist.delay_ms)},
    {"greylist", "window", CONFIG_DURATION, .def = "2d", .low = MINUTE,
	.high = 30 * DAY, TO(policy.greylist.window_ms)},
    {"greylist", "keep", CONFIG_DURATION, .def = "35d", .low = 2 * DAY,
	.high = 365 * DAY, TO(policy.greylist.keep_ms)},
    {"greylist", "allow-after", CONFIG_NUMBER, .def = "5", .low = 0,
	.high = 1000000, TO(policy.greylist.allow_after)},
    {"greylist", "rows", CONFIG_NUMBER, .def = "1000000", .low = 1000,
	.high = 100000000, TO(policy.greylist.rows_max)},
    {"rate", "sender", CONFIG_TEXT, .def = "", .wrong = settings_wrong_rate},
    {"rate", "member", CONFIG_TEXT, .def = "", .wrong = settings_wrong_rate},
    {"rate", "target", CONFIG_TEXT, .def = "", .wrong = settings_wrong_rate},
    {"spf", "softfail", CONFIG_TEXT, .def = "3", .wrong = settings_wrong_spf_action},
    {"spf", "neutral", CONFIG_TEXT, .def = "0", .wrong = settings_wrong_spf_action},
    {"spf", "none", CONFIG_TEXT, .def = "0", .wrong = settings_wrong_spf_action},
    {"spf", "permerror", CONFIG_TEXT, .def = "3", .wrong = settings_wrong_spf_action},
    {"spf", "helo", CONFIG_YES_NO, .def = "yes", TO(policy.spf.helo)},
    {"spf", "header", CONFIG_YES_NO, .def = "yes", TO(policy.spf.header)},
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
    {"members", "may-pass", CONFIG_LIST,
	.def = "iprev,helo_syntax,helo_self,helo_unknown,sender_unknown,sender_null_mx,spf,dnsbl,rhsbl",
	.choices = left_to_members},
    {"members", "may-switch", CONFIG_LIST, .def = "",
	.choices = left_to_members},
    {"members", "may-switch-on", CONFIG_LIST, .def = "",
	.choices = left_to_members},
    {"allow", "clients", CONFIG_LIST, .def = "", .wrong = settings_wrong_network},
    {"allow", "senders", CONFIG_LIST, .def = "", .wrong = settings_wrong_sender},
    {"allow", "helos", CONFIG_LIST, .def = "", .wrong = settings_wrong_domain},
};
/* clang-format on */

/* The web form may open the same database as another user than the other
   programs. */
static void
read_store(struct settings *s)
{
	const struct config *c = s->config;

	if (s->program == NULL || strcmp(s->program, "signup") != 0 ||
	    !config_given(c, "signup", NULL, "store-url"))
		return;
	s->store_url = config_text(c, "signup", NULL, "store-url");
	s->store_password_file =
	    config_text(c, "signup", NULL, "store-password-file");
}

const char *
settings_where(const struct settings *s, const char *section, const char *key)
{
	return config_where(s->config, s->arena, section, NULL, key);
}

/* Checks values that are right by themselves but not together. */
static enum rc
check_together(const struct settings *s, struct err *err)
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
			    "%s: %s.listen: expected 1 to %d addresses",
			    settings_where(s, services[i].name, "listen"),
			    services[i].name, LISTEN_SET_MAX);
	}
	if (config_number(s->config, "srs", NULL, "hash-length-min") >
	    config_number(s->config, "srs", NULL, "hash-length"))
		return err_set(err, RC_PERM,
		    "%s: srs.hash-length-min: expected at most hash-length",
		    settings_where(s, "srs", "hash-length-min"));
	/* A seal says what was found of the chain before it. */
	if (s->arc_seal && !(s->dkim.verify && s->authentication.arc))
		return err_set(err, RC_PERM,
		    "%s: arc.seal: needs arc.verify and dkim.verify",
		    settings_where(s, "arc", "seal"));
	if (s->policy.greylist.window_ms <= s->policy.greylist.delay_ms)
		return err_set(err, RC_PERM,
		    "%s: greylist.window: expected more than delay",
		    settings_where(s, "greylist", "window"));
	if (s->resolver.n_servers > DNS_SERVERS_MAX)
		return err_set(err, RC_PERM,
		    "%s: resolver.servers: expected at most %d",
		    settings_where(s, "resolver", "servers"), DNS_SERVERS_MAX);
	return RC_OK;
}

enum rc
settings_open(const char *path, struct settings **out, struct err *err)
{
	enum rc rc = settings_open_as(NULL, path, out, err);

	if (rc == RC_OK)
		settings_know_domains(*out);
	return rc;
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
		config_fill(s->config, s);
		read_store(s);
		rc = settings_read_site(s, err);
	}
	if (rc == RC_OK)
		rc = settings_read_directory(s, err);
	if (rc == RC_OK)
		rc = settings_read_policy(s, err);
	if (rc == RC_OK)
		rc = settings_read_rewrite(s, err);
	if (rc == RC_OK)
		settings_read_targets(s);
	if (rc == RC_OK) {
		settings_read_srs(s);
		settings_read_secrets(s, path);
		rc = settings_read_members(s, err);
	}
	if (rc == RC_OK)
		rc = check_together(s, err);
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
	directory_close(s->forwards.directory);
	domains_free(s->own_domains);
	store_close(s->domains_store);
	config_free(s->config);
	arena_free(s->arena);
	free(s);
}
