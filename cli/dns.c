/* SPDX-License-Identifier: MIT */
/* `postward dns`: the records to publish, and whether they are there. */
#include "command.h"
#include "dns_certificate.h"
#include "dns_review.h"
#include "dns_site.h"
#include "output.h"
#include "terminal.h"

#include "forwarding/domains.h"
#include "mail/domain.h"

#include <stdio.h>
#include <string.h>

#define VALUE_SEEN 60 /* characters, with --check */

struct dns_records {
	struct invocation *in;
	struct dns_review review;
	bool judged; /* somebody has looked */
};

/* One more name, behind n others. */
static void
add_name(struct arena *a, const char *const **names, size_t *n,
    const char *name)
{
	const char **more = arena_take_array(a, *n + 1, sizeof(*more));

	for (size_t i = 0; i < *n; i++)
		more[i] = (*names)[i];
	more[(*n)++] = name;
	*names = more;
}

/* A domain of the store, or the SRS domain of one. */
static enum rc
read_stored(const struct invocation *in, struct dns_wanted_of *of,
    const char *domain, struct err *err)
{
	const struct forwards_settings *f = &in->settings->forwards;
	struct domain_facts facts;
	enum rc rc = domains_find(f, domain, &facts, err);

	if (rc == RC_OK)
		add_name(in->arena, &of->domains, &of->n_domains, domain);
	if (rc == RC_NONE && facts.srs) {
		add_name(in->arena, &of->ours, &of->n_ours, domain);
		rc = RC_OK;
	}
	return rc == RC_NONE
		   ? err_set(err, RC_PERM, "%s: not a domain of ours", domain)
		   : rc;
}

/* domain: as domain_read gives it; NULL: all that postward.conf names. */
static enum rc
read_domain(const struct invocation *in, struct dns_wanted_of *of,
    const char **domain, struct err *err)
{
	const char *text = in->arguments[0];

	*domain = NULL;
	if (in->n_arguments == 0)
		return of->n_domains + of->n_ours > 0
			   ? RC_OK
			   : err_set(err, RC_PERM,
				 "there is no domain: set domains = { "
				 "\"your.domain\" }");
	if (domain_read(in->arena, text, domain, err) != RC_OK)
		return err_set(err, RC_PERM, "%s: %s", text, err->text);
	for (size_t i = 0; i < of->n_domains; i++)
		if (strcmp(of->domains[i], *domain) == 0)
			return RC_OK;
	for (size_t i = 0; i < of->n_ours; i++)
		if (strcmp(of->ours[i], *domain) == 0)
			return RC_OK;
	return read_stored(in, of, *domain, err);
}

static enum rc
dns_look(struct dns_records *r, struct err *err)
{
	struct arena *a = r->in->arena;
	const struct settings *s = r->in->settings;
	struct dns *dns;

	if (dns_open(&s->resolver, &dns, err) != RC_OK)
		return RC_TEMP;
	dns_review_ask(&r->review, a, s, dns);
	r->judged = true;
	dns_close(dns);
	return RC_OK;
}

/* ---- what is printed */

static const char *const step_words[DNS_STEPS] = {
    [DNS_STEP_HOST] = "1. The host, before anything else",
    [DNS_STEP_SENDER] = "2. Who may send, and whose signature it is",
    [DNS_STEP_MAIL] = "3. Where mail goes: once Postward runs",
    [DNS_STEP_EXTRA] = "4. Nobody is refused without these",
};

static size_t
widest_name(const struct dns_records *r)
{
	size_t widest = 0;

	for (size_t i = 0; i < r->review.n; i++)
		if (strlen(r->review.all[i].name) > widest)
			widest = strlen(r->review.all[i].name);
	/* A PTR of IPv6 would move all the others out of sight. */
	return (widest > 40 ? 40 : widest) + 1;
}

/* note: "", or with what comes before it. */
static void
print_line(const struct dns_records *r, const struct dns_wanted *w,
    const char *value, const char *note)
{
	printf("%-*s %-5s %s%s\n", (int)widest_name(r),
	    arena_printf(r->in->arena, "%s.", w->name), dns_type_name(w->type),
	    value, note);
}

static const char *
note_text(struct arena *a, const struct dns_wanted *w)
{
	return w->note == NULL ? "" : arena_printf(a, "  ; %s", w->note);
}

