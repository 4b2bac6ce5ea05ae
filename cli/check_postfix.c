/* SPDX-License-Identifier: MIT */
#include "check_postfix.h"

#include "check.h"

#include "base/process.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* It may wait for a lookup table or a lock that never comes. */
#define POSTCONF_TIMEOUT_MS 10000
#define POSTCONF_LINE_MAX   ((size_t)64 * 1024)

enum rule {
	EQUALS,
	NOT, /* whatever it is, but not this */
	HAS, /* among other things */
};

enum part {
	NOTHING,
	FORWARDER,
	POLICYD,
	MILTER
};

enum need {
	ADVICE,
	MUST,
	FOR_BOUNCES /* a must where we send mail, or change notifications */
};

/* %s: the socket of `part`, as Postfix names it. */
static const struct row {
	const char *parameter;
	enum rule rule;
	enum part part;
	const char *value; /* that is looked for */
	const char *whole; /* to be set or added; NULL: the same */
	const char *why;
	enum need need;
} rows[] = {
    {"virtual_alias_domains", HAS, FORWARDER, "socketmap:%s:domain", NULL,
	"or Postfix does not take our mail", MUST},
    {"virtual_alias_maps", HAS, FORWARDER, "socketmap:%s:forward", NULL,
	"or nothing is forwarded", MUST},
    /* Debian's main.cf has defer_unauth_destination, which is as good. */
    {"smtpd_relay_restrictions", HAS, NOTHING, "unauth_destination",
	"permit_mynetworks, permit_sasl_authenticated, "
	"reject_unauth_destination",
	"or anybody may send anywhere", MUST},
    {"smtpd_recipient_restrictions", HAS, POLICYD, "%s",
	"check_policy_service { %s, timeout=20s, default_action=DEFER }",
	"or nothing is checked", MUST},
    {"smtpd_milters", HAS, MILTER, "%s", "{ %s, default_action=tempfail }",
	"or mail keeps a sender that SPF forbids, and loops", MUST},
    {"non_smtpd_milters", HAS, MILTER, "%s", "{ %s, default_action=tempfail }",
	"or it is not noted when our own mail bounces, and notifications "
	"are not looked at",
	FOR_BOUNCES},
    {"internal_mail_filter_classes", HAS, NOTHING, "bounce", NULL,
	"or non_smtpd_milters see no bounces", FOR_BOUNCES},
    {"milter_default_action", NOT, NOTHING, "accept", "tempfail",
	"or mail passes unseen while the milter is down", MUST},
    {"disable_mime_output_conversion", EQUALS, NOTHING, "yes", NULL,
	"or DKIM dies at hosts without 8BITMIME", MUST},
    {"smtp_line_length_limit", EQUALS, NOTHING, "0", NULL,
	"or DKIM dies on lines over 998", MUST},
    {"local_header_rewrite_clients", EQUALS, NOTHING, "", NULL,
	"or header fields of forwarded mail are changed", MUST},
    {"smtpd_reject_unlisted_recipient", EQUALS, NOTHING, "yes", NULL,
	"the safety net under policyd", MUST},
    {"virtual_alias_expansion_limit", EQUALS, NOTHING, "50", NULL,
	"no account has more targets", ADVICE},
    {"virtual_alias_recursion_limit", EQUALS, NOTHING, "10", NULL,
	"what the forwarder answers is final", ADVICE},
    {"smtp_generic_maps", EQUALS, NOTHING, "", NULL,
	"it changes signed header fields", ADVICE},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* Lines "name = value", as they come. */
static void
postconf_line(void *context, const char *line)
{
	struct str *answers = context;

	str_add(answers, line);
	str_add(answers, "\n");
}

/* What postconf says of all rows. */
static enum rc
postconf_ask(const struct invocation *in, const char **out, struct err *err)
{
	struct arena *a = in->arena;
	const char *folder = in->options[OPTION_POSTFIX_CONFIG];
	const char *argv[ROWS + 6] = {process_find(a, "postconf"), "-x"};
	struct process postconf = {
	    .argv = argv,
	    .n_argv = 2,
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = POSTCONF_TIMEOUT_MS,
	    .lines_max = ROWS + 1,
	    .line_max = POSTCONF_LINE_MAX,
	    .without_errors = true,
	    .line = postconf_line,
	};
	struct str text;
	struct err why;

	if (argv[0] == NULL)
		return err_set(err, RC_NONE,
		    "there is no postconf: is Postfix installed?");
	if (folder != NULL) {
		const char *whole = realpath(folder, NULL);

		argv[postconf.n_argv++] = "-c";
		argv[postconf.n_argv++] =
		    whole == NULL ? folder : arena_copy_text(a, whole);
		free((char *)whole);
	}
	argv[postconf.n_argv++] = "queue_directory";
	for (size_t i = 0; i < ROWS; i++)
		argv[postconf.n_argv++] = rows[i].parameter;
	str_init(&text, a);
	postconf.context = &text;
	if (process_run(a, &postconf, &why) != RC_OK)
		return err_set(err, RC_NONE,
		    "postconf cannot read main.cf, so its settings were not "
		    "looked at: %s",
		    why.text);
	*out = text.text;
	return RC_OK;
}

/* NULL: this Postfix does not know it. */
static const char *
value_of(struct arena *a, const char *answers, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = answers; *line != '\0';) {
		size_t line_len = strcspn(line, "\n");

		if (strncmp(line, name, len) == 0 &&
		    strncmp(line + len, " =", 2) == 0) {
			const char *value = line + len + 2;

			value += *value == ' ';
			return arena_copy_bytes(a, value,
			    (size_t)(line + line_len - value));
		}
		line += line_len + (line[line_len] == '\n');
	}
	return NULL;
}

