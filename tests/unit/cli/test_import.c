/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/str.h"
#include "export.h"

static const char *const domains[] = {"remotes.club", "second.example"};

static struct import_settings
settings_of(struct forwards_settings *f, bool two)
{
	*f = (struct forwards_settings){
	    .domains = domains, .n_domains = two ? 2 : 1, .delimiter = "+"};
	return (struct import_settings){
	    .forwards = f, .domain = two ? NULL : domains[0]};
}

/* "1 ann@remotes.club a@x.example b@x.example" for each account; a paused
   target has a "-" before it, a suspended account a "!"; then the problems and
   the notes, each with its line. */
static const char *
read_as_text(struct arena *a, enum import_format format, bool two,
    const char *text, size_t len)
{
	struct forwards_settings f;
	struct import_settings settings = settings_of(&f, two);
	struct import got;
	struct str s;

	str_init(&s, a);
	import_read(a, format, &settings, text, len, &got);
	for (size_t i = 0; i < got.n; i++) {
		const struct import_entry *e = &got.entries[i];

		str_addf(&s, "%zu %s%s", e->line, e->suspended ? "!" : "",
		    e->account);
		for (size_t k = 0; k < e->n; k++)
			str_addf(&s, " %s%s", e->targets[k].paused ? "-" : "",
			    e->targets[k].text);
		str_addf(&s, "%s%s\n", e->strategy != NULL ? " =" : "",
		    e->strategy != NULL ? e->strategy : "");
	}
	for (size_t i = 0; i < got.n_problems; i++)
		str_addf(&s, "%zu: %s\n", got.problems[i].line,
		    got.problems[i].text);
	for (size_t i = 0; i < got.n_notes; i++)
		str_addf(&s, "%zu note %s\n", got.notes[i].line,
		    got.notes[i].text);
	return s.text;
}

struct row {
	const char *name, *text, *want;
	bool two; /* domains */
};

static void
check_rows(enum import_format format, const struct row *rows, size_t n)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < n; i++) {
		CHECK_STR(read_as_text(a, format, rows[i].two, rows[i].text,
			      strlen(rows[i].text)),
		    rows[i].want, rows[i].name);
		arena_reset(a);
	}
	arena_free(a);
}

#define NO_DOMAIN "no domain: say with --domain which it is"

