/* SPDX-License-Identifier: MIT */
#include "probes_log.h"

#include "postconf.h"
#include "postfix_list.h"
#include "postfix_view.h"

#include "base/process.h"
#include "base/str.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOG_TAIL           ((size_t)512 * 1024)
#define JOURNAL_TIMEOUT_MS 20000
#define JOURNAL_LINES      2000
#define JOURNAL_LINE_MAX   2000

static const char *
log_file_tail(struct arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_take_array(a, LOG_TAIL + 1, 1);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t got = 0;

	if (fd < 0)
		return NULL;
	if (end > (off_t)LOG_TAIL)
		end -= (off_t)LOG_TAIL;
	else
		end = 0;
	got = pread(fd, text, LOG_TAIL, end);
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	return text;
}

static void
log_line(void *context, const char *line)
{
	str_addf(context, "%s\n", line);
}

/* Of Debian's units, old and new. */
static const char *
log_journal(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *const argv[] = {process_find(a, "journalctl"), "-q", "-o",
	    "short", "-n", "2000", "-u", "postfix@-.service", "-u",
	    "postfix.service"};
	struct str lines;
	const struct process process = {
	    .argv = argv,
	    .n_argv = sizeof(argv) / sizeof(*argv),
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = JOURNAL_TIMEOUT_MS,
	    .lines_max = JOURNAL_LINES,
	    .line_max = JOURNAL_LINE_MAX,
	    .without_errors = true,
	    .line = log_line,
	    .context = &lines,
	};

	if (argv[0] == NULL)
		return NULL;
	str_init(&lines, a);
	return process_run(a, &process, NULL) == RC_OK ? lines.text : NULL;
}

/* NULL: nobody knows where it is. */
static const char *
log_read(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *own = postfix_text(run->postfix, a, "maillog_file");
	const char *text = NULL;

	if (*own == '/')
		return log_file_tail(a, own);
	if (run->in->options[OPTION_POSTFIX_CONFIG] != NULL)
		return NULL; /* that of another one is there */
	text = log_file_tail(a, "/var/log/mail.log");
	return text != NULL && *text != '\0' ? text : log_journal(run);
}

/* What was said since the configuration was read: what it was before is of no
   interest. */
static const char *
log_since_reload(const char *text)
{
	static const char *const marks[] = {
	    "reload -- version", "daemon started -- version"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		for (const char *at = strstr(text, marks[i]); at != NULL;
		     at = strstr(text, marks[i]))
			text = at + strlen(marks[i]);
	return text;
}

/* "smtpd[12]: fatal: ..." of a daemon: commands that somebody has typed end so
   when they are mistyped. */
static const char *
line_complaint(const char *line)
{
	static const char *const programs[] = {"/smtpd[", "/cleanup[", "/qmgr[",
	    "/trivial-rewrite[", "/smtp[", "/bounce[", "/error[", "/proxymap[",
	    "/tlsmgr[", "/master[", "/pickup[", "/postscreen[", "/local[",
	    "/anvil[", "/verify["};
	static const char *const words[] = {"]: fatal: ", "]: panic: "};

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		const char *at = strstr(line, programs[i]);

		for (size_t w = 0; at != NULL && w < 2; w++)
			if (strstr(at, words[w]) != NULL)
				return at + 1;
	}
	return NULL;
}

/* "invalid qmgr_message_active_limit parameter": what main.cf says of it is
   taken out. */
static void
cure_named_parameter(const struct probe_run *run, const char *complaint)
{
	const char *option = "-n", *set;
	struct postfix_list words = postfix_list_read(run->arena, complaint);

	if ((strstr(complaint, "parameter") == NULL &&
		strstr(complaint, "configuration") == NULL) ||
	    postconf_run(run->in, &option, 1, false, &set, NULL) != RC_OK)
		return;
	for (size_t i = 0; i < words.n; i++) {
		const char *word = arena_copy_bytes(run->arena, words.words[i],
		    strcspn(words.words[i], ":;="));

		if (postfix_lines_value(run->arena, set, word) == NULL)
			continue;
		probe_cure_removed(run, word);
		return;
	}
}

void
probe_log(const struct probe_run *run)
{
	const char *text = log_read(run), *last = NULL;
	char *lines, *line, *rest = NULL;
	size_t n = 0;

	if (text == NULL) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: where it is is not known");
		return;
	}
	lines = arena_copy_text(run->arena, log_since_reload(text));
	for (line = strtok_r(lines, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *complaint = line_complaint(line);

		n += complaint != NULL;
		last = complaint != NULL ? complaint : last;
	}
	if (n == 0) {
		probe_saw(run, REPORT_OK, "no program of Postfix gave up");
	} else {
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"since the configuration was read, programs of "
			"Postfix gave up %zu times, the last with: %s",
			n, str_printable(run->arena, last, strlen(last), 300)));
		cure_named_parameter(run, last);
	}
}
