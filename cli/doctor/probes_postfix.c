/* SPDX-License-Identifier: MIT */
#include "probes_postfix.h"

#include "postfix_canonical.h"
#include "postfix_entries.h"
#include "postfix_rows.h"
#include "postfix_service.h"
#include "postfix_view.h"
#include "site_uses.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum rule {
	EQUALS,
	NOT,   /* whatever it is, but not this */
	HAS,   /* among other things */
	FIRST, /* before other things, if it is there at all */
	LEAST, /* as a number, at least this */
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

/* Postfix passes longer header fields to a milter in two, whatever its own
   limit is, and to the next host as the milter saw them. */
#define FIELD_BYTES_SEEN "59500"

/* %s: the socket of `part`, as Postfix names it. */
static const struct row {
	const char *check; /* the probe that reports it */
	const char *parameter;
	enum rule rule;
	enum part part;
	const char *value; /* that is looked for; FORWARDER: the table */
	const char *whole; /* to be set or added; NULL: the same */
	const char *why;
	enum need need;
} rows[] = {
    {"forward-tables", "virtual_alias_domains", HAS, FORWARDER, "domain",
	"socketmap:%s:domain", "so that Postfix does not take our mail", MUST},
    {"forward-tables", "virtual_alias_maps", HAS, FORWARDER, "forward",
	"socketmap:%s:forward", "so that nothing is forwarded", MUST},
    {"senders", "smtpd_helo_required", EQUALS, NOTHING, "yes", NULL,
	"so that clients need not say who they are", MUST},
    {"senders", "smtpd_sender_restrictions", HAS, NOTHING,
	"reject_non_fqdn_sender",
	"permit_mynetworks, permit_sasl_authenticated, "
	"reject_non_fqdn_sender",
	"so that a sender without a domain gets ours", MUST},
    {"milter-reached", "smtpd_milters", HAS, MILTER, NULL,
	"{ %s, default_action=tempfail }",
	"so that mail keeps a sender that SPF forbids, and loops", MUST},
    {"milter-reached", "smtpd_milters", FIRST, MILTER, NULL,
	"{ %s, default_action=tempfail }",
	"so that what milters before ours write into Authentication-Results "
	"under "
	"our hostname is removed as forged (postward-milter(8))",
	ADVICE},
    {"bounces-seen", "non_smtpd_milters", HAS, MILTER, NULL,
	"{ %s, default_action=tempfail }",
	"so that it is not noted when our own mail bounces, and notifications "
	"are not looked at",
	FOR_BOUNCES},
    {"bounces-seen", "internal_mail_filter_classes", HAS, NOTHING, "bounce",
	NULL, "so that non_smtpd_milters see no bounces", FOR_BOUNCES},
    {"milter-reached", "milter_default_action", NOT, NOTHING, "accept",
	"tempfail", "so that mail passes unseen while the milter is down",
	MUST},
    {"signatures-kept", "disable_mime_output_conversion", EQUALS, NOTHING,
	"yes", NULL, "so that DKIM dies at hosts without 8BITMIME", MUST},
    {"signatures-kept", "smtp_line_length_limit", EQUALS, NOTHING, "0", NULL,
	"so that DKIM dies on lines over 998", MUST},
    {"signatures-kept", "header_size_limit", LEAST, NOTHING, FIELD_BYTES_SEEN,
	"102400",
	"so that fields are cut that a signature covers, and DKIM dies",
	ADVICE},
    {"signatures-kept", "local_header_rewrite_clients", EQUALS, NOTHING, "",
	NULL, "so that header fields of forwarded mail are changed", MUST},
    {"signatures-kept", "force_mime_input_conversion", EQUALS, NOTHING, "no",
	NULL, "so that bodies are converted, and DKIM dies", MUST},
    {"signatures-kept", "message_strip_characters", EQUALS, NOTHING, "", NULL,
	"so that bytes of messages are taken out, and DKIM dies", ADVICE},
    {"unlisted-recipients", "smtpd_reject_unlisted_recipient", EQUALS, NOTHING,
	"yes", NULL, "and the safety net under policyd is missing", MUST},
    {"signatures-kept", "remote_header_rewrite_domain", EQUALS, NOTHING, "",
	NULL, "so that header fields of strangers are completed", MUST},
    {"delay-reject", "smtpd_delay_reject", EQUALS, NOTHING, "yes", NULL,
	"so that restrictions are met before the recipient is known", MUST},
    {"alias-limits", "virtual_alias_expansion_limit", EQUALS, NOTHING, "50",
	NULL, "though no account has more than 50 targets", ADVICE},
    {"alias-limits", "virtual_alias_recursion_limit", EQUALS, NOTHING, "10",
	NULL, "though what the forwarder answers is final", ADVICE},
    {"signatures-kept", "smtp_generic_maps", EQUALS, NOTHING, "", NULL,
	"which may change signed header fields", ADVICE},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* What one look at main.cf needs. */
struct postfix_checking {
	const struct probe_run *run;
	const struct invocation *in;
	const struct postfix_view *view;
	const char *queue; /* NULL: unknown */
	bool chrooted;     /* some of Postfix's programs are */
};

static enum postfix_ours
ours_of(enum part part)
{
	return part == POLICYD  ? POSTFIX_OUR_POLICYD
	       : part == MILTER ? POSTFIX_OUR_MILTER
				: POSTFIX_OUR_FORWARDER;
}

static const char *
postfix_value_filled(struct arena *a, const char *text, const char *socket)
{
	const char *at = strstr(text, "%s");

	return at == NULL ? text
			  : arena_printf(a, "%.*s%s%s", (int)(at - text), text,
				socket, at + 2);
}

static bool
postfix_value_fits(const struct row *row, const char *value)
{
	if (row->rule == HAS) {
		const char *found = strstr(value, row->value);

		return found != NULL &&
		       strchr(" \t,}", found[strlen(row->value)]) != NULL;
	}
	if (row->rule == LEAST)
		return strtoll(value, NULL, 10) >=
		       strtoll(row->value, NULL, 10);
	if (strcmp(row->value, "yes") == 0)
		return postfix_is_yes(value);
	return (strcmp(value, row->value) == 0) == (row->rule == EQUALS);
}

static bool
is_must(const struct settings *s, enum need need)
{
	switch (need) {
	case ADVICE:
		return false;
	case MUST:
		return true;
	case FOR_BOUNCES:
		return site_uses_mail(s) || s->milter.hide_targets;
	}
	return true;
}

/* With what is missing added: the milter comes before all others. */
static const char *
postfix_value_added(struct arena *a, const struct row *row, const char *value,
    const char *whole)
{
	if (row->rule != HAS || value[0] == '\0')
		return whole;
	if (row->part == MILTER)
		return arena_printf(a, "%s, %s", whole, value);
	return arena_printf(a, "%s, %s", value, whole);
}

/* What a content filter has written, that stands before us for it. */
static bool
reads_marks(const struct settings *s)
{
	return s->policy.fate.n_spam_fields > 0;
}

/* What leads to a program of ours: is it there, and right?  NULL, or the value
   that the parameter should have. */
static const char *
part_mended(const struct postfix_checking *c, const struct row *row,
    const char *value, const char *whole)
{
	static const char *const names[] = {[FORWARDER] = "forwarder",
	    [POLICYD] = "policyd",
	    [MILTER] = "milter"};
	static const char *const maps[] = {
	    "forward", "domain", "srs-forward", "srs-reverse", NULL};
	const struct config_list listen =
	    postfix_our_listen(c->in->settings, ours_of(row->part));
	const struct postfix_entries wanted = {
	    .listen = listen.items,
	    .n_listen = listen.n,
	    .program = names[row->part],
	    .queue = c->queue,
	    .chrooted = c->chrooted,
	    .map = row->part == FORWARDER ? row->value : NULL,
	    .maps = maps,
	    .right = whole,
	};
	const char *mended;

	if (row->rule == FIRST)
		return reads_marks(c->in->settings)
			   ? NULL
			   : postfix_entries_first(c->in->arena, value,
				 &wanted);
	switch (postfix_entries_look(c->in->arena, value, &wanted, &mended)) {
	case POSTFIX_RIGHT:
		return NULL;
	case POSTFIX_ASTRAY:
		return mended;
	case POSTFIX_MISSING:
		break;
	}
	return postfix_value_added(c->in->arena, row, value, whole);
}

/* NULL: nothing is to be done. */
static const char *
row_mended(const struct postfix_checking *c, const struct row *row,
    const char *value)
{
	struct arena *a = c->in->arena;
	const char *whole = row->whole != NULL ? row->whole : row->value;

	if (row->part != NOTHING)
		return part_mended(c, row, value,
		    postfix_value_filled(a, whole,
			postfix_our_place(c->run, ours_of(row->part))));
	return postfix_value_fits(row, value)
		   ? NULL
		   : postfix_value_added(a, row, value, whole);
}

static struct postfix_checking
checking_begin(const struct probe_run *run)
{
	static const char *const programs[] = {
	    "smtpd", "cleanup", "trivial-rewrite"};

	return (struct postfix_checking){
	    .run = run,
	    .in = run->in,
	    .view = run->postfix,
	    .queue = postfix_value(run->postfix, run->arena, "queue_directory"),
	    .chrooted = postfix_is_chrooted(run->postfix, programs,
		sizeof(programs) / sizeof(*programs)),
	};
}

/* What PostSRSd was asked from, and may still be. */
void
probe_postsrsd(const struct probe_run *run)
{
	static const char *const names[] = {"sender_canonical_maps",
	    "recipient_canonical_maps", "canonical_maps"};
	struct arena *a = run->arena;
	bool asked = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = postfix_text(run->postfix, a, names[i]);
		const char *kept = postfix_canonical_without(a, value);

		if (kept == NULL)
			continue;
		asked = true;
		probe_wrong(run, names[i],
		    "asks PostSRSd, whose work Postward does: once it is "
		    "stopped, all mail waits");
		probe_cure_parameter(run,
		    arena_printf(a, "%s = %s", names[i], kept));
	}
	if (!asked)
		probe_saw(run, REPORT_OK, "nobody asks it");
}

