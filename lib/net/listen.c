/* SPDX-License-Identifier: MIT */
#include "net/listen.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_KIND (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define SAME_GROUP  ((gid_t)-1) /* chown(2): leave it */

#define SYSTEMD_FIRST   3 /* sd_listen_fds(3) */
#define SYSTEMD_LONGEST 100

/* A folder is locked for less than a millisecond at a time. */
#define LOCK_TRIES    200
#define LOCK_PAUSE_MS 10

/* What an address says, taken apart. */
struct place {
	const char *rest; /* after "unix:" and the like */
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} name;
	socklen_t size;
};

static enum rc
failed(struct err *err, const char *doing, const char *what)
{
	return err_set(err, RC_TEMP, "cannot %s %s: %s", doing, what,
	    strerror(errno));
}

static enum rc
new_socket(const struct place *p, int *out, struct err *err)
{
	*out = socket(p->name.any.sa_family, SOCKET_KIND, 0);
	return *out >= 0 ? RC_OK : failed(err, "make a socket for", p->rest);
}

static const char *
read_unix(struct place *p)
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
read_port(const char *text, in_port_t *out)
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
set_name(struct place *p, const struct ip *ip, in_port_t port)
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
read_inet(struct place *p)
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
	if (len < 1 || len >= sizeof(text) || !read_port(colon + 1, &port))
		return expected;
	memcpy(text, host, len);
	text[len] = '\0';
	if (!ip_parse(text, &ip) || ip.version != (brackets ? 6 : 4))
		return expected;
	set_name(p, &ip, port);
	return NULL;
}

static const char *
read_systemd(struct place *p)
{
	size_t len = strlen(p->rest);

	if (len < 1 || len > SYSTEMD_LONGEST || strchr(p->rest, ':') != NULL)
		return "expected systemd:NAME, a FileDescriptorName=";
	return NULL;
}

static enum rc
find_group(const char *name, gid_t *out, struct err *err)
{
	struct arena *a = arena_new();
	struct group group, *found = NULL;
	int problem = ERANGE;

	/* The room is for the names of all its members. */
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

/* Who may connect may look into the folder, too. */
static mode_t
folder_mode(unsigned mode)
{
	return 0700 | ((mode & 0020) != 0 ? 0050 : 0) |
	       ((mode & 0002) != 0 ? 0005 : 0);
}

static enum rc
open_folder(const struct place *p, unsigned mode, gid_t group, int *out,
    struct err *err)
{
	char name[sizeof(p->name.un.sun_path)];
	int len = (int)(strrchr(p->rest, '/') - p->rest);
	bool made;

	snprintf(name, sizeof(name), "%.*s", len > 0 ? len : 1, p->rest);
	made = mkdir(name, 0700) == 0;
	if (!made && errno != EEXIST)
		return failed(err, "make the folder", name);
	*out = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return failed(err, "open the folder", name);
	if (!made || (fchown(*out, (uid_t)-1, group) == 0 &&
			 fchmod(*out, folder_mode(mode)) == 0))
		return RC_OK;
	failed(err, "give the right group and mode to", name);
	rmdir(name); /* or the next start would take it for the operator's */
	close(*out);
	return RC_TEMP;
}

/* Two that start at once must not both take a socket for stale: one looks
   and replaces while the other waits.  Not for ever, as whoever can read the
   folder can hold the lock. */
static enum rc
lock_folder(int folder, const char *path, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(folder, LOCK_EX | LOCK_NB) == 0)
			return RC_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return failed(err, "lock the folder of", path);
}

static enum rc
remove_stale(const struct place *p, struct err *err)
{
	const char *path = p->rest;
	struct stat st;
	int fd, problem;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? RC_OK : failed(err, "look at", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, RC_PERM, "%s is there and is no socket",
		    path);
	if (new_socket(p, &fd, err) != RC_OK)
		return RC_TEMP;
	problem = connect(fd, &p->name.any, p->size) == 0 ? 0 : errno;
	close(fd);
	if (problem == 0 || problem == EAGAIN) /* EAGAIN: its backlog is full */
		return err_set(err, RC_PERM,
		    "%s: somebody already serves there", path);
	if (problem != ECONNREFUSED)
		return err_set(err, RC_PERM, "%s: not ours to replace: %s",
		    path, strerror(problem));
	if (unlink(path) != 0 && errno != ENOENT)
		return failed(err, "remove the stale socket", path);
	return RC_OK;
}

/* Nobody can connect between bind and listen: that is when group and mode are
   set.  Linux gives the file the mode of the descriptor, less the umask, so
   that it is at no time wider. */
static enum rc
make_file(struct listen_socket *s, const struct place *p,
    const struct listen_settings *settings, gid_t group, struct err *err)
{
	const char *path = p->rest;
	struct stat st;

	if (fchmod(s->fd, settings->mode) != 0 ||
	    bind(s->fd, &p->name.any, p->size) != 0)
		return failed(err, "make the socket", path);
	if (lchown(path, (uid_t)-1, group) == 0 &&
	    fchmodat(AT_FDCWD, path, settings->mode, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    lstat(path, &st) == 0 && listen(s->fd, settings->backlog) == 0) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
		return RC_OK;
	}
	failed(err, "give the right group and mode to", path);
	unlink(path);
	return RC_TEMP;
}

