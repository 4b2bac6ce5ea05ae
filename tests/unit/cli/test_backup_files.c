/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "backup_files.h"

#include <unistd.h>

static void
cleans_paths(void **state)
{
	static const struct {
		const char *path, *clean;
	} cases[] = {
	    {"/etc/x", "/etc/x"},
	    {"//etc///x", "/etc/x"},
	    {"/etc/./x", "/etc/x"},
	    {"/./etc/.x", "/etc/.x"},
	    {"/etc/..x", "/etc/..x"},
	    {"/proc/self/../x", "/proc/x"}, /* of where a link leads to */
	    {"/usr/../x", "/x"},
	    {"/usr/lib/../../usr//./x", "/usr/x"},
	    {"/nonexistent/../x", NULL},
	    {"x", "/x"},
	    {"./x", "/x"},
	    {"usr/x", "/usr/x"},
	    {"usr/../x", "/x"},
	};
	struct arena *a = arena_new();

	(void)state;
	assert_int_equal(chdir("/"), 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(backup_path(a, cases[i].path), cases[i].clean,
		    cases[i].path);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cleans_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
