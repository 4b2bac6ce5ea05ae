/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/daemon.h"

static bool
policyd_asks_lists(const struct settings *settings)
{
	(void)settings;
	return true;
}

int
main(int argc, char **argv)
{
	static const struct daemon_program policyd = {
	    .name = "policyd",
	    .about = "answers Postfix's policy requests",
	    .protocol = &policyd_protocol,
	    .metrics = {.name = "policyd", .more = metrics_lists},
	    .asks_lists = policyd_asks_lists,
	};

	return daemon_main(&policyd, argc, argv);
}
