/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/clock.h"
#include "forwarding/members.h"

#include <fcntl.h>

static enum rc
find(struct members *m, const char *name, struct forwards *out, struct err *err)
{
	struct address address;

	CHECK(address_read(m->arena, whole(m, name), &address, NULL) == RC_OK,
	    name);
	return forwards_find(m->store, &m->settings, m->arena, &address, out,
	    err);
}

static const char *
joined(struct arena *a, const struct forwards *found)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < found->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : " ", found->targets[i]);
	return s.text;
}

/* An empty note: none. */
static void
check_find(struct members *m, const char *accounts, const char *name,
    const char *targets, const char *note)
{
	struct forwards got;
	struct err err = {""};
	enum rc rc;

	give_accounts(m, accounts);
	rc = find(m, name, &got, &err);
	CHECK(rc == RC_OK, err.text);
	CHECK_STR(joined(m->arena, &got), targets, accounts);
	CHECK(got.known ==
		  (targets[0] == '\0' ? FORWARDS_NO_TARGET : FORWARDS_FOUND),
	    accounts);
	if (note[0] == '\0')
		CHECK_STR(got.note, NULL, accounts);
	else
		CHECK(got.note != NULL && strstr(got.note, note) != NULL,
		    got.note != NULL ? got.note : accounts);
}

static void
knows_whose_an_address_is(void **state)
{
	static const char members[] =
	    "ann=a@example.org ann+list=l@example.org !sue=s@example.org "
	    "pam=-p@example.org pen=?p@example.org emp= "
	    "mix=-x@example.org,y@example.org "
	    "@second.example=all@example.org "
	    "!sue@second.example=s@example.org emp@second.example= "
	    "a@b@remotes.club=ab@example.org";
	static const struct {
		const char *address;
		enum forwards_known known;
		const char *account, *targets;
	} cases[] = {
	    {"ann@remotes.club", FORWARDS_FOUND, "ann@remotes.club",
		"a@example.org"},
	    {"ANN@Remotes.Club", FORWARDS_FOUND, "ann@remotes.club",
		"a@example.org"},
	    {"ann+list@remotes.club", FORWARDS_FOUND, "ann+list@remotes.club",
		"l@example.org"},
	    {"ann+LIST@remotes.club", FORWARDS_FOUND, "ann+list@remotes.club",
		"l@example.org"},
	    {"ann+other@remotes.club", FORWARDS_FOUND, "ann@remotes.club",
		"a@example.org"},
	    {"ann+list+more@remotes.club", FORWARDS_FOUND, "ann@remotes.club",
		"a@example.org"},
	    {"ann+@remotes.club", FORWARDS_FOUND, "ann@remotes.club",
		"a@example.org"},
	    {"+ann@remotes.club", FORWARDS_NO_ACCOUNT, NULL, ""},
	    {"bob@remotes.club", FORWARDS_NO_ACCOUNT, NULL, ""},
	    {"bob+x@remotes.club", FORWARDS_NO_ACCOUNT, NULL, ""},
	    {"sue@remotes.club", FORWARDS_NO_TARGET, "sue@remotes.club", ""},
	    {"pam@remotes.club", FORWARDS_NO_TARGET, "pam@remotes.club", ""},
	    {"pen@remotes.club", FORWARDS_NO_TARGET, "pen@remotes.club", ""},
	    {"emp@remotes.club", FORWARDS_NO_TARGET, "emp@remotes.club", ""},
	    {"mix@remotes.club", FORWARDS_FOUND, "mix@remotes.club",
		"y@example.org"},
	    {"any@second.example", FORWARDS_FOUND, "@second.example",
		"all@example.org"},
	    {"any+x@second.example", FORWARDS_FOUND, "@second.example",
		"all@example.org"},
	    {"sue@second.example", FORWARDS_NO_TARGET, "sue@second.example",
		""},
	    {"sue+x@second.example", FORWARDS_NO_TARGET, "sue@second.example",
		""},
	    {"emp@second.example", FORWARDS_NO_TARGET, "emp@second.example",
		""},
	    {"ann@example.org", FORWARDS_NOT_OURS, NULL, ""},
	    {"ann@sub.remotes.club", FORWARDS_NOT_OURS, NULL, ""},
	    {"\"a@b\"@remotes.club", FORWARDS_FOUND, "a@b@remotes.club",
		"ab@example.org"},
	};
	struct members *m = *state;

	give_accounts(m, members);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = cases[i].address;
		struct forwards got;

		CHECK(find(m, name, &got, NULL) == RC_OK, name);
		CHECK(got.known == cases[i].known, name);
		CHECK_STR(got.account, cases[i].account, name);
		CHECK_STR(joined(m->arena, &got), cases[i].targets, name);
		CHECK_STR(got.note, NULL, name);
	}
}

