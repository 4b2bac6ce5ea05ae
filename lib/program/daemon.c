/* SPDX-License-Identifier: MIT */
#include "program/daemon.h"

#include "net/server.h"
#include "program/settings_losses.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_MODE 0660
#define HEAPS_MAX   8

struct daemon {
	const struct daemon_program *program;
	const char *path;
	struct snapshots *snapshots;
	struct sessions sessions;
	struct server *server;
	struct metrics *metrics;
	struct list_guard *guard; /* NULL: none is needed */
};

static struct server_settings
server_settings_of(const struct daemon *d, const struct settings *settings)
{
	const struct service_settings *service =
	    d->program->protocol->service(settings);

	return (struct server_settings){
	    .addresses = service->listen.items,
	    .n_addresses = service->listen.n,
	    .group = service->group,
	    .mode = SOCKET_MODE,
	    .max_connections = service->max_connections,
	    .idle_ms = SESSION_IDLE_MS,
	};
}

static void
say_loss(const char *line)
{
	log_warn("%s", line);
}

void
daemon_losses(struct snapshots *snapshots, const struct settings *next)
{
	struct snapshot *present = snapshots_acquire(snapshots, NULL);

	settings_losses(present->settings, next, say_loss);
	snapshots_release(snapshots, present);
}

static void
log_moved_sockets(struct daemon *d, const struct settings *next)
{
	const struct protocol *protocol = d->program->protocol;
	struct snapshot *present = snapshots_acquire(d->snapshots, NULL);

	settings_losses_of_sockets(d->program->name,
	    protocol->service(present->settings), protocol->service(next),
	    say_loss);
	snapshots_release(d->snapshots, present);
}

static enum rc
change_settings(struct daemon *d, struct settings *settings, struct err *err)
{
	struct server_settings where = server_settings_of(d, settings);
	struct snapshot *next;
	enum rc rc = snapshots_prepare(d->snapshots, settings, &next, err);

	if (rc != RC_OK)
		return rc;
	if (d->guard != NULL)
		list_guard_meet(d->guard, settings);
	rc = server_change(d->server, &where, err);
	if (rc != RC_OK) {
		snapshots_drop(d->snapshots, next);
		return rc;
	}
	daemon_losses(d->snapshots, settings);
	log_moved_sockets(d, settings);
	snapshots_publish(d->snapshots, next);
	if (d->guard != NULL)
		list_guard_look(d->guard);
	return RC_OK;
}

/* Going by these, a program that stays would have good mail refused for good.
 */
static enum rc
check_serves(const char *path, const struct settings *s, struct err *err)
{
	if (s->policy.forwards.n_domains == 0)
		return err_set(err, RC_PERM,
		    "%s: domains: expected at least one: is the file whole?",
		    path);
	if (s->policy.sender.trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->policy.sender.trouble);
	if (s->codes.trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->codes.trouble);
	if (s->lists_trouble != NULL)
		return err_set(err, RC_TEMP, "%s", s->lists_trouble);
	if (s->secrets_file != NULL && s->policy.sender.srs == NULL)
		return err_set(err, RC_TEMP, "%s", s->srs_note);
	return RC_OK;
}

enum rc
daemon_settings(const char *program, const char *path, struct settings **out,
    struct err *err)
{
	enum rc rc = settings_open_as(program, path, out, err);

	if (rc == RC_OK)
		rc = check_serves(path, *out, err);
	if (rc != RC_OK) {
		settings_free(*out);
		*out = NULL;
	}
	return rc;
}

void
daemon_log(const char *name, const struct settings *settings)
{
	static bool is_told;

	log_open(name, &settings->log);
	log_start();
	if (settings->srs_note != NULL)
		log_warn("%s", settings->srs_note);
	/* It works as it always has: once is enough. */
	if (settings->codes_note != NULL && !is_told)
		log_warn("%s", settings->codes_note);
	is_told = settings->codes_note != NULL;
	if (settings->lists_note != NULL)
		log_warn("%s", settings->lists_note);
}

void
daemon_metrics(const struct metrics_program *program,
    struct snapshots *snapshots, struct metrics **metrics)
{
	struct err err;

	if (metrics_change(program, snapshots, metrics, &err) != RC_OK)
		log_error("no metrics: %s", err.text);
}

static void
reload_settings(struct daemon *d)
{
	struct settings *settings;
	struct err err;
	enum rc rc =
	    daemon_settings(d->program->name, d->path, &settings, &err);

	if (rc == RC_OK)
		rc = change_settings(d, settings, &err);
	if (rc != RC_OK) {
		log_error("the old configuration stays: %s", err.text);
		return;
	}
	daemon_log(d->program->name, settings);
	daemon_metrics(&d->program->metrics, d->snapshots, &d->metrics);
	log_info("configuration read again from %s", d->path);
}

int
daemon_signal(int64_t ms)
{
	const struct timespec time = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	sigset_t signals;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	number = sigtimedwait(&signals, NULL, &time);
	return number > 0 ? number : 0;
}

static void
wait_for_end_signal(struct daemon *d, const sigset_t *signals)
{
	int number;

	for (;;) {
		if (sigwait(signals, &number) != 0)
			continue;
		if (number != SIGHUP)
			return;
		reload_settings(d);
	}
}

