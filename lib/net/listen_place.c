/* SPDX-License-Identifier: MIT */
#include "net/private/listen_place.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "net/listen.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEMD_NAME_MAX 100

static const char *
place_read_unix(struct listen_place *p)
{
	struct sockaddr_un *un = &p->name.un;
	size_t len = strlen(p->rest);

	if (p->rest[0] != '/' || p->rest[len - 1] == '/')
		return "expected unix:/PATH";
	if (len >= sizeof(un->sun_path))
		return "expected a path of at most 107 bytes";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, p->rest, len + 1);
	p->size = sizeof(*un);
	return NULL;
}

static bool
place_read_port(const char *text, in_port_t *out)
{
	size_t len = strlen(text);
	unsigned long port;

	if (len < 1 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	port = strtoul(text, NULL, 10);
	*out = htons((uint16_t)port);
	return port <= UINT16_MAX;
}

static void
place_set_name(struct listen_place *p, const struct ip *ip, in_port_t port)
{
	struct sockaddr_in *in = &p->name.in;
	struct sockaddr_in6 *in6 = &p->name.in6;

	if (ip->version == 4) {
		in->sin_family = AF_INET;
		in->sin_port = port;
		memcpy(&in->sin_addr, ip->bytes, sizeof(in->sin_addr));
		p->size = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		memcpy(&in6->sin6_addr, ip->bytes, sizeof(in6->sin6_addr));
		p->size = sizeof(*in6);
	}
}

static const char *
place_read_inet(struct listen_place *p)
{
	static const char expected[] =
	    "expected inet:ADDRESS:PORT or inet:[ADDRESS]:PORT, in numbers";
	const char *host = p->rest, *colon = strrchr(host, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - host);
	bool brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';
	char text[64];
	in_port_t port;
	struct ip ip;

	if (brackets) {
		host++;
		len -= 2;
	}
	if (len < 1 || len >= sizeof(text) ||
	    !place_read_port(colon + 1, &port))
		return expected;
	memcpy(text, host, len);
	text[len] = '\0';
	if (!ip_parse(text, &ip) || ip.version != (brackets ? 6 : 4))
		return expected;
	place_set_name(p, &ip, port);
	return NULL;
}

static const char *
place_read_systemd(struct listen_place *p)
{
	size_t len = strlen(p->rest);

	if (len < 1 || len > SYSTEMD_NAME_MAX || strchr(p->rest, ':') != NULL)
		return "expected systemd:NAME, a FileDescriptorName=";
	return NULL;
}

static const struct {
	const char *prefix;
	enum listen_kind kind;
	const char *(*read)(struct listen_place *);
} kinds[] = {
    {"unix:", LISTEN_UNIX, place_read_unix},
    {"inet:", LISTEN_INET, place_read_inet},
    {"systemd:", LISTEN_SYSTEMD, place_read_systemd},
};

/* Returns NULL, or what is wrong with the path. */
static const char *
place_read(const char *address, struct listen_place *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!str_starts(address, kinds[i].prefix))
			continue;
		*out = (struct listen_place){.kind = kinds[i].kind,
		    .rest = address + strlen(kinds[i].prefix)};
		return kinds[i].read(out);
	}
	return "expected unix:/PATH, inet:ADDRESS:PORT or systemd:NAME";
}

const char *
listen_wrong(const char *address)
{
	struct listen_place place;

	return place_read(address, &place);
}

enum rc
listen_place_read(const char *address, struct listen_place *out,
    struct err *err)
{
	const char *wrong = place_read(address, out);

	return wrong == NULL ? RC_OK
			     : err_set(err, RC_PERM, "%s: %s", address, wrong);
}

void
listen_place_folder(const struct listen_place *p, char *out, size_t size)
{
	int len = (int)(strrchr(p->rest, '/') - p->rest);

	snprintf(out, size, "%.*s", len > 0 ? len : 1, p->rest);
}

enum rc
listen_place_socket(const struct listen_place *p, int *out, struct err *err)
{
	*out = socket(p->name.any.sa_family, LISTEN_SOCKET_KIND, 0);
	return *out >= 0 ? RC_OK
			 : listen_failed(err, "make a socket for", p->rest);
}

enum rc
listen_group(const char *name, gid_t *out, struct err *err)
{
	struct group group, *found = NULL;
	int problem = ERANGE;
	struct arena *a;

	*out = LISTEN_SAME_GROUP;
	if (name == NULL || name[0] == '\0')
		return RC_OK;
	a = arena_new();
	/* The buffer must hold the names of all members of the group. */
	for (size_t room = 1024; problem == ERANGE && room <= 1 << 20;
	     room *= 4)
		problem =
		    getgrnam_r(name, &group, arena_take(a, room), room, &found);
	if (found != NULL)
		*out = found->gr_gid;
	arena_free(a);
	if (found == NULL)
		return err_set(err, RC_PERM, "no group \"%s\"%s%s", name,
		    problem != 0 ? ": " : "",
		    problem != 0 ? strerror(problem) : "");
	return RC_OK;
}

enum rc
listen_failed(struct err *err, const char *doing, const char *what)
{
	return err_set(err, RC_TEMP, "cannot %s %s: %s", doing, what,
	    strerror(errno));
}
