/* SPDX-License-Identifier: MIT */
/* Where the answers come from: options, a file, what is set up already, and
   who sits at the terminal. */
#include "setup.h"

#include "output.h"
#include "postfix_program.h"

#include "base/file.h"
#include "base/str.h"
#include "base/typed.h"
#include "store/forward_table.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX        4096
#define POSTCONF_PATIENCE 10000 /* ms */

/* ---- what this machine is called */

static void
setup_keep_line(void *context, const char *line)
{
	str_add(context, line);
}

/* What Postfix says of itself; NULL: there is none. */
static const char *
setup_postfix_name(struct setup *s)
{
	static const char *const words[] = {"-h", "myhostname"};
	struct str text;
	struct err err;
	const struct postfix_program postconf = {
	    .name = "postconf",
	    .folder = "-c",
	    .args = words,
	    .n_args = 2,
	    .process = {.timeout_ms = POSTCONF_PATIENCE,
		.lines_max = 1,
		.line_max = ANSWER_MAX,
		.without_errors = true,
		.line = setup_keep_line,
		.context = &text},
	};

	str_init(&text, s->in->arena);
	return postfix_program_run(s->in, &postconf, &err) == RC_OK ? text.text
								    : NULL;
}

static const char *
setup_machine_name(struct setup *s)
{
	const struct addrinfo wanted = {
	    .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	const char *name = setup_postfix_name(s);
	char own[256] = "";

	if (setup_is_server_name(s->in->arena, name))
		return name;
	if (gethostname(own, sizeof(own) - 1) != 0)
		return NULL;
	name = own;
	if (strchr(own, '.') == NULL &&
	    getaddrinfo(own, NULL, &wanted, &found) == 0 &&
	    found->ai_canonname != NULL)
		name = found->ai_canonname;
	name = arena_copy_text(s->in->arena, name);
	if (found != NULL)
		freeaddrinfo(found);
	return name;
}

/* ---- what is set up already */

struct setup_owner {
	struct arena *arena;
	const char *account, *target;
};

static enum rc
setup_find_owner(struct db *db, void *context, struct err *err)
{
	struct setup_owner *owner = context;
	struct forward *forwards;
	size_t n;
	enum rc rc =
	    forward_list(db, owner->arena, owner->account, &forwards, &n, err);

	owner->target = NULL;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (forwards[i].state == FORWARD_ACTIVE &&
		    owner->target == NULL)
			owner->target = forwards[i].target;
	return rc;
}

/* Where mail to postmaster goes already; NULL: nowhere, or nobody knows. */
static const char *
setup_present_mailbox(const struct setup *s)
{
	struct settings *settings = s->in->settings;
	struct setup_owner owner = {.arena = s->in->arena};
	struct store *store;
	struct err err;

	if (settings == NULL ||
	    (str_starts(settings->store_url, "sqlite:") &&
		access(settings->store_url + strlen("sqlite:"), F_OK) != 0) ||
	    settings_open_store(settings, &store, &err) != RC_OK)
		return NULL;
	owner.account =
	    arena_printf(s->in->arena, "postmaster@%s", s->site.domains[0]);
	if (store_do(store, setup_find_owner, &owner, &err) != RC_OK)
		owner.target = NULL;
	store_close(store);
	return owner.target;
}

static const char *
setup_list_text(struct arena *a, struct config_list list)
{
	struct str text;

	str_init(&text, a);
	for (size_t i = 0; i < list.n; i++)
		str_addf(&text, "%s%s", i == 0 ? "" : " ", list.items[i]);
	return list.n == 0 ? NULL : text.text;
}

/* What the configuration says; NULL: nothing. */
static const char *
setup_present(const struct setup *s, enum setup_key key)
{
	const struct settings *settings = s->in->settings;
	struct arena *a = s->in->arena;

	if (settings == NULL)
		return NULL;
	switch (key) {
	case SETUP_DOMAIN:
		return setup_list_text(a,
		    (struct config_list){settings->forwards.domains,
			settings->forwards.n_domains});
	case SETUP_HOSTNAME:
		return config_given(settings->config, "", NULL, "hostname")
			   ? settings->hostname
			   : NULL;
	case SETUP_SRS_DOMAIN:
		return setup_list_text(a,
		    config_list(settings->config, "srs", NULL, "domain"));
	case SETUP_MAILBOX:
		return setup_present_mailbox(s);
	case SETUP_KEYS:
		break;
	}
	return NULL;
}

/* ---- what is given */

static enum rc
setup_read_answers(struct setup *s, struct setup_answers *out, struct err *err)
{
	const char *path = s->in->options[OPTION_ANSWERS];
	char *text;
	size_t len;
	enum rc rc;

	*out = (struct setup_answers){0};
	if (path == NULL)
		return RC_OK;
	rc = file_read(s->in->arena, path, ANSWER_MAX * 4, &text, &len, NULL,
	    err);
	if (rc == RC_OK && len > ANSWER_MAX * 4)
		rc = err_set(err, RC_PERM, "%s: longer than %d bytes", path,
		    ANSWER_MAX * 4);
	return rc == RC_OK
		   ? setup_answers_read(s->in->arena, path, text, len, out, err)
		   : rc;
}

/* An option wins; --domain may be given several times. */
static void
setup_read_options(const struct setup *s, struct setup_answers *out)
{
	static const enum option_id options[SETUP_KEYS] = {
	    [SETUP_DOMAIN] = OPTION_DOMAIN,
	    [SETUP_HOSTNAME] = OPTION_HOSTNAME,
	    [SETUP_SRS_DOMAIN] = OPTION_SRS_DOMAIN,
	    [SETUP_MAILBOX] = OPTION_MAILBOX,
	};
	const struct invocation *in = s->in;
	struct str domains;

	str_init(&domains, in->arena);
	for (size_t i = 0; i < in->n_given; i++)
		if (in->given[i].id == OPTION_DOMAIN)
			str_addf(&domains, " %s", in->given[i].value);
	for (size_t key = 0; key < SETUP_KEYS; key++)
		if (in->options[options[key]] != NULL)
			out->text[key] = in->options[options[key]];
	if (in->options[OPTION_DOMAIN] != NULL)
		out->text[SETUP_DOMAIN] = domains.text;
}

enum rc
setup_read_given(struct setup *s, struct err *err)
{
	enum rc rc = setup_read_answers(s, &s->given, err);

	setup_read_options(s, &s->given);
	return rc;
}

/* ---- who sits at the terminal */

/* A line that was typed; false: there is none any more. */
static bool
setup_read_line(const struct setup *s, const char **out)
{
	char line[ANSWER_MAX];

	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL) {
		printf("\n");
		return false;
	}
	*out = typed_trim(s->in->arena, line);
	return true;
}

