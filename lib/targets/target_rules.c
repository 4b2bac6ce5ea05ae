/* SPDX-License-Identifier: MIT */
#include "targets/target_rules.h"

#include "base/str.h"
#include "mail/dsn.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX (365 * (int64_t)86400)

static bool
read_seconds(const char *text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	long long n;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 9)
		return false;
	n = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (end[0] == units[i].unit && end[1] == '\0') {
			*out = n * units[i].seconds;
			return *out > 0 && *out <= SECONDS_MAX;
		}
	return false;
}

bool
target_threshold_read(const char *text, struct target_threshold *out)
{
	char *end;
	long n;

	*out = (struct target_threshold){0};
	if (strcmp(text, "never") == 0)
		return true;
	if (!isdigit((unsigned char)text[0]) || strlen(text) > 20)
		return false;
	n = strtol(text, &end, 10);
	if (n < 1 || n > TARGET_THRESHOLD_MAX || !str_starts(end, " in ") ||
	    !read_seconds(end + strlen(" in "), &out->seconds))
		return false;
	out->n = (unsigned)n;
	return true;
}

/* RFC 3463 3, and what receivers mean by it.  The first row whose code fits
   counts; a code that ends in "." is a class.  What is in no row may be about
   the message, and is for a probe to find out. */
static const struct {
	const char *code;
	bool counts;
	enum failure_kind kind;
} kinds[] = {
    {"5.1.7", true, FAILURE_POLICY}, /* the sender's address */
    {"5.1.8", true, FAILURE_POLICY},
    {"5.1.", true, FAILURE_HARD},
    {"5.2.1", true, FAILURE_HARD}, /* disabled */
    {"5.2.2", true, FAILURE_SOFT}, /* full */
    {"5.2.3", false, 0},           /* the message is too long */
    {"5.3.4", false, 0},
    {"5.6.", false, 0},            /* of a form that it does not take */
    {"5.4.4", true, FAILURE_HARD}, /* there is no such host */
    {"4.7.", true, FAILURE_POLICY},
    {"4.3.4", false, 0},
    {"4.", true, FAILURE_SOFT}, /* tried for days */
    {"5.", true, FAILURE_POLICY},
};

bool
target_failure_kind(const char *status, enum failure_kind *out)
{
	*out = FAILURE_POLICY;
	if (status == NULL)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *code = kinds[i].code;
		size_t len = strlen(code);

		if (code[len - 1] == '.' ? strncmp(status, code, len) != 0
					 : strcmp(status, code) != 0)
			continue;
		*out = kinds[i].kind;
		return kinds[i].counts;
	}
	return false;
}

const char *
target_failure_words(const char *status, enum failure_kind kind)
{
	static const char *const words[FAILURE_KINDS] = {
	    [FAILURE_HARD] = "the mailbox does not take mail",
	    [FAILURE_POLICY] = "the mail system refuses our mail",
	    [FAILURE_SOFT] = "the mailbox could not be reached for days",
	    [FAILURE_REMOTE] = "another mail system says that it failed",
	};

	if (status == NULL || kind == FAILURE_SOFT)
		return words[kind];
	return dsn_status_words(status);
}

enum target_verdict
target_verdict_of(enum failure_kind kind)
{
	static const enum target_verdict verdicts[FAILURE_KINDS] = {
	    [FAILURE_HARD] = TARGET_PAUSE,
	    [FAILURE_POLICY] = TARGET_PROBE,
	    [FAILURE_SOFT] = TARGET_PAUSE,
	    [FAILURE_REMOTE] = TARGET_PROBE,
	};

	return verdicts[kind];
}

#define DOUBLINGS_MAX 4

int64_t
target_patience(const struct target_settings *settings, const char *status,
    int64_t pauses)
{
	enum failure_kind kind;
	bool soft = target_failure_kind(status, &kind) && kind == FAILURE_SOFT;
	int64_t seconds =
	    (soft ? settings->soft_wait_ms : settings->probe_wait_ms) / 1000;

	for (int64_t i = 1; i < pauses && i <= DOUBLINGS_MAX; i++)
		seconds *= 2;
	return seconds;
}

int64_t
target_wait_max_ms(const struct target_settings *settings)
{
	const int64_t waits[] = {settings->probe_every_ms,
	    settings->probe_wait_ms << DOUBLINGS_MAX,
	    settings->soft_wait_ms << DOUBLINGS_MAX};
	int64_t most = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		if (waits[i] > most)
			most = waits[i];
	return most;
}

int64_t
target_failures_kept(const struct target_settings *settings)
{
	int64_t most = 0;

	for (size_t i = 0; i < FAILURE_KINDS; i++)
		if (settings->after[i].seconds > most)
			most = settings->after[i].seconds;
	return most;
}