/* glibc would keep eight heaps a core, each with what its busiest moment
   needed; with too few, threads wait for one another.  What is as large as a
   c-ares channel goes back to the kernel when it is freed.  Huge pages would
   have the DNS cache take all its room from the first answer on. */
static void
keep_heaps_small(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	mallopt(M_ARENA_MAX, HEAPS_MAX);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
}

/* Each connection is a descriptor, and each DNS channel a few more. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whoever started it by hand does not look into the log first. */
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
open_rest(struct daemon *d, const struct server_settings *where,
    struct err *err)
{
	enum rc rc = RC_OK;

	if (d->program->asks_lists != NULL)
		rc = list_guard_open(d->snapshots, d->program->asks_lists,
		    &d->guard, err);
	if (rc != RC_OK)
		return rc;
	d->sessions = (struct sessions){d->program->protocol, d->snapshots};
	rc = server_open(where, &session_server_sessions, &d->sessions,
	    &d->server, err);
	if (rc != RC_OK)
		list_guard_close(d->guard);
	return rc;
}

static int
run_server(struct daemon *d, struct settings *settings, const sigset_t *signals)
{
	struct server_settings where = server_settings_of(d, settings);
	int64_t patience = d->program->protocol->service(settings)->deadline_ms;
	bool guard_ended;
	struct err err;
	unsigned cut;

	if (snapshots_open(settings, &d->snapshots, &err) != RC_OK)
		return daemon_start_failed(d, &err);
	if (open_rest(d, &where, &err) != RC_OK) {
		int status = daemon_start_failed(d, &err);

		snapshots_close(d->snapshots);
		return status;
	}
	daemon_metrics(&d->program->metrics, d->snapshots, &d->metrics);
	log_info("started, version %s, configuration %s", settings_version,
	    d->path);
	wait_for_end_signal(d, signals);
	metrics_close(d->metrics);
	guard_ended = list_guard_close(d->guard);
	cut = server_close(d->server, patience);
	if (cut > 0)
		log_warn("stopped; connections cut off: %u", cut);
	else
		log_info("stopped");
	/* Sessions or the guard still use the snapshots and all that exit(3)
	   would tear down: leave their memory be. */
	if (cut > 0 || !guard_ended) {
		log_stop();
		_exit(0);
	}
	snapshots_close(d->snapshots);
	return 0;
}

/* From the first moment: a SIGHUP that came earlier would end the program. */
static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The places where it would listen, which may be in use: by itself. */
static enum rc
check_places(const struct daemon *d, const struct settings *settings,
    struct err *err)
{
	const struct daemon_program *program = d->program;
	struct listen_settings as = {.mode = SOCKET_MODE};
	struct service_settings service = {0};
	enum rc rc = RC_OK;

	if (program->listens != NULL)
		return listen_check(program->listens(settings, &as), &as, err);
	if (program->protocol == NULL)
		return RC_OK;
	service = *program->protocol->service(settings);
	as.group = service.group;
	for (size_t i = 0; i < service.listen.n && rc == RC_OK; i++)
		rc = listen_check(service.listen.items[i], &as, err);
	return rc;
}

/* All that a start does but listen; takes the settings over. */
static enum rc
check_start(struct daemon *d, struct settings *settings, struct err *err)
{
	enum rc rc = RC_OK;

	if (d->program->check != NULL)
		rc = d->program->check(d->path, settings, err);
	if (rc == RC_OK)
		rc = check_places(d, settings, err);
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

	if (check_start(d, settings, &err) != RC_OK) {
		fprintf(stderr, "postward-%s: %s\n", d->program->name,
		    err.text);
		return 1;
	}
	printf("%s: the configuration is right\n", d->path);
	return 0;
}

static void
print_usage(const struct daemon_program *program, FILE *to)
{
	fprintf(to,
	    "postward-%s - %s\n\n"
	    "usage: postward-%s [-c FILE] [-t] [-V] [-h]\n"
	    "  -c FILE  the configuration (default %s)\n"
	    "  -t       check the configuration, as a start would, and leave\n"
	    "  -V       print the version and leave\n"
	    "  -h       print this and leave\n\n"
	    "It stays in the foreground.  SIGHUP re-reads the configuration,\n"
	    "SIGTERM finishes what is in flight.  See postward-%s(8).\n",
	    program->name, program->about, program->name, settings_default_path,
	    program->name);
}

int
daemon_main(const struct daemon_program *program, int argc, char **argv)
{
	struct daemon d = {.program = program, .path = settings_default_path};
	struct settings *settings;
	bool only_check = false;
	sigset_t signals;
	struct err err;
	int option;

	block_signals(&signals);
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
			print_usage(program, stdout);
			return 0;
		default:
			print_usage(program, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		print_usage(program, stderr);
		return 2;
	}
	if (daemon_settings(program->name, d.path, &settings, &err) != RC_OK) {
		fprintf(stderr, "postward-%s: %s\n", program->name, err.text);
		return 1;
	}
	if (only_check)
		return check_only(&d, settings);
	raise_descriptor_limit();
	keep_heaps_small();
	daemon_log(program->name, settings);
	return program->run != NULL ? program->run(d.path, settings)
				    : run_server(&d, settings, &signals);
}
