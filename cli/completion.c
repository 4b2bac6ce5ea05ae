/* SPDX-License-Identifier: MIT */
/* The script is three functions with a row for each command, made from the
   table, and a fourth that is the shell's own. */
#include "completion.h"

#include "base/str.h"
#include "option_table.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

static const char bash_script[] =
    "_postward()\n"
    "{\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} at= option= kind= word i\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\tif [[ $word == = ]]; then\n"
    "\t\t\tcontinue\n"
    "\t\telif [[ -n $option ]]; then\n"
    "\t\t\toption=\n"
    "\t\telif [[ $word == -* ]]; then\n"
    "\t\t\t[[ -z $(_postward_value \"$word\") ]] || option=$word\n"
    "\t\telif [[ \" $(_postward_next \"$at\") \" == *\" $word \"* ]]; then\n"
    "\t\t\tat=${at:+$at }$word\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t[[ $cur != = ]] || cur=\n"
    "\tif [[ -n $option ]]; then\n"
    "\t\tkind=$(_postward_value \"$option\")\n"
    "\telif [[ $cur == -* ]]; then\n"
    "\t\tkind=$(_postward_options \"$at\")\n"
    "\telse\n"
    "\t\tkind=$(_postward_next \"$at\")\n"
    "\tfi\n"
    "\tCOMPREPLY=()\n"
    "\tcase $kind in\n"
    "\tFILE) compopt -o filenames\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "\tDIR) compopt -o filenames\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
    "\tANY) ;;\n"
    "\t*) mapfile -t COMPREPLY < <(compgen -W \"$kind\" -- \"$cur\") ;;\n"
    "\tesac\n"
    "}\n\n"
    "complete -F _postward postward\n";

/* In zsh, path is another name of PATH, and words end where they are told to.
 */
static const char zsh_script[] =
    "_postward()\n"
    "{\n"
    "\tlocal at= option= kind= word\n"
    "\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
    "\t\tif [[ -n $option ]]; then\n"
    "\t\t\toption=\n"
    "\t\telif [[ $word == -*=* ]]; then\n"
    "\t\t\tcontinue\n"
    "\t\telif [[ $word == -* ]]; then\n"
    "\t\t\t[[ -z $(_postward_value \"$word\") ]] || option=$word\n"
    "\t\telif [[ \" $(_postward_next \"$at\") \" == *\" $word \"* ]]; then\n"
    "\t\t\tat=${at:+$at }$word\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tif [[ -z $option && $PREFIX == --*=* ]]; then\n"
    "\t\toption=${PREFIX%%=*}\n"
    "\t\tcompset -P '*='\n"
    "\tfi\n"
    "\tif [[ -n $option ]]; then\n"
    "\t\tkind=$(_postward_value \"$option\")\n"
    "\telif [[ $PREFIX == -* ]]; then\n"
    "\t\tkind=$(_postward_options \"$at\")\n"
    "\telse\n"
    "\t\tkind=$(_postward_next \"$at\")\n"
    "\tfi\n"
    "\tcase $kind in\n"
    "\tFILE) _files ;;\n"
    "\tDIR) _files -/ ;;\n"
    "\tANY) _message \"$option\" ;;\n"
    "\t*) compadd -- ${=kind} ;;\n"
    "\tesac\n"
    "}\n\n"
    "_postward \"$@\"\n";

static const struct {
	const char *shell, *first, *script;
} shells[] = {
    {"bash", "# bash completion for postward(1)\n", bash_script},
    {"zsh", "#compdef postward\n", zsh_script},
};

/* A command, or words with which some begin, and what may come next. */
struct completion {
	struct arena *arena;
	const struct command *commands;
	size_t n;
	FILE *to;
};

static const char *
words_of(const struct completion *c, const struct command *command)
{
	return command->name == NULL ? command->group
				     : arena_printf(c->arena, "%s %s",
					   command->group, command->name);
}

/* Prints the words that may stand behind `begin`, each once: those of one
   command after another that begin so. */
static void
print_next_words(const struct completion *c, const char *begin)
{
	size_t len = strlen(begin);
	struct str seen;

	str_init(&seen, c->arena);
	str_add(&seen, " ");
	for (size_t i = 0; i < c->n; i++) {
		const char *words = words_of(c, &c->commands[i]);
		const char *word = words + len + (len > 0), *found;

		if (strncmp(words, begin, len) != 0 ||
		    (len > 0 && words[len] != ' '))
			continue;
		found = arena_printf(c->arena, " %.*s ",
		    (int)strcspn(word, " "), word);
		if (strstr(seen.text, found) == NULL)
			str_add(&seen, found + 1);
	}
	fprintf(c->to, "\t'%s') echo '%.*s' ;;\n", begin,
	    (int)strlen(seen.text) - 2, seen.text + 1);
}

