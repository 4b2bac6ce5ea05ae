/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/daemon.h"

int
main(int argc, char **argv)
{
	static const struct daemon_program forwarder = {
	    .name = "forwarder",
	    .about = "tells Postfix where each member's mail goes",
	    .protocol = &forwarder_protocol,
	    .metrics = {.name = "forwarder"},
	};

	return daemon_main(&forwarder, argc, argv);
}
