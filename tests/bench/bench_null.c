/* SPDX-License-Identifier: MIT */
/*
 * bench_null - the ceiling: servers of the same shape as ours, a thread per
 * connection, that do nothing.
 *
 *	bench_null policy|socketmap|milter SOCKET
 *
 * The milter asks for every callback of libmilter.
 */
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const policy_answer = "action=DUNNO\n\n";
static const char *const map_answer = "4:OK x,";
static const char *answer;
static bool is_policy;

static bool
is_whole(const char *bytes, size_t len)
{
	if (!is_policy)
		return bytes[len - 1] == ',';
	return len >= 2 && bytes[len - 1] == '\n' && bytes[len - 2] == '\n';
}

static void *
serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char bytes[16384];
	size_t held = 0;
	ssize_t n;

	while ((n = read(fd, bytes + held, sizeof(bytes) - held)) > 0) {
		held += (size_t)n;
		if (!is_whole(bytes, held))
			continue;
		held = 0;
		if (write(fd, answer, strlen(answer)) < 0)
			break;
	}
	close(fd);
	return NULL;
}

static int
serve_all(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	pthread_attr_t small;
	pthread_t thread;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	unlink(path);
	if (bind(server, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    chmod(path, 0666) != 0 || listen(server, 1024) != 0) {
		perror(path);
		return 1;
	}
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
	while ((fd = accept(server, NULL, NULL)) >= 0)
		if (pthread_create(&thread, &small, serve,
			(void *)(intptr_t)fd) != 0)
			close(fd);
	return 1;
}

static sfsistat
on_connect(SMFICTX *context, char *name, _SOCK_ADDR *address)
{
	(void)context, (void)name, (void)address;
	return SMFIS_CONTINUE;
}

static sfsistat
on_text(SMFICTX *context, char *text)
{
	(void)context, (void)text;
	return SMFIS_CONTINUE;
}

static sfsistat
on_arguments(SMFICTX *context, char **arguments)
{
	(void)context, (void)arguments;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
	(void)context, (void)name, (void)value;
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *context, unsigned char *bytes, size_t len)
{
	(void)context, (void)bytes, (void)len;
	return SMFIS_CONTINUE;
}

static sfsistat
on_step(SMFICTX *context)
{
	(void)context;
	return SMFIS_CONTINUE;
}

static int
serve_milter(const char *path)
{
	struct smfiDesc milter = {
	    .xxfi_name = (char *)(uintptr_t) "null",
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_text,
	    .xxfi_envfrom = on_arguments,
	    .xxfi_envrcpt = on_arguments,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_step,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_step,
	    .xxfi_abort = on_step,
	    .xxfi_close = on_step,
	};
	char place[200];

	snprintf(place, sizeof(place), "unix:%s", path);
	umask(0);
	if (smfi_register(milter) != MI_SUCCESS ||
	    smfi_setconn(place) != MI_SUCCESS)
		return 1;
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr,
		    "usage: bench_null policy|socketmap|milter SOCKET\n");
		return 2;
	}
	if (strcmp(argv[1], "milter") == 0)
		return serve_milter(argv[2]);
	is_policy = strcmp(argv[1], "policy") == 0;
	answer = is_policy ? policy_answer : map_answer;
	return serve_all(argv[2]);
}
