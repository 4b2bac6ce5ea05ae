/* SPDX-License-Identifier: MIT */
#include "probes_reach.h"

#include "postfix_list.h"
#include "postfix_rows.h"
#include "postfix_service.h"
#include "postfix_tables.h"
#include "site_uses.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>

#define TABLE_FILE_MAX ((size_t)1024 * 1024)

static bool
word_is(void *context, const char *word)
{
	return str_equal_fold(word, context);
}

/* Is that word in the parameter that counts for the service?  Says so, and how
   to take it out. */
static bool
probe_word_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *word, const char *why)
{
	struct arena *a = run->arena;
	bool own;
	struct postfix_list list = postfix_list_read(a,
	    postfix_service_value(run->postfix, a, service, parameter, &own));

	if (!postfix_list_has(&list, word))
		return false;
	list =
	    postfix_list_without(a, &list, word_is, arena_copy_text(a, word));
	probe_wrong(run, parameter,
	    arena_printf(a, "%s%s%s: %s", word, own ? " of " : "",
		own ? service->name : "", why));
	postfix_cure_value(run, service, parameter,
	    postfix_list_text(a, &list));
	return true;
}

/* For each that strangers come to; until one is wrong in main.cf. */
static bool
probe_word(const struct probe_run *run, const char *parameter, const char *word,
    const char *why)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false, own = true;

	for (size_t i = 0; i < view->n_services && (own || !wrong); i++) {
		const struct postfix_service *service = &view->services[i];

		if (!postfix_serves_strangers(view, run->arena, service))
			continue;
		postfix_service_value(view, run->arena, service, parameter,
		    &own);
		wrong |= probe_word_of(run, service, parameter, word, why);
	}
	return wrong;
}

/* ---- what happens to mail while the milter is down */

/* service NULL: that of main.cf. */
static const char *
value_for(const struct probe_run *run, const struct postfix_service *service,
    const char *parameter)
{
	return service == NULL
		   ? postfix_text(run->postfix, run->arena, parameter)
		   : postfix_service_value(run->postfix, run->arena, service,
			 parameter, NULL);
}

static const char *
action_of_milter(const struct probe_run *run,
    const struct postfix_service *service, const char *entry)
{
	const char *action =
	    postfix_entry_option(run->arena, entry, "default_action");

	return action != NULL
		   ? action
		   : value_for(run, service, "milter_default_action");
}

static const char *
milters_with_right_action(const struct probe_run *run,
    const struct postfix_list *list)
{
	struct arena *a = run->arena;
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < list->n; i++) {
		bool ours = postfix_entry_is_ours(run, POSTFIX_OUR_MILTER,
				list->words[i]) == POSTFIX_RIGHT;

		str_addf(&s, "%s%s", i == 0 ? "" : ", ",
		    !ours ? list->words[i]
			  : arena_printf(a, "{ %s, default_action=tempfail }",
				postfix_our_place(run, POSTFIX_OUR_MILTER)));
	}
	return s.text;
}

static bool
probe_action_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, value_for(run, service, parameter));

	for (size_t i = 0; i < list.n; i++) {
		const char *action;

		if (postfix_entry_is_ours(run, POSTFIX_OUR_MILTER,
			list.words[i]) != POSTFIX_RIGHT)
			continue;
		action = action_of_milter(run, service, list.words[i]);
		if (str_equal_fold(action, "tempfail") ||
		    str_equal_fold(action, "shutdown"))
			continue;
		probe_wrong(run, parameter,
		    arena_printf(a,
			"while the milter is down, mail does not wait: "
			"default_action is \"%s\"",
			action));
		postfix_cure_value(run, service, parameter,
		    milters_with_right_action(run, &list));
		return true;
	}
	return false;
}

static bool
probe_milter_action(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;

	for (size_t i = 0; i < view->n_services; i++)
		if (postfix_serves_strangers(view, run->arena,
			&view->services[i]) &&
		    probe_action_of(run, &view->services[i], "smtpd_milters"))
			return true;
	return false;
}

/* A table may send some past the milter (since 3.2); all are too many. */
static bool
probe_milter_maps_of(const struct probe_run *run,
    const struct postfix_service *service)
{
	static const char parameter[] = "smtpd_milter_maps",
			  stranger[] = "198.51.100.25"; /* RFC 5737 */
	struct arena *a = run->arena;
	struct postfix_list list = postfix_list_read(a,
	    postfix_service_value(run->postfix, a, service, parameter, NULL));

	for (size_t i = 0; i < list.n; i++) {
		const char *value;

		if (postfix_table_look_up((void *)(uintptr_t)run, list.words[i],
			stranger, &value) != RC_OK ||
		    strstr(value, "postward/milter") != NULL)
			continue;
		probe_wrong(run, parameter,
		    arena_printf(a,
			"%s says %s of strangers: their mail is not shown to "
			"the milter",
			list.words[i], value));
		postfix_cure_without(run, service, parameter, list.words[i],
		    NULL);
		return true;
	}
	return false;
}

static bool
probe_milter_maps(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;

	for (size_t i = 0; i < view->n_services; i++)
		if (postfix_serves_strangers(view, run->arena,
			&view->services[i]) &&
		    probe_milter_maps_of(run, &view->services[i]))
			return true;
	return false;
}

void
probe_milter_reached(const struct probe_run *run)
{
	bool wrong = probe_postfix_rows(run);

	wrong |= probe_word(run, "receive_override_options", "no_milters",
	    "mail of strangers is not shown to the milter");
	wrong |= probe_milter_action(run);
	wrong |= probe_milter_maps(run);
	if (!wrong)
		probe_saw(run, REPORT_OK, "it sees each message of strangers");
}