/* What is wrong with a value, in words. */
static const char *
row_wrong(struct arena *a, const struct row *row, const char *value)
{
	if (row->rule == FIRST)
		return "ours does not stand first";
	if (row->part != NOTHING)
		return "it does not lead to us";
	return row->rule == HAS
		   ? arena_printf(a, "%s is not among it", row->value)
		   : arena_printf(a, "it is \"%s\"", value);
}

/* The value that counts for a service, if options of its own say it (NULL: of
   main.cf); false: it is as it should be. */
static bool
probe_postfix_value(const struct probe_run *run,
    const struct postfix_checking *c, const struct row *row,
    const struct postfix_service *service, const char *value)
{
	const char *mended = row_mended(c, row, value);
	bool must = is_must(run->settings, row->need);

	if (mended == NULL)
		return false;
	probe_saw_of(run, must ? run->probe->severity : REPORT_NOTE,
	    row->parameter,
	    arena_printf(run->arena, "%s%s%s, %s",
		service == NULL ? "" : service->name,
		service == NULL ? "" : " in master.cf: ",
		row_wrong(run->arena, row, value), row->why));
	postfix_cure_value(run, service, row->parameter, mended);
	return true;
}

/* What counts for members or for our own mail is nobody's business. */
static bool
row_counts_for(const struct probe_run *run, const struct postfix_service *s)
{
	return strcmp(s->command, "smtpd") != 0 ||
	       postfix_serves_strangers(run->postfix, run->arena, s);
}

