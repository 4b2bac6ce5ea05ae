/* SPDX-License-Identifier: MIT */
/* What systemd would be told, read at a socket of the test. */
#include "check.h"

#include "base/clock.h"
#include "program/notify.h"
#include "program/watchdog.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64];
static int heard = -1; /* the socket where we listen */

/* In the folder, or abstract, with a name of the same look. */
static const char *
listen_at(bool abstract)
{
	static char name[108];
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = (size_t)snprintf(name, sizeof(name), "%s%s/notify",
	    abstract ? "@" : "", folder);

	memcpy(at.sun_path, name, len);
	if (abstract)
		at.sun_path[0] = '\0';
	heard = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(heard, (struct sockaddr *)&at,
			     (socklen_t)(sizeof(at.sun_family) + len)),
	    0);
	return name;
}

/* What has been heard; "" if nothing has within ms. */
static const char *
hear(int ms)
{
	static char text[1000];
	struct pollfd p = {.fd = heard, .events = POLLIN};
	ssize_t n = 0;

	if (poll(&p, 1, ms) > 0)
		n = recv(heard, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
begin(const char *where, const char *usec, const char *pid)
{
	setenv("NOTIFY_SOCKET", where, 1);
	if (usec != NULL)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	notify_open();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/postward-notify-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	char path[100];

	(void)state;
	notify_close();
	if (heard >= 0)
		close(heard);
	heard = -1;
	snprintf(path, sizeof(path), "%s/notify", folder);
	unlink(path);
	return rmdir(folder);
}

static void
tells_what_happens(void **state)
{
	long long usec;
	char end;

	(void)state;
	begin(listen_at(false), NULL, NULL);
	notify_ready("Configuration %s", "/etc/x");
	assert_string_equal(hear(0), "READY=1\nSTATUS=Configuration /etc/x");
	notify_reloading();
	assert_int_equal(sscanf(hear(0), "RELOADING=1\nMONOTONIC_USEC=%lld%c",
			     &usec, &end),
	    1);
	assert_true(usec > 0 && usec <= clock_us());
	notify_stopping(1000);
	assert_string_equal(hear(0), "STOPPING=1");
	notify_stopping(300000);
	assert_string_equal(hear(0),
	    "STOPPING=1\nEXTEND_TIMEOUT_USEC=300000000");
	notify_watchdog();
	assert_string_equal(hear(0), "WATCHDOG=1");
}

static void
takes_an_abstract_socket(void **state)
{
	(void)state;
	begin(listen_at(true), NULL, NULL);
	notify_watchdog();
	assert_string_equal(hear(0), "WATCHDOG=1");
}

/* A status of several lines would be several messages. */
static void
keeps_a_status_on_one_line(void **state)
{
	(void)state;
	begin(listen_at(false), NULL, NULL);
	notify_ready("a\nSTOPPING=1\x1b[2J");
	assert_string_equal(hear(0),
	    "READY=1\nSTATUS=a\\x0aSTOPPING=1\\x1b[2J");
}

static void
tells_nobody_who_is_not_there(void **state)
{
	static const char *const names[] = {
	    "", "@", "relative", "/nonexistent/notify"};
	char longest[200];

	(void)state;
	notify_open();
	notify_ready("x");
	for (size_t i = 0; i < COUNT(names); i++) {
		begin(names[i], "1000000", NULL);
		notify_ready("x");
		notify_watchdog();
	}
	memset(longest, '/', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	begin(longest, "1000000", NULL);
	notify_ready("x");
	assert_int_equal(notify_watchdog_ms(), 0);
}

/* Who does not read does not stop us. */
static void
does_not_wait_for_a_reader(void **state)
{
	(void)state;
	begin(listen_at(false), NULL, NULL);
	for (int i = 0; i < 100000; i++)
		notify_watchdog();
}

static void
knows_whose_watchdog_it_is(void **state)
{
	static const struct {
		const char *usec, *pid;
		int64_t ms;
	} cases[] = {{"2000000", NULL, 2000}, {"2000000", "1", 0},
	    {NULL, NULL, 0}, {"", NULL, 0}, {"-1", NULL, 0}, {"1x", NULL, 0},
	    {"99999999999999999999", NULL, 0}};
	const char *where = listen_at(false);
	char own[20];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(where, cases[i].usec, cases[i].pid);
		CHECK(notify_watchdog_ms() == cases[i].ms, cases[i].usec);
	}
	snprintf(own, sizeof(own), "%d", (int)getpid());
	begin(where, "3000000", own);
	assert_int_equal(notify_watchdog_ms(), 3000);
}

static bool alive;

static bool
is_alive(void *own, int64_t patience_ms)
{
	assert_ptr_equal(own, &alive);
	assert_int_equal(patience_ms, WATCHDOG_PATIENCE_MS);
	return __atomic_load_n(&alive, __ATOMIC_SEQ_CST);
}

static void
set_alive(bool value)
{
	__atomic_store_n(&alive, value, __ATOMIC_SEQ_CST);
}

/* True: it is told within a minute; what was told before does not count. */
static bool
beats(void)
{
	while (hear(0)[0] != '\0')
		;
	return strcmp(hear(60000), "WATCHDOG=1") == 0;
}

/* True: nothing more comes, for ten times as long as it may take. */
static bool
rests(void)
{
	hear(200); /* one that was on its way */
	while (hear(0)[0] != '\0')
		;
	return hear(200)[0] == '\0';
}

static void
is_silent_about_a_hang(void **state)
{
	struct watchdog *w;
	struct err err;

	(void)state;
	set_alive(true);
	begin(listen_at(false), "80000", NULL);
	assert_int_equal(watchdog_open(is_alive, &alive, &w, &err), RC_OK);
	watchdog_work_begins(w);
	assert_true(beats());
	set_alive(false);
	assert_true(rests());
	set_alive(true);
	assert_true(beats());
	watchdog_work_ends(w);
	assert_true(beats());
	while (!watchdog_close(w))
		;
}

static void
needs_nobody_who_wants_it(void **state)
{
	struct watchdog *w;
	struct err err;

	(void)state;
	begin(listen_at(false), NULL, NULL);
	assert_int_equal(watchdog_open(is_alive, &alive, &w, &err), RC_OK);
	assert_null(w);
	watchdog_work_begins(w);
	watchdog_work_ends(w);
	assert_true(watchdog_close(w));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(tells_what_happens),
	    TEST(takes_an_abstract_socket),
	    TEST(keeps_a_status_on_one_line),
	    TEST(tells_nobody_who_is_not_there),
	    TEST(does_not_wait_for_a_reader),
	    TEST(knows_whose_watchdog_it_is),
	    TEST(is_silent_about_a_hang),
	    TEST(needs_nobody_who_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