/* Prints the row of each group of words that is no command by itself. */
static void
print_groups(const struct completion *c)
{
	struct str seen;

	str_init(&seen, c->arena);
	print_next_words(c, "");
	for (size_t i = 0; i < c->n; i++) {
		const char *words = words_of(c, &c->commands[i]);

		for (const char *end = strchr(words, ' '); end != NULL;
		     end = strchr(end + 1, ' ')) {
			const char *begin = arena_printf(c->arena, "%.*s",
			    (int)(end - words), words);
			const char *row = arena_printf(c->arena, "'%s'", begin);

			if (seen.text != NULL && strstr(seen.text, row) != NULL)
				continue;
			str_add(&seen, row);
			print_next_words(c, begin);
		}
	}
}

/* What a command's arguments are, as far as a shell can know: files, or words
   of which one is taken. */
static const char *
kind_of_argument(const struct completion *c, const char *arguments)
{
	char *words;

	if (strstr(arguments, "FILE") != NULL)
		return "FILE";
	if (arguments[0] < 'a' || arguments[0] > 'z')
		return "ANY";
	words = arena_copy_text(c->arena, arguments);
	for (char *p = words; *p != '\0'; p++)
		if (*p == '|')
			*p = ' ';
	return words;
}

static void
print_arguments(const struct completion *c)
{
	for (size_t i = 0; i < c->n; i++)
		fprintf(c->to, "\t'%s') echo '%s' ;;\n",
		    words_of(c, &c->commands[i]),
		    kind_of_argument(c, c->commands[i].arguments));
}

static void
print_option_names(const struct completion *c, uint64_t set)
{
	const char *blank = "";

	for (size_t i = 0; i < OPTIONS; i++) {
		if ((set & WITH(i)) == 0)
			continue;
		fprintf(c->to, "%s--%s", blank, option_table[i].name);
		blank = " ";
		if (option_table[i].letter != '\0')
			fprintf(c->to, " -%c", option_table[i].letter);
	}
}

static void
print_options_of_all(const struct completion *c)
{
	for (size_t i = 0; i < c->n; i++) {
		fprintf(c->to, "\t'%s') echo '", words_of(c, &c->commands[i]));
		print_option_names(c, c->commands[i].options | WITH_EVERYWHERE);
		fprintf(c->to, "' ;;\n");
	}
	fprintf(c->to, "\t'') echo '--config -c --help -h --version -V' ;;\n");
}

static void
print_values(const struct completion *c)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const char *value = option_table[i].value;

		if (value == NULL)
			continue;
		fprintf(c->to, "\t--%s", option_table[i].name);
		if (option_table[i].letter != '\0')
			fprintf(c->to, "|-%c", option_table[i].letter);
		fprintf(c->to, ") echo %s ;;\n",
		    strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0
			? value
			: "ANY");
	}
}

/* print: the rows of a case on $1. */
static void
print_function(const struct completion *c, const char *name,
    void (*print)(const struct completion *c))
{
	fprintf(c->to, "_postward_%s()\n{\n\tcase $1 in\n", name);
	print(c);
	fprintf(c->to, "\tesac\n}\n\n");
}

static void
print_next(const struct completion *c)
{
	print_groups(c);
	print_arguments(c);
}

bool
completion_print(const struct command *commands, size_t n, const char *shell,
    FILE *to)
{
	struct completion c = {
	    .commands = commands, .n = n, .to = to, .arena = arena_new()};
	bool found = false;

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shells[i].shell, shell) != 0)
			continue;
		found = true;
		fprintf(to, "%s# Made by `postward completion %s`.\n\n",
		    shells[i].first, shell);
		print_function(&c, "next", print_next);
		print_function(&c, "options", print_options_of_all);
		print_function(&c, "value", print_values);
		fputs(shells[i].script, to);
	}
	arena_free(c.arena);
	return found;
}

int
completion_run(struct invocation *in)
{
	if (completion_print(in->commands, in->n_commands, in->arguments[0],
		stdout))
		return EXIT_DONE;
	output_wrong(in, "%s: expected bash or zsh", in->arguments[0]);
	return EXIT_USAGE;
}
