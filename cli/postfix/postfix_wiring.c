/* SPDX-License-Identifier: MIT */
#include "postfix_wiring.h"

#include "postconf.h"
#include "postfix_program.h"
#include "postfix_words.h"
#include "site_uses.h"

#include "base/file.h"
#include "base/process.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 120000
#define LINE_BYTES  ((size_t)64 * 1024)
#define LINES       4000
#define MAP_MAX     ((size_t)1024 * 1024)

static void
wiring_line(void *context, const char *line)
{
	str_add(context, line);
	str_add(context, "\n");
}

/* Runs once more what only reads, for what it says of its failure. */
static void
wiring_cause(const struct postfix_wiring *w, const struct postfix_program *run,
    struct err *why)
{
	struct postfix_program again = *run;
	struct err cause;

	again.process.without_errors = false;
	again.process.lines_max = 0;
	if (postfix_program_run(w->in, &again, &cause) != RC_OK)
		*why = cause;
}

enum rc
postfix_wiring_run(const struct postfix_wiring *w, const char *program,
    const char *const *words, size_t n, const char **lines, struct err *err)
{
	struct str text;
	const struct postfix_program run = {
	    .name = program,
	    .folder = "-c",
	    .args = words,
	    .n_args = n,
	    .process = {.timeout_ms = PATIENCE_MS,
		.lines_max = LINES,
		.line_max = LINE_BYTES,
		.without_errors = lines != NULL,
		.line = wiring_line,
		.context = &text},
	};
	struct err why;
	enum rc rc;

	str_init(&text, w->in->arena);
	rc = postfix_program_run(w->in, &run, &why);
	if (rc != RC_OK && lines != NULL)
		wiring_cause(w, &run, &why);
	if (lines != NULL)
		*lines = text.text;
	return rc == RC_OK ? RC_OK
			   : err_set(err, RC_TEMP, "%s %s: %s", program,
				 n > 0 ? words[0] : "", why.text);
}

/* ---- reading */

const char *
postfix_wiring_raw(const struct postfix_wiring *w, const char *name)
{
	for (size_t i = 0; i < w->facts.n; i++)
		if (strcmp(w->facts.settings[i].name, name) == 0)
			return w->facts.settings[i].raw;
	return NULL;
}

static const char *
wiring_expanded(const struct postfix_wiring *w, const char *name)
{
	for (size_t i = 0; i < w->facts.n; i++)
		if (strcmp(w->facts.settings[i].name, name) == 0)
			return w->facts.settings[i].expanded;
	return NULL;
}

static size_t
wiring_names(void)
{
	size_t n = 0;

	while (postfix_plan_names[n] != NULL)
		n++;
	return n;
}

/* A name that Postfix asks in its queue, where its programs may be chrooted. */
static const char *
wiring_socket(const struct postfix_wiring *w, const char *const *listen,
    size_t n)
{
	const char *queue = w->facts.queue == NULL ? "" : w->facts.queue;
	size_t len = strlen(queue);

	for (size_t i = 0; i < n && len > 0; i++) {
		const char *path = listen[i] + strlen("unix:");

		if (str_starts(listen[i], "unix:") && str_starts(path, queue) &&
		    path[len] == '/')
			return arena_printf(w->in->arena, "unix:%s",
			    path + len + 1);
	}
	return n == 0 ? "" : listen[0];
}

static void
wiring_part(struct postfix_wiring *w, enum postfix_part part,
    const char *const *listen, size_t n)
{
	w->facts.parts[part].listen = listen;
	w->facts.parts[part].n_listen = n;
	w->facts.parts[part].socket = wiring_socket(w, listen, n);
}

static void
wiring_parts(struct postfix_wiring *w)
{
	static const char *const programs[] = {
	    "smtpd", "cleanup", "trivial-rewrite"};
	const struct settings *s = w->in->settings;

	w->facts.queue = wiring_expanded(w, "queue_directory");
	w->facts.chrooted = postfix_is_chrooted(w->view, programs, 3);
	wiring_part(w, POSTFIX_PART_FORWARDER, s->forwarder.listen.items,
	    s->forwarder.listen.n);
	wiring_part(w, POSTFIX_PART_POLICYD, s->policyd.listen.items,
	    s->policyd.listen.n);
	wiring_part(w, POSTFIX_PART_MILTER, &s->milter.listen, 1);
	w->facts.parts[POSTFIX_PART_NONE].socket = "";
	w->facts.policyd = site_uses_policyd(s);
	w->facts.hostname = s->hostname;
	w->facts.domains = s->forwards.domains;
	w->facts.n_domains = s->forwards.n_domains;
}

