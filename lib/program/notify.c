/* SPDX-License-Identifier: MIT */
#include "program/notify.h"

#include "base/arena.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STATUS_MAX 400 /* bytes */
/* Units wait for a stop for a minute at least. */
#define STOP_USUAL_MS 50000

static struct {
	int fd; /* -1: nobody listens */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog_ms;
} listener = {.fd = -1};

/* False: a name that is none. */
static bool
notify_address(const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(listener.to.sun_path))
		return false;
	listener.to = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(listener.to.sun_path, name, len);
	if (name[0] == '@')
		listener.to.sun_path[0] = '\0';
	listener.to_len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

static int64_t
positive_number(const char *text)
{
	char *end;
	long long number;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	number = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? number : 0;
}

/* Another process's watchdog is not ours. */
static int64_t
watchdog_wanted_ms(void)
{
	const char *whose = getenv("WATCHDOG_PID");

	if (whose != NULL && positive_number(whose) != getpid())
		return 0;
	return positive_number(getenv("WATCHDOG_USEC")) / 1000;
}

void
notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	notify_close();
	if (name != NULL && notify_address(name))
		listener.fd = socket(AF_UNIX,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener.fd >= 0)
		listener.watchdog_ms = watchdog_wanted_ms();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_close(void)
{
	if (listener.fd >= 0)
		close(listener.fd);
	listener.fd = -1;
	listener.watchdog_ms = 0;
}

static void
notify_send(const char *text)
{
	if (listener.fd < 0)
		return;
	while (sendto(listener.fd, text, strlen(text), MSG_NOSIGNAL,
		   (const struct sockaddr *)&listener.to,
		   listener.to_len) < 0 &&
	       errno == EINTR)
		;
}

void
notify_ready(const char *status, ...)
{
	struct arena *a = arena_new();
	va_list args;
	char *text;

	va_start(args, status);
	text = arena_vprintf(a, status, args);
	va_end(args);
	notify_send(arena_printf(a, "READY=1\nSTATUS=%s",
	    str_printable(a, text, strlen(text), STATUS_MAX)));
	arena_free(a);
}

void
notify_reloading(void)
{
	struct timespec now;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify_send(text);
}

void
notify_stopping(int64_t patience_ms)
{
	char text[80];

	if (patience_ms <= STOP_USUAL_MS) {
		notify_send("STOPPING=1");
		return;
	}
	snprintf(text, sizeof(text), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64,
	    patience_ms * 1000);
	notify_send(text);
}

void
notify_watchdog(void)
{
	notify_send("WATCHDOG=1");
}

int64_t
notify_watchdog_ms(void)
{
	return listener.watchdog_ms;
}
