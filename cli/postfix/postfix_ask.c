/* SPDX-License-Identifier: MIT */
#include "postfix_ask.h"

#include "postfix_dialog.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/token.h"
#include "forwarding/forwards.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define START_PATIENCE 120000 /* ms: Postfix waits until files are old */
#define TALK_PATIENCE  120000
#define LOOK_AGAIN     100
#define DOMAINS_MAX    10

struct asking {
	const struct postfix_wiring *w;
	struct arena *arena;
	struct store *store;
	const char *socket;
};

/* ---- the smtpd for strangers */

/* The options of the smtpd for everybody, or of the one behind postscreen. */
static const char *
ask_options(const struct asking *q)
{
	const struct postfix_view *view = q->w->view;
	struct str text;

	str_init(&text, q->arena);
	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];
		const char *line = s->overrides;

		if (strcmp(s->command, "smtpd") != 0 ||
		    !postfix_serves_strangers(view, q->arena, s))
			continue;
		while (line != NULL && *line != '\0') {
			size_t len = strcspn(line, "\n");

			str_addf(&text, " -o { %.*s }", (int)len, line);
			line += len + (line[len] == '\n');
		}
		break;
	}
	return text.text;
}

static enum rc
ask_open(const struct asking *q, struct err *err)
{
	const struct postfix_wiring *w = q->w;
	const char *line = arena_printf(q->arena,
	    "%s=postward-ask unix y - %s - 1 smtpd%s"
	    " -o syslog_name=postfix/ask -o mynetworks="
	    " -o smtpd_tls_security_level=none -o smtpd_tls_wrappermode=no"
	    " -o smtpd_upstream_proxy_protocol=",
	    POSTFIX_ASK_SERVICE, w->facts.chrooted ? "y" : "n", ask_options(q));
	enum rc rc;

	rc = postfix_wiring_add_service(w, POSTFIX_ASK_SERVICE, line, err);
	return rc == RC_OK ? postfix_wiring_reload(w, err) : rc;
}

static enum rc
ask_close(const struct asking *q, struct err *err)
{
	enum rc rc =
	    postfix_wiring_remove_service(q->w, POSTFIX_ASK_SERVICE, err);

	return rc == RC_OK ? postfix_wiring_reload(q->w, err) : rc;
}

/* ---- what has to be said */

static bool
ask_recipient_refused(const struct settings *s)
{
	const struct check_settings *check = &s->policy.checks[CHECK_RECIPIENT];

	return check->action == ACTION_REJECT && !check->shadow;
}

/* NULL: it is right; else what was expected.  A greylist of the site's own may
   stand behind us. */
static const char *
ask_judge(const struct asking *q, const struct forwards *known,
    const char *answer)
{
	bool checked = ask_recipient_refused(q->w->in->settings);

	switch (known->known) {
	case FORWARDS_FOUND:
		return str_starts(answer, "25") ||
			       (answer[0] == '4' &&
				   strstr(answer, "reylist") != NULL)
			   ? NULL
			   : "250";
	case FORWARDS_PUT_OFF:
		return answer[0] == '4' ? NULL : "450";
	case FORWARDS_NO_TARGET:
		if (!checked)
			return str_starts(answer, "550") ? NULL : "550";
		return str_starts(answer, "550") &&
			       strstr(answer, "No forwarding address") != NULL
			   ? NULL
			   : "550 No forwarding address";
	case FORWARDS_NO_ACCOUNT:
		return str_starts(answer, "550") &&
			       strstr(answer, "User unknown") != NULL
			   ? NULL
			   : "550 User unknown";
	case FORWARDS_NOT_OURS:
		break;
	}
	return "an address of ours";
}

/* The program that answers may be asked for the first time. */
static enum rc
ask_talk(const struct asking *q, const char *recipient, const char **answer,
    struct err *err)
{
	const struct timespec pause = {.tv_nsec = LOOK_AGAIN * 1000000L};
	int64_t begun = clock_ms();
	enum rc rc;

	do {
		rc = postfix_dialog(q->arena, q->socket, recipient,
		    clock_ms() + TALK_PATIENCE, answer, err);
		if (rc == RC_NONE)
			nanosleep(&pause, NULL);
	} while (rc == RC_NONE && clock_ms() - begun < START_PATIENCE);
	return rc == RC_NONE ? RC_TEMP : rc;
}

static enum rc
ask_about(const struct asking *q, const char *recipient, struct err *err)
{
	const struct forwards_settings *s = &q->w->in->settings->forwards;
	struct address address;
	struct forwards known;
	const char *answer, *expected;
	enum rc rc = address_read(q->arena, recipient, &address, err);

	if (rc == RC_OK)
		rc =
		    forwards_find(q->store, s, q->arena, &address, &known, err);
	if (rc == RC_OK)
		rc = ask_talk(q, recipient, &answer, err);
	if (rc != RC_OK)
		return rc;
	expected = ask_judge(q, &known, answer);
	printf("  %s: %s\n", recipient, answer);
	fflush(stdout);
	return expected == NULL
		   ? RC_OK
		   : err_set(err, RC_NONE,
			 "asked about %s, Postfix said \"%s\" where \"%s\" was "
			 "expected",
			 recipient, answer, expected);
}

static enum rc
ask_about_domain(const struct asking *q, const char *domain, struct err *err)
{
	const char *locals[] = {"postmaster", forwards_without_target, NULL};
	char *random;
	enum rc rc = token_make(q->arena, &random, err);

	locals[2] = random;
	for (size_t i = 0; rc == RC_OK && i < sizeof(locals) / sizeof(*locals);
	     i++)
		rc = ask_about(q,
		    arena_printf(q->arena, "%s@%s", locals[i], domain), err);
	return rc;
}

static enum rc
ask_all(const struct asking *q, struct err *err)
{
	const struct postfix_facts *facts = &q->w->facts;
	enum rc rc = RC_OK;

	for (size_t i = 0;
	     rc == RC_OK && i < facts->n_domains && i < DOMAINS_MAX; i++)
		rc = ask_about_domain(q, facts->domains[i], err);
	return rc;
}

enum rc
postfix_ask(const struct postfix_wiring *w, struct err *err)
{
	struct asking q = {.w = w, .arena = w->in->arena};
	struct err why;
	enum rc rc;

	q.socket =
	    arena_printf(q.arena, "%s/private/postward-ask", w->facts.queue);
	rc = settings_open_store(w->in->settings, &q.store, err);
	if (rc != RC_OK)
		return RC_TEMP;
	printf("Postfix is asked what strangers would be answered:\n");
	rc = ask_open(&q, err);
	if (rc == RC_OK)
		rc = ask_all(&q, err);
	store_close(q.store);
	if (ask_close(&q, rc == RC_OK ? err : &why) != RC_OK && rc == RC_OK)
		rc = RC_TEMP;
	return rc;
}