/* What the file is to have. */
static void
print_policy(const struct dns_records *r)
{
	const char *line = dns_wanted_policy(r->in->arena, &r->review.of);

	while (*line != '\0') {
		int len = (int)strcspn(line, "\n");

		printf(";     %.*s\n", len, line);
		line += len + 1;
	}
}

static void
print_wanted(const struct dns_records *r, const struct dns_wanted *w)
{
	struct arena *a = r->in->arena;

	if (w->value == NULL || w->optional)
		printf("; ");
	print_line(r, w, w->value == NULL ? "" : dns_wanted_text(a, w),
	    note_text(a, w));
	if (w->kind == DNS_WANTED_MTA_STS_HOST)
		print_policy(r);
}

/* Who looks has seen all of it before. */
static void
print_judged(const struct dns_records *r, const struct dns_wanted *w,
    const struct dns_judged *judged)
{
	struct arena *a = r->in->arena;
	bool right = judged->state == DNS_STATE_RIGHT;
	bool lacks = right && w->optional && judged->found != NULL;
	const char *value = w->value == NULL ? "" : dns_wanted_text(a, w);

	if (strlen(value) > VALUE_SEEN)
		value = arena_printf(a, "%.*s...", VALUE_SEEN, value);
	printf("%s ", judged->state == DNS_STATE_UNKNOWN ? "?"
		      : lacks                            ? "-"
			      : terminal_mark(a, right));
	print_line(r, w, value, right ? "" : note_text(a, w));
	if (!right)
		printf("    %s%s%s\n", dns_state_name(judged->state),
		    judged->found == NULL ? "" : ": ",
		    judged->found == NULL ? ""
					  : output_shown(a, judged->found));
}

static void
print_records(const struct dns_records *r)
{
	for (size_t i = 0; i < r->review.n; i++) {
		const struct dns_wanted *w = &r->review.all[i];

		if (i == 0 || w->step != r->review.all[i - 1].step)
			printf("%s; %s\n", i == 0 ? "" : "\n",
			    step_words[w->step]);
		if (!r->judged)
			print_wanted(r, w);
		else
			print_judged(r, w, &r->review.judged[i]);
	}
}

static void
print_records_json(const struct dns_records *r)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < r->review.n; i++) {
		const struct dns_wanted *w = &r->review.all[i];
		cJSON *row = cJSON_CreateObject();

		output_member(row, "name", w->name);
		output_member(row, "type", dns_type_name(w->type));
		output_member(row, "value", w->optional ? NULL : w->value);
		cJSON_AddNumberToObject(row, "step", w->step + 1);
		output_member(row, "note", w->note);
		if (w->optional)
			output_member(row, "optional", w->value);
		if (r->judged) {
			output_member(row, "state",
			    dns_state_name(r->review.judged[i].state));
			output_member(row, "found", r->review.judged[i].found);
		}
		cJSON_AddItemToArray(rows, row);
	}
	output_json(rows);
}

/* What nobody is refused without counts for nothing. */
static int
records_status(const struct dns_records *r)
{
	bool unknown = false;

	for (size_t i = 0; r->judged && i < r->review.n; i++) {
		if (r->review.all[i].step == DNS_STEP_EXTRA)
			continue;
		if (r->review.judged[i].state == DNS_STATE_WRONG ||
		    r->review.judged[i].state == DNS_STATE_MISSING)
			return EXIT_NO;
		unknown |= r->review.judged[i].state == DNS_STATE_UNKNOWN;
	}
	return unknown ? EXIT_TRY_LATER : EXIT_DONE;
}

int
dns_run(struct invocation *in)
{
	struct dns_records r = {.in = in};
	struct signing_keys *keys = NULL;
	const char *domain;
	struct err err;
	enum rc rc = dns_site_read(in, &r.review.of, &err);

	if (rc == RC_OK)
		rc = read_domain(in, &r.review.of, &domain, &err);
	if (rc == RC_OK)
		rc = signing_keys_open(in->settings->dkim.keys, &keys, &err);
	r.review.of.keys = keys;
	if (rc == RC_OK)
		dns_certificate_read(in, &r.review.of);
	if (rc == RC_OK)
		dns_review_plan(&r.review, in->arena, domain);
	if (rc == RC_OK && in->options[OPTION_LOOK] != NULL)
		rc = dns_look(&r, &err);
	if (rc == RC_OK && in->options[OPTION_JSON] != NULL)
		print_records_json(&r);
	else if (rc == RC_OK)
		print_records(&r);
	signing_keys_close(keys);
	return rc == RC_OK ? records_status(&r) : output_failure(in, rc, &err);
}
