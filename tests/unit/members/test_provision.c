/* SPDX-License-Identifier: MIT */
#include "members/provision.h"

#include "members/approval.h"

#include "members/registrations.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

/* A script in the test's folder, and what it has said. */
struct script {
	struct requests *requests;
	struct arena *arena;
	const char *path;
	const char *argv[2];
	struct provision_settings settings;
	struct str said;
};

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	CHECK(fd >= 0, path);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

/* D in its text stands for the folder. */
static void
set_script(struct script *s, const char *text)
{
	write_file(s->path, arena_printf(s->arena, "#!/bin/sh\nD=%s\n%s\n",
				s->requests->temp->folder, text));
}

static int
set_up(void **state)
{
	struct script *s;
	struct requests *r;

	requests_set_up(state);
	r = *state;
	r->settings.provision = true;
	s = arena_take(r->arena, sizeof(*s));
	*s = (struct script){
	    .requests = r,
	    .arena = r->arena,
	    .path = arena_printf(r->arena, "%s/script", r->temp->folder),
	    .settings = {.n_command = 1,
		.timeout_ms = 30000,
		.retry_min_ms = 60000,
		.retry_max_ms = 600000,
		.approvals = &secrets},
	};
	s->argv[0] = s->path;
	s->settings.command = s->argv;
	str_init(&s->said, s->arena);
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct script *s = *state;

	temp_store_free(s->requests->temp);
	return 0;
}

/* Request n, approved at NOW + 7. */
static void
give_member(struct script *s, int n, const char *userid, const char *pubkey)
{
	struct requests *r = s->requests;
	struct registration_form form = form_of(r, n, userid);

	form.pubkey = pubkey;
	r->settings.provision = pubkey != NULL;
	CHECK(ask_form(r, &form, NOW) == RC_OK, userid);
	CHECK(prove(r, n, code_of(r, n), NOW) == RC_OK, userid);
	r->settings.provision = true;
	CHECK(approve(r, n, NULL) == RC_OK, userid);
}

static void
note_line(void *context, const char *userid, const char *line)
{
	struct script *s = context;

	str_addf(&s->said, "%s: %s\n", userid, line);
}

static enum rc
run(struct script *s, int64_t now, struct err *err)
{
	const char *userid;

	str_init(&s->said, s->arena);
	return provision_run_one(s->requests->store, &s->settings, s->arena,
	    "here", now, note_line, s, &userid, err);
}

static struct provision
row(struct script *s, int n)
{
	struct db *db = temp_store_take(s->requests->temp);
	struct provision p;

	CHECK(provision_by_request(db, s->arena, id_of(s->requests, n), &p,
		  NULL) == RC_OK,
	    "row");
	store_give(s->requests->store, db);
	return p;
}

static void
gives_the_command_what_it_needs_and_no_more(void **state)
{
	struct script *s = *state;
	const char *userid;

	setenv("POSTWARD_SECRET", "secret", 1);
	set_script(s, "/usr/bin/env -u PWD -u SHLVL -u _ | sort; pwd; "
		      "echo \"$#\"; cat");
	give_member(s, 1, "ann", KEY " ann@laptop");
	CHECK(provision_run_one(s->requests->store, &s->settings, s->arena,
		  "here", NOW + 7, note_line, s, &userid, NULL) == RC_OK,
	    "run");
	unsetenv("POSTWARD_SECRET");
	CHECK_STR(userid, "ann", "userid");
	CHECK_STR(s->said.text,
	    arena_printf(s->arena,
		"ann: PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
		"ann: POSTWARD_ADDRESS=ann@remotes.club\n"
		"ann: POSTWARD_MAILBOX=ann@mailbox.example\n"
		"ann: POSTWARD_REQUEST=%s\n"
		"ann: POSTWARD_USERID=ann\n"
		"ann: /\n"
		"ann: 0\n"
		"ann: " KEY " ann@laptop\n",
		id_of(s->requests, 1)),
	    "said");
	CHECK(row(s, 1).done >= NOW + 7, "done");
	CHECK(row(s, 1).attempts == 1 && row(s, 1).error == NULL, "row");
	CHECK(run(s, NOW + 9 * DAY, NULL) == RC_NONE, "no more");
}

