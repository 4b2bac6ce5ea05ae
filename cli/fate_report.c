/* SPDX-License-Identifier: MIT */
/* `postward fate report`: what became of copies that were to be forwarded. */
#include "command.h"
#include "fate_tally.h"
#include "json_stream.h"
#include "output.h"

#include "base/process.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SINCE_DEFAULT "7d"
#define TIMEOUT_MS    ((int64_t)3600 * 1000)
#define SENDERS_SHOWN 20
#define AUTHOR_SHOWN  40

/* ---- where the lines come from */

static void
tally_visit(void *context, const char *line)
{
	fate_tally_line(context, line);
}

/* "7d", as journalctl(1) takes it with a "-" before it. */
static bool
is_period(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits < 10 && text[digits] != '\0' &&
	       strchr("smhdw", text[digits]) != NULL &&
	       text[digits + 1] == '\0';
}

/* What is read of it before trouble came would be too little to count. */
static enum rc
journal_trouble(enum rc rc, struct err *err)
{
	struct err why = *err;

	return rc == RC_OK ? RC_OK
			   : err_set(err, rc,
				 "%s; the journal is root's, and of the group "
				 "systemd-journal; if the log is in a file, "
				 "name it, such as /var/log/mail.log",
				 why.text);
}

/* What goes to the journal through standard error bears the unit's name. */
static enum rc
read_journal(struct invocation *in, const char *since, struct fate_tally *t,
    struct err *err)
{
	const char *const argv[] = {process_find(in->arena, "journalctl"),
	    "--quiet", "--no-pager", "--output=cat",
	    "--identifier=postward/milter", "--identifier=postward-milter",
	    arena_printf(in->arena, "--since=-%s", since)};
	static const char *const env[] = {"LC_ALL=C.UTF-8", NULL};
	const struct process journalctl = {
	    .argv = argv,
	    .n_argv = sizeof(argv) / sizeof(*argv),
	    .env = env,
	    .input = "",
	    .timeout_ms = TIMEOUT_MS,
	    .lines_max = SIZE_MAX,
	    .line_max = FATE_TALLY_LINE_MAX,
	    .without_errors = true,
	    .line = tally_visit,
	    .context = t,
	};

	if (argv[0] == NULL)
		return err_set(err, RC_PERM,
		    "there is no journalctl here; name the file of the log, "
		    "such as /var/log/mail.log");
	return journal_trouble(process_run(in->arena, &journalctl, err), err);
}

/* Of a longer line the rest is passed over. */
static void
read_lines(FILE *file, struct fate_tally *t)
{
	char line[FATE_TALLY_LINE_MAX];
	bool whole, begins = true;

	while (fgets(line, sizeof(line), file) != NULL) {
		size_t len = strcspn(line, "\n");

		whole = line[len] == '\n';
		line[len] = '\0';
		if (begins)
			fate_tally_line(t, line);
		begins = whole;
	}
}

static enum rc
read_file(const char *name, struct fate_tally *t, struct err *err)
{
	bool is_input = strcmp(name, "-") == 0, failed;
	FILE *file = is_input ? stdin : fopen(name, "r");

	if (file == NULL)
		return err_set(err, RC_PERM, "%s: %s", name, strerror(errno));
	errno = 0;
	read_lines(file, t);
	failed = ferror(file) != 0;
	if (failed)
		err_set(err, RC_PERM, "%s: %s", name, strerror(errno));
	if (!is_input)
		fclose(file);
	return failed ? RC_PERM : RC_OK;
}

/* ---- text */

static void
print_actions(const struct fate_tally *t)
{
	printf("  %-12s %9s %9s\n", "", "would be", "was");
	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		if (t->shadow[i] + t->done[i] > 0)
			printf("  %-12s %9llu %9llu\n",
			    fate_action_name((enum fate_action)i),
			    (unsigned long long)t->shadow[i],
			    (unsigned long long)t->done[i]);
}

static void
print_head(const char *first, int width)
{
	printf("  %-*s", width, first);
	for (unsigned i = FATE_ACTIONS; i-- > 0;)
		if (fate_sender_acts((enum fate_action)i))
			printf(" %8s", fate_action_name((enum fate_action)i));
}

static void
print_counts(const uint64_t n[FATE_ACTIONS])
{
	for (unsigned i = FATE_ACTIONS; i-- > 0;)
		if (fate_sender_acts((enum fate_action)i))
			printf(" %8llu", (unsigned long long)n[i]);
}

