/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAFE                                                                   \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"@%+=:,./_-"

void
probe_saw_of(const struct probe_run *run, enum report_state state,
    const char *what, const char *words)
{
	const struct report_line finding = {
	    .name = run->probe->name,
	    .group = run->group->name,
	    .manual = run->probe->manual,
	    .what = what == NULL ? run->probe->name : what,
	    .state = state,
	    .words = words,
	};

	report_add(run->report, &finding);
}

void
probe_saw(const struct probe_run *run, enum report_state state,
    const char *words)
{
	probe_saw_of(run, state, NULL, words);
}

void
probe_wrong(const struct probe_run *run, const char *what, const char *words)
{
	probe_saw_of(run, run->probe->severity, what, words);
}

void
probe_cure(const struct probe_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_cure(run->report, arena_vprintf(run->arena, format, args));
	va_end(args);
}

const char *
probe_quoted(const struct probe_run *run, const char *text)
{
	struct str s;

	if (text[0] != '\0' && text[strspn(text, SAFE)] == '\0')
		return text;
	str_init(&s, run->arena);
	str_add(&s, "'");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			str_add(&s, "'\\''");
		else
			str_add_bytes(&s, p, 1);
	}
	str_add(&s, "'");
	return s.text;
}

void
probe_cure_ours(const struct probe_run *run, const char *words)
{
	const char *file = run->in->options[OPTION_CONFIG];

	if (file == NULL)
		probe_cure(run, "postward %s", words);
	else
		probe_cure(run, "postward %s -c %s", words,
		    probe_quoted(run, file));
}

/* The option that leads Postfix's programs to the folder that is looked at. */
static const char *
postfix_folder_option(const struct probe_run *run)
{
	const char *folder = run->in->options[OPTION_POSTFIX_CONFIG];

	return folder == NULL ? ""
			      : arena_printf(run->arena, "-c %s ",
				    probe_quoted(run, folder));
}

void
probe_cure_reload(const struct probe_run *run)
{
	probe_cure(run, "postfix %sreload", postfix_folder_option(run));
}

void
probe_cure_set(const struct probe_run *run, const char *assignment)
{
	probe_cure(run, "postconf %s-e %s", postfix_folder_option(run),
	    probe_quoted(run, assignment));
}

void
probe_cure_parameter(const struct probe_run *run, const char *assignment)
{
	probe_cure_set(run, assignment);
	probe_cure_reload(run);
}

void
probe_cure_option(const struct probe_run *run, const char *assignment)
{
	probe_cure(run, "postconf %s-P %s", postfix_folder_option(run),
	    probe_quoted(run, assignment));
	probe_cure_reload(run);
}

void
probe_cure_service(const struct probe_run *run, const char *assignment)
{
	probe_cure(run, "postconf %s-M %s", postfix_folder_option(run),
	    probe_quoted(run, assignment));
	probe_cure_reload(run);
}

void
probe_cure_field(const struct probe_run *run, const char *assignment)
{
	probe_cure(run, "postconf %s-F %s", postfix_folder_option(run),
	    probe_quoted(run, assignment));
	probe_cure_reload(run);
}

void
probe_cure_removed(const struct probe_run *run, const char *parameter)
{
	probe_cure(run, "postconf %s-X %s", postfix_folder_option(run),
	    probe_quoted(run, parameter));
	probe_cure_reload(run);
}

static bool
is_mask(const struct probe_run *run, const char *folder, const char *unit)
{
	char to[16];
	ssize_t len = readlink(arena_printf(run->arena, "%s/%s", folder, unit),
	    to, sizeof(to) - 1);

	return len == (ssize_t)strlen("/dev/null") &&
	       strncmp(to, "/dev/null", (size_t)len) == 0;
}

void
probe_cure_unmask(const struct probe_run *run, const char *unit)
{
	if (is_mask(run, "/etc/systemd/system", unit))
		probe_cure(run, "systemctl unmask %s", unit);
	if (is_mask(run, "/run/systemd/system", unit))
		probe_cure(run, "systemctl unmask --runtime %s", unit);
}

/* Is it the one that systemd starts? */
static bool
postfix_is_a_unit(const struct probe_run *run)
{
	return run->in->options[OPTION_POSTFIX_CONFIG] == NULL &&
	       getenv("MAIL_CONFIG") == NULL &&
	       access("/run/systemd/system", F_OK) == 0;
}

void
probe_cure_start(const struct probe_run *run)
{
	if (postfix_is_a_unit(run)) {
		probe_cure_unmask(run, "postfix.service");
		probe_cure(run, "systemctl restart postfix");
	} else
		probe_cure(run, "postfix %sstart", postfix_folder_option(run));
}

void
probe_cure_restart(const struct probe_run *run)
{
	if (!postfix_is_a_unit(run))
		probe_cure(run, "postfix %sstop", postfix_folder_option(run));
	probe_cure_start(run);
}