static void
reads_aliases(void **state)
{
	static const struct row rows[] = {
	    {"one", "ann: a@x.example\n", "1 ann@remotes.club a@x.example\n",
		false},
	    {"several, with and without commas",
		"ann: a@x.example, b@x.example c@x.example",
		"1 ann@remotes.club a@x.example b@x.example c@x.example\n",
		false},
	    {"one goes on, across comments and empty lines",
		"# who\nann: a@x.example,\n# more\n\n\tb@x.example\n"
		"bob:\n c@x.example\n",
		"2 ann@remotes.club a@x.example b@x.example\n"
		"6 bob@remotes.club c@x.example\n",
		false},
	    {"names in quotes, in capitals, without blanks",
		"\"ann smith\":a@x.example\n\"x:y\" : b@x.example\n"
		"Postmaster: ANN\n",
		"1 ann smith@remotes.club a@x.example\n"
		"2 x:y@remotes.club b@x.example\n"
		"3 postmaster@remotes.club ANN@remotes.club\n",
		false},
	    {"a mark of the byte order, CR LF",
		"\xef\xbb\xbf"
		"ann: a@x.example\r\nbob: b@x.example\r\n",
		"1 ann@remotes.club a@x.example\n"
		"2 bob@remotes.club b@x.example\n",
		false},
	    {"names, comments and routes of RFC 822",
		"ann: Ann Smith <a@x.example>, b@x.example (Bob)\n",
		"1 ann@remotes.club a@x.example b@x.example\n", false},
	    {"with our domain",
		"ann@second.example: a@x.example\n"
		"\"bob@second.example\": b@x.example\n",
		"1 ann@second.example a@x.example\n"
		"2 bob@second.example b@x.example\n",
		true},
	    {"the same target twice counts once",
		"ann: a@x.example, A@X.example\n",
		"1 ann@remotes.club a@x.example\n", false},
	    {"the same line twice, too",
		"ann: a@x.example, b@x.example\nANN: b@x.example, a@x.example",
		"1 ann@remotes.club a@x.example b@x.example\n", false},
	    {"UTF-8",
		"j\xc3\xb6rg: j\xc3\xb6rg@b\xc3\xbc"
		"cher.example\n",
		"1 j\xc3\xb6rg@remotes.club "
		"j\xc3\xb6rg@xn--bcher-kva.example\n",
		false},
	    {"what is delivered here",
		"ann: a@x.example, |\"/bin/x y\"\nbob: /var/mail/bob\n"
		"carl: :include:/etc/list\ndora: \\dora\n\"|x\": e@x.example\n"
		"eve: \"|/bin/x\"\nfred: ~/mbox\ngus: |/bin/x a@x.example\n",
		"5 |x@remotes.club e@x.example\n"
		"1: ann@remotes.club: |/bin/x y: a command is no forward\n"
		"2: bob@remotes.club: /var/mail/bob: a file is no forward\n"
		"3: carl@remotes.club: :include:/etc/list: an included file "
		"is no forward\n"
		"4: dora@remotes.club: dora: local delivery is no forward\n"
		"6: eve@remotes.club: |/bin/x: a command is no forward\n"
		"7: fred@remotes.club: ~/mbox: a file is no forward\n"
		"8: gus@remotes.club: |/bin/x: a command is no forward\n",
		false},
	    {"what is no alias",
		"ann\nbob:\n  \ncarl smith: c@x.example\n: d@x.example\n"
		"eve@other.example: e@x.example\nfred: f@\ngus: -g@x.example\n",
		"1: expected \"name: address\": ann\n"
		"2: bob@remotes.club: no target\n"
		"4: carl smith: expected one address\n"
		"5: : expected one address\n"
		"6: eve@other.example: other.example is not one of "
		"our domains\n"
		"7: fred@remotes.club: f@: no domain behind the @\n"
		"8: gus@remotes.club: -g@x.example: a hyphen first, where "
		"Postfix does not deliver\n",
		false},
	    {"a blank first", " ann: a@x.example\n",
		"1: it begins with a blank, and there is no line before\n",
		false},
	    {"others of one name",
		"ann: a@x.example\nbob: b@x.example\nann: c@x.example\n",
		"1 ann@remotes.club a@x.example\n"
		"2 bob@remotes.club b@x.example\n"
		"3: ann@remotes.club: is in line 1, and its targets are "
		"others\n",
		false},
	    {"itself", "ann: Ann@Remotes.club\n",
		"1: ann@remotes.club: Ann@Remotes.club: forwards to itself: "
		"mail is not kept here\n",
		false},
	    {"which domain?", "ann: a@x.example\nbob@remotes.club: b\n",
		"1: ann: " NO_DOMAIN "\n2: bob@remotes.club: b: " NO_DOMAIN
		"\n",
		true},
	};

	(void)state;
	check_rows(IMPORT_ALIASES, rows, COUNT(rows));
}

static void
reads_virtual(void **state)
{
	static const struct row rows[] = {
	    {"one and several",
		"ann@remotes.club a@x.example\n"
		"bob@second.example\tb@x.example, c@x.example d@x.example\n",
		"1 ann@remotes.club a@x.example\n"
		"2 bob@second.example b@x.example c@x.example d@x.example\n",
		true},
	    {"a catch-all", "@remotes.club a@x.example\n",
		"1 @remotes.club a@x.example\n", false},
	    {"of another house", "@other.example a@x.example\n",
		"1: @other.example: other.example is not one of "
		"our domains\n",
		false},
	    {"only names of domains",
		"remotes.club anything\nold.example OK\n"
		"second.example a@x.example\n",
		"1 note remotes.club: left out: it only names a domain\n"
		"2 note old.example: left out: it only names a domain\n"
		"3 note second.example: left out: it only names a domain\n",
		true},
	    {"without domain", "ann bob\njohn.doe j@x.example\n",
		"1 ann@remotes.club bob@remotes.club\n"
		"2 john.doe@remotes.club j@x.example\n",
		false},
	    {"without domain, of several", "ann@remotes.club bob\n",
		"1: ann@remotes.club: bob: " NO_DOMAIN "\n", true},
	    {"quotes", "\"a b\"@remotes.club \"c d\"@x.example\n",
		"1 a b@remotes.club \"c d\"@x.example\n", false},
	    {"to a whole domain", "@remotes.club @x.example\n",
		"1: @remotes.club: @x.example: a whole domain is no target\n",
		false},
	    {"expressions", "/^ann@/ a@x.example\nif /x/\nendif\n",
		"1: /^ann@/: a regular expression: name each address\n"
		"2: if: a regular expression: name each address\n"
		"3: endif: expected \"address target\"\n",
		false},
	    {"files are addresses here", "ann@remotes.club /a@x.example\n",
		"1 ann@remotes.club /a@x.example\n", false},
	    {"but not without domain", "ann@remotes.club /dev/null\n",
		"1: ann@remotes.club: /dev/null: a file is no forward\n",
		false},
	};

	(void)state;
	check_rows(IMPORT_VIRTUAL, rows, COUNT(rows));
}