static void
set_failing(struct members *m, const char *name, const char *target,
    int64_t since)
{
	struct db *db = temp_store_take(m->temp);

	CHECK(forward_set_failing(db, whole(m, name), target, since, NULL) ==
		  RC_OK,
	    target);
	store_give(m->store, db);
}

/* What fails is left out; an account with nothing else is put off for a day,
   and then has no target. */
static void
leaves_out_what_fails(void **state)
{
	static const struct {
		const char *what, *target;
		int64_t ago;
		const char *asked, *targets;
		enum forwards_known known;
	} rows[] = {
	    {"all is well", NULL, 0, "ann", "a@example.org b@example.org",
		FORWARDS_FOUND},
	    {"one of two", "A@example.org", 90000, "ann", "b@example.org",
		FORWARDS_FOUND},
	    {"both, one for long", "b@example.org", 86390, "ann", "",
		FORWARDS_PUT_OFF},
	    {"who leads there", NULL, 0, "tom", "", FORWARDS_PUT_OFF},
	    {"both for long", "b@example.org", 86401, "ann", "",
		FORWARDS_NO_TARGET},
	    {"who leads there, later", NULL, 0, "tom", "", FORWARDS_NO_TARGET},
	};
	struct members *m = *state;

	give_accounts(m, "ann=a@example.org,b@example.org tom=ann");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *what = rows[i].what;
		struct forwards got;

		if (rows[i].target != NULL)
			set_failing(m, "ann", rows[i].target,
			    clock_now() - rows[i].ago);
		CHECK(find(m, rows[i].asked, &got, NULL) == RC_OK, what);
		CHECK(got.known == rows[i].known, what);
		CHECK_STR(joined(m->arena, &got), rows[i].targets, what);
		CHECK_STR(got.account, whole(m, rows[i].asked), what);
		if (got.n == 0)
			CHECK_STR(got.note,
			    "all targets of ann@remotes.club fail", what);
		for (size_t k = 0; k < got.n; k++)
			CHECK_STR(got.holders[k], "ann@remotes.club", what);
	}
}

static void
says_whose_forward_a_target_is(void **state)
{
	struct members *m = *state;
	struct forwards got;

	give_accounts(m, "tom=ann,t@example.org ann=a@example.org");
	CHECK(find(m, "tom", &got, NULL) == RC_OK, "find");
	CHECK_STR(joined(m->arena, &got), "t@example.org a@example.org",
	    "targets");
	CHECK_STR(got.holders[0], "tom@remotes.club", "tom's own");
	CHECK_STR(got.holders[1], "ann@remotes.club", "ann's");
}

static void
does_not_own_what_has_no_domain(void **state)
{
	static const struct address addresses[] = {
	    {"postmaster", ""}, {"postmaster", NULL}};
	struct members *m = *state;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct forwards got;

		CHECK(forwards_find(m->store, &m->settings, m->arena,
			  &addresses[i], &got, NULL) == RC_OK,
		    "find");
		CHECK(got.known == FORWARDS_NOT_OURS, "not ours");
	}
}

static void
splits_at_the_delimiters_only(void **state)
{
	static const struct {
		const char *delimiter, *address;
		enum forwards_known known;
	} cases[] = {
	    {"", "ann+x", FORWARDS_NO_ACCOUNT},
	    {"-", "ann+x", FORWARDS_NO_ACCOUNT},
	    {"-", "ann-x", FORWARDS_FOUND},
	    {"+-", "ann-x", FORWARDS_FOUND},
	    {"+-", "ann+x", FORWARDS_FOUND},
	};
	struct members *m = *state;

	give_accounts(m, "ann=a@example.org");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct forwards got;

		m->settings.delimiter = cases[i].delimiter;
		CHECK(find(m, cases[i].address, &got, NULL) == RC_OK,
		    cases[i].address);
		CHECK(got.known == cases[i].known, cases[i].address);
	}
}

