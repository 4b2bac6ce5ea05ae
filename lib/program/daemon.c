/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"

#include "base/config_files.h"
#include "program/notify.h"
#include "program/private/daemon_print.h"
#include "program/process_limits.h"
#include "program/settings_losses.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct daemon {
	const struct daemon_program *program;
	const char *path;
	struct snapshots *snapshots;
	struct metrics *metrics;
	struct list_guard *guard;  /* NULL: the program asks no lists */
	struct watchdog *watchdog; /* NULL: nobody wants it */
};

/* Refuses settings by which a program that stays would refuse good mail for
   good. */
static enum rc
check_serves(const struct settings *s, struct err *err)
{
	/* The file may be half written. */
	if (s->forwards.n_domains == 0)
		return err_set(err, RC_PERM,
		    "%s: domains: expected at least one: is the file whole?",
		    config_where(s->config, s->arena, "", NULL, "domains"));
	if (s->return_path.trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->return_path.trouble);
	if (s->codes.trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->codes.trouble);
	if (s->lists_trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->lists_trouble);
	if (s->secrets_file != NULL && s->return_path.srs == NULL)
		return err_set(err, RC_TEMP, "%s", s->srs_note);
	return RC_OK;
}

/* Reads a configuration with which the program can serve. */
static enum rc
daemon_settings(const struct daemon *d, struct settings **out, struct err *err)
{
	const struct daemon_program *program = d->program;
	enum rc rc = settings_open_as(program->name, d->path, out, err);

	if (rc == RC_OK)
		rc = check_serves(*out, err);
	if (rc == RC_OK && program->check != NULL)
		rc = program->check(*out, err);
	if (rc != RC_OK) {
		settings_free(*out);
		*out = NULL;
	}
	return rc;
}

static void
daemon_log(const struct daemon *d, const struct settings *settings)
{
	static bool is_told;

	log_open(d->program->name, &settings->log);
	log_start();
	if (settings->srs_note != NULL)
		log_warn("%s", settings->srs_note);
	/* The program works as it always has, so that one warning is enough. */
	if (settings->codes_note != NULL && !is_told)
		log_warn("%s", settings->codes_note);
	is_told = settings->codes_note != NULL;
	if (settings->lists_note != NULL)
		log_warn("%s", settings->lists_note);
}

/* Mail does not depend on metrics: the program goes on without them. */
static void
daemon_metrics(struct daemon *d)
{
	struct err err;

	if (metrics_change(d->program->metrics, d->snapshots, &d->metrics,
		&err) != RC_OK)
		log_error("no metrics: %s", err.text);
}

static void
say_loss(const char *line)
{
	log_warn("%s", line);
}

void
daemon_warn_of_place(const char *program, const char *wanted,
    const struct listen_socket *place)
{
	if (strcmp(wanted, place->address) != 0)
		log_warn("%s listen: %s from the next start on", program,
		    wanted);
}

static void
say_trouble(const char *line)
{
	log_error("%s", line);
}

/* The program goes on: mail that such a key is to sign is put off. */
static void
daemon_tell_troubles(struct daemon *d)
{
	struct snapshot *present = snapshots_acquire(d->snapshots, NULL);

	signing_keys_troubles(present->signing_keys, say_trouble);
	snapshots_release(d->snapshots, present);
}

/* Moves to the next snapshot, and tells what the present one has beyond it. */
static enum rc
change_to(struct daemon *d, const struct snapshot *next, struct err *err)
{
	struct snapshot *present = snapshots_acquire(d->snapshots, NULL);
	enum rc rc = RC_OK;

	if (d->program->change != NULL)
		rc = d->program->change(d->program->own, present->settings,
		    next->settings, err);
	if (rc == RC_OK) {
		settings_losses(present->settings, next->settings, say_loss);
		signing_keys_losses(present->signing_keys, next->signing_keys,
		    say_loss);
	}
	snapshots_release(d->snapshots, present);
	return rc;
}