/* Postfix's programs may be chrooted into the queue: sockets in there are
   named from there. */
static const char *
socket_of(const struct invocation *in, enum part part, const char *queue)
{
	const struct settings *s = in->settings;
	const char *listen = part == MILTER    ? s->milter.listen
			     : part == POLICYD ? s->policyd.listen.items[0]
					       : s->forwarder.listen.items[0];
	const char *path = listen + strlen("unix:");
	size_t len = queue == NULL ? 0 : strlen(queue);

	if (len > 0 && str_starts(listen, "unix:") && str_starts(path, queue) &&
	    path[len] == '/')
		return arena_printf(in->arena, "unix:%s", path + len + 1);
	return listen;
}

static const char *
filled(struct arena *a, const char *text, const char *socket)
{
	const char *at = strstr(text, "%s");

	return at == NULL ? text
			  : arena_printf(a, "%.*s%s%s", (int)(at - text), text,
				socket, at + 2);
}

static bool
fits(const struct row *row, const char *value, const char *wanted)
{
	if (row->rule == HAS) {
		const char *found = strstr(value, wanted);

		/* "unix:postward/policyd-old" is another. */
		return found != NULL &&
		       strchr(" \t,}", found[strlen(wanted)]) != NULL;
	}
	return (strcmp(value, wanted) == 0) == (row->rule == EQUALS);
}

static bool
is_must(const struct invocation *in, enum need need)
{
	return need == MUST ||
	       (need == FOR_BOUNCES &&
		   (check_sends_mail(in) || in->settings->milter.hide_targets));
}

static const char *
mended(struct arena *a, const struct row *row, const char *value,
    const char *whole)
{
	static const char own[] = "permit_mynetworks";
	const char *before = row->rule == HAS ? value : "";

	/* The restriction that ends a list well goes to its end; a check comes
	   before what might accept, but behind our own machines. */
	if (row->part == POLICYD && str_starts(before, own))
		return arena_printf(a, "%s, %s%s", own, whole,
		    before + strlen(own));
	if (row->part == POLICYD)
		return before[0] == '\0'
			   ? arena_printf(a, "%s, %s", own, whole)
			   : arena_printf(a, "%s, %s", whole, before);
	return before[0] == '\0' ? whole
				 : arena_printf(a, "%s, %s", before, whole);
}

enum rc
check_postfix(const struct invocation *in, struct postfix_look **out, size_t *n,
    struct err *err)
{
	struct arena *a = in->arena;
	const char *answers, *queue;

	*n = 0;
	if (postconf_ask(in, &answers, err) != RC_OK)
		return RC_NONE;
	*out = arena_take_array(a, ROWS, sizeof(**out));
	queue = value_of(a, answers, "queue_directory");
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		const char *value = value_of(a, answers, row->parameter);
		const char *socket = socket_of(in, row->part, queue);
		const char *whole =
		    row->whole != NULL ? row->whole : row->value;

		if (value == NULL ||
		    fits(row, value, filled(a, row->value, socket)))
			continue;
		(*out)[(*n)++] = (struct postfix_look){row->parameter,
		    arena_printf(a, "%s; run: postconf -e '%s = %s'", row->why,
			row->parameter,
			mended(a, row, value, filled(a, whole, socket))),
		    is_must(in, row->need)};
	}
	return RC_OK;
}