/* Only who is sent notifications, or hides what they tell, minds. */
void
probe_bounces_seen(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	bool wrong = probe_postfix_rows(run);

	if (site_uses_mail(s) || s->milter.hide_targets)
		wrong |= probe_action_of(run, NULL, "non_smtpd_milters");
	if (!wrong)
		probe_saw(run, REPORT_OK, "as it should be");
}

/* Where a content filter gives the message back, that may be so. */
void
probe_aliases_expanded(const struct probe_run *run)
{
	const char *filter =
	    postfix_text(run->postfix, run->arena, "content_filter");

	if (filter[0] != '\0' ||
	    !probe_word(run, "receive_override_options", "no_address_mappings",
		"mail of strangers is not forwarded"))
		probe_saw(run, REPORT_OK, "forwards are looked up");
}

/* ---- header_checks and its like */

/* Fields that signatures cover (RFC 6376 5.4.1); as patterns spell them. */
static const char *const signed_fields[] = {"from", "reply-to", "subject",
    "date", "to", "cc", "resent-", "in-reply-to", "references", "list-",
    "message-id", "mime-version", "content-", "sender", "dkim-signature",
    "feedback-id"};

static const char *const check_parameters[] = {"header_checks",
    "mime_header_checks", "nested_header_checks", "body_checks",
    "smtp_header_checks", "smtp_mime_header_checks",
    "smtp_nested_header_checks", "smtp_body_checks"};

static bool
line_names_signed_field(struct arena *a, const char *line)
{
	const char *lower = str_lower(a, line);

	for (size_t i = 0; i < sizeof(signed_fields) / sizeof(*signed_fields);
	     i++) {
		const char *at = strstr(lower, signed_fields[i]);

		/* Of "x-original-to" it is the end. */
		while (at != NULL && at > lower &&
		       (at[-1] == '-' || (at[-1] >= 'a' && at[-1] <= 'z')))
			at = strstr(at + 1, signed_fields[i]);
		if (at != NULL)
			return true;
	}
	return false;
}

/* Does the pattern begin with the name of a field, "/^X-Spam"? */
static bool
line_names_field(const char *line)
{
	const char *at = strchr(line, '^');

	if (at == NULL)
		return false;
	at += 1 + strspn(at + 1, "([?:");
	return (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
}

/* "pattern ACTION text": does the action change what passes? */
static bool
line_changes_mail(struct arena *a, const char *line, bool body)
{
	static const char *const changing[] = {
	    "IGNORE", "REPLACE", "STRIP", "PREPEND"};
	struct postfix_list words = postfix_list_read(a, line);

	if (line[0] == '#')
		return false;
	for (size_t i = 0; i < sizeof(changing) / sizeof(*changing); i++)
		if (postfix_list_has(&words, changing[i]))
			/* A new field before others breaks nothing. */
			return body ||
			       (i < 3 && (line_names_signed_field(a, line) ||
					     !line_names_field(line)));
	return false;
}

/* Lines that begin with a blank go on with the one before. */
static void
lines_join(char *text)
{
	for (char *at = strchr(text, '\n'); at != NULL;
	     at = strchr(at + 1, '\n'))
		if (at[1] == ' ' || at[1] == '\t')
			*at = ' ';
}

/* The line that changes what signatures cover; NULL: none. */
static const char *
table_changes_mail(const struct probe_run *run, const char *table, bool body)
{
	struct arena *a = run->arena;
	const char *path = strchr(table, '/'), *own = strstr(table, ":{");
	char *text, *line, *rest = NULL;
	size_t len;

	if (own != NULL)
		return line_changes_mail(a, own, body) ? own + 1 : NULL;
	if (path == NULL ||
	    file_read(a, path, TABLE_FILE_MAX, &text, &len, NULL, NULL) !=
		RC_OK ||
	    len > TABLE_FILE_MAX)
		return NULL;
	lines_join(text);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (line_changes_mail(a, line, body))
			return line;
	return NULL;
}

static bool
probe_checks_of(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	struct arena *a = run->arena;
	const char *value = value_for(run, service, parameter);
	struct postfix_list list = postfix_list_read(a, value);
	bool body = strstr(parameter, "body") != NULL;

	/* Of mime_header_checks, that which is said already. */
	if (service == NULL &&
	    str_starts(postfix_set_value(run, NULL, parameter), "$"))
		return false;

	for (size_t i = 0; i < list.n; i++) {
		const char *line = table_changes_mail(run, list.words[i], body);

		if (line == NULL)
			continue;
		probe_wrong(run, parameter,
		    arena_printf(a,
			"%s changes what signatures cover, and DKIM dies: %s",
			list.words[i], line));
		postfix_cure_without(run, service, parameter, list.words[i],
		    NULL);
		return true;
	}
	return false;
}

void
probe_header_checks(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false, own;

	for (size_t p = 0;
	     p < sizeof(check_parameters) / sizeof(*check_parameters); p++) {
		wrong |= probe_checks_of(run, NULL, check_parameters[p]);
		for (size_t i = 0; i < view->n_services; i++) {
			postfix_service_value(view, run->arena,
			    &view->services[i], check_parameters[p], &own);
			if (own)
				wrong |= probe_checks_of(run,
				    &view->services[i], check_parameters[p]);
		}
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "they change nothing that is signed");
}