static void
serves_its_domains(void **state)
{
	struct members *m = *state;

	CHECK(forwards_configured(&m->settings, "remotes.club"), "first");
	CHECK(forwards_configured(&m->settings, "second.example"), "second");
	CHECK(!forwards_configured(&m->settings, "example"), "above");
	CHECK(!forwards_configured(&m->settings, ""), "none");
}

static void
follows_targets_of_our_own(void **state)
{
	static const struct {
		const char *name, *members, *targets, *note;
	} cases[] = {
	    {"chain", "ann=bob bob=eve eve=e@example.org", "e@example.org", ""},
	    {"near ones first", "ann=bob,z@example.org bob=b@example.org",
		"z@example.org b@example.org", ""},
	    {"across domains",
		"ann=bob@second.example bob@second.example=b@example.org",
		"b@example.org", ""},
	    {"extension of its own",
		"ann=bob+x bob=b@example.org bob+x=x@example.org",
		"x@example.org", ""},
	    {"extension of none", "ann=bob+x bob=b@example.org",
		"b@example.org", ""},
	    {"catch-all",
		"ann=any@second.example @second.example=c@example.org",
		"c@example.org", ""},
	    {"case", "ann=BOB@REMOTES.CLUB bob=b@example.org", "b@example.org",
		""},
	    {"duplicates",
		"ann=bob,B@example.org bob=b@EXAMPLE.org,c@example.org",
		"B@example.org c@example.org", ""},
	    {"two ways to one", "ann=bob,eve bob=joe eve=joe joe=j@example.org",
		"j@example.org", ""},
	    {"cycle", "ann=bob bob=ann", "",
		"a cycle: bob@remotes.club forwards back to ann@remotes.club"},
	    {"to itself", "ann=ann", "",
		"a cycle: ann@remotes.club forwards back to ann@remotes.club"},
	    {"to its extension", "ann=ann+x", "", "a cycle: ann@remotes.club"},
	    {"cycle with an exit",
		"ann=bob,a@example.org bob=ann,b@example.org",
		"a@example.org b@example.org", "a cycle: bob@remotes.club"},
	    {"cycle further on", "ann=bob bob=eve eve=bob", "",
		"a cycle: eve@remotes.club forwards back to bob@remotes.club"},
	    {"catch-all of itself",
		"ann=x@second.example @second.example=y@second.example", "",
		"a cycle: @second.example forwards back to @second.example"},
	    {"to nobody", "ann=zoe,a@example.org", "a@example.org",
		"zoe@remotes.club, a target of ann@remotes.club, is nobody's "
		"address"},
	    {"to nobody only", "ann=zoe", "", "is nobody's address"},
	    {"to one suspended", "ann=bob !bob=b@example.org", "",
		"bob@remotes.club, a target of ann@remotes.club, has no "
		"forwarding address"},
	    {"to one without", "ann=bob bob=-b@example.org", "",
		"has no forwarding address"},
	    {"to no address", "ann=a@b@c,a@example.org", "a@example.org",
		"a@b@c, a target of ann@remotes.club, is no address"},
	};
	struct members *m = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		check_find(m, cases[i].members, "ann", cases[i].targets,
		    cases[i].note);
}

static void
follows_so_many_accounts_in_a_row(void **state)
{
	struct members *m = *state;

	check_find(m, chain(m, FORWARDS_CHAIN_MAX), "u1", "u@example.org", "");
	check_find(m, chain(m, FORWARDS_CHAIN_MAX + 1), "u1", "",
	    "u11@remotes.club, a target of u10@remotes.club, is left out");
}

static void
takes_the_shortest_way(void **state)
{
	struct members *m = *state;

	check_find(m, arena_printf(m->arena, "ann=u1,u9 %s", chain(m, 12)),
	    "ann", "u@example.org", "");
}

