/* SPDX-License-Identifier: MIT */
/*
 * check - cmocka, and checks that name the row of the table that failed.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

#define CHECK(condition, name)                                                 \
	do {                                                                   \
		if (!(condition))                                              \
			fail_msg("%s: not so: %s", (name), #condition);        \
	} while (0)

#define CHECK_STR(got, want, name)                                             \
	do {                                                                   \
		const char *got_ = (got), *want_ = (want);                     \
		if ((got_ == NULL) != (want_ == NULL) ||                       \
		    (got_ != NULL && strcmp(got_, want_) != 0))                \
			fail_msg("%s: %s is \"%s\", not \"%s\"", (name), #got, \
			    got_ != NULL ? got_ : "(null)",                    \
			    want_ != NULL ? want_ : "(null)");                 \
	} while (0)
