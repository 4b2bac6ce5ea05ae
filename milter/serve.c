/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "base/str.h"
#include "callbacks.h"
#include "milter_metrics.h"
#include "program/daemon.h"
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long messages that are being judged are waited for. */
#define PATIENCE_MS 15000
#define PAUSE_MS    20
/* For libmilter to send the last answer after we gave it. */
#define LAST_ANSWER_MS 100

enum event {
	EVENT_RELOAD = 'r',
	EVENT_STOP = 's',
	EVENT_ENDED = 'e' /* libmilter gave up */
};

/* A signal handler knows nothing but globals. */
static int events[2];

static void
tell_main_thread(char event)
{
	int problem = errno;

	if (write(events[1], &event, 1) != 1)
		abort();
	errno = problem;
}

static void
on_signal(int number)
{
	tell_main_thread(number == SIGHUP ? EVENT_RELOAD : EVENT_STOP);
}

/* libmilter has a thread that waits for the same signals, and whenever it is
   the one to get a SIGHUP it ends the milter.  It finds this in place of the C
   library's. */
int
sigwait(const sigset_t *set, int *number)
{
	(void)set, (void)number;
	for (;;)
		pause();
}

static enum rc
catch_signals(struct err *err)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT};
	struct sigaction action = {.sa_flags = SA_RESTART};
	sigset_t set;

	action.sa_handler = on_signal;
	if (pipe2(events, O_CLOEXEC) != 0)
		return err_set(err, RC_TEMP, "cannot make a pipe: %s",
		    strerror(errno));
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&set, numbers[i]);
	}
	/* daemon_main has them wait until somebody looks. */
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return RC_OK;
}

static enum event
next_event(void)
{
	char event;

	while (read(events[0], &event, 1) != 1)
		;
	return (enum event)event;
}

static void *
run_libmilter(void *unused)
{
	(void)unused;
	/* The threads of its connections inherit the name. */
	pthread_setname_np(pthread_self(), "libmilter");
	smfi_main();
	tell_main_thread(EVENT_ENDED);
	return NULL;
}

static const struct metrics_program metrics_program = {
    .name = "milter",
    .families = milter_metrics,
    .more = metrics_lists,
};

static void
milter_reload(struct milter *milter, struct list_guard *guard, const char *path,
    const char *listen)
{
	struct settings *settings;
	struct snapshot *next;
	struct err err;
	enum rc rc = daemon_settings("milter", path, &settings, &err);

	if (rc == RC_OK)
		rc =
		    snapshots_prepare(milter->snapshots, settings, &next, &err);
	if (rc != RC_OK) {
		log_error("the old configuration stays: %s", err.text);
		return;
	}
	list_guard_meet(guard, settings);
	daemon_log("milter", settings);
	if (strcmp(settings->milter.listen, listen) != 0)
		log_warn("milter listen: %s from the next start on",
		    settings->milter.listen);
	daemon_losses(milter->snapshots, settings);
	snapshots_publish(milter->snapshots, next);
	daemon_metrics(&metrics_program, milter->snapshots, &milter->metrics);
	list_guard_look(guard);
	log_info("configuration read again from %s", path);
}

/* smfi_stop waits for libmilter's listener, which looks about every five
   seconds, so it is not used: once the socket is gone nobody new comes, and
   only messages are waited for.  How many were not done in time? */
static unsigned
finish_messages(struct milter *milter, struct listen_socket *place)
{
	listen_close(place);
	for (int waited = 0;
	     atomic_load(&milter->messages) > 0 && waited < PATIENCE_MS;
	     waited += PAUSE_MS)
		poll(NULL, 0, PAUSE_MS);
	poll(NULL, 0, LAST_ANSWER_MS);
	return atomic_load(&milter->messages);
}

static int
milter_run(struct milter *milter, struct list_guard *guard, const char *path,
    struct listen_socket *place)
{
	pthread_t thread;
	enum event event;
	unsigned cut;

	if (pthread_create(&thread, NULL, run_libmilter, NULL) != 0) {
		log_error("cannot start a thread");
		return 1;
	}
	pthread_detach(thread);
	daemon_metrics(&metrics_program, milter->snapshots, &milter->metrics);
	log_info("started, version %s, configuration %s", settings_version,
	    path);
	while ((event = next_event()) == EVENT_RELOAD)
		milter_reload(milter, guard, path, place->address);
	cut = finish_messages(milter, place);
	if (event == EVENT_ENDED) {
		log_error("libmilter has ended");
		return 1;
	}
	if (cut > 0)
		log_warn("stopped; messages cut off: %u", cut);
	else
		log_info("stopped");
	return 0;
}

static bool
milter_asks_lists(const struct settings *settings)
{
	return settings->milter.enforce;
}

const char *
milter_listens(const struct settings *settings, struct listen_settings *as)
{
	as->group = settings->milter.group;
	return settings->milter.listen;
}

int
milter_serve(const char *path, struct settings *settings)
{
	/* Not on the stack: sessions may still use it when all ends. */
	static struct milter milter;
	struct list_guard *guard;
	struct listen_socket place;
	struct err err;
	enum rc rc;
	int status;

	rc = snapshots_open(settings, &milter.snapshots, &err);
	if (rc == RC_OK)
		rc = callbacks_register(&milter, &err);
	/* Before signals are let through: its thread takes none. */
	if (rc == RC_OK)
		rc = list_guard_open(milter.snapshots, milter_asks_lists,
		    &guard, &err);
	if (rc == RC_OK)
		rc = catch_signals(&err);
	if (rc == RC_OK)
		rc = socket_open(&settings->milter, &place, &err);
	if (rc != RC_OK) {
		log_error("%s", err.text);
		return 1;
	}
	/* libmilter's threads still run: leave their memory be. */
	status = milter_run(&milter, guard, path, &place);
	log_stop();
	_exit(status);
}
