/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"
#include "serve.h"

int
main(int argc, char **argv)
{
	static const struct daemon_program signup = {
	    .name = "signup",
	    .about = "the web form on which newcomers ask for an address",
	    .run = signup_serve,
	    .check = signup_check,
	    .listens = signup_listens,
	};

	return daemon_main(&signup, argc, argv);
}