static enum rc
change_settings(struct daemon *d, struct settings *settings, struct err *err)
{
	struct snapshot *next;
	enum rc rc = snapshots_prepare(d->snapshots, settings, &next, err);

	if (rc != RC_OK)
		return rc;
	if (d->guard != NULL)
		list_guard_meet(d->guard, settings);
	rc = change_to(d, next, err);
	if (rc != RC_OK) {
		snapshots_drop(d->snapshots, next);
		return rc;
	}
	snapshots_publish(d->snapshots, next);
	if (d->program->changed != NULL)
		d->program->changed(d->program->own, settings);
	if (d->guard != NULL)
		list_guard_look(d->guard);
	if (d->program->keeps_decisions)
		decision_keeper_look(snapshots_keeper(d->snapshots));
	return RC_OK;
}

/* Returns how many files the log does not name, behind the one that it does. */
static const char *
files_included(const struct settings *settings)
{
	size_t n = config_files(settings->config).n - 1;

	return n == 0 ? ""
		      : arena_printf(settings->arena,
			    " and %zu file%s that it includes", n,
			    n == 1 ? "" : "s");
}

static void
tell_ready(const struct daemon *d, const struct settings *settings)
{
	notify_ready("Configuration %s%s", d->path, files_included(settings));
}

static void
reload_settings(struct daemon *d)
{
	struct settings *settings;
	struct err err;
	enum rc rc;

	notify_reloading();
	rc = daemon_settings(d, &settings, &err);
	if (rc == RC_OK)
		rc = change_settings(d, settings, &err);
	if (rc != RC_OK) {
		log_error("the old configuration stays: %s", err.text);
		notify_ready("The old configuration stays: %s", err.text);
		return;
	}
	daemon_log(d, settings);
	daemon_tell_troubles(d);
	daemon_metrics(d);
	log_info("configuration read again from %s%s", d->path,
	    files_included(settings));
	tell_ready(d, settings);
}

static void
set_of_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
}

/* Returns the signal, or 0 if none comes within ms; a negative ms has no end.
   sigwait(3) is not used: the milter has put its own in place of that, see
   milter/serve.c. */
static int
next_signal(int64_t ms)
{
	const struct timespec time = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	sigset_t signals;
	int number;

	set_of_signals(&signals);
	number = sigtimedwait(&signals, NULL, ms < 0 ? NULL : &time);
	return number > 0 ? number : 0;
}

/* Works until a signal ends the program.  False: an error did. */
static bool
daemon_works(struct daemon *d)
{
	int64_t wait_ms = -1;
	struct err err;
	int number;

	do {
		watchdog_work_begins(d->watchdog);
		if (d->program->step != NULL &&
		    d->program->step(d->program->own, &wait_ms, &err) !=
			RC_OK) {
			log_error("%s", err.text);
			return false;
		}
		watchdog_work_ends(d->watchdog);
		number = next_signal(wait_ms);
		watchdog_work_begins(d->watchdog);
		if (number == SIGHUP)
			reload_settings(d);
	} while (number != SIGTERM && number != SIGINT);
	return true;
}

/* Also prints the error: an administrator who starts the program by hand does
   not look into the log first. */
static int
daemon_start_failed(const struct daemon *d, const struct err *err)
{
	log_error("%s", err->text);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "postward-%s: %s\n", d->program->name,
		    err->text);
	return 1;
}

static enum rc
daemon_open(struct daemon *d, struct err *err)
{
	const struct daemon_program *program = d->program;
	enum rc rc = RC_OK;

	if (program->asks_lists != NULL)
		rc = list_guard_open(d->snapshots, program->asks_lists,
		    &d->guard, err);
	return rc == RC_OK ? program->open(program->own, d->snapshots, err)
			   : rc;
}

/* Mail does not depend on what is kept of it. */
static void
daemon_keep_decisions(struct daemon *d)
{
	struct err err;

	if (d->program->keeps_decisions &&
	    decision_keeper_start(snapshots_keeper(d->snapshots), d->snapshots,
		&err) != RC_OK)
		log_error("no decisions are kept: %s", err.text);
}

/* Threads may still use the snapshots, and what exit(3) would tear down: then
   that memory is left alone. */
static int
daemon_leave(struct daemon *d, int status, bool is_used)
{
	if (is_used) {
		log_stop();
		_exit(status);
	}
	snapshots_close(d->snapshots);
	return status;
}

