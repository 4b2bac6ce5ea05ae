/* SPDX-License-Identifier: MIT */
/*
 * short_lived - a command that ends at once is not searched for leaks.
 *
 * Linked into postward where it is built with AddressSanitizer: the search
 * takes longer than most commands, which tests start thousands of times.  The
 * tests of lib/ and the daemons are searched.
 */
const char *__asan_default_options(void);

__attribute__((used, visibility("default"))) const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