/* ann=u1,...,uN, and each of those with some targets */
static const char *
tree(struct members *m, int n, int targets)
{
	struct str s;

	str_init(&s, m->arena);
	str_add(&s, "ann=");
	for (int i = 1; i <= n; i++)
		str_addf(&s, "%su%d", i == 1 ? "" : ",", i);
	for (int i = 1; i <= n; i++) {
		str_addf(&s, " u%d=", i);
		for (int k = 0; k < targets; k++)
			str_addf(&s, "%su%d.%d@example.org", k == 0 ? "" : ",",
			    i, k);
	}
	return s.text;
}

static void
finds_so_many_targets(void **state)
{
	struct members *m = *state;
	struct forwards got;

	give_accounts(m, tree(m, 10, 5));
	CHECK(find(m, "ann", &got, NULL) == RC_OK, "50");
	CHECK(got.n == FORWARDS_FINAL_MAX, "50");
	CHECK_STR(got.note, NULL, "50");
	give_accounts(m, tree(m, 17, 3));
	CHECK(find(m, "ann", &got, NULL) == RC_OK, "51");
	CHECK(got.n == FORWARDS_FINAL_MAX, "51");
	CHECK(strstr(got.note, "more than 50 targets") != NULL, got.note);
}

static void
visits_so_many_accounts(void **state)
{
	struct members *m = *state;
	struct forwards got;

	give_accounts(m, tree(m, 49, 1));
	CHECK(find(m, "ann", &got, NULL) == RC_OK, "50");
	CHECK_STR(got.note, NULL, "50");
	give_accounts(m, tree(m, 50, 1));
	CHECK(find(m, "ann", &got, NULL) == RC_OK, "51");
	CHECK(got.n == 49, "51");
	CHECK(strstr(got.note, "or 50 in all") != NULL, got.note);
}

static void
does_not_know_without_the_store(void **state)
{
	struct members *m = *state;
	struct forwards got;
	struct err err = {""};

	needs_a_file();
	CHECK(unlink(m->temp->path) == 0, m->temp->path);
	CHECK(find(m, "ann", &got, &err) == RC_TEMP, "ours");
	CHECK(strstr(err.text, "postward store init") != NULL, err.text);
	CHECK(find(m, "ann@example.org", &got, NULL) == RC_OK, "not ours");
	CHECK(got.known == FORWARDS_NOT_OURS, "not ours");
}

static void
does_not_know_when_a_table_fails(void **state)
{
	struct members *m = *state;
	struct db *db = temp_store_take(m->temp);
	struct forwards got;

	give_accounts(m, "ann=a@example.org");
	db_run(db, NULL, "DROP TABLE target_failure", "");
	db_run(db, NULL, "DROP TABLE target_health", "");
	db_run(db, NULL, "DROP TABLE forward", "");
	store_give(m->store, db);
	CHECK(find(m, "ann", &got, NULL) == RC_TEMP, "find");
}

/* The Unix users are joe and ann.x, who share a home. */
static const char *home;

static enum rc
home_of(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	(void)a;
	CHECK(user[strspn(user, "abcdefghijklmnopqrstuvwxyz.")] == '\0', user);
	if (strcmp(user, "trouble") == 0)
		return err_set(err, RC_TEMP, "users: trouble");
	if (strcmp(user, "joe") != 0 && strcmp(user, "ann.x") != 0)
		return RC_NONE;
	*out = (struct unix_user){home, geteuid()};
	return RC_OK;
}

