/* SPDX-License-Identifier: MIT */
/*
 * end - a program that is measured writes its figures, however it ends.
 *
 * Linked into everything where POSTWARD_COVERAGE is on, with --wrap=_exit:
 * clang's own code writes only at exit(3), and is kept out by the definition
 * of __llvm_profile_runtime.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int __llvm_profile_runtime;

void __llvm_profile_set_filename(const char *name);
int __llvm_profile_write_file(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

/* Another user, or a sandbox, may not write where this was built: a program
   loses its figures then, and nobody is to read of it.  clang's code asks no
   variable before it says so; sanitizers write to the descriptor. */
static void
coverage_write(void)
{
	FILE *said = stderr;
	FILE *nowhere = fopencookie(NULL, "w", (cookie_io_functions_t){0});

	if (nowhere != NULL)
		stderr = nowhere;
	__llvm_profile_write_file();
	stderr = said;
	if (nowhere != NULL)
		fclose(nowhere);
}

__attribute__((constructor)) static void
coverage_prepare(void)
{
	__llvm_profile_set_filename(COVERAGE_FILE);
	atexit(coverage_write);
}

_Noreturn void
__wrap__exit(int status)
{
	coverage_write();
	__real__exit(status);
}
