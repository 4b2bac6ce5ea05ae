/* SPDX-License-Identifier: MIT */
#include "moment.h"

#include "base/clock.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>

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