/* As conf/postfix/master.cf has it. */
static void
wiring_listener(struct postfix_wiring *w)
{
	static const char before[] = "smtp://127.0.0.1:";
	const char *smtp = w->in->settings->mailer.smtp;
	const char *port = smtp + strlen(before);
	size_t digits;

	w->service = w->service_line = NULL;
	if (!str_starts(smtp, before))
		return;
	digits = strspn(port, "0123456789");
	if (digits == 0 || (port[digits] != '\0' && port[digits] != '/') ||
	    (digits == 2 && strncmp(port, "25", 2) == 0))
		return;
	w->service = arena_printf(w->in->arena, "127.0.0.1:%.*s/inet",
	    (int)digits, port);
	w->service_line = arena_printf(w->in->arena,
	    "%s=127.0.0.1:%.*s inet n - y - 10 smtpd"
	    " -o syslog_name=postfix/system"
	    " -o mynetworks=127.0.0.0/8"
	    " -o smtpd_client_restrictions=permit_mynetworks,reject"
	    " -o smtpd_helo_restrictions="
	    " -o smtpd_sender_restrictions="
	    " -o smtpd_relay_restrictions=permit_mynetworks,reject"
	    " -o smtpd_recipient_restrictions=permit_mynetworks,reject"
	    " -o smtpd_data_restrictions="
	    " -o smtpd_end_of_data_restrictions="
	    " -o smtpd_milters="
	    " -o smtpd_proxy_filter="
	    " -o content_filter="
	    " -o receive_override_options=no_header_body_checks",
	    w->service, (int)digits, port);
}

enum rc
postfix_wiring_read(struct postfix_wiring *w, struct err *err)
{
	size_t n = wiring_names();
	const char *set = "-n", *raw;
	struct arena *a = w->in->arena;
	struct postfix_setting *settings =
	    arena_take_array(a, n, sizeof(*settings));
	enum rc rc = postfix_wiring_run(w, "postconf", &set, 1, &raw, err);

	if (rc == RC_OK)
		rc = postconf_view(w->in, &w->view, err);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < n; i++)
		settings[i] = (struct postfix_setting){postfix_plan_names[i],
		    postfix_lines_value(a, raw, postfix_plan_names[i]),
		    postfix_value(w->view, a, postfix_plan_names[i])};
	w->facts.settings = settings;
	w->facts.n = n;
	w->folder = wiring_expanded(w, "config_directory");
	w->main_cf = arena_printf(w->in->arena, "%s/main.cf", w->folder);
	w->master_cf = arena_printf(w->in->arena, "%s/master.cf", w->folder);
	wiring_parts(w);
	wiring_listener(w);
	return RC_OK;
}

/* ---- who else delivers our domains */

static bool
wiring_file_has(const struct postfix_wiring *w, const char *path,
    const char *domain)
{
	char *text;
	size_t len;

	return file_read(w->in->arena, path, MAP_MAX, &text, &len, NULL,
		   NULL) == RC_OK &&
	       len <= MAP_MAX && postfix_words_have(text, domain);
}

static bool
wiring_word_has(const struct postfix_wiring *w, const char *word,
    const char *domain)
{
	const char *words[] = {"-q", domain, word}, *lines;
	struct err err;

	if (str_equal_fold(word, domain))
		return true;
	if (word[0] == '/')
		return wiring_file_has(w, word, domain);
	return strchr(word, ':') != NULL && !str_starts(word, "socketmap:") &&
	       postfix_wiring_run(w, "postmap", words, 3, &lines, &err) ==
		   RC_OK;
}

static bool
wiring_list_has(const struct postfix_wiring *w, const char *value,
    const char *domain)
{
	struct postfix_word word;

	while (postfix_word_next(&value, &word))
		if (wiring_word_has(w,
			arena_copy_bytes(w->in->arena, word.begin,
			    (size_t)(word.end - word.begin)),
			domain))
			return true;
	return false;
}

/* mydestination by name: the plan takes it out. */
static bool
wiring_delivers(const struct postfix_wiring *w, const char *name,
    const char *domain)
{
	const char *value = wiring_expanded(w, name);

	if (value == NULL ||
	    (strcmp(name, "mydestination") == 0 &&
		(postfix_words_have(value, domain) ||
		    strpbrk(value, "/:") == NULL)) ||
	    (strcmp(name, "relay_domains") == 0 &&
		postfix_wiring_raw(w, name) == NULL))
		return false;
	return wiring_list_has(w, value, domain);
}