static enum rc
open_unix(const struct place *p, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	gid_t group = SAME_GROUP;
	enum rc rc = RC_OK;
	int folder = -1;

	if (settings->group != NULL && settings->group[0] != '\0')
		rc = find_group(settings->group, &group, err);
	if (rc == RC_OK)
		rc = open_folder(p, settings->mode, group, &folder, err);
	if (rc != RC_OK)
		return rc;
	rc = lock_folder(folder, p->rest, err);
	if (rc == RC_OK)
		rc = remove_stale(p, err);
	if (rc == RC_OK)
		rc = new_socket(p, &out->fd, err);
	if (rc == RC_OK)
		rc = make_file(out, p, settings, group, err);
	if (rc != RC_OK && out->fd >= 0)
		close(out->fd);
	close(folder); /* unlocks it */
	return rc;
}

static enum rc
open_inet(const struct place *p, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	static const int on = 1;
	int fd, problem;

	if (new_socket(p, &fd, err) != RC_OK)
		return RC_TEMP;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Those accepted inherit it: an answer never waits for another. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (p->name.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	out->fd = fd;
	if (bind(fd, &p->name.any, p->size) == 0 &&
	    listen(fd, settings->backlog) == 0)
		return RC_OK;
	problem = errno;
	close(fd);
	if (problem == EADDRINUSE)
		return err_set(err, RC_PERM,
		    "%s: somebody already serves there", p->rest);
	errno = problem;
	return failed(err, "listen on", p->rest);
}

/* The descriptor of that name, or -1. */
static int
find_passed(const char *name)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	size_t len = strlen(name);
	int n;

	if (pid == NULL || count == NULL || names == NULL ||
	    strtol(pid, NULL, 10) != getpid())
		return -1;
	n = (int)strtol(count, NULL, 10);
	for (int i = 0; i < n; i++) {
		size_t this = strcspn(names, ":");

		if (this == len && memcmp(names, name, len) == 0)
			return SYSTEMD_FIRST + i;
		if (names[this] == '\0')
			break;
		names += this + 1;
	}
	return -1;
}

/* A copy is used, and systemd's own descriptor stays open: a later reload
   may ask for it again. */
static enum rc
open_systemd(const struct place *p, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	int passed = find_passed(p->rest), listening = 0;
	socklen_t size = sizeof(listening);

	(void)settings;
	if (passed < 0)
		return err_set(err, RC_PERM,
		    "systemd passed no socket of the name \"%s\"", p->rest);
	if (getsockopt(passed, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) !=
		0 ||
	    !listening)
		return err_set(err, RC_PERM,
		    "systemd's socket \"%s\" does not listen (Accept=yes?)",
		    p->rest);
	fcntl(passed, F_SETFD, FD_CLOEXEC);
	fcntl(passed, F_SETFL, fcntl(passed, F_GETFL) | O_NONBLOCK);
	out->fd = fcntl(passed, F_DUPFD_CLOEXEC, SYSTEMD_FIRST);
	if (out->fd < 0)
		return failed(err, "copy systemd's socket", p->rest);
	return RC_OK;
}

static const struct kind {
	const char *prefix;
	const char *(*read)(struct place *);
	enum rc (*open)(const struct place *, const struct listen_settings *,
	    struct listen_socket *, struct err *);
} kinds[] = {
    {"unix:", read_unix, open_unix},
    {"inet:", read_inet, open_inet},
    {"systemd:", read_systemd, open_systemd},
};

/* NULL: no address; *wrong says why. */
static const struct kind *
read_address(const char *address, struct place *p, const char **wrong)
{
	*wrong = "expected unix:/PATH, inet:ADDRESS:PORT or systemd:NAME";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!str_starts(address, kinds[i].prefix))
			continue;
		*p = (struct place){.rest = address + strlen(kinds[i].prefix)};
		*wrong = kinds[i].read(p);
		return *wrong == NULL ? &kinds[i] : NULL;
	}
	return NULL;
}

const char *
listen_wrong(const char *address)
{
	struct place place;
	const char *wrong;

	read_address(address, &place, &wrong);
	return wrong;
}

enum rc
listen_open(const char *address, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	struct place place;
	const char *wrong;
	const struct kind *kind = read_address(address, &place, &wrong);

	if (kind == NULL)
		return err_set(err, RC_PERM, "%s: %s", address, wrong);
	*out = (struct listen_socket){.fd = -1};
	snprintf(out->address, sizeof(out->address), "%s", address);
	return kind->open(&place, settings, out, err);
}

/* While our socket is open no other file can have its inode. */
static bool
is_ours(const struct listen_socket *s, const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == s->device &&
	       st.st_ino == s->inode;
}

void
listen_close(struct listen_socket *s)
{
	if (s == NULL)
		return;
	if (s->inode != 0) {
		const char *path = strchr(s->address, '/');

		if (is_ours(s, path))
			unlink(path);
	}
	close(s->fd);
}
