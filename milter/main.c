/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"
#include "serve.h"

int
main(int argc, char **argv)
{
	static const struct daemon_program milter = {
	    .name = "milter",
	    .about = "prepares mail to be forwarded, and checks it",
	    .run = milter_serve,
	    .listens = milter_listens,
	};

	return daemon_main(&milter, argc, argv);
}
