/* SPDX-License-Identifier: MIT */
#include "net/listen.h"

#include "check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct listen_settings usual = {.backlog = 10};

static void
says_what_is_wrong_with_an_address(void **state)
{
	static const char syntax[] =
	    "expected unix:/PATH, inet:ADDRESS:PORT or systemd:NAME";
	static const char inet[] =
	    "expected inet:ADDRESS:PORT or inet:[ADDRESS]:PORT, in numbers";
	static const char systemd[] =
	    "expected systemd:NAME, a FileDescriptorName=";
	static const struct {
		const char *address, *wrong;
	} cases[] = {
	    {"unix:/run/postward/policyd", NULL},
	    {"unix:/socket", NULL},
	    {"inet:127.0.0.1:10040", NULL},
	    {"inet:0.0.0.0:0", NULL},
	    {"inet:[::1]:65535", NULL},
	    {"systemd:policyd", NULL},
	    {"", syntax},
	    {"/run/postward/policyd", syntax},
	    {"127.0.0.1:10040", syntax},
	    {"UNIX:/socket", syntax},
	    {"unix:", "expected unix:/PATH"},
	    {"unix:policyd", "expected unix:/PATH"},
	    {"unix:/run/", "expected unix:/PATH"},
	    {"unix:/", "expected unix:/PATH"},
	    {"inet:", inet},
	    {"inet:10040", inet},
	    {"inet::10040", inet},
	    {"inet:localhost:10040", inet},
	    {"inet:127.0.0.1", inet},
	    {"inet:127.0.0.1:", inet},
	    {"inet:127.0.0.1:smtp", inet},
	    {"inet:127.0.0.1:-1", inet},
	    {"inet:127.0.0.1:65536", inet},
	    {"inet:127.0.0.1:100000000000000000000", inet},
	    {"inet:127.0.0.1:10040 ", inet},
	    {"inet:::1:10040", inet},
	    {"inet:[127.0.0.1]:10040", inet},
	    {"inet:[::ffff:127.0.0.1]:10040", inet},
	    {"inet:[]:10040", inet},
	    {"inet:[::1:10040", inet},
	    {"inet:[::1]10040", inet},
	    {"systemd:", systemd},
	    {"systemd:a:b", systemd},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(listen_wrong(cases[i].address), cases[i].wrong,
		    cases[i].address);
}

static void
knows_how_long_an_address_may_be(void **state)
{
	char text[200] = "unix:/";

	(void)state;
	memset(text + 6, 'x', 106);
	assert_null(listen_wrong(text));
	text[112] = 'x';
	assert_string_equal(listen_wrong(text),
	    "expected a path of at most 107 bytes");
	memset(text + 8, 'x', 100);
	memcpy(text, "systemd:", 8);
	text[108] = '\0';
	assert_null(listen_wrong(text));
	text[108] = 'x';
	assert_non_null(listen_wrong(text));
}

static void
refuses_a_wrong_address(void **state)
{
	struct listen_socket s;
	struct err err;

	(void)state;
	assert_int_equal(listen_open("unix:socket", &usual, &s, &err), RC_PERM);
	assert_string_equal(err.text, "unix:socket: expected unix:/PATH");
}

/* The port that the kernel chose for port 0. */
static in_port_t
port_of(const struct listen_socket *s)
{
	struct sockaddr_in6 name;
	socklen_t size = sizeof(name);

	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&name, &size),
	    0);
	return ntohs(name.sin6_port); /* where sin_port is, too */
}

static void
listens_on_the_internet(void **state)
{
	static const char *const addresses[] = {"127.0.0.1", "[::1]"};

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct listen_socket s, second;
		struct err err = {""};
		char text[64];

		snprintf(text, sizeof(text), "inet:%s:0", addresses[i]);
		if (listen_open(text, &usual, &s, &err) != RC_OK) {
			/* a machine without IPv6 */
			CHECK(i == 1, err.text);
			continue;
		}
		snprintf(text, sizeof(text), "inet:%s:%u", addresses[i],
		    (unsigned)port_of(&s));
		CHECK(fcntl(s.fd, F_GETFL) & O_NONBLOCK, text);
		CHECK(listen_open(text, &usual, &second, &err) == RC_PERM,
		    text);
		CHECK(strstr(err.text, "somebody already serves there"), text);
		listen_close(&s);
	}
}

/* As systemd does: descriptors from 3 on, the last of which is fd. */
static void
pass(int fd, const char *name, pid_t pid)
{
	char number[16], names[2048] = "";

	for (int i = 3; i < fd; i++)
		strcat(names, "other:");
	strcat(names, name);
	snprintf(number, sizeof(number), "%d", (int)pid);
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%d", fd - 2);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
}

static void
takes_a_socket_from_systemd(void **state)
{
	struct listen_socket made, s;

	(void)state;
	listen_open("inet:127.0.0.1:0", &usual, &made, NULL);
	fcntl(made.fd, F_SETFL, 0);
	fcntl(made.fd, F_SETFD, 0);
	pass(made.fd, "policyd", getpid());
	for (int i = 0; i < 2; i++) { /* and again, on a reload */
		assert_int_equal(listen_open("systemd:policyd", &usual, &s,
				     NULL),
		    RC_OK);
		assert_int_not_equal(s.fd, made.fd);
		assert_int_equal(port_of(&s), port_of(&made));
		assert_true(fcntl(s.fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(made.fd, F_GETFD) & FD_CLOEXEC);
		listen_close(&s);
	}
	listen_close(&made);
}

static void
refuses_what_systemd_did_not_pass(void **state)
{
	static const struct {
		const char *name, *passed;
		bool to_us, listens;
	} cases[] = {
	    {"another name", "forwarder", true, true},
	    {"a longer name", "policyd2", true, true},
	    {"a shorter name", "policy", true, true},
	    {"to another process", "policyd", false, true},
	    {"one that does not listen", "policyd", true, false},
	};
	struct listen_socket made, s;
	int other = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	listen_open("inet:127.0.0.1:0", &usual, &made, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		pass(cases[i].listens ? made.fd : other, cases[i].passed,
		    getpid() + !cases[i].to_us);
		CHECK(listen_open("systemd:policyd", &usual, &s, NULL) ==
			  RC_PERM,
		    cases[i].name);
	}
	close(other);
	listen_close(&made);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

static void
refuses_systemd_without_systemd(void **state)
{
	struct listen_socket s;
	struct err err;

	(void)state;
	assert_int_equal(listen_open("systemd:policyd", &usual, &s, &err),
	    RC_PERM);
	assert_string_equal(err.text,
	    "systemd passed no socket of the name \"policyd\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_is_wrong_with_an_address),
	    cmocka_unit_test(knows_how_long_an_address_may_be),
	    cmocka_unit_test(refuses_a_wrong_address),
	    cmocka_unit_test(listens_on_the_internet),
	    cmocka_unit_test(takes_a_socket_from_systemd),
	    cmocka_unit_test(refuses_what_systemd_did_not_pass),
	    cmocka_unit_test(refuses_systemd_without_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
