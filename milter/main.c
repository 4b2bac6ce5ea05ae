/* SPDX-License-Identifier: MIT */
#include "serve.h"

int
main(int argc, char **argv)
{
	return daemon_main(&milter_program, argc, argv);
}
