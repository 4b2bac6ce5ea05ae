/* SPDX-License-Identifier: MIT */
/* The unix sockets of listen. */
#include "net/listen.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct listen_settings usual = {.mode = 0660, .backlog = 10};

/* A folder of our own for every test: paths in it are short enough for a
   unix socket. */
static char folder[] = "/tmp/postward-listen-XXXXXX";
static char path[64], address[64];

static int
make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(address, sizeof(address), "unix:%s/socket", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static bool
exists(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static unsigned
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(name, &st), 0);
	return st.st_mode & 07777;
}

static struct listen_socket
must_open(const char *where)
{
	struct listen_socket s;
	struct err err = {""};
	enum rc rc = listen_open(where, &usual, &s, &err);

	CHECK_STR(err.text, "", where);
	CHECK(rc == RC_OK, where);
	return s;
}

/* 0, or why not. */
static int
try_connect(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int problem = 0;

	strcpy(un.sun_path, name);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0)
		problem = errno;
	close(fd);
	return problem;
}

static void
listens_on_a_unix_socket(void **state)
{
	struct listen_socket s = must_open(address);

	(void)state;
	assert_int_equal(try_connect(path), 0);
	assert_true(fcntl(s.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
	listen_close(&s);
	assert_false(exists(path));
}

static void
gives_a_unix_socket_its_mode_whatever_the_umask(void **state)
{
	static const mode_t umasks[] = {0, 022, 077, 0777};
	static const unsigned modes[] = {0600, 0660, 0666};

	(void)state;
	for (size_t i = 0; i < COUNT(umasks) * COUNT(modes); i++) {
		const struct listen_settings settings = {
		    .mode = modes[i % COUNT(modes)], .backlog = 1};
		mode_t before = umask(umasks[i / COUNT(modes)]);
		struct listen_socket s;

		assert_int_equal(listen_open(address, &settings, &s, NULL),
		    RC_OK);
		umask(before);
		assert_int_equal(mode_of(path), settings.mode);
		listen_close(&s);
	}
}

static void
makes_the_folder_for_those_who_may_connect(void **state)
{
	static const struct {
		unsigned mode, folder_mode;
	} cases[] = {{0600, 0700}, {0660, 0750}, {0666, 0755}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct listen_settings settings = {
		    .mode = cases[i].mode, .backlog = 1};
		mode_t before = umask(077);
		struct listen_socket s;

		assert_int_equal(rmdir(folder), 0);
		assert_int_equal(listen_open(address, &settings, &s, NULL),
		    RC_OK);
		umask(before);
		assert_int_equal(mode_of(folder), cases[i].folder_mode);
		listen_close(&s);
	}
}

static void
leaves_a_folder_as_it_is(void **state)
{
	struct listen_socket s;

	(void)state;
	chmod(folder, 0711);
	s = must_open(address);
	assert_int_equal(mode_of(folder), 0711);
	listen_close(&s);
}

static void
makes_no_folder_in_a_missing_one(void **state)
{
	struct listen_socket s;
	struct err err;
	char deep[100];

	(void)state;
	snprintf(deep, sizeof(deep), "unix:%s/none/none/socket", folder);
	assert_int_equal(listen_open(deep, &usual, &s, &err), RC_TEMP);
	assert_non_null(strstr(err.text, "cannot make the folder"));
}

/* A group we may give a file to, not the one that it has anyway; or NULL. */
static struct group *
another_group(void)
{
	gid_t groups[64];
	int n = getgroups(64, groups);

	if (geteuid() == 0)
		return getgrnam("daemon");
	for (int i = 0; i < n; i++)
		if (groups[i] != getegid())
			return getgrgid(groups[i]);
	return NULL;
}

static void
gives_socket_and_folder_to_the_group(void **state)
{
	struct group *group = another_group();
	struct listen_settings settings = usual;
	struct listen_socket s;
	struct stat st;

	(void)state;
	if (group == NULL)
		skip();
	rmdir(folder);
	settings.group = group->gr_name;
	assert_int_equal(listen_open(address, &settings, &s, NULL), RC_OK);
	stat(path, &st);
	assert_int_equal(st.st_gid, group->gr_gid);
	stat(folder, &st);
	assert_int_equal(st.st_gid, group->gr_gid);
	listen_close(&s);
}

static void
refuses_an_unknown_group(void **state)
{
	struct listen_settings settings = usual;
	struct listen_socket s;
	struct err err;

	(void)state;
	settings.group = "no-such-group";
	assert_int_equal(listen_open(address, &settings, &s, &err), RC_PERM);
	assert_string_equal(err.text, "no group \"no-such-group\"");
	assert_false(exists(path));
}

static void
replaces_a_stale_socket(void **state)
{
	struct listen_socket first = must_open(address), second;

	(void)state;
	close(first.fd); /* as a crash does */
	assert_int_equal(try_connect(path), ECONNREFUSED);
	second = must_open(address);
	assert_int_equal(try_connect(path), 0);
	listen_close(&second);
}

static void
refuses_where_somebody_serves(void **state)
{
	struct listen_socket first = must_open(address), second;
	struct err err;

	(void)state;
	assert_int_equal(listen_open(address, &usual, &second, &err), RC_PERM);
	assert_non_null(strstr(err.text, "somebody already serves there"));
	assert_int_equal(try_connect(path), 0);
	listen_close(&first);
}

static void
takes_a_full_backlog_for_somebody(void **state)
{
	const struct listen_settings narrow = {.mode = 0660, .backlog = 0};
	struct listen_socket first, second;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int clients[2];
	struct err err;

	(void)state;
	listen_open(address, &narrow, &first, NULL);
	strcpy(un.sun_path, path);
	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(clients[i], (struct sockaddr *)&un, sizeof(un));
	}
	assert_int_equal(listen_open(address, &usual, &second, &err), RC_PERM);
	assert_non_null(strstr(err.text, "somebody already serves there"));
	for (size_t i = 0; i < COUNT(clients); i++)
		close(clients[i]);
	listen_close(&first);
}

static void
refuses_a_socket_of_another_kind(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct listen_socket s;

	(void)state;
	strcpy(un.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen_open(address, &usual, &s, NULL), RC_PERM);
	assert_true(exists(path));
	close(fd);
}

static void
refuses_what_is_no_socket(void **state)
{
	struct listen_socket s;
	struct err err;

	(void)state;
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(listen_open(address, &usual, &s, &err), RC_PERM);
	assert_non_null(strstr(err.text, "is there and is no socket"));
	unlink(path);
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_int_equal(listen_open(address, &usual, &s, &err), RC_PERM);
	assert_true(exists(path));
}

static void
leaves_the_socket_of_another(void **state)
{
	struct listen_socket first = must_open(address), second;

	(void)state;
	unlink(path);
	second = must_open(address);
	listen_close(&first);
	assert_int_equal(try_connect(path), 0);
	listen_close(&second);
	assert_false(exists(path));
}

static pthread_barrier_t start;

static void *
open_at_once(void *arg)
{
	struct listen_socket *s = arg;

	pthread_barrier_wait(&start);
	if (listen_open(address, &usual, s, NULL) != RC_OK)
		s->fd = -1;
	return NULL;
}

static void
race_for_a_stale_socket(void)
{
	struct listen_socket stale = must_open(address), sockets[8];
	pthread_t threads[COUNT(sockets)];
	size_t winners = 0;

	close(stale.fd);
	for (size_t i = 0; i < COUNT(sockets); i++)
		pthread_create(&threads[i], NULL, open_at_once, &sockets[i]);
	for (size_t i = 0; i < COUNT(sockets); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(try_connect(path), 0);
	for (size_t i = 0; i < COUNT(sockets); i++) {
		if (sockets[i].fd < 0)
			continue;
		listen_close(&sockets[i]);
		winners++;
	}
	assert_int_equal(winners, 1);
}

static void
lets_one_of_many_replace_a_stale_socket(void **state)
{
	(void)state;
	pthread_barrier_init(&start, NULL, 8);
	for (int i = 0; i < 20; i++)
		race_for_a_stale_socket();
	pthread_barrier_destroy(&start);
}

#define IN_A_FOLDER(test)                                                      \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_FOLDER(listens_on_a_unix_socket),
	    IN_A_FOLDER(gives_a_unix_socket_its_mode_whatever_the_umask),
	    IN_A_FOLDER(makes_the_folder_for_those_who_may_connect),
	    IN_A_FOLDER(leaves_a_folder_as_it_is),
	    IN_A_FOLDER(makes_no_folder_in_a_missing_one),
	    IN_A_FOLDER(gives_socket_and_folder_to_the_group),
	    IN_A_FOLDER(refuses_an_unknown_group),
	    IN_A_FOLDER(replaces_a_stale_socket),
	    IN_A_FOLDER(refuses_where_somebody_serves),
	    IN_A_FOLDER(takes_a_full_backlog_for_somebody),
	    IN_A_FOLDER(refuses_a_socket_of_another_kind),
	    IN_A_FOLDER(refuses_what_is_no_socket),
	    IN_A_FOLDER(leaves_the_socket_of_another),
	    IN_A_FOLDER(lets_one_of_many_replace_a_stale_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