enum rc
postfix_wiring_conflicts(const struct postfix_wiring *w, struct err *err)
{
	static const char *const names[] = {
	    "mydestination", "virtual_mailbox_domains", "relay_domains"};
	const char *hostname = wiring_expanded(w, "myhostname");

	for (size_t i = 0; i < w->facts.n_domains; i++) {
		const char *domain = w->facts.domains[i];

		if (hostname != NULL && str_equal_fold(hostname, domain))
			return err_set(err, RC_PERM,
			    "myhostname is %s, whose mail is forwarded: the "
			    "server needs a name of its own; run: postconf -e "
			    "'myhostname = mx.%s'",
			    domain, domain);
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
			if (wiring_delivers(w, names[k], domain))
				return err_set(err, RC_PERM,
				    "%s has %s: a domain is either there or "
				    "with Postward; give who has mail there an "
				    "account and a forward, then take it out",
				    names[k], domain);
	}
	return RC_OK;
}

/* ---- changing */

enum rc
postfix_wiring_service(const struct postfix_wiring *w, bool *there,
    struct err *err)
{
	const char *words[] = {"-M", w->service}, *lines = "";

	*there = false;
	if (w->service == NULL)
		return RC_OK;
	/* None is no failure, but a warning. */
	if (postfix_wiring_run(w, "postconf", words, 2, &lines, err) != RC_OK)
		return RC_TEMP;
	*there = lines[0] != '\0';
	if (!*there || strstr(lines, "syslog_name=postfix/system") != NULL)
		return RC_OK;
	return err_set(err, RC_PERM,
	    "master.cf has a service %s already, which is not ours: give "
	    "mailer.smtp another port",
	    w->service);
}

enum rc
postfix_wiring_edit(const struct postfix_wiring *w,
    const struct postfix_edit *edits, size_t n, struct err *err)
{
	const char **set = arena_take_array(w->in->arena, n + 1, sizeof(*set));
	const char **unset =
	    arena_take_array(w->in->arena, n + 1, sizeof(*unset));
	size_t n_set = 1, n_unset = 1;
	enum rc rc = RC_OK;

	set[0] = "-e";
	unset[0] = "-X";
	for (size_t i = 0; i < n; i++)
		if (edits[i].value == NULL)
			unset[n_unset++] = edits[i].name;
		else
			set[n_set++] = arena_printf(w->in->arena, "%s = %s",
			    edits[i].name, edits[i].value);
	if (n_set > 1)
		rc = postfix_wiring_run(w, "postconf", set, n_set, NULL, err);
	if (rc == RC_OK && n_unset > 1)
		rc = postfix_wiring_run(w, "postconf", unset, n_unset, NULL,
		    err);
	return rc;
}

enum rc
postfix_wiring_add_service(const struct postfix_wiring *w, const char *service,
    const char *line, struct err *err)
{
	const char *words[] = {"-Me", line};

	(void)service;
	return postfix_wiring_run(w, "postconf", words, 2, NULL, err);
}

enum rc
postfix_wiring_remove_service(const struct postfix_wiring *w,
    const char *service, struct err *err)
{
	const char *look[] = {"-M", service}, *lines = "";
	const char *words[] = {"-MX", service};

	if (postfix_wiring_run(w, "postconf", look, 2, &lines, err) != RC_OK)
		return RC_TEMP;
	return lines[0] == '\0'
		   ? RC_OK
		   : postfix_wiring_run(w, "postconf", words, 2, NULL, err);
}

/* ---- the programs */

bool
postfix_wiring_runs(const struct postfix_wiring *w)
{
	const char *word = "status";
	struct err err;

	return postfix_wiring_run(w, "postfix", &word, 1, NULL, &err) == RC_OK;
}

/* systemd has to know that it runs. */
static enum rc
wiring_systemctl(const struct postfix_wiring *w, const char *verb,
    struct err *err)
{
	const char *argv[] = {
	    process_find(w->in->arena, "systemctl"), verb, "postfix"};
	const struct process process = {
	    .argv = argv,
	    .n_argv = 3,
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = PATIENCE_MS,
	    .line_max = 1024,
	};

	if (argv[0] == NULL || access("/run/systemd/system", F_OK) != 0 ||
	    w->in->options[OPTION_POSTFIX_CONFIG] != NULL)
		return RC_NONE;
	return process_run(w->in->arena, &process, err);
}

enum rc
postfix_wiring_reload(const struct postfix_wiring *w, struct err *err)
{
	const char *word = postfix_wiring_runs(w) ? "reload" : "start";
	enum rc rc = RC_NONE;

	if (strcmp(word, "start") == 0)
		rc = wiring_systemctl(w, word, err);
	return rc == RC_NONE
		   ? postfix_wiring_run(w, "postfix", &word, 1, NULL, err)
		   : rc;
}

enum rc
postfix_wiring_stop(const struct postfix_wiring *w, struct err *err)
{
	const char *word = "stop";
	enum rc rc = wiring_systemctl(w, word, err);

	return rc == RC_NONE
		   ? postfix_wiring_run(w, "postfix", &word, 1, NULL, err)
		   : rc;
}