static void
reads_postfixadmin(void **state)
{
	static const struct row rows[] = {
	    {"as mysql prints it",
		"address\tgoto\tactive\n"
		"ann@remotes.club\ta@x.example,b@x.example\t1\n"
		"@remotes.club\tc@x.example\t0\n",
		"2 ann@remotes.club a@x.example b@x.example\n"
		"3 !@remotes.club c@x.example\n",
		false},
	    {"all columns, escapes",
		"address\tgoto\tdomain\tcreated\tmodified\tactive\n"
		"\"a\\\\\\\\b\"@remotes.club\ta@x.example\tremotes.club\t2001\t"
		"2002\t1\n",
		"2 a\\b@remotes.club a@x.example\n", false},
	    {"CSV",
		"address,goto,active\r\nann@remotes.club,"
		"\"a@x.example,b@x.example\",t\r\n",
		"2 ann@remotes.club a@x.example b@x.example\n", false},
	    {"a mailbox of its own",
		"address\tgoto\nann@remotes.club\tann@remotes.club\n",
		"2: ann@remotes.club: ann@remotes.club: forwards to itself: "
		"mail is not kept here\n",
		false},
	    {"SQL", "INSERT INTO alias VALUES ('a')",
		"1: SQL: export it with mysql --batch -e \"SELECT address, "
		"goto, active FROM alias\"\n",
		false},
	    {"no header", "x\ty\n",
		"1: expected a line with the names of the columns, among them "
		"address and goto\n",
		false},
	    {"wrong words",
		"address\tgoto\tactive\nann@remotes.club\ta@x.example\t7\n",
		"2: active: expected 1 or 0\n", false},
	};

	(void)state;
	check_rows(IMPORT_POSTFIXADMIN, rows, COUNT(rows));
}

