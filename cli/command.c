/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "base/str.h"
#include "option_table.h"
#include "output.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	const struct command *commands;
	size_t n;
};

static void
print_command_line(const struct command *c, FILE *to)
{
	char left[80];

	snprintf(left, sizeof(left), "%s%s%s%s%s", c->group,
	    c->name == NULL ? "" : " ", c->name == NULL ? "" : c->name,
	    c->arguments[0] == '\0' ? "" : " ", c->arguments);
	fprintf(to, "  %-35s %s\n", left, c->summary);
}

/* Does its name begin with that word, and have another one? */
static bool
command_is_below(const struct command *c, const char *word)
{
	size_t len = strlen(word);

	return c->name != NULL && strncmp(c->name, word, len) == 0 &&
	       c->name[len] == ' ';
}

/* group NULL: all of them; word: of a name of two, or NULL. */
static void
print_commands(const struct table *table, const char *group, const char *word,
    FILE *to)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct command *c = &table->commands[i];

		if ((group == NULL || strcmp(c->group, group) == 0) &&
		    (word == NULL || command_is_below(c, word)))
			print_command_line(c, to);
	}
}

static void
print_options(uint64_t set)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		char left[40], letter[] = "-x, ";

		if ((set & WITH(i)) == 0)
			continue;
		letter[1] = option_table[i].letter;
		snprintf(left, sizeof(left), "%s--%s%s%s",
		    option_table[i].letter == '\0' ? "" : letter,
		    option_table[i].name,
		    option_table[i].value == NULL ? "" : " ",
		    option_table[i].value == NULL ? "" : option_table[i].value);
		printf("  %-34s %s\n", left, option_table[i].help);
	}
}

static int
help_all(const struct table *table)
{
	printf("postward %s - the administrator's command of Postward, the "
	       "mail\n"
	       "guard and forwarder beside Postfix\n\n"
	       "usage: postward COMMAND [ARGUMENTS] [OPTIONS]\n\n",
	    settings_version);
	print_commands(table, NULL, NULL, stdout);
	printf("\nEvery command takes -c FILE (default %s) and\n"
	       "--help, which tells more about it.  Where to begin:\n\n"
	       "  postward check\n"
	       "  postward account add ann@remotes.club\n"
	       "  postward forward add ann@remotes.club ann@gmail.example\n"
	       "  postward request list\n\n"
	       "Exit status: 0 done, 1 failed or refused, 2 usage, 75 try "
	       "later.\n",
	    settings_default_path);
	return EXIT_DONE;
}

static void
help_group(const struct table *table, const char *group, const char *word,
    FILE *to)
{
	fprintf(to, "usage: postward %s%s%s COMMAND [ARGUMENTS] [OPTIONS]\n\n",
	    group, word == NULL ? "" : " ", word == NULL ? "" : word);
	print_commands(table, group, word, to);
}

static int
help_command(const struct command *c)
{
	printf("usage: postward %s%s%s%s%s [OPTIONS]\n\n%c%s.\n", c->group,
	    c->name == NULL ? "" : " ", c->name == NULL ? "" : c->name,
	    c->arguments[0] == '\0' ? "" : " ", c->arguments,
	    c->summary[0] + ('A' - 'a'), c->summary + 1);
	if (c->more[0] != '\0')
		printf("\n%s", c->more);
	printf("\n");
	print_options(c->options | WITH_EVERYWHERE);
	return EXIT_DONE;
}

static int
unknown_command(const struct invocation *in, const struct table *table,
    const char *group, const char *word)
{
	const char **words = memory_zeroed(table->n, sizeof(*words));
	const char *meant;
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct command *c = &table->commands[i];

		if (group == NULL)
			words[n++] = c->group;
		else if (strcmp(c->group, group) == 0)
			words[n++] = c->name;
	}
	meant = nearest(word, words, n);
	free(words);
	output_wrong(in, "no command \"%s%s%s\"%s%s%s",
	    group == NULL ? "" : group, group == NULL ? "" : " ", word,
	    meant == NULL ? "" : "; did you mean \"",
	    meant == NULL ? "" : meant, meant == NULL ? "" : "\"?");
	fprintf(stderr, "Try: postward%s%s --help\n", group == NULL ? "" : " ",
	    group == NULL ? "" : group);
	return EXIT_USAGE;
}