static void
gives_an_empty_input_without_a_key(void **state)
{
	struct script *s = *state;

	set_script(s, "cat | wc -c");
	give_member(s, 1, "ann", NULL);
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "run");
	CHECK_STR(s->said.text, "ann: 0\n", "said");
}

static void
needs_no_reader_of_its_input(void **state)
{
	struct script *s = *state;

	set_script(s, "exec <&-; exit 0");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "run");
}

static void
tries_again_and_waits_longer_each_time(void **state)
{
	struct script *s = *state;
	int64_t now = NOW + 7, wait = 60;
	struct err err;

	set_script(s, "echo one; echo 'no \033[1m disk' >&2; exit 3");
	give_member(s, 1, "ann", KEY);
	for (int i = 1; i <= 4; i++) {
		struct provision p;

		CHECK(run(s, now, &err) == RC_TEMP, "fails");
		CHECK_STR(err.text, "exit status 3: no \\x1b[1m disk", "err");
		p = row(s, 1);
		CHECK_STR(p.error, err.text, "kept");
		CHECK(p.attempts == i && p.done == 0, "row");
		CHECK(p.lease_owner == NULL && p.lease_until == 0, "lease");
		CHECK(p.next_try - now >= wait, "soonest");
		CHECK(p.next_try - now <= wait + wait / 4 + 30, "latest");
		CHECK(run(s, p.next_try - 1, &err) == RC_NONE, "not yet");
		now = p.next_try;
		wait *= 2;
	}
	set_script(s, "exit 0");
	CHECK(run(s, now, NULL) == RC_OK, "works");
	CHECK_STR(row(s, 1).error, NULL, "error");
	CHECK(run(s, now + DAY, NULL) == RC_NONE, "done");
}

static void
tells_how_it_ended(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
	    {"exit 1", "exit status 1"},
	    {"kill -9 $$", "ended by signal 9"},
	    {"kill -PIPE $$", "ended by signal 13"},
	    {"echo; exit 127", "exit status 127"},
	    {"printf 'no end'; exit 2", "exit status 2: no end"},
	};
	struct script *s = *state;
	int64_t now = NOW + 7;
	struct err err;

	give_member(s, 1, "ann", KEY);
	for (size_t i = 0; i < COUNT(rows); i++, now += DAY) {
		set_script(s, rows[i].text);
		CHECK(run(s, now, &err) == RC_TEMP, rows[i].text);
		CHECK_STR(err.text, rows[i].why, rows[i].text);
	}
	unlink(s->path);
	CHECK(run(s, now, &err) == RC_TEMP, "no file");
	CHECK(strstr(err.text, "No such file") != NULL, err.text);
	CHECK_STR(row(s, 1).error, err.text, "kept");
}

/* Or dead, and nobody's child yet. */
static bool
is_gone(struct script *s, int pid)
{
	const char *path = arena_printf(s->arena, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[64] = "";
	bool gone;

	if (fd < 0)
		return true;
	gone = read(fd, name, sizeof(name) - 1) <= 0 ||
	       strstr(name, ") Z") != NULL || strstr(name, ") X") != NULL;
	close(fd);
	return gone;
}

/* Also what it has started, which holds its output open. */
static void
kills_what_takes_too_long(void **state)
{
	struct script *s = *state;
	bool gone = false;
	struct err err;

	s->settings.timeout_ms = 200;
	set_script(s, "mkfifo $D/fifo; cat $D/fifo & echo $!; trap '' TERM; "
		      "cat $D/fifo");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, &err) == RC_TEMP, "timeout");
	CHECK_STR(err.text, "killed after 0.2 seconds", "err");
	/* A signal takes its time. */
	for (int i = 0; i < 100000 && !gone; i++) {
		gone = is_gone(s, atoi(s->said.text + strlen("ann: ")));
		poll(NULL, 0, 2);
	}
	CHECK(gone, s->said.text);
}

static void
waits_for_no_child_of_the_command(void **state)
{
	struct script *s = *state;

	set_script(s, "mkfifo $D/fifo; (cat $D/fifo; true) & echo started");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "run");
	CHECK_STR(s->said.text, "ann: started\n", "said");
	write_file(arena_printf(s->arena, "%s/fifo", s->requests->temp->folder),
	    "x"); /* it ends */
}