static void
reads_csv(void **state)
{
	static const struct row rows[] = {
	    {"a target a line",
		"address,target\nann@remotes.club,a@x.example\n"
		"bob,b@x.example\nANN@remotes.club,c@x.example\n",
		"2 ann@remotes.club a@x.example c@x.example\n"
		"3 bob@remotes.club b@x.example\n",
		false},
	    {"several in one field",
		"address,target\nann,\"a@x.example, b@x.example\"\n",
		"2 ann@remotes.club a@x.example b@x.example\n", false},
	    {"all columns, in another order",
		"target,Strategy,address,state,suspended\n"
		"a@x.example,hold,ann,paused,yes\nb@x.example,,bob,,\n",
		"2 !ann@remotes.club -a@x.example =hold\n"
		"3 bob@remotes.club b@x.example\n",
		false},
	    {"quotes, CR LF, a mark, semicolons",
		"\xef\xbb\xbf\"address\";\"target\"\r\n\r\n"
		"\"\"\"a b\"\"@remotes.club\" ; \"a@x.example\"\r\n",
		"3 a b@remotes.club a@x.example\n", false},
	    {"lines in quotes count",
		"address,target,note\nann,a@x.example,\"x\ny\"\n"
		"bob,b@,z\n",
		"2 ann@remotes.club a@x.example\n"
		"4: bob@remotes.club: b@: no domain behind the @\n"
		"1 note column \"note\" is left out: nothing here keeps it\n",
		false},
	    {"no header", "ann@remotes.club,a@x.example\n",
		"1 ann@remotes.club a@x.example\n", false},
	    {"no target", "address,target\nann@remotes.club,\n",
		"2 ann@remotes.club\n", false},
	    {"what cannot be read",
		"address,target\nann,\"a@x.example\"x\nbob,b@x.example,c\n"
		"carl,c@x.example\n\"dora,d@x.example\n",
		"4 carl@remotes.club c@x.example\n"
		"2: something behind the quotes of a field\n"
		"3: more columns than the first line has\n"
		"5: quotes that do not end\n",
		false},
	    {"two that differ",
		"address,target,strategy\nann,a@x.example,hold\n"
		"ann,b@x.example,keep\nbob,b@x.example,\nbob,B@x.example,\n",
		"2 ann@remotes.club a@x.example =hold\n"
		"4 bob@remotes.club b@x.example\n"
		"3: ann@remotes.club: is in line 2, and its state or strategy "
		"is another\n"
		"5: bob@remotes.club: is in line 4, and it has that target "
		"already\n",
		false},
	    {"wrong words",
		"address,target,state,suspended,strategy\n"
		"a,a@x.example,on,,\nb,b@x.example,,maybe,\n"
		"c,c@x.example,,,burn\nd,d@x.example,,,rewrite\n",
		"2: state: expected active or paused\n"
		"3: suspended: expected yes or no\n"
		"4: strategy: expected default, keep, hold, reject or "
		"rewrite\n"
		"5: strategy rewrite: forwarding.from-domain is not set\n",
		false},
	    {"UTF-16",
		"\xff\xfe"
		"a",
		"1: this is UTF-16: save it as UTF-8\n", false},
	    {"an empty file", "", "", false},
	};

	(void)state;
	check_rows(IMPORT_CSV, rows, COUNT(rows));
}

static void
tells_of_a_nul_and_of_too_many_targets(void **state)
{
	static const char nul[] = "ann: a@x.example\0b\nbob: b@x.example\n";
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	CHECK_STR(read_as_text(a, IMPORT_ALIASES, false, nul, sizeof(nul) - 1),
	    "2 bob@remotes.club b@x.example\n1: a NUL in it\n", "NUL");
	str_init(&s, a);
	str_add(&s, "ann: ");
	for (int i = 0; i <= FORWARDS_TARGETS_MAX; i++)
		str_addf(&s, "t%d@x.example ", i);
	CHECK_STR(read_as_text(a, IMPORT_ALIASES, false, s.text, s.len),
	    "1: ann@remotes.club: t20@x.example: one target too many\n",
	    "21 targets");
	arena_free(a);
}

/* What nobody has written by hand is not kept in memory. */
static void
tells_of_lines_that_are_too_long(void **state)
{
	static const char *const begins[IMPORT_FORMATS] = {
	    [IMPORT_ALIASES] = "ann: a@x.example,\n ",
	    [IMPORT_VIRTUAL] = "ann a@x.example,",
	    [IMPORT_POSTFIXADMIN] = "address\tgoto\nann\ta@x.example,",
	    [IMPORT_CSV] = "address,target\nann,\"a@x.example,",
	};
	static const char *const ends[IMPORT_FORMATS] = {"\nbob: b@x.example\n",
	    "\nbob b@x.example\n", "\nbob\tb@x.example\n",
	    "\nbob,b@x.example\n"};
	static const char *const wants[IMPORT_FORMATS] = {
	    "3 bob@remotes.club b@x.example\n"
	    "1: a line of more than 65536 bytes\n",
	    "2 bob@remotes.club b@x.example\n"
	    "1: a line of more than 65536 bytes\n",
	    "3 bob@remotes.club b@x.example\n"
	    "2: a field of more than 65536 bytes\n",
	    "3 bob@remotes.club b@x.example\n"
	    "2: a field of more than 65536 bytes\n",
	};
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	for (size_t k = 0; k < IMPORT_FORMATS; k++) {
		str_init(&s, a);
		str_add(&s, begins[k]);
		for (int i = 0; i < 70000; i++)
			str_add(&s, "\\\\");
		str_add(&s, ends[k]);
		CHECK_STR(read_as_text(a, (enum import_format)k, false, s.text,
			      s.len),
		    wants[k], import_format_name((enum import_format)k));
	}
	arena_free(a);
}

