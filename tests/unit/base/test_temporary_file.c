/* SPDX-License-Identifier: MIT */
#include "base/temporary_file.h"

#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the file of that descriptor is. */
static const char *
place_of(int fd)
{
	static char place[4096];
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, place, sizeof(place) - 1);
	CHECK(n > 0, name);
	place[n] = '\0';
	return place;
}

static void
is_in_the_folder_for_it_without_a_name(void **state)
{
	char folder[] = "/tmp/postward-test-XXXXXX";
	struct stat st;
	int fd;

	(void)state;
	CHECK(mkdtemp(folder) != NULL, folder);
	setenv("TMPDIR", folder, 1);
	fd = temporary_file_open();
	CHECK(fd >= 0, "open");
	CHECK(strncmp(place_of(fd), folder, strlen(folder)) == 0, place_of(fd));
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0, "a name");
	CHECK((st.st_mode & 0777) == 0600, "mode");
	close(fd);
	CHECK(rmdir(folder) == 0, "something is left");
	fd = temporary_file_open();
	CHECK(strncmp(place_of(fd), "/tmp/", 5) == 0, place_of(fd));
	close(fd);
	setenv("TMPDIR", "", 1);
	fd = temporary_file_open();
	CHECK(strncmp(place_of(fd), "/var/tmp/", 9) == 0, place_of(fd));
	close(fd);
}

static void
says_that_there_is_no_room(void **state)
{
	static const struct rlimit small = {100, RLIM_INFINITY};
	char bytes[60] = "x", got[sizeof(bytes)];
	int fd = temporary_file_open();

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0, "limit");
	CHECK(temporary_file_write(fd, bytes, sizeof(bytes)), "room");
	CHECK(!temporary_file_write(fd, bytes, sizeof(bytes)), "no room");
	CHECK(pread(fd, got, sizeof(got), 0) == sizeof(got), "read");
	CHECK(memcmp(bytes, got, sizeof(got)) == 0, "bytes");
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_in_the_folder_for_it_without_a_name),
	    cmocka_unit_test(says_that_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
