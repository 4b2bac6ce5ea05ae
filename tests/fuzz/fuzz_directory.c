/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "directory/private/directory_connection.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
enum rc __wrap_directory_stream_open(struct directory_stream *s,
    struct err *err);

static int prepared;

enum rc
__wrap_directory_stream_open(struct directory_stream *s, struct err *err)
{
	(void)err;
	s->fd = prepared;
	return RC_OK;
}

static const char *const attributes[] = {"mailRoutingAddress"};
static const char *const suspended[] = {"suspended"};
static const struct directory_settings settings = {
    .attributes = attributes,
    .n_attributes = 1,
    .state = "accountStatus",
    .suspended = suspended,
    .n_suspended = 1,
    .bind = "",
};
static const struct directory_server server = {
    "ldap://localhost", "localhost", "389", false};

static void
ask_server(void)
{
	struct directory_try t = {.settings = &settings,
	    .server = &server,
	    .end = clock_us() + 1000000};
	struct directory_search search = {
	    .arena = arena_new(), .base = "", .filter = "(uid=ann)"};
	struct directory_connection *c = NULL;
	struct directory_entry entry = {0};
	struct err err;

	if (directory_connection_open(&t, &c, &err) == RC_OK &&
	    directory_connection_search(c, &t, &search, &entry, &err) == RC_OK)
		for (size_t i = 0; i < entry.n; i++)
			if (strlen(entry.targets[i]) > 320)
				abort();
	directory_connection_close(c);
	arena_free(search.arena);
}

/* What a server answers to the bind and to the search. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2];

	if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 0;
	if (write(pair[1], data, size) == (ssize_t)size) {
		shutdown(pair[1], SHUT_WR);
		prepared = pair[0];
		ask_server();
	} else {
		close(pair[0]);
	}
	close(pair[1]);
	return 0;
}
