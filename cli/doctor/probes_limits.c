/* SPDX-License-Identifier: MIT */
#include "probes_limits.h"

#include "postconf.h"
#include "postfix_list.h"
#include "postfix_service.h"
#include "postfix_view.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* ---- postfix-values */

#define DIGITS "0123456789"

enum value_kind {
	VALUE_TEXT, /* or anything else */
	VALUE_WORD, /* yes or no */
	VALUE_NUMBER,
	VALUE_TIME
};

/* Their default looks like one, but other words are allowed. */
static const char *const exceptions[] = {"compatibility_level",
    "smtpd_forbid_bare_newline", "smtp_tls_dane_insecure_mx_policy",
    "postscreen_forbid_bare_newline", "authorized_verp_clients", "mail_version",
    "mail_release_date"};

static bool
value_is_time(const char *value)
{
	size_t n = strspn(value, DIGITS);

	return n > 0 &&
	       (value[n] == '\0' ||
		   (strchr("smhdw", value[n]) != NULL && value[n + 1] == '\0'));
}

static enum value_kind
value_kind_of(const char *name, const char *usual)
{
	size_t n = strspn(usual, DIGITS);

	/* "no" for a folder, and "1/concurrency" */
	if (str_ends_fold(name, "_directory") ||
	    str_ends_fold(name, "_feedback") || str_ends_fold(name, "_port"))
		return VALUE_TEXT;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
		if (strcmp(name, exceptions[i]) == 0)
			return VALUE_TEXT;
	if (strcmp(usual, "yes") == 0 || strcmp(usual, "no") == 0)
		return VALUE_WORD;
	if (n > 0 && usual[n] == '\0')
		return VALUE_NUMBER;
	return value_is_time(usual) ? VALUE_TIME : VALUE_TEXT;
}

/* What it should be; NULL: it is that. */
static const char *
value_wrong(enum value_kind kind, const char *value)
{
	switch (kind) {
	case VALUE_TEXT:
		return NULL;
	case VALUE_WORD:
		return postfix_is_yes(value) || str_equal_fold(value, "no") ||
			       str_equal_fold(value, "false")
			   ? NULL
			   : "yes or no";
	case VALUE_NUMBER:
		return value[0] != '\0' &&
			       strspn(value, DIGITS) == strlen(value)
			   ? NULL
			   : "a number";
	case VALUE_TIME:
		return value_is_time(value) ? NULL
					    : "a time, such as 30s or 1d";
	}
	return NULL;
}

/* "name = value", split in place. */
static const char *
line_value(char *line)
{
	char *equals = strstr(line, " =");

	if (equals == NULL)
		return NULL;
	*equals = '\0';
	equals += 2;
	return equals + strspn(equals, " ");
}

static bool
probe_value(const struct probe_run *run, const char *defaults,
    const struct postfix_service *service, const char *name, const char *value)
{
	struct arena *a = run->arena;
	const char *usual = postfix_lines_value(a, defaults, name);
	const char *wanted =
	    usual == NULL ? NULL
			  : value_wrong(value_kind_of(name, usual), value);

	if (wanted == NULL)
		return false;
	probe_wrong(run, name,
	    arena_printf(a,
		"\"%s\" is not %s: the programs that read it end, and mail "
		"waits",
		value, wanted));
	if (service == NULL)
		probe_cure_removed(run, name);
	else
		postfix_cure_value(run, service, name, usual);
	return true;
}

static bool
probe_values_of(const struct probe_run *run, const char *defaults,
    const struct postfix_service *service, const char *lines)
{
	char *text = arena_copy_text(run->arena, lines), *line, *rest = NULL;
	bool wrong = false;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *value = line_value(line);

		if (value != NULL)
			wrong |=
			    probe_value(run, defaults, service, line, value);
	}
	return wrong;
}

void
probe_values(const struct probe_run *run)
{
	const char *all = "-dx", *own = "-nx", *defaults, *lines;
	const struct postfix_view *view = run->postfix;
	bool wrong = false;

	if (postconf_run(run->in, &all, 1, false, &defaults, NULL) != RC_OK ||
	    postconf_run(run->in, &own, 1, false, &lines, NULL) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: postconf does not answer");
		return;
	}
	wrong = probe_values_of(run, defaults, NULL, lines);
	for (size_t i = 0; i < view->n_services; i++)
		wrong |= probe_values_of(run, defaults, &view->services[i],
		    view->services[i].overrides);
	if (!wrong)
		probe_saw(run, REPORT_OK, "Postfix can read them");
}

/* ---- mail-limits */

enum limit_rule {
	LEAST_OR_NONE, /* 0: there is no limit */
	LEAST,
	LEAST_TIME,
	MOST_TIME,
	NOT_YES,
	NOT_WORD
};