/* NULL: no such file. */
static void
write_dot_forward(struct members *m, const char *text)
{
	char *path = arena_printf(m->arena, "%s/.forward", m->temp->folder);
	int fd;

	home = m->temp->folder;
	m->settings.home_of = home_of;
	unlink(path);
	if (text == NULL)
		return;
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0, path);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void
reads_homes_of_those_without_a_forward(void **state)
{
	static const struct {
		const char *name, *members, *text, *address, *targets, *note;
	} cases[] = {
	    {"no account", "", "j@example.org", "joe", "j@example.org", ""},
	    {"case", "", "j@example.org", "JOE", "j@example.org", ""},
	    {"dot", "", "j@example.org", "ann.x", "j@example.org", ""},
	    {"extension", "", "j@example.org", "joe+x", "j@example.org", ""},
	    {"other domain", "", "j@example.org", "joe@second.example",
		"j@example.org", ""},
	    {"account without", "joe=", "j@example.org", "joe", "j@example.org",
		""},
	    {"paused", "joe=-p@example.org", "j@example.org", "joe",
		"j@example.org", ""},
	    {"account with", "joe=a@example.org", "j@example.org", "joe",
		"a@example.org", ""},
	    {"suspended", "!joe=", "j@example.org", "joe", "", ""},
	    {"before the catch-all", "@remotes.club=c@example.org",
		"j@example.org", "joe", "j@example.org", ""},
	    {"no file", "joe=", NULL, "joe", "", ""},
	    {"no file, no catch-all", "@remotes.club=c@example.org", NULL,
		"joe", "", ""},
	    {"no user", "eve=", "j@example.org", "eve", "", ""},
	    {"no Unix name", "e&e=", "j@example.org", "e&e", "", ""},
	    {"bare name", "bob=b@example.org", "bob\n", "joe", "b@example.org",
		""},
	    {"as a target", "ann=joe", "j@example.org", "ann", "j@example.org",
		""},
	    {"itself", "", "joe, j@example.org", "joe", "j@example.org",
		"a cycle"},
	    {"command", "", "|vacation", "joe", "", "a command is no forward"},
	};
	struct members *m = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		write_dot_forward(m, cases[i].text);
		check_find(m, cases[i].members, cases[i].address,
		    cases[i].targets, cases[i].note);
	}
}

static void
reads_no_home_unless_told_to(void **state)
{
	struct members *m = *state;
	struct forwards got;

	write_dot_forward(m, "j@example.org");
	m->settings.home_of = NULL;
	CHECK(find(m, "joe", &got, NULL) == RC_OK, "find");
	CHECK(got.known == FORWARDS_NO_ACCOUNT, "find");
}

static void
does_not_know_when_a_home_fails(void **state)
{
	struct members *m = *state;
	struct forwards got;
	struct err err;

	write_dot_forward(m, "j@example.org");
	CHECK(find(m, "trouble", &got, &err) == RC_TEMP, "no user database");
	CHECK_STR(err.text, "users: trouble", "no user database");
	CHECK(chmod(home, 0777) == 0, home);
	CHECK(find(m, "joe", &got, &err) == RC_TEMP, "unsafe");
	CHECK(strstr(err.text, "others may write it") != NULL, err.text);
	give_accounts(m, "@remotes.club=c@example.org");
	CHECK(find(m, "joe", &got, &err) == RC_TEMP, "no catch-all instead");
	give_accounts(m, "ann=joe,a@example.org");
	CHECK(find(m, "ann", &got, &err) == RC_TEMP, "as a target");
}

#define NEEDS_MEMBERS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, members_set_up, members_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_MEMBERS(leaves_out_what_fails),
	    NEEDS_MEMBERS(says_whose_forward_a_target_is),
	    NEEDS_MEMBERS(knows_whose_an_address_is),
	    NEEDS_MEMBERS(does_not_own_what_has_no_domain),
	    NEEDS_MEMBERS(splits_at_the_delimiters_only),
	    NEEDS_MEMBERS(serves_its_domains),
	    NEEDS_MEMBERS(follows_targets_of_our_own),
	    NEEDS_MEMBERS(follows_so_many_accounts_in_a_row),
	    NEEDS_MEMBERS(takes_the_shortest_way),
	    NEEDS_MEMBERS(finds_so_many_targets),
	    NEEDS_MEMBERS(visits_so_many_accounts),
	    NEEDS_MEMBERS(does_not_know_without_the_store),
	    NEEDS_MEMBERS(does_not_know_when_a_table_fails),
	    NEEDS_MEMBERS(reads_homes_of_those_without_a_forward),
	    NEEDS_MEMBERS(reads_no_home_unless_told_to),
	    NEEDS_MEMBERS(does_not_know_when_a_home_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