static uint64_t
receiver_acted(const struct fate_tally *t, unsigned receiver)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		n += t->at[receiver][i];
	return n;
}

static void
print_receivers(const struct fate_tally *t)
{
	bool any = false;

	for (unsigned r = 0; r < FATE_RECEIVERS; r++) {
		if (receiver_acted(t, r) == 0)
			continue;
		if (!any) {
			printf("\nBy who would not take it\n");
			print_head("", 12);
			printf("\n");
		}
		any = true;
		printf("  %-12s", fate_receiver_name((enum fate_receiver)r));
		print_counts(t->at[r]);
		printf("\n");
	}
}

static const char *
case_most_told(const struct fate_sender *s)
{
	unsigned most = 0;

	for (unsigned i = 1; i < FATE_CASES; i++)
		if (s->cases[i] > s->cases[most])
			most = i;
	return s->cases[most] == 0 ? "-" : fate_case_name((enum fate_case)most);
}

/* "gmail 12, strict 3" */
static const char *
receivers_told(struct arena *a, const struct fate_sender *s)
{
	struct str all;

	str_init(&all, a);
	for (unsigned r = 0; r < FATE_RECEIVERS; r++)
		if (s->at[r] > 0)
			str_addf(&all, "%s%s %llu", all.len == 0 ? "" : ", ",
			    fate_receiver_name((enum fate_receiver)r),
			    (unsigned long long)s->at[r]);
	return all.len == 0 ? "-" : all.text;
}

static const char *
author_shown(struct arena *a, const char *author)
{
	return author == NULL || author[0] == '\0'
		   ? "(no author)"
		   : str_printable(a, author, strlen(author), AUTHOR_SHOWN);
}

static uint64_t
acted_of(const struct fate_sender *const *senders, size_t n)
{
	uint64_t acted = 0;

	for (size_t i = 0; i < n; i++)
		acted += fate_sender_acted(senders[i]);
	return acted;
}

