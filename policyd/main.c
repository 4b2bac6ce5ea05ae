/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "program/service.h"

static bool
policyd_asks_lists(const struct settings *settings)
{
	(void)settings;
	return true;
}

static void
policyd_metrics_add(struct str *page, struct snapshot *snapshot)
{
	metrics_lists(page, snapshot);
	decision_keeper_metrics(page, snapshot);
}

int
main(int argc, char **argv)
{
	static struct metric_family *const families[] = {
	    &decisions_kept, &decisions_lost, NULL};
	static const struct metrics_program metrics = {
	    .name = "policyd",
	    .families = families,
	    .more = policyd_metrics_add,
	};
	static struct service service = {
	    .name = "policyd", .protocol = &policyd_protocol};
	static const struct daemon_program policyd = {
	    .name = "policyd",
	    .about = "answers Postfix's policy requests",
	    .in_flight = "connections",
	    .own = &service,
	    .metrics = &metrics,
	    .asks_lists = policyd_asks_lists,
	    .keeps_decisions = true,
	    .places = service_places,
	    .open = service_open,
	    .change = service_change,
	    .is_alive = service_is_alive,
	    .patience = service_patience,
	    .close = service_close,
	};

	return daemon_main(&policyd, argc, argv);
}