static void
shows_a_limited_number_of_printable_lines(void **state)
{
	struct script *s = *state;
	const char *line;
	int n = 0;

	set_script(s, "head -c 5000 /dev/zero | tr '\\0' x; echo; "
		      "printf 'a\\001\\377\\r\\n\\n'; "
		      "yes | head -n 100000");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "run");
	line = strchr(s->said.text, '\n') + 1;
	CHECK((size_t)(line - s->said.text) == strlen("ann: \n") + 500, "cut");
	CHECK(strncmp(line - 4, "...\n", 4) == 0, "cut");
	CHECK(str_starts(line, "ann: a\\x01\\xff\nann: \nann: y\n"), line);
	for (line = s->said.text; *line != '\0'; line++)
		n += *line == '\n';
	CHECK(n == 100, "lines");
}

static void
keeps_the_last_line_of_many(void **state)
{
	struct script *s = *state;
	struct err err;

	set_script(s, "yes | head -n 100000; echo 'no disk' >&2; exit 1");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, &err) == RC_TEMP, "run");
	CHECK_STR(err.text, "exit status 1: no disk", "err");
}

static void
resets_signals_and_closes_descriptors(void **state)
{
	struct script *s = *state;
	sigset_t set, old;
	int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	set_script(s, "sed -n 's/^Sig\\(...\\):.*\\(.......\\)$/\\1 \\2/p' "
		      "/proc/self/status | grep -E '^(Blk|Ign)'; "
		      "ls -l /proc/$$/fd | grep -c /dev/null; true");
	give_member(s, 1, "ann", KEY);
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "run");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(fd);
	CHECK_STR(s->said.text, "ann: Blk 0000000\nann: Ign 0000000\nann: 0\n",
	    "said");
}

static void
runs_nothing_without_a_command(void **state)
{
	struct script *s = *state;

	give_member(s, 1, "ann", KEY);
	s->settings.n_command = 0;
	CHECK(run(s, NOW + 7, NULL) == RC_NONE, "none");
	CHECK(row(s, 1).attempts == 0, "not claimed");
}

/* A program died over it. */
static void
takes_over_when_a_lease_has_run_out(void **state)
{
	struct script *s = *state;
	struct provision p;
	struct db *db;

	set_script(s, "exit 0");
	give_member(s, 1, "ann", KEY);
	p = row(s, 1);
	p.lease_until = NOW + 100;
	p.lease_owner = "there";
	db = temp_store_take(s->requests->temp);
	CHECK(provision_update(db, &p, NULL, NULL) == RC_OK, "lease");
	store_give(s->requests->store, db);
	CHECK(run(s, NOW + 99, NULL) == RC_NONE, "leased");
	CHECK(run(s, NOW + 100, NULL) == RC_OK, "run out");
}

static void
forgets_a_deleted_request(void **state)
{
	struct script *s = *state;

	set_script(s, "exit 0");
	give_member(s, 1, "ann", KEY);
	give_member(s, 2, "bob", KEY);
	CHECK(registration_delete(s->requests->store, s->arena,
		  id_of(s->requests, 1), NULL) == RC_OK,
	    "delete");
	CHECK(run(s, NOW + 7, NULL) == RC_OK, "bob");
	CHECK(run(s, NOW + 7, NULL) == RC_NONE, "no more");
}

#define RUNNERS 8

struct runner {
	struct script *script;
	char owner[8];
	enum rc rc;
};

static void *
run_in_parallel(void *context)
{
	struct runner *runner = context;
	struct script *s = runner->script;
	struct arena *a = arena_new();
	const char *userid;

	runner->rc = provision_run_one(s->requests->store, &s->settings, a,
	    runner->owner, NOW + 7, NULL, NULL, &userid, NULL);
	arena_free(a);
	return NULL;
}

static void
runs_each_once_side_by_side(void **state)
{
	struct script *s = *state;
	struct runner runners[RUNNERS];
	pthread_t threads[RUNNERS];
	int done = 0, none = 0;

	set_script(s, "mkdir $D/$POSTWARD_USERID && rmdir $D/$POSTWARD_USERID");
	for (int i = 0; i < 3; i++)
		give_member(s, i, arena_printf(s->arena, "u%d", i), KEY);
	for (int i = 0; i < RUNNERS; i++) {
		runners[i] = (struct runner){.script = s};
		runners[i].owner[0] = (char)('a' + i);
		CHECK(pthread_create(&threads[i], NULL, run_in_parallel,
			  &runners[i]) == 0,
		    "thread");
	}
	for (int i = 0; i < RUNNERS; i++) {
		pthread_join(threads[i], NULL);
		done += runners[i].rc == RC_OK;
		none += runners[i].rc == RC_NONE;
	}
	CHECK(done == 3 && none == RUNNERS - 3, "each once");
	for (int i = 0; i < 3; i++)
		CHECK(row(s, i).attempts == 1, "once");
}

