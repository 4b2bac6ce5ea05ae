/* SPDX-License-Identifier: MIT */
#include "serve.h"

int
main(int argc, char **argv)
{
	return daemon_main(&mailer_program, argc, argv);
}