static int
daemon_stop(struct daemon *d, bool is_wanted)
{
	const struct daemon_program *program = d->program;
	int64_t patience_ms =
	    program->patience != NULL ? program->patience(program->own) : 0;
	bool guard_ended, watchdog_ended, keeper_ended;
	unsigned cut;

	notify_stopping(patience_ms);
	watchdog_ended = watchdog_close(d->watchdog);
	metrics_close(d->metrics);
	guard_ended = list_guard_close(d->guard);
	cut = program->close(program->own);
	keeper_ended = decision_keeper_stop(snapshots_keeper(d->snapshots));
	if (cut > 0)
		log_warn("stopped; %s cut off: %u", program->in_flight, cut);
	else if (is_wanted)
		log_info("stopped");
	return daemon_leave(d, is_wanted ? 0 : 1,
	    cut > 0 || !guard_ended || !watchdog_ended || !keeper_ended ||
		program->threads_stay);
}

/* The settings belong to it from now on. */
static int
daemon_run(struct daemon *d, struct settings *settings)
{
	struct err err;

	if (d->program->begin != NULL &&
	    d->program->begin(d->program->own, &err) != RC_OK) {
		settings_free(settings);
		return daemon_start_failed(d, &err);
	}
	if (snapshots_open(settings, &d->snapshots, &err) != RC_OK)
		return daemon_start_failed(d, &err);
	if (daemon_open(d, &err) != RC_OK) {
		int status = daemon_start_failed(d, &err);

		return daemon_leave(d, status, !list_guard_close(d->guard));
	}
	if (watchdog_open(d->program->is_alive, d->program->own, &d->watchdog,
		&err) != RC_OK) {
		log_error("%s", err.text);
		return daemon_stop(d, false);
	}
	daemon_tell_troubles(d);
	daemon_keep_decisions(d);
	daemon_metrics(d);
	log_info("started, version %s, configuration %s%s", settings_version,
	    d->path, files_included(settings));
	tell_ready(d, settings);
	return daemon_stop(d, daemon_works(d));
}

/* Blocks the signals at once: a SIGHUP that came earlier would end the
   program. */
static void
block_signals(void)
{
	sigset_t signals;

	set_of_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Checks the places where the program would listen.  A place may be in use, by
   the program itself. */
static enum rc
check_places(const struct daemon *d, const struct settings *settings,
    struct err *err)
{
	const struct daemon_program *program = d->program;
	struct daemon_places places;
	enum rc rc = RC_OK;

	if (program->places == NULL)
		return RC_OK;
	places = program->places(program->own, settings);
	for (size_t i = 0; i < places.n && rc == RC_OK; i++)
		rc = listen_check(places.addresses[i], &places.as, err);
	return rc;
}

/* Does all that a start does but listen.  The settings belong to it from now
   on. */
static enum rc
check_start(struct daemon *d, struct settings *settings, struct err *err)
{
	enum rc rc = check_places(d, settings, err);

	if (rc != RC_OK) {
		settings_free(settings);
		return rc;
	}
	rc = snapshots_open(settings, &d->snapshots, err);
	if (rc == RC_OK)
		snapshots_close(d->snapshots);
	return rc;
}

static int
check_only(struct daemon *d, struct settings *settings)
{
	struct err err;

	daemon_print_files(settings);
	if (check_start(d, settings, &err) != RC_OK) {
		fprintf(stderr, "postward-%s: %s\n", d->program->name,
		    err.text);
		return 1;
	}
	printf("%s: the configuration is right\n", d->path);
	return 0;
}

int
daemon_main(const struct daemon_program *program, int argc, char **argv)
{
	struct daemon d = {.program = program, .path = settings_default_path};
	struct settings *settings;
	bool only_check = false;
	struct err err;
	int option;

	block_signals();
	while ((option = getopt(argc, argv, "c:tVh")) != -1) {
		switch (option) {
		case 'c':
			d.path = optarg;
			break;
		case 't':
			only_check = true;
			break;
		case 'V':
			printf("postward-%s %s\n", program->name,
			    settings_version);
			return 0;
		case 'h':
			daemon_print_usage(program, stdout);
			return 0;
		default:
			daemon_print_usage(program, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		daemon_print_usage(program, stderr);
		return 2;
	}
	if (daemon_settings(&d, &settings, &err) != RC_OK) {
		fprintf(stderr, "postward-%s: %s\n", program->name, err.text);
		return 1;
	}
	if (only_check)
		return check_only(&d, settings);
	notify_open();
	process_limits_set();
	daemon_log(&d, settings);
	return daemon_run(&d, settings);
}
