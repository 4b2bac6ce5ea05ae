/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/daemon.h"

int
main(int argc, char **argv)
{
	static const struct daemon_program policyd = {
	    .name = "policyd",
	    .about = "answers Postfix's policy requests",
	    .protocol = &policyd_protocol,
	};

	return daemon_main(&policyd, argc, argv);
}
