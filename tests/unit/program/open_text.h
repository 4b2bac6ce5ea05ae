/* SPDX-License-Identifier: MIT */
/*
 * open_text - settings read from a text, as a configuration file holds it.
 */
#pragma once

#include "check.h"

#include "program/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline enum rc
open_ours(const char *text, struct settings **out, struct err *err)
{
	char path[] = "/tmp/settings.XXXXXX";
	int fd = mkstemp(path);
	enum rc rc;

	assert_true(fd >= 0);
	assert_true(dprintf(fd,
			"hostname = \"a.b\"\ndomains = { \"remotes.club\" }\n"
			"%s\n",
			text) > 0);
	close(fd);
	rc = settings_open(path, out, err);
	unlink(path);
	return rc;
}

static inline struct settings *
must_open_ours(const char *text)
{
	struct settings *s;
	struct err err;

	if (open_ours(text, &s, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return s;
}

static inline void
must_refuse_ours(const char *text, const char *says)
{
	struct settings *s = NULL;
	struct err err = {0};

	CHECK(open_ours(text, &s, &err) == RC_PERM, text);
	if (strstr(err.text, says) == NULL)
		fail_msg("%s says: %s", text, err.text);
	CHECK(s == NULL, text);
}
