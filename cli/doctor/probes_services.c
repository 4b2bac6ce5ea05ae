/* SPDX-License-Identifier: MIT */
#include "probes_services.h"

#include "postfix_service.h"
#include "postfix_view.h"

#include "base/str.h"

#include <string.h>
#include <unistd.h>

/* Of master.cf as Postfix has it, what mail passes through. */
static const struct essential {
	const char *name, *type;
	const char *line;      /* behind both */
	const char *parameter; /* that names it otherwise; NULL: none */
	const char *without;   /* what is not done */
} essentials[] = {
    {"cleanup", "unix", "n - y - 0 cleanup", "cleanup_service_name",
	"no mail is taken"},
    {"qmgr", "unix", "n - n 300 1 qmgr", "queue_service_name",
	"no mail leaves the queue"},
    {"rewrite", "unix", "- - y 1000? 1 trivial-rewrite", "rewrite_service_name",
	"no mail is taken"},
    {"bounce", "unix", "- - y - 0 bounce", "bounce_service_name",
	"nobody is told what was not delivered"},
    {"defer", "unix", "- - y - 0 bounce", "defer_service_name",
	"nobody is told what waits"},
    {"error", "unix", "- - y - - error", "error_service_name",
	"what cannot be delivered stays in the queue"},
    {"retry", "unix", "- - y - - error", NULL,
	"what cannot be delivered yet is tried all the time"},
    {"smtp", "unix", "- - y - - smtp", NULL, "no mail leaves this machine"},
    {"pickup", "unix", "n - y 60 1 pickup", NULL,
	"mail of this machine's own programs waits"},
};

static bool
service_is_there(const struct probe_run *run, const char *name,
    const char *type)
{
	for (size_t i = 0; i < run->postfix->n_services; i++) {
		const struct postfix_service *s = &run->postfix->services[i];

		/* Sockets of fifo and unix stand for one another. */
		if (strcmp(s->name, name) == 0 &&
		    (strcmp(s->type, type) == 0 ||
			(strcmp(type, "unix") == 0 &&
			    strcmp(s->type, "inet") != 0 &&
			    strcmp(s->type, "pass") != 0)))
			return true;
	}
	return false;
}

static bool
main_cf_has(const struct probe_run *run, const char *text)
{
	return strstr(run->postfix->set, text) != NULL;
}

/* As a value, not in what may be asked through it. */
static bool
uses_proxymap(const struct probe_run *run)
{
	char *text = arena_copy_text(run->arena, run->postfix->parameters);
	char *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, "proxy:") != NULL &&
		    !str_starts(line, "proxy_"))
			return true;
	return false;
}

static bool
uses_tls(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *in =
	    postfix_text(run->postfix, a, "smtpd_tls_security_level");
	const char *out =
	    postfix_text(run->postfix, a, "smtp_tls_security_level");

	return (*in != '\0' && !str_equal_fold(in, "none")) ||
	       (*out != '\0' && !str_equal_fold(out, "none"));
}

static bool
uses_verify(const struct probe_run *run)
{
	return main_cf_has(run, " reject_unverified_") ||
	       main_cf_has(run, ",reject_unverified_");
}

static bool
uses_postscreen(const struct probe_run *run)
{
	for (size_t i = 0; i < run->postfix->n_services; i++)
		if (strcmp(run->postfix->services[i].command, "postscreen") ==
		    0)
			return true;
	return false;
}

/* What else is asked where something is set. */
static const struct {
	struct essential service;
	bool (*is_used)(const struct probe_run *run);
} used[] = {
    {{"proxymap", "unix", "- - n - - proxymap", "proxymap_service_name",
	 "tables cannot be asked, and mail waits"},
	uses_proxymap},
    {{"tlsmgr", "unix", "- - y 1000? 1 tlsmgr", "tlsmgr_service_name",
	 "TLS is offered, and fails"},
	uses_tls},
    {{"verify", "unix", "- - y - 1 verify", "address_verify_service_name",
	 "addresses cannot be verified, and mail waits"},
	uses_verify},
    {{"smtpd", "pass", "- - y - - smtpd", "smtpd_service_name",
	 "postscreen hands its clients to nobody"},
	uses_postscreen},
};

static bool
probe_service(const struct probe_run *run, const struct essential *service)
{
	struct arena *a = run->arena;
	const char *name =
	    service->parameter == NULL
		? ""
		: postfix_text(run->postfix, a, service->parameter);

	if (*name == '\0')
		name = service->name;
	if (service_is_there(run, name, service->type))
		return false;
	probe_wrong(run, arena_printf(a, "%s/%s", name, service->type),
	    arena_printf(a, "master.cf has no such line: %s",
		service->without));
	if (strcmp(name, service->name) != 0) {
		probe_cure_removed(run, service->parameter);
		return true;
	}
	probe_cure_service(run,
	    arena_printf(a, "%s/%s=%s %s %s", name, service->type, name,
		service->type, service->line));
	return true;
}

/* smtpd may be told another cleanup in its own line. */
static bool
probe_cleanup_of(const struct probe_run *run, const struct postfix_service *s)
{
	struct arena *a = run->arena;
	const char *name =
	    postfix_lines_value(a, s->overrides, "cleanup_service_name");

	if (name == NULL || service_is_there(run, name, "unix"))
		return false;
	probe_wrong(run, arena_printf(a, "%s/unix", name),
	    arena_printf(a, "%s names it, but master.cf has no such line",
		s->name));
	postfix_cure_value(run, s, "cleanup_service_name", "cleanup");
	return true;
}

static bool
probe_program_of(const struct probe_run *run, const struct postfix_service *s)
{
	struct arena *a = run->arena;
	const char *path = arena_printf(a, "%s/%s",
	    postfix_text(run->postfix, a, "daemon_directory"), s->command);

	if (s->command[0] == '/' || access(path, X_OK) == 0)
		return false;
	probe_wrong(run, arena_printf(a, "%s/%s", s->name, s->type),
	    arena_printf(a, "there is no program %s", path));
	return true;
}

void
probe_services(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false;

	if (!view->chroots_known) {
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: master.cf cannot be read");
		return;
	}
	for (size_t i = 0; i < sizeof(essentials) / sizeof(*essentials); i++)
		wrong |= probe_service(run, &essentials[i]);
	for (size_t i = 0; i < sizeof(used) / sizeof(*used); i++)
		if (used[i].is_used(run))
			wrong |= probe_service(run, &used[i].service);
	for (size_t i = 0; i < view->n_services; i++) {
		wrong |= probe_cleanup_of(run, &view->services[i]);
		wrong |= probe_program_of(run, &view->services[i]);
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "master.cf has what mail needs");
}