static bool
is_group(const struct table *table, const char *word)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->commands[i].name != NULL &&
		    strcmp(table->commands[i].group, word) == 0)
			return true;
	return false;
}

/* Do names of the group begin with that word and go on? */
static bool
is_first_word(const struct table *table, const char *group, const char *word)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->commands[i].group, group) == 0 &&
		    command_is_below(&table->commands[i], word))
			return true;
	return false;
}

static const struct command *
find_command(const struct table *table, const char *group, const char *name)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct command *c = &table->commands[i];

		if (strcmp(c->group, group) == 0 &&
		    (c->name == NULL ||
			(name != NULL && strcmp(c->name, name) == 0)))
			return c;
	}
	return NULL;
}

/* For getopt: "c:". */
static void
add_letter(char *letters, int option)
{
	size_t end = strlen(letters);

	if (option_table[option].letter == '\0')
		return;
	letters[end++] = option_table[option].letter;
	if (option_table[option].value != NULL)
		letters[end++] = ':';
	letters[end] = '\0';
}

static int
option_of(int letter)
{
	int i = 0;

	while (option_table[i].letter != letter)
		i++;
	return i;
}

/* A letter is in optopt. */
static bool
wrong_option(const struct invocation *in, const char *word, int found)
{
	const char *what =
	    found == ':' ? "needs a value" : "no such option of this command";

	if (optopt > ' ')
		output_wrong(in, "-%c: %s; --help tells more", optopt, what);
	else
		output_wrong(in, "%s: %s; --help tells more", word, what);
	return false;
}

/* Puts what is given into in->options; false, with a word on stderr, for
   what the command does not know. */
static bool
read_command_options(struct invocation *in, int argc, char **argv)
{
	static char program[] = "postward";
	uint64_t allowed = in->command->options | WITH_EVERYWHERE;
	struct option list[OPTIONS + 1] = {0};
	/* ":": it says nothing itself, and tells what lacks a value. */
	char letters[2 * OPTIONS + 2] = ":";
	struct given_option *given =
	    arena_take_array(in->arena, (size_t)argc, sizeof(*given));
	int n = 0, found, which;

	for (int i = 0; i < OPTIONS; i++)
		if ((allowed & WITH(i)) != 0) {
			list[n++] = (struct option){option_table[i].name,
			    option_table[i].value == NULL ? no_argument
							  : required_argument,
			    &which, i};
			add_letter(letters, i);
		}
	argv[0] = program;
	optind = 1;
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (found == '?' || found == ':')
			return wrong_option(in, argv[optind - 1], found);
		if (found != 0)
			which = option_of(found);
		in->options[which] = optarg == NULL ? "" : optarg;
		given[in->n_given++] = (struct given_option){
		    (enum option_id)which, in->options[which]};
	}
	in->given = given;
	in->arguments = argv + optind;
	in->n_arguments = argc - optind;
	return true;
}

static bool
change_resolver(struct invocation *in)
{
	const char *server = in->options[OPTION_RESOLVER];
	const char *timeout = in->options[OPTION_DNS_TIMEOUT];
	struct dns_settings *resolver = &in->settings->resolver;

	if (server != NULL) {
		if (!dns_server_valid(server)) {
			output_wrong(in,
			    "--resolver %s: expected an address, such as "
			    "127.0.0.1:53",
			    server);
			return false;
		}
		resolver->servers = &in->options[OPTION_RESOLVER];
		resolver->n_servers = 1;
		resolver->n_others = 0; /* lists, too */
	}
	if (timeout != NULL) {
		char *end;
		long ms = strtol(timeout, &end, 10);

		if (*end != '\0' || ms < 1 || ms > 600000) {
			output_wrong(in,
			    "--dns-timeout %s: expected milliseconds, 1 to "
			    "600000",
			    timeout);
			return false;
		}
		resolver->timeout_ms = ms;
		in->settings->policy.deadline_ms = ms;
	}
	return true;
}