/* Whatever is written is read as the same, or left out and told. */
static void
writes_what_it_reads(void **state)
{
	static struct import_target plain[] = {{"a@x.example", false}},
				    odd[] = {{"\"c d\"@x.example", false},
					{"/e@x.example", false},
					{"\"f\\\\g\\\"h\"@x.example", false},
					{"j\xc3\xb6rg+x@x.example", false},
					{"k!l%m@x.example", false},
					{"\" n\"@x.example", false}},
				    paused[] = {{"a@x.example", true},
					{"b@x.example", false}};
	static const struct {
		struct import_entry entry;
		const char *texts[IMPORT_FORMATS], *left_out[IMPORT_FORMATS];
	} rows[] = {
	    {{.account = "ann@remotes.club", .targets = plain, .n = 1},
		{"ann: a@x.example\n", "ann@remotes.club a@x.example\n",
		    "ann@remotes.club\ta@x.example\t1\n",
		    "ann@remotes.club,a@x.example,active,no,\n"},
		{0}},
	    {{.account = "a \"b@remotes.club", .targets = odd, .n = 1},
		{"\"a \\\"b\": \"c d\"@x.example\n",
		    "\"a \\\"b\"@remotes.club \"c d\"@x.example\n",
		    "\"a \\\\\"b\"@remotes.club\t\"c d\"@x.example\t1\n",
		    "\"\"\"a \\\"\"b\"\"@remotes.club\",\"\"\"c d\"\"@x.example"
		    "\",active,no,\n"},
		{0}},
	    {{.account = "@remotes.club", .targets = plain, .n = 1},
		{NULL, "@remotes.club a@x.example\n",
		    "@remotes.club\ta@x.example\t1\n",
		    "@remotes.club,a@x.example,active,no,\n"},
		{"this format cannot say it"}},
	    {{.account = "ann@remotes.club",
		 .targets = paused,
		 .n = 2,
		 .strategy = "hold"},
		{"ann: b@x.example\n", "ann@remotes.club b@x.example\n",
		    "ann@remotes.club\tb@x.example\t1\n",
		    "ann@remotes.club,a@x.example,paused,no,hold\n"
		    "ann@remotes.club,b@x.example,active,no,hold\n"},
		{"a@x.example: paused", "a@x.example: paused",
		    "a@x.example: paused", NULL}},
	    {{.account = "ann@remotes.club", .suspended = true},
		{NULL, NULL, "ann@remotes.club\t\t0\n",
		    "ann@remotes.club,,,yes,\n"},
		{"it is suspended", "it is suspended"}},
	    {{.account = "a@b@remotes.club", .targets = plain, .n = 1},
		{NULL, "\"a@b\"@remotes.club a@x.example\n",
		    "\"a@b\"@remotes.club\ta@x.example\t1\n",
		    "\"\"\"a@b\"\"@remotes.club\",a@x.example,active,no,\n"},
		{"this format cannot say it"}},
	};
	struct import_entry entry = {
	    .account = "j\xc3\xb6rg@remotes.club", .targets = odd};
	struct forwards_settings f;
	struct import_settings settings = settings_of(&f, false);
	struct arena *a = arena_new();
	const char *left_out;
	struct export e;

	(void)state;
	for (size_t k = 0; k < IMPORT_FORMATS; k++) {
		export_begin(a, (enum import_format)k, &settings, &e);
		for (size_t i = 0; i < COUNT(rows); i++) {
			CHECK_STR(export_text(&e, a, &rows[i].entry, &left_out),
			    rows[i].texts[k], rows[i].entry.account);
			CHECK_STR(left_out, rows[i].left_out[k],
			    rows[i].entry.account);
		}
		for (entry.n = 1; k > IMPORT_ALIASES && entry.n <= COUNT(odd);
		     entry.n++) {
			CHECK(export_text(&e, a, &entry, &left_out) != NULL,
			    odd[entry.n - 1].text);
			CHECK_STR(left_out, NULL, odd[entry.n - 1].text);
		}
		export_end(&e);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_aliases),
	    cmocka_unit_test(reads_virtual),
	    cmocka_unit_test(reads_postfixadmin),
	    cmocka_unit_test(reads_csv),
	    cmocka_unit_test(tells_of_a_nul_and_of_too_many_targets),
	    cmocka_unit_test(tells_of_lines_that_are_too_long),
	    cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
