/* SPDX-License-Identifier: MIT */
#include "moment.h"

#include "base/clock.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool
moment_read(const struct invocation *in, int64_t *out)
{
	const char *text = in->options[OPTION_AT];
	char *end;

	if (text == NULL) {
		*out = clock_now();
		return true;
	}
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (*text != '\0' && *end == '\0' && errno == 0 && *out >= 0)
		return true;
	output_wrong(in,
	    "--at %s: expected seconds since 1970, as of 'date +%%s'", text);
	return false;
}

/* "7d": seconds; -1: that is no period. */
static int64_t
period_seconds(const char *text)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9 || strlen(text) != digits + 1)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text[digits] == units[i].letter)
			return strtoll(text, NULL, 10) * units[i].seconds;
	return -1;
}

/* "2026-11-29", "2026-11-29 08:00", "2026-11-29 08:00:01Z": as it is printed,
   in UTC. */
bool
moment_of(const char *text, int64_t now, int64_t *out)
{
	static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M",
	    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"};
	int64_t seconds = period_seconds(text);

	*out = now - seconds;
	if (seconds >= 0)
		return true;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, formats[i], &tm);

		if (end != NULL && (*end == '\0' || strcmp(end, "Z") == 0)) {
			*out = (int64_t)timegm(&tm);
			return true;
		}
	}
	return false;
}