static int
run_command(struct invocation *in)
{
	const struct command *c = in->command;
	const char *path = in->options[OPTION_CONFIG];
	struct err err;
	enum rc rc;

	if (in->options[OPTION_HELP] != NULL)
		return help_command(c);
	if (in->n_arguments < c->least ||
	    (c->most >= 0 && in->n_arguments > c->most)) {
		fprintf(stderr,
		    "usage: postward %s%s%s %s [OPTIONS]; --help tells more\n",
		    c->group, c->name == NULL ? "" : " ",
		    c->name == NULL ? "" : c->name, c->arguments);
		return EXIT_USAGE;
	}
	if ((c->options & WITHOUT_SETTINGS) != 0)
		return c->run(in);
	rc = settings_open(path == NULL ? settings_default_path : path,
	    &in->settings, &err);
	if (rc != RC_OK) {
		int status = output_failure(in, rc, &err);

		return c->run == check_run ? check_unreadable(in, err.text)
					   : status;
	}
	if (!change_resolver(in))
		return EXIT_USAGE;
	return c->run(in);
}

static bool
is_option_with_value(const char *word)
{
	if (strcmp(word, "-c") == 0)
		return true;
	for (size_t i = 0; i < OPTIONS; i++)
		if (option_table[i].value != NULL && str_starts(word, "--") &&
		    strcmp(word + 2, option_table[i].name) == 0)
			return true;
	return false;
}

/* "postward -c FILE account --json list" is "postward account list -c FILE
   --json": words first, options behind them. */
static char **
words_first(struct arena *a, int argc, char **argv)
{
	char **sorted = arena_take_array(a, (size_t)argc + 1, sizeof(*sorted));
	char **behind = arena_take_array(a, (size_t)argc + 1, sizeof(*behind));
	int n = 0, n_behind = 0;

	for (int i = 0; i < argc; i++) {
		bool value = i > 0 && is_option_with_value(argv[i]);

		if (i == 0 || argv[i][0] != '-')
			sorted[n++] = argv[i];
		else
			behind[n_behind++] = argv[i];
		if (value && i + 1 < argc)
			behind[n_behind++] = argv[++i];
	}
	memcpy(sorted + n, behind, (size_t)n_behind * sizeof(*behind));
	return sorted;
}

/* The word `at` is missing, of a command of so many: prints which there are. */
static int
help_incomplete(const struct table *table, int argc, char **argv, int at)
{
	bool asked = argc > at && strstr("--help", argv[at]) != NULL;

	help_group(table, argv[1], at > 2 ? argv[2] : NULL,
	    asked ? stdout : stderr);
	return asked ? EXIT_DONE : EXIT_USAGE;
}

static bool
is_word(int argc, char **argv, int at)
{
	return argc > at && argv[at][0] != '-';
}

static int
choose_command(const struct table *table, struct invocation *in, int argc,
    char **argv)
{
	const char *group = NULL, *name;
	int words = 1;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help_all(table);
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("postward %s\n", settings_version);
		return EXIT_DONE;
	}
	if (argv[1][0] == '-') {
		fprintf(stderr, "postward: a command is missing\n"
				"Try: postward --help\n");
		return EXIT_USAGE;
	}
	name = argv[1];
	if (is_group(table, argv[1])) {
		words = is_word(argc, argv, 2) &&
				is_first_word(table, argv[1], argv[2])
			    ? 3
			    : 2;
		if (!is_word(argc, argv, words))
			return help_incomplete(table, argc, argv, words);
		group = argv[1];
		name = words == 2
			   ? argv[2]
			   : arena_printf(in->arena, "%s %s", argv[2], argv[3]);
	}
	in->command = find_command(table, argv[1], group == NULL ? NULL : name);
	if (in->command == NULL)
		return unknown_command(in, table, group, name);
	if (!read_command_options(in, argc - words, argv + words))
		return EXIT_USAGE;
	return run_command(in);
}

int
command_main(const struct command *commands, size_t n, int argc, char **argv)
{
	const struct table table = {commands, n};
	struct invocation in = {
	    .arena = arena_new(), .commands = commands, .n_commands = n};
	int status;

	arena_wipe(in.arena); /* codes are typed and made */
	status = choose_command(&table, &in, argc,
	    words_first(in.arena, argc, argv));
	/* Half a list is no list. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		output_wrong(&in, "standard output cannot be written");
		status = EXIT_TRY_LATER;
	}
	settings_free(in.settings);
	arena_free(in.arena);
	return status;
}
