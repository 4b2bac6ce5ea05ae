/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rc
err_set(struct err *err, enum rc rc, const char *format, ...)
{
	struct err made = {0};
	va_list args;

	if (err == NULL)
		return rc;
	va_start(args, format);
	vsnprintf(made.text, sizeof(made.text), format, args);
	va_end(args);
	strcpy(err->text, made.text);
	return rc;
}

const char *
rc_name(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return "ok";
	case RC_NONE:
		return "none";
	case RC_TEMP:
		return "temp";
	case RC_PERM:
		return "perm";
	}
	return "?";
}
