/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"
#include "program/notify.h"

#include <signal.h>

bool
daemon_is_to_stop(int64_t patience_ms)
{
	static bool is_told;
	sigset_t pending;

	if (sigpending(&pending) != 0 ||
	    (sigismember(&pending, SIGTERM) != 1 &&
		sigismember(&pending, SIGINT) != 1))
		return false;
	if (!is_told)
		notify_stopping(patience_ms);
	return is_told = true;
}
