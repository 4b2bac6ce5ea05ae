/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/time.h>

/*
 * libmilter reads macros in pairs, name and value, and looks behind the end
 * of a list of an odd number: a peer at the socket could end the milter so.
 * It finds this in place of its own function, which reads one packet: in
 * data, len and command; NULL: none.  A list that is not in pairs says
 * nothing.
 */

#define COMMAND_MACRO 'D'

char *mi_rd_cmd(int fd, struct timeval *timeout, char *command, size_t *len,
    char *name);

typedef char *read_fn(int, struct timeval *, char *, size_t *, char *);

/* It is looked for once: packets are many. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static read_fn *of_libmilter;

static void
find_read_of_libmilter(void)
{
	void *found = dlsym(RTLD_NEXT, "mi_rd_cmd");

	memcpy(&of_libmilter, &found, sizeof(found));
}

static size_t
words_in(const char *list, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += list[i] == '\0';
	return n;
}

char *
mi_rd_cmd(int fd, struct timeval *timeout, char *command, size_t *len,
    char *name)
{
	char *data;

	pthread_once(&once, find_read_of_libmilter);
	data = of_libmilter(fd, timeout, command, len, name);
	/* The first byte says for which command they are. */
	if (data != NULL && *command == COMMAND_MACRO && *len > 1 &&
	    words_in(data + 1, *len - 1) % 2 != 0)
		*len = 1;
	return data;
}
