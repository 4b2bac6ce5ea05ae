/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "log_follow.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NOON INT64_C(1795953600) /* 2026-11-29 12:00:00 */
#define HOUR INT64_C(3600)

/* A log that is written line by line. */
struct written {
	struct arena *arena;
	struct str text;
	struct log_files files;
};

static void
begin_log(struct written *w)
{
	*w = (struct written){.arena = arena_new()};
	str_init(&w->text, w->arena);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void
end_log(struct written *w)
{
	log_files_close(&w->files);
	arena_free(w->arena);
}

static void
write_line(struct written *w, int64_t at, const char *line)
{
	time_t t = (time_t)at;
	struct tm tm;
	char stamp[32];

	gmtime_r(&t, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	str_addf(&w->text, "%s mx postfix/%s\n", stamp, line);
}

/* n lines about other mail, a second after another. */
static void
write_others(struct written *w, int64_t at, int n)
{
	for (int i = 0; i < n; i++)
		write_line(w, at + i,
		    arena_printf(w->arena,
			"smtp[1]: F%07X: to=<zoe@remotes.club>, relay=x, "
			"delay=1, status=sent (250 Ok)",
			(unsigned)i));
}

/* A mail to ann that takes a second, by id. */
static void
write_mail(struct written *w, int64_t at, const char *id, const char *to)
{
	write_line(w, at,
	    arena_printf(w->arena, "smtpd[1]: %s: client=a[192.0.2.1]", id));
	write_line(w, at,
	    arena_printf(w->arena,
		"qmgr[1]: %s: from=<sam@example.org>, size=1, nrcpt=1", id));
	write_line(w, at + 1,
	    arena_printf(w->arena,
		"smtp[1]: %s: to=<%s>, relay=x, delay=1, status=sent (250 Ok)",
		id, to));
	write_line(w, at + 1,
	    arena_printf(w->arena, "qmgr[1]: %s: removed", id));
}

/* What was written so far is a file of its own. */
static void
end_file(struct written *w, int64_t latest)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(write(fd, w->text.text, w->text.len) ==
		    (ssize_t)w->text.len);
	log_files_add(&w->files, w->arena, "log", fd, (int64_t)w->text.len,
	    latest);
	str_init(&w->text, w->arena);
}

static struct log_mails
follow_to(struct written *w, const char *to, int64_t since, int64_t before)
{
	struct log_wanted wanted = {
	    .to = to, .delimiter = "+", .since = since, .before = before};
	struct log_mails mails;

	log_follow(w->arena, &w->files, &wanted, NULL, 0, &mails);
	return mails;
}

static void
a_mail_is_found_among_others(void **state)
{
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_others(&w, NOON - 20 * HOUR, 20000);
	write_mail(&w, NOON - 10 * HOUR, "3B2F41C0A2", "Ann+x@remotes.club");
	write_others(&w, NOON - 9 * HOUR, 20000);
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", NOON - 24 * HOUR, INT64_MAX);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.mails[0].queue_id, "3B2F41C0A2");
	assert_int_equal(got.mails[0].n, 4);
	assert_int_equal(got.mails[0].events[0].at, NOON - 10 * HOUR);
	/* And not when another time is asked about. */
	got = follow_to(&w, "ann@remotes.club", NOON - 9 * HOUR, INT64_MAX);
	assert_int_equal(got.n, 0);
	got = follow_to(&w, "ann@remotes.club", 0, NOON - 11 * HOUR);
	assert_int_equal(got.n, 0);
	end_log(&w);
	(void)state;
}

static void
an_id_is_used_again(void **state)
{
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_mail(&w, NOON - 3 * HOUR, "3B2F41C0A2", "zoe@remotes.club");
	write_mail(&w, NOON - 2 * HOUR, "3B2F41C0A2", "ann@remotes.club");
	/* A client that went away, and left no trace. */
	write_line(&w, NOON - HOUR, "smtpd[1]: 3B2F41C0A2: client=b[::1]");
	write_mail(&w, NOON - HOUR + 9, "3B2F41C0A2", "ann@remotes.club");
	write_mail(&w, NOON, "3B2F41C0A2", "zoe@remotes.club");
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", 0, INT64_MAX);
	assert_int_equal(got.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(got.mails[i].n, 4);
		assert_string_equal(got.mails[i].events[0].client,
		    "a[192.0.2.1]");
		assert_string_equal(got.mails[i].events[2].recipient,
		    "ann@remotes.club");
	}
	end_log(&w);
	(void)state;
}

static void
what_was_deferred_came_long_ago(void **state)
{
	struct written w;
	struct log_mails got;
	int64_t came = NOON - 40 * HOUR;

	begin_log(&w);
	write_line(&w, came, "smtpd[1]: 3B2F41C0A2: client=a[192.0.2.1]");
	write_line(&w, came + 1,
	    "smtp[1]: 3B2F41C0A2: to=<ann@remotes.club>, relay=x, delay=1, "
	    "status=deferred (later)");
	write_others(&w, came + 2, 10000);
	end_file(&w, came + 3 * HOUR);
	write_others(&w, NOON - 5 * HOUR, 10000);
	write_line(&w, NOON - HOUR,
	    "smtp[1]: 3B2F41C0A2: to=<ann@remotes.club>, relay=x, "
	    "delay=140400, status=bounced (550 no)");
	write_line(&w, NOON - HOUR, "cleanup[1]: 3B2F41C0A3: message-id=<x>");
	write_line(&w, NOON - HOUR,
	    "qmgr[1]: 3B2F41C0A3: from=<>, size=1, nrcpt=1 (queue active)");
	write_line(&w, NOON - HOUR,
	    "bounce[1]: 3B2F41C0A2: sender non-delivery notification: "
	    "3B2F41C0A3");
	write_line(&w, NOON - HOUR, "qmgr[1]: 3B2F41C0A2: removed");
	write_line(&w, NOON - HOUR + 1,
	    "smtp[1]: 3B2F41C0A3: to=<sam@example.org>, relay=x, delay=1, "
	    "status=sent (250 Ok)");
	write_others(&w, NOON - HOUR, 1000);
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", NOON - 2 * HOUR, INT64_MAX);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.mails[0].n, 5);
	assert_int_equal(got.mails[0].events[0].at, came);
	assert_string_equal(got.mails[1].queue_id, "3B2F41C0A3");
	assert_true(got.mails[1].follows);
	assert_int_equal(got.mails[1].n, 3);
	end_log(&w);
	(void)state;
}

static void
a_year_ends(void **state)
{
	static const int64_t year = INT64_C(1798761600); /* 2027-01-01 */
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_others(&w, year - 6 * HOUR, 10000);
	write_mail(&w, year - 1, "3B2F41C0A2", "ann@remotes.club");
	write_others(&w, year + 1, 10000);
	end_file(&w, year + 4 * HOUR);
	got = follow_to(&w, "ann@remotes.club", year - HOUR, year + HOUR);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.mails[0].events[0].at, year - 1);
	assert_int_equal(got.mails[0].events[3].at, year);
	end_log(&w);
	(void)state;
}