static double
percent(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static int
author_width(struct arena *a, const struct fate_sender *const *senders,
    size_t n)
{
	int width = (int)strlen("From domain");

	for (size_t i = 0; i < n; i++) {
		int one = (int)strlen(author_shown(a, senders[i]->author));

		if (one > width)
			width = one;
	}
	return width;
}

static void
print_senders(struct arena *a, const struct fate_sender *const *senders,
    size_t n, uint64_t more)
{
	uint64_t all = acted_of(senders, n) + more, so_far = 0;
	size_t shown = n < SENDERS_SHOWN ? n : SENDERS_SHOWN;
	int width = author_width(a, senders, shown);

	printf("\nWho makes most of these %llu\n", (unsigned long long)all);
	print_head("From domain", width);
	printf("   share  so far  %-18s %s\n", "mostly", "at");
	for (size_t i = 0; i < shown; i++) {
		uint64_t acted = fate_sender_acted(senders[i]);

		so_far += acted;
		printf("  %-*s", width, author_shown(a, senders[i]->author));
		print_counts(senders[i]->n);
		printf("  %5.1f%%  %5.1f%%  %-18s %s\n", percent(acted, all),
		    percent(so_far, all), case_most_told(senders[i]),
		    receivers_told(a, senders[i]));
	}
	if (n > shown)
		printf("  and %zu%s more, with %.1f%% of them\n", n - shown,
		    more > 0 ? " and many" : "", percent(all - so_far, all));
}

static void
print_report(struct invocation *in, const struct fate_tally *t,
    const char *where)
{
	size_t n;
	const struct fate_sender **senders = fate_tally_senders(t, &n);

	printf("What became of %llu messages that are forwarded, %s\n\n",
	    (unsigned long long)fate_tally_messages(t), where);
	print_actions(t);
	if (n == 0) {
		printf("\nNone of them is refused, held or rewritten.\n");
		return;
	}
	print_receivers(t);
	print_senders(in->arena, senders, n, fate_tally_more(t));
	printf("\n`postward auth FILE` tells, of a message at hand, what its "
	       "sender can mend.\n");
}

/* ---- JSON */

static void
add_count(cJSON *o, const char *name, uint64_t n)
{
	cJSON_AddNumberToObject(o, name, (double)n);
}

static void
add_acts(cJSON *o, const uint64_t n[FATE_ACTIONS])
{
	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		if (fate_sender_acts((enum fate_action)i))
			add_count(o, fate_action_name((enum fate_action)i),
			    n[i]);
}

static cJSON *
sender_json(const struct fate_sender *s, uint64_t all)
{
	cJSON *o = cJSON_CreateObject(), *part;
	uint64_t messages = 0;

	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		messages += s->n[i];
	output_member(o, "author", s->author);
	add_count(o, "messages", messages);
	add_acts(o, s->n);
	cJSON_AddNumberToObject(o, "percent",
	    percent(fate_sender_acted(s), all));
	part = cJSON_AddObjectToObject(o, "cases");
	for (unsigned i = 0; i < FATE_CASES; i++)
		if (s->cases[i] > 0)
			add_count(part, fate_case_name((enum fate_case)i),
			    s->cases[i]);
	part = cJSON_AddObjectToObject(o, "at");
	for (unsigned r = 0; r < FATE_RECEIVERS; r++)
		if (s->at[r] > 0)
			add_count(part,
			    fate_receiver_name((enum fate_receiver)r),
			    s->at[r]);
	return o;
}

static void
print_senders_json(struct json_stream *js,
    const struct fate_sender *const *senders, size_t n, uint64_t all)
{
	json_stream_list(js, "senders");
	for (size_t i = 0; i < n; i++)
		json_stream_element(js, sender_json(senders[i], all));
	json_stream_list_end(js);
}

static cJSON *
counts_json(const uint64_t n[FATE_ACTIONS])
{
	cJSON *o = cJSON_CreateObject();

	for (unsigned i = 0; i < FATE_ACTIONS; i++)
		add_count(o, fate_action_name((enum fate_action)i), n[i]);
	return o;
}

static void
print_report_json(const struct fate_tally *t)
{
	size_t n;
	const struct fate_sender **senders = fate_tally_senders(t, &n);
	struct json_stream js;
	cJSON *at = cJSON_CreateObject();

	for (unsigned r = 0; r < FATE_RECEIVERS; r++)
		add_acts(cJSON_AddObjectToObject(at,
			     fate_receiver_name((enum fate_receiver)r)),
		    t->at[r]);
	json_stream_begin(&js);
	json_stream_member(&js, "messages",
	    cJSON_CreateNumber((double)fate_tally_messages(t)));
	json_stream_member(&js, "shadow", counts_json(t->shadow));
	json_stream_member(&js, "done", counts_json(t->done));
	json_stream_member(&js, "at", at);
	print_senders_json(&js, senders, n,
	    acted_of(senders, n) + fate_tally_more(t));
	json_stream_member(&js, "more",
	    cJSON_CreateNumber((double)fate_tally_more(t)));
	json_stream_end(&js);
}

/* ---- the command */

static int
nothing_told(struct invocation *in)
{
	if (in->n_arguments > 0)
		output_wrong(in,
		    "no line there tells the fate of a message (fate=): is it "
		    "the log of postward-milter?");
	else
		output_wrong(in,
		    "no line of postward-milter in the journal tells the fate "
		    "of a message (fate=); if the log is in a file, name it, "
		    "such as /var/log/mail.log%s",
		    geteuid() == 0 ? ""
				   : "; the journal is root's, and of the "
				     "group systemd-journal");
	return EXIT_NO;
}

static enum rc
read_all(struct invocation *in, const char *since, struct fate_tally *t,
    struct err *err)
{
	enum rc rc = RC_OK;

	if (in->n_arguments == 0)
		return read_journal(in, since, t, err);
	for (int i = 0; i < in->n_arguments && rc == RC_OK; i++)
		rc = read_file(in->arguments[i], t, err);
	return rc;
}

static int
report_tally(struct invocation *in, const char *since, struct fate_tally *t)
{
	struct err err;
	enum rc rc = read_all(in, since, t, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (in->options[OPTION_JSON] != NULL)
		print_report_json(t);
	else if (fate_tally_messages(t) == 0)
		return nothing_told(in);
	else
		print_report(in, t,
		    in->n_arguments > 0
			? "as the log has it"
			: arena_printf(in->arena, "the last %s", since));
	return EXIT_DONE;
}

int
fate_report_run(struct invocation *in)
{
	const char *since = in->options[OPTION_SINCE];
	struct fate_tally *t;
	int status;

	if (since != NULL && !is_period(since)) {
		output_wrong(in, "--since %s: expected a period, such as 7d",
		    since);
		return EXIT_USAGE;
	}
	if (since != NULL && in->n_arguments > 0) {
		output_wrong(in, "--since is for the journal; a FILE is read "
				 "as a whole");
		return EXIT_USAGE;
	}
	t = fate_tally_new(in->arena);
	status = report_tally(in, since == NULL ? SINCE_DEFAULT : since, t);
	fate_tally_end(t);
	return status;
}
