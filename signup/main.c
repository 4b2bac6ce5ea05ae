/* SPDX-License-Identifier: MIT */
#include "serve.h"

int
main(int argc, char **argv)
{
	return daemon_main(&signup_program, argc, argv);
}