/* Of all requests, by somebody who may write the store. */
static void
change_requests(struct script *s, const char *set)
{
	struct db *db = temp_store_take(s->requests->temp);

	CHECK(db_run(db, NULL,
		  arena_printf(s->arena, "UPDATE request SET %s", set),
		  "") == RC_OK,
	    set);
	store_give(s->requests->store, db);
}

/* As if an administrator had approved the only request as it is. */
static void
sign_what_is_there(struct script *s)
{
	struct db *db = temp_store_take(s->requests->temp);
	struct registration *all;
	size_t n;

	CHECK(registration_list(db, s->arena, 1u << REGISTRATION_APPROVED, &all,
		  &n, NULL) == RC_OK,
	    "list");
	for (size_t i = 0; i < n; i++)
		CHECK(registration_sign(db, all[i].id,
			  approval_sign(s->arena, &secrets, &all[i]),
			  NULL) == RC_OK,
		    "sign");
	store_give(s->requests->store, db);
}

static bool
has_run(struct script *s)
{
	return access(arena_printf(s->arena, "%s/ran",
			  s->requests->temp->folder),
		   F_OK) == 0;
}

/* Once: who can write the store is not to fill the log. */
static void
runs_nothing_that_no_administrator_has_signed(void **state)
{
	static const char *const rows[] = {
	    "userid = 'bob', address = 'bob@remotes.club'",
	    "address = 'ann@other.club'",
	    "email = 'eve@mailbox.example'",
	    "pubkey = '" KEY " eve'",
	    "pubkey = NULL",
	    "decided = 1",
	    "approval = NULL",
	    "approval = ''",
	    "approval = REPLACE(approval, SUBSTR(approval, 1, 1), 'x')",
	};
	struct script *s = *state;
	struct requests *r = s->requests;

	set_script(s, "touch $D/ran");
	give_member(s, 1, "ann", KEY);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err;

		change_requests(s, rows[i]);
		CHECK(run(s, NOW + 7, &err) == RC_PERM, rows[i]);
		CHECK(str_starts(err.text, "forged: "), err.text);
		CHECK_STR(row(s, 1).error, err.text, "kept");
		CHECK(row(s, 1).done != 0, "settled");
		CHECK(run(s, NOW + DAY, &err) == RC_NONE, "told once");
		change_requests(s,
		    "userid = 'ann', address = 'ann@remotes.club', "
		    "email = 'ann@mailbox.example', pubkey = '" KEY "', "
		    "decided = 1767225607, approval = NULL");
		/* An administrator has looked at it. */
		CHECK(approve(r, 1, &err) == RC_OK, err.text);
		CHECK(row(s, 1).done == 0, "due again");
	}
	CHECK(!has_run(s), "ran");
	CHECK(run(s, NOW + 7, NULL) == RC_OK && has_run(s), "as it was");
	CHECK(approve(r, 1, NULL) == RC_PERM, "approved already");
}

/* Written by the web form's user: nothing but a row. */
static void
a_forged_approval_makes_nobody(void **state)
{
	struct script *s = *state;
	struct requests *r = s->requests;
	struct registration_form form = form_of(r, 1, "eve");
	struct db *db;
	struct err err;

	set_script(s, "touch $D/ran");
	form.pubkey = KEY;
	CHECK(ask_form(r, &form, NOW) == RC_OK, "ask");
	change_requests(s, "state = 'approved', proven = 1, decided = 2");
	db = temp_store_take(r->temp);
	CHECK(provision_insert(db, id_of(r, 1), 1, NULL) == RC_OK, "insert");
	store_give(r->store, db);
	CHECK(run(s, NOW, &err) == RC_PERM && !has_run(s), "forged");
	CHECK(count_rows(r, "SELECT COUNT(*) FROM account") == 0, "account");
	CHECK(approve(r, 1, &err) == RC_PERM, "approve");
	CHECK(strstr(err.text, "somebody has forged it") != NULL, err.text);
}