static const struct limit {
	const char *parameter;
	enum limit_rule rule;
	const char *value, *cure;
	const char *why;
} limits[] = {
    {"message_size_limit", LEAST_OR_NONE, "1000000", "10240000",
	"ordinary mail is larger, and is refused"},
    {"smtpd_recipient_limit", LEAST, "100", "1000",
	"others send to 100 at once (RFC 5321 4.5.3.1.8)"},
    {"smtpd_client_connection_rate_limit", LEAST_OR_NONE, "10", "0",
	"hosts that have more than some mails for us are put off"},
    {"smtpd_client_message_rate_limit", LEAST_OR_NONE, "10", "0",
	"hosts that have more than some mails for us are put off"},
    {"smtpd_client_recipient_rate_limit", LEAST_OR_NONE, "10", "0",
	"hosts that have more than some mails for us are put off"},
    {"default_destination_rate_delay", MOST_TIME, "1m", "0s",
	"mail for a large provider waits for all before it"},
    {"smtp_destination_rate_delay", MOST_TIME, "1m",
	"$default_destination_rate_delay",
	"mail for a large provider waits for all before it"},
    {"smtpd_timeout", LEAST_TIME, "30s", "300s",
	"slow clients are cut off (RFC 5321 4.5.3.2)"},
    {"maximal_queue_lifetime", LEAST_TIME, "1d", "5d",
	"what cannot be delivered at once goes back (RFC 5321 4.5.4.1)"},
    {"soft_bounce", NOT_YES, NULL, "no",
	"nobody is ever told that mail is refused: it is tried for days"},
    {"unknown_virtual_alias_reject_code", LEAST, "500", "550",
	"nobody is ever told that an address is nobody's"},
    {"smtpd_tls_security_level", NOT_WORD, "encrypt", "may",
	"who has no TLS cannot send mail (RFC 3207 4)"},
    {"smtpd_enforce_tls", NOT_YES, NULL, "no",
	"who has no TLS cannot send mail (RFC 3207 4)"},
    {"smtpd_tls_wrappermode", NOT_YES, NULL, "no",
	"nobody speaks TLS from the first byte at port 25"},
    {"virtual_alias_expansion_limit", LEAST, "50", "50",
	"mail for an account with more targets waits, then goes back"},
    {"virtual_alias_recursion_limit", LEAST, "10", "10",
	"mail for an account that leads to another waits, then goes back"},
};

static long long
time_seconds(const char *value)
{
	static const char units[] = "smhdw";
	static const long long seconds[] = {1, 60, 3600, 86400, 604800};
	char *end;
	long long n = strtoll(value, &end, 10);
	const char *unit = *end == '\0' ? NULL : strchr(units, *end);

	return unit == NULL ? n : n * seconds[unit - units];
}

/* Times without a unit are days in some places. */
static long long
limit_seconds(const struct limit *limit, const char *value)
{
	return value[strspn(value, DIGITS)] == '\0' &&
		       str_ends_fold(limit->parameter, "_lifetime")
		   ? time_seconds(value) * 86400
		   : time_seconds(value);
}

static bool
limit_is_kept(const struct limit *limit, const char *value)
{
	switch (limit->rule) {
	case LEAST_OR_NONE:
		return strcmp(value, "0") == 0 ||
		       strtoll(value, NULL, 10) >=
			   strtoll(limit->value, NULL, 10);
	case LEAST:
		return strtoll(value, NULL, 10) >=
		       strtoll(limit->value, NULL, 10);
	case LEAST_TIME:
		return limit_seconds(limit, value) >=
		       time_seconds(limit->value);
	case MOST_TIME:
		return time_seconds(value) <= time_seconds(limit->value);
	case NOT_YES:
		return !postfix_is_yes(value);
	case NOT_WORD:
		return !str_equal_fold(value, limit->value);
	}
	return true;
}

/* For each that strangers come to, and for the queue. */
static bool
probe_limit(const struct probe_run *run, const struct limit *limit)
{
	const struct postfix_view *view = run->postfix;
	struct arena *a = run->arena;
	const char *value = postfix_value(view, a, limit->parameter);
	bool wrong = value != NULL && !limit_is_kept(limit, value), own;

	if (wrong) {
		probe_wrong(run, limit->parameter,
		    arena_printf(a, "it is %s: %s", value, limit->why));
		postfix_cure_value(run, NULL, limit->parameter, limit->cure);
	}
	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];

		if (!postfix_serves_strangers(view, a, s))
			continue;
		value =
		    postfix_service_value(view, a, s, limit->parameter, &own);
		if (!own || limit_is_kept(limit, value))
			continue;
		wrong = true;
		probe_wrong(run, limit->parameter,
		    arena_printf(a, "%s in master.cf: it is %s: %s", s->name,
			value, limit->why));
		postfix_cure_value(run, s, limit->parameter, limit->cure);
	}
	return wrong;
}

void
probe_limits(const struct probe_run *run)
{
	bool wrong = false;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		wrong |= probe_limit(run, &limits[i]);
	if (!wrong)
		probe_saw(run, REPORT_OK, "ordinary mail keeps them");
}
