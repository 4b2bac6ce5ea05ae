/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"
#include "serve.h"

int
main(int argc, char **argv)
{
	static const struct daemon_program mailer = {
	    .name = "mailer",
	    .about = "sends the mail that waits in the outbox",
	    .run = mailer_serve,
	};

	return daemon_main(&mailer, argc, argv);
}