bool
setup_ask_yes(const struct setup *s, const char *question)
{
	const char *said;

	for (;;) {
		printf("%s [yes]: ", question);
		if (!setup_read_line(s, &said))
			return false;
		if (said[0] == '\0' || str_equal_fold(said, "yes") ||
		    str_equal_fold(said, "y"))
			return true;
		if (str_equal_fold(said, "no") || str_equal_fold(said, "n"))
			return false;
		printf("  Please say yes or no.\n");
	}
}

static int
setup_ask_one(struct setup *s, enum setup_key key, const char *offered)
{
	struct err err;
	const char *said;

	for (;;) {
		printf("%s%s%s%s: ", setup_key_question(key),
		    offered == NULL ? "" : " [",
		    offered == NULL ? "" : output_shown(s->in->arena, offered),
		    offered == NULL ? "" : "]");
		if (!setup_read_line(s, &said))
			return EXIT_NO;
		if (said[0] == '\0' && offered != NULL)
			said = offered;
		if (setup_answer_take(s->in->arena, key, said, &s->site,
			&err) == RC_OK)
			return EXIT_DONE;
		printf("  %s\n", output_shown(s->in->arena, err.text));
	}
}

static int
setup_settle_one(struct setup *s, enum setup_key key, const char *given,
    const char *machine)
{
	struct arena *a = s->in->arena;
	const char *text = given != NULL ? given : setup_present(s, key);
	struct err err;

	if (text == NULL)
		text = setup_answer_default(a, key, &s->site, machine);
	if (given == NULL && s->asks) {
		if (!s->asked)
			printf("Enter takes what stands in brackets.\n");
		s->asked = true;
		return setup_ask_one(s, key, text);
	}
	if (text == NULL) {
		output_wrong(s->in, "--%s is missing; --help tells more",
		    setup_key_name(key));
		return EXIT_USAGE;
	}
	if (setup_answer_take(a, key, text, &s->site, &err) == RC_OK)
		return EXIT_DONE;
	output_wrong(s->in, "%s %s: %s", setup_key_name(key), text, err.text);
	return EXIT_USAGE;
}

int
setup_ask(struct setup *s)
{
	const char *machine = setup_machine_name(s);
	int status = EXIT_DONE;

	for (int key = 0; status == EXIT_DONE && key < SETUP_KEYS; key++)
		status = setup_settle_one(s, (enum setup_key)key,
		    s->given.text[key], machine);
	return status;
}
