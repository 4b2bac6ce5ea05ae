/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/service.h"

int
main(int argc, char **argv)
{
	static const struct metrics_program metrics = {.name = "forwarder"};
	static struct service service = {
	    .name = "forwarder", .protocol = &forwarder_protocol};
	static const struct daemon_program forwarder = {
	    .name = "forwarder",
	    .about = "tells Postfix where each member's mail goes",
	    .in_flight = "connections",
	    .own = &service,
	    .metrics = &metrics,
	    .places = service_places,
	    .open = service_open,
	    .change = service_change,
	    .is_alive = service_is_alive,
	    .patience = service_patience,
	    .close = service_close,
	};

	return daemon_main(&forwarder, argc, argv);
}
