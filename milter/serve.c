/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "callbacks.h"
#include "milter_metrics.h"
#include "socket.h"

#include "program/key_guard.h"

#include <libmilter/mfapi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* How long messages that are being judged are waited for. */
#define PATIENCE_MS 15000
#define PAUSE_MS    20
/* For libmilter to send the last answer after we gave it. */
#define LAST_ANSWER_MS 100
/* How often to look whether libmilter has given up. */
#define LOOK_MS 1000

struct milter_server {
	struct milter milter;
	struct listen_socket place;
	struct key_guard *guard;
	atomic_bool has_ended;
};

/* libmilter finds this in place of the C library's. */
int
sigwait(const sigset_t *set, int *number)
{
	(void)set, (void)number;
	for (;;)
		pause();
}

static void *
run_libmilter(void *server)
{
	struct milter_server *m = server;

	/* The threads of its connections inherit the name. */
	pthread_setname_np(pthread_self(), "libmilter");
	smfi_main();
	atomic_store(&m->has_ended, true);
	return NULL;
}

static bool
milter_asks_lists(const struct settings *settings)
{
	return settings->milter.enforce;
}

static struct daemon_places
milter_places(void *own, const struct settings *settings)
{
	(void)own;
	return (struct daemon_places){
	    .addresses = &settings->milter.listen,
	    .n = 1,
	    .as = {.group = settings->milter.group},
	};
}

static enum rc
milter_listen(struct milter_server *m, struct err *err)
{
	struct snapshot *present = snapshots_acquire(m->milter.snapshots, NULL);
	enum rc rc = socket_open(&present->settings->milter, &m->place, err);

	snapshots_release(m->milter.snapshots, present);
	return rc;
}

/* Without the guard all goes on, with the keys that sign now. */
static void
milter_guard_keys(struct milter_server *m)
{
	struct err err;

	if (key_guard_open(m->milter.snapshots, &m->guard, &err) != RC_OK)
		log_error("dkim: no record of a new key is looked for: %s",
		    err.text);
}

static enum rc
milter_open(void *own, struct snapshots *snapshots, struct err *err)
{
	struct milter_server *m = own;
	pthread_t thread;
	enum rc rc;

	m->milter.snapshots = snapshots;
	rc = callbacks_register(&m->milter, err);
	if (rc == RC_OK)
		rc = milter_listen(m, err);
	if (rc != RC_OK)
		return rc;
	if (pthread_create(&thread, NULL, run_libmilter, m) != 0) {
		listen_close(&m->place);
		return err_set(err, RC_TEMP, "cannot start a thread");
	}
	pthread_detach(thread);
	milter_guard_keys(m);
	return RC_OK;
}

static void
milter_changed(void *own, const struct settings *settings)
{
	struct milter_server *m = own;

	daemon_warn_of_place("milter", settings->milter.listen, &m->place);
	if (m->guard != NULL)
		key_guard_look(m->guard);
}

static enum rc
milter_step(void *own, int64_t *wait_ms, struct err *err)
{
	struct milter_server *m = own;

	*wait_ms = LOOK_MS;
	return atomic_load(&m->has_ended)
		   ? err_set(err, RC_TEMP, "libmilter has ended")
		   : RC_OK;
}

static bool
milter_is_alive(void *own, int64_t patience_ms)
{
	(void)own;
	return callbacks_are_alive(patience_ms);
}

/* smfi_stop waits for libmilter's listener, which looks about every five
   seconds, so it is not used: once the socket is gone nobody new comes, and
   only messages are waited for. */
static unsigned
milter_close(void *own)
{
	struct milter_server *m = own;

	listen_close(&m->place);
	key_guard_close(m->guard);
	for (int waited = 0;
	     atomic_load(&m->milter.messages) > 0 && waited < PATIENCE_MS;
	     waited += PAUSE_MS)
		poll(NULL, 0, PAUSE_MS);
	poll(NULL, 0, LAST_ANSWER_MS);
	return atomic_load(&m->milter.messages);
}

static const struct metrics_program milter_page = {
    .name = "milter",
    .families = milter_metrics,
    .more = milter_metrics_add,
};

/* Sessions may still use it when all ends. */
static struct milter_server milter_server;

const struct daemon_program milter_program = {
    .name = "milter",
    .about = "prepares mail for forwarding, and checks it",
    .in_flight = "messages",
    .own = &milter_server,
    .metrics = &milter_page,
    .asks_lists = milter_asks_lists,
    .keeps_decisions = true,
    .places = milter_places,
    .open = milter_open,
    .changed = milter_changed,
    .step = milter_step,
    .is_alive = milter_is_alive,
    .close = milter_close,
    .threads_stay = true,
};