/* false: it is as it should be, everywhere, or Postfix does not know it. */
static bool
probe_postfix_row(const struct probe_run *run, const struct postfix_checking *c,
    const struct row *row)
{
	const struct postfix_view *view = run->postfix;
	const char *value = postfix_value(view, run->arena, row->parameter);
	bool wrong =
	    value != NULL && probe_postfix_value(run, c, row, NULL, value);

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];
		const char *own = postfix_lines_value(run->arena, s->overrides,
		    row->parameter);

		if (own != NULL && row_counts_for(run, s))
			wrong |= probe_postfix_value(run, c, row, s, own);
	}
	return wrong;
}

bool
probe_postfix_rows(const struct probe_run *run)
{
	struct postfix_checking c = checking_begin(run);
	bool wrong = false;

	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].check, run->probe->name) == 0)
			wrong |= probe_postfix_row(run, &c, &rows[i]);
	return wrong;
}

void
probe_parameters(const struct probe_run *run)
{
	if (!probe_postfix_rows(run))
		probe_saw(run, REPORT_OK, "as it should be");
}

/* Nobody can change it, and whoever looks for a broken signature should know.
   Where Postfix has a lower limit of its own, that was said. */
static void
probe_field_limit(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *milters = postfix_text(run->postfix, a, "smtpd_milters");
	const char *limit = postfix_text(run->postfix, a, "header_size_limit");

	if (milters[0] != '\0' &&
	    strtoll(limit, NULL, 10) >= strtoll(FIELD_BYTES_SEEN, NULL, 10))
		probe_saw_of(run, REPORT_NOTE, "header fields",
		    "as there is a milter, Postfix cuts those "
		    "over " FIELD_BYTES_SEEN
		    " bytes in two; a DKIM signature of such "
		    "a field dies");
}

void
probe_signatures_kept(const struct probe_run *run)
{
	probe_parameters(run);
	probe_field_limit(run);
}

/* Which one it is, nobody but the administrator knows. */
void
probe_spam_fields(const struct probe_run *run)
{
	struct arena *a = run->arena;
	struct postfix_checking c = checking_begin(run);
	const struct postfix_entries ours = {
	    .listen = &run->settings->milter.listen,
	    .n_listen = 1,
	    .program = "milter",
	    .queue = c.queue,
	    .chrooted = c.chrooted,
	};
	const char *value = postfix_text(run->postfix, a, "smtpd_milters");

	if (!reads_marks(run->settings))
		return;
	if (postfix_entries_lead(a, value, &ours))
		probe_wrong(run, NULL,
		    "no milter stands before ours in smtpd_milters that could "
		    "write them");
	else
		probe_saw(run, REPORT_OK, "a milter stands before ours");
}
