/* SPDX-License-Identifier: MIT */
#include "probes_files.h"

#include "postfix_list.h"
#include "postfix_view.h"

#include "base/file.h"
#include "base/ip.h"
#include "base/str.h"

#include <string.h>
#include <unistd.h>

#define HOSTS    "/etc/hosts"
#define FILE_MAX ((size_t)1024 * 1024)

/* "": it cannot be read. */
static char *
etc_read(struct arena *a, const char *path)
{
	char *text;
	size_t len;

	return file_read(a, path, FILE_MAX, &text, &len, NULL, NULL) == RC_OK &&
		       len <= FILE_MAX
		   ? text
		   : arena_copy_text(a, "");
}

/* ---- chroot-files */

/* What counts in resolv.conf: no comments, blanks as they come. */
static const char *
etc_lines(struct arena *a, const char *path)
{
	char *text = etc_read(a, path), *line, *rest = NULL;
	struct str lines;

	str_init(&lines, a);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct postfix_list words = postfix_list_read(a, line);

		if (words.n == 0 || strchr("#;", words.words[0][0]) != NULL)
			continue;
		for (size_t i = 0; i < words.n; i++)
			str_addf(&lines, "%s ", words.words[i]);
		str_add(&lines, "\n");
	}
	return lines.text;
}

static bool
probe_chroot_file(const struct probe_run *run, const char *name,
    bool must_be_there, const char *why)
{
	struct arena *a = run->arena;
	const char *etc = arena_printf(a, "/etc/%s", name);
	const char *folder = arena_printf(a, "%s/etc",
	    postfix_text(run->postfix, a, "queue_directory"));
	const char *copy = arena_printf(a, "%s/%s", folder, name);
	bool there = access(copy, F_OK) == 0;

	if (access(etc, F_OK) != 0 || (!there && !must_be_there) ||
	    strcmp(etc_lines(a, etc), etc_lines(a, copy)) == 0)
		return false;
	probe_wrong(run, name,
	    arena_printf(a, "%s %s: %s", copy,
		there ? arena_printf(a, "is no longer what %s is", etc)
		      : "is not there",
		why));
	if (access(folder, F_OK) != 0)
		probe_cure(run, "mkdir -p %s", probe_quoted(run, folder));
	probe_cure(run, "cp %s %s", etc, probe_quoted(run, copy));
	probe_cure_reload(run);
	return true;
}

/* Programs that see the queue as their root see these instead of /etc. */
void
probe_chroot_files(const struct probe_run *run)
{
	static const char *const programs[] = {"smtp"};
	const char *dns =
	    postfix_text(run->postfix, run->arena, "smtp_dns_support_level");
	bool wrong;

	if (!run->postfix->chroots_known ||
	    !postfix_is_chrooted(run->postfix, programs, 1) ||
	    str_equal_fold(dns, "disabled")) {
		probe_saw(run, REPORT_OK, "Postfix reads those of /etc");
		return;
	}
	wrong = probe_chroot_file(run, "resolv.conf", true,
	    "Postfix asks other resolvers than this machine, or none");
	wrong |= probe_chroot_file(run, "services", true,
	    "Postfix does not know the ports by their names");
	wrong |= probe_chroot_file(run, "hosts", false,
	    "Postfix knows other hosts than this machine");
	if (!wrong)
		probe_saw(run, REPORT_OK, "they are as in /etc");
}

/* ---- hosts-file */

static bool
hosts_line_is_loopback_of(struct arena *a, char *line, const char *name)
{
	struct postfix_list words;
	struct ip ip;

	line[strcspn(line, "#")] = '\0';
	words = postfix_list_read(a, line);
	if (words.n < 2 || !ip_parse(words.words[0], &ip) ||
	    !ip_is_loopback(&ip))
		return false;
	for (size_t i = 1; i < words.n; i++)
		if (str_equal_fold(words.words[i], name))
			return true;
	return false;
}

static const char *
name_as_pattern(struct arena *a, const char *name)
{
	struct str s;

	str_init(&s, a);
	for (; *name != '\0'; name++)
		str_addf(&s, "%s%c", *name == '.' ? "\\" : "", *name);
	return s.text;
}

/* Programs of this machine ask it before DNS. */
void
probe_hosts_file(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *name = run->settings->hostname;
	char *text = etc_read(a, HOSTS), *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (!hosts_line_is_loopback_of(a, line, name))
			continue;
		probe_wrong(run, HOSTS,
		    arena_printf(a,
			"%s is there for %s: programs of this machine take it "
			"for a host that nobody else reaches",
			line, name));
		probe_cure(run, "sed -i %s " HOSTS,
		    probe_quoted(run,
			arena_printf(a,
			    "/^[[:space:]]*\\(127\\.\\|::1\\)/"
			    "s/[[:space:]]\\{1,\\}%s\\([[:space:]]\\|$\\)"
			    "/\\1/Ig",
			    name_as_pattern(a, name))));
		return;
	}
	probe_saw(run, REPORT_OK,
	    arena_printf(a, "%s is not taken for this machine alone", name));
}