static void
a_clock_is_set_back(void **state)
{
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_others(&w, NOON - 10 * HOUR, 20000);
	write_mail(&w, NOON - 3 * HOUR, "3B2F41C0A2", "ann@remotes.club");
	write_others(&w, NOON - 3 * HOUR, 500);
	/* Now it is three hours earlier, where the middle of the file is. */
	write_others(&w, NOON - 6 * HOUR, 22000);
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", NOON - 4 * HOUR, INT64_MAX);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.mails[0].n, 4);
	end_log(&w);
	(void)state;
}

static void
lines_are_out_of_order(void **state)
{
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_others(&w, NOON - HOUR, 3000);
	write_mail(&w, NOON - 9, "3B2F41C0A2", "ann@remotes.club");
	/* Many that somebody has sent late. */
	for (int i = 0; i < 1000; i++)
		write_others(&w, NOON - 30, 1);
	write_others(&w, NOON, 3000);
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", NOON - 10, INT64_MAX);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.mails[0].n, 4);
	end_log(&w);
	(void)state;
}

static void
a_file_has_no_line(void **state)
{
	static const char *const texts[] = {
	    "", "\n", "\n\n\n", "x", "Nov 29 11:00:00 mx"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct written w;
		struct log_mails got;

		begin_log(&w);
		str_add(&w.text, texts[i]);
		end_file(&w, NOON);
		write_mail(&w, NOON, "3B2F41C0A2", "ann@remotes.club");
		end_file(&w, NOON);
		got = follow_to(&w, "ann@remotes.club", NOON - 10, INT64_MAX);
		assert_int_equal(got.n, 1);
		end_log(&w);
	}
	(void)state;
}

