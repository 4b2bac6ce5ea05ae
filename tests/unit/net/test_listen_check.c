/* SPDX-License-Identifier: MIT */
/* What listen_check says of a place, and that it makes nothing there. */
#include "net/listen.h"

#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/postward-check-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	return mkdtemp(folder) == NULL || chdir(folder) != 0 ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink("file");
	unlink("socket");
	return chdir("/") != 0 ? -1 : rmdir(folder);
}

static void
make_file(void)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void
a_unix_socket_needs_a_folder_or_one_above_it(void **state)
{
	static const struct {
		const char *name, *group;
		enum rc rc;
		const char *said;
	} rows[] = {
	    {"new", NULL, RC_OK, ""},
	    {"socket", NULL, RC_OK, ""},
	    {"made/new", "", RC_OK, ""},
	    {"made/deep/new", NULL, RC_TEMP, "cannot make the folder"},
	    {"file/new", NULL, RC_TEMP, "Not a directory"},
	    {"file/deep/new", NULL, RC_TEMP, "cannot open the folder"},
	    {"file", NULL, RC_PERM, "is there and is no socket"},
	    {"new", "no-such-group", RC_PERM, "no-such-group"},
	};
	struct sockaddr_un un = {AF_UNIX, "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	(void)state;
	make_file();
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct listen_settings settings = {rows[i].group, 0660, 10};
		struct err err = {""};
		char address[100];

		snprintf(address, sizeof(address), "unix:%s/%s", folder,
		    rows[i].name);
		CHECK(listen_check(address, &settings, &err) == rows[i].rc,
		    address);
		if (rows[i].rc != RC_OK)
			CHECK(strstr(err.text, rows[i].said) != NULL, err.text);
	}
	/* Nothing was made, and the socket is still there. */
	assert_int_not_equal(stat("new", &st), 0);
	assert_int_not_equal(stat("made", &st), 0);
	assert_int_equal(stat("socket", &st), 0);
	close(fd);
}

/* Root may write anywhere: it is somebody else meanwhile. */
static void
a_folder_has_to_be_writable(void **state)
{
	static const char *const names[] = {"socket", "made/socket"};
	const struct listen_settings settings = {.mode = 0660};
	bool root = geteuid() == 0;

	(void)state;
	assert_int_equal(chmod(folder, 0555), 0);
	assert_true(!root || seteuid(65534) == 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct err err = {""};
		char address[100];

		snprintf(address, sizeof(address), "unix:%s/%s", folder,
		    names[i]);
		CHECK(listen_check(address, &settings, &err) == RC_TEMP,
		    address);
		CHECK(strstr(err.text, "cannot write to the folder /tmp") !=
			  NULL,
		    err.text);
	}
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(chmod(folder, 0755), 0);
}

/* An address and port where somebody waits. */
static int
wait_somewhere(char *address, size_t size)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	snprintf(address, size, "inet:127.0.0.1:%u", ntohs(in.sin_port));
	return fd;
}

static void
who_serves_there_now_may_be_ourselves(void **state)
{
	const struct listen_settings settings = {.mode = 0660};
	struct err err = {""};
	char address[60];
	int fd = wait_somewhere(address, sizeof(address));

	(void)state;
	CHECK(listen_check(address, &settings, &err) == RC_OK, err.text);
	close(fd);
}

static void
an_address_is_of_this_machine(void **state)
{
	static const struct {
		const char *address;
		enum rc rc;
		const char *said;
	} rows[] = {
	    {"inet:127.0.0.1:0", RC_OK, ""},
	    {"inet:127.0.0.1", RC_PERM, "expected"},
	    {"inet:192.0.2.1:2500", RC_TEMP, "cannot listen on 192.0.2.1"},
	    {"systemd:policyd", RC_OK, ""},
	    {"policyd", RC_PERM, "expected"},
	};
	const struct listen_settings settings = {.mode = 0660};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {""};

		CHECK(listen_check(rows[i].address, &settings, &err) ==
			  rows[i].rc,
		    rows[i].address);
		CHECK(strstr(err.text, rows[i].said) != NULL, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_unix_socket_needs_a_folder_or_one_above_it, make_folder,
		remove_folder),
	    cmocka_unit_test_setup_teardown(a_folder_has_to_be_writable,
		make_folder, remove_folder),
	    cmocka_unit_test(who_serves_there_now_may_be_ourselves),
	    cmocka_unit_test(an_address_is_of_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
