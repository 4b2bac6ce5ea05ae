/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/service.h"

static bool
policyd_asks_lists(const struct settings *settings)
{
	(void)settings;
	return true;
}

int
main(int argc, char **argv)
{
	static const struct metrics_program metrics = {
	    .name = "policyd", .more = metrics_lists};
	static struct service service = {
	    .name = "policyd", .protocol = &policyd_protocol};
	static const struct daemon_program policyd = {
	    .name = "policyd",
	    .about = "answers Postfix's policy requests",
	    .in_flight = "connections",
	    .own = &service,
	    .metrics = &metrics,
	    .asks_lists = policyd_asks_lists,
	    .places = service_places,
	    .open = service_open,
	    .change = service_change,
	    .is_alive = service_is_alive,
	    .patience = service_patience,
	    .close = service_close,
	};

	return daemon_main(&policyd, argc, argv);
}