/* Longer than a block is, and without any end. */
static void
a_line_is_very_long(void **state)
{
	struct written w;
	struct log_mails got;
	char *noise;

	begin_log(&w);
	noise = arena_take(w.arena, 3 * LOG_BLOCK);
	memset(noise, '<', 3 * LOG_BLOCK - 1);
	write_line(&w, NOON, noise);
	write_mail(&w, NOON, "3B2F41C0A2", "ann@remotes.club");
	str_add(&w.text, noise);
	end_file(&w, NOON);
	got = follow_to(&w, "ann@remotes.club", NOON - 10, INT64_MAX);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.mails[0].n, 4);
	end_log(&w);
	(void)state;
}

static void
a_known_id_needs_no_address(void **state)
{
	static const struct log_known known = {"3B2F41C0A2", NOON - 2 * HOUR};
	struct log_wanted wanted = {.to = "ann@remotes.club",
	    .delimiter = "+",
	    .since = 0,
	    .before = INT64_MAX};
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_mail(&w, NOON - 4 * HOUR, "3B2F41C0A2", "zoe@remotes.club");
	write_others(&w, NOON - 4 * HOUR + 9, 7000);
	write_mail(&w, NOON - 2 * HOUR - 1, "3B2F41C0A2", "carl@b.example");
	write_others(&w, NOON - 2 * HOUR, 7000);
	write_mail(&w, NOON, "3B2F41C0A2", "zoe@remotes.club");
	end_file(&w, NOON);
	log_follow(w.arena, &w.files, &wanted, &known, 1, &got);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.mails[0].events[2].recipient, "carl@b.example");
	end_log(&w);
	(void)state;
}

/* Whatever is cut off while it is read. */
static void
a_file_is_cut_short(void **state)
{
	struct written w;
	struct log_mails got;

	begin_log(&w);
	write_others(&w, NOON - HOUR, 3000);
	write_mail(&w, NOON, "3B2F41C0A2", "ann@remotes.club");
	end_file(&w, NOON);
	assert_int_equal(ftruncate(w.files.files[0].fd, 100), 0);
	got = follow_to(&w, "ann@remotes.club", 0, INT64_MAX);
	assert_int_equal(got.n, 0);
	assert_string_equal(got.wrong, "log");
	end_log(&w);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mail_is_found_among_others),
	    cmocka_unit_test(an_id_is_used_again),
	    cmocka_unit_test(what_was_deferred_came_long_ago),
	    cmocka_unit_test(a_year_ends),
	    cmocka_unit_test(a_clock_is_set_back),
	    cmocka_unit_test(lines_are_out_of_order),
	    cmocka_unit_test(a_file_has_no_line),
	    cmocka_unit_test(a_line_is_very_long),
	    cmocka_unit_test(a_known_id_needs_no_address),
	    cmocka_unit_test(a_file_is_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