static void
without_the_secret_all_waits(void **state)
{
	static const struct keyed_secrets ill = {NULL, 0, "approvals: ill"};
	static const struct keyed_secrets none = {0};
	struct script *s = *state;
	struct requests *r = s->requests;
	struct registration_form form = form_of(r, 2, "bob");
	struct err err;

	set_script(s, "touch $D/ran");
	give_member(s, 1, "ann", KEY);
	s->settings.approvals = &ill;
	CHECK(run(s, NOW + 7, &err) == RC_TEMP, "run");
	CHECK(strstr(err.text, "approvals: ill") != NULL, err.text);
	CHECK(row(s, 1).attempts == 0, "not claimed");
	form.pubkey = KEY;
	CHECK(ask_form(r, &form, NOW) == RC_OK, "ask");
	CHECK(prove(r, 2, code_of(r, 2), NOW) == RC_OK, "prove");
	r->settings.approvals = &none;
	CHECK(approve(r, 2, &err) == RC_TEMP, "approve");
	CHECK(strstr(err.text, "cannot be signed") != NULL, err.text);
	CHECK_STR(state_of(r, 2), "proven", "nothing is changed");
}

static void
gives_the_command_nothing_that_was_not_asked_for(void **state)
{
	static const struct {
		const char *set, *what;
	} rows[] = {
	    {"userid = '../ann'", "its user id"},
	    {"userid = 'root'", "its user id"},
	    {"userid = 'ann\nx'", "its user id"},
	    {"address = 'bob@remotes.club'", "its address"},
	    {"address = 'ann@remotes.club\n'", "its address"},
	    {"email = '|/bin/sh'", "its mailbox"},
	    {"email = 'a@b.example\n|/bin/sh'", "its mailbox"},
	    {"email = 'a@b.example, c@d.example'", "its mailbox"},
	    {"pubkey = REPLACE(pubkey, 'ssh-', 'command=\"id\" ssh-')",
		"its key"},
	    {"pubkey = REPLACE(pubkey, 'ssh-', 'ssh-rsa x\nssh-')", "its key"},
	};
	struct script *s = *state;
	int64_t now = NOW + 7;

	set_script(s, "touch $D/ran");
	give_member(s, 1, "ann", KEY);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err;

		change_requests(s, rows[i].set);
		sign_what_is_there(s);
		CHECK(run(s, now, &err) == RC_TEMP, rows[i].set);
		CHECK(str_starts(err.text, rows[i].what), err.text);
		CHECK_STR(row(s, 1).error, err.text, "kept");
		now = row(s, 1).next_try;
		change_requests(s,
		    "state = 'approved', userid = 'ann', "
		    "address = 'ann@remotes.club', "
		    "email = 'ann@mailbox.example', pubkey = '" KEY "'");
	}
	CHECK(!has_run(s), "ran");
	sign_what_is_there(s);
	CHECK(run(s, now, NULL) == RC_OK, "as it was");
}

#define WITH_SCRIPT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SCRIPT(gives_the_command_what_it_needs_and_no_more),
	    WITH_SCRIPT(gives_an_empty_input_without_a_key),
	    WITH_SCRIPT(needs_no_reader_of_its_input),
	    WITH_SCRIPT(tries_again_and_waits_longer_each_time),
	    WITH_SCRIPT(tells_how_it_ended),
	    WITH_SCRIPT(kills_what_takes_too_long),
	    WITH_SCRIPT(waits_for_no_child_of_the_command),
	    WITH_SCRIPT(shows_a_limited_number_of_printable_lines),
	    WITH_SCRIPT(keeps_the_last_line_of_many),
	    WITH_SCRIPT(resets_signals_and_closes_descriptors),
	    WITH_SCRIPT(runs_nothing_without_a_command),
	    WITH_SCRIPT(takes_over_when_a_lease_has_run_out),
	    WITH_SCRIPT(forgets_a_deleted_request),
	    WITH_SCRIPT(runs_each_once_side_by_side),
	    WITH_SCRIPT(runs_nothing_that_no_administrator_has_signed),
	    WITH_SCRIPT(a_forged_approval_makes_nobody),
	    WITH_SCRIPT(without_the_secret_all_waits),
	    WITH_SCRIPT(gives_the_command_nothing_that_was_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
