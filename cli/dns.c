/* SPDX-License-Identifier: MIT */
/* `postward dns`: the records to publish, and whether they are there. */
#include "command.h"
#include "dns_judge.h"
#include "output.h"
#include "terminal.h"

#include "base/clock.h"
#include "base/str.h"
#include "mail/domain.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define ADDRESSES_MAX 32
#define VALUE_SEEN    60 /* characters, with --check */

struct dns_records {
	struct invocation *in;
	struct dns_wanted_of of;
	struct dns_wanted *all;
	struct dns_judged *judged; /* NULL: nobody looks */
	size_t n;
};

/* ---- the host's addresses */

/* Networks whose addresses the world does not reach (RFC 6890). */
static bool
is_private(const struct ip *ip)
{
	static const char *const networks[] = {"0.0.0.0/8", "10.0.0.0/8",
	    "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	    "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"};
	struct ip_net net;

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
		if (ip_net_parse(networks[i], &net) && ip_net_has(&net, ip))
			return true;
	return false;
}

static bool
read_interface(const struct sockaddr *address, struct ip *out)
{
	*out = (struct ip){0};
	if (address != NULL && address->sa_family == AF_INET) {
		out->version = 4;
		memcpy(out->bytes,
		    &((const struct sockaddr_in *)(const void *)address)
			 ->sin_addr,
		    4);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		out->version = 6;
		memcpy(out->bytes,
		    &((const struct sockaddr_in6 *)(const void *)address)
			 ->sin6_addr,
		    16);
	}
	return out->version != 0 && !is_private(out);
}

static size_t
addresses_of_interfaces(struct ip *out)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *one = all; one != NULL && n < ADDRESSES_MAX;
	     one = one->ifa_next)
		if (read_interface(one->ifa_addr, &out[n]))
			n++;
	freeifaddrs(all);
	return n;
}

static enum rc
addresses_given(const struct invocation *in, struct ip *out, size_t *n,
    struct err *err)
{
	*n = 0;
	for (size_t i = 0; i < in->n_given; i++) {
		if (in->given[i].id != OPTION_ADDRESS)
			continue;
		if (*n == ADDRESSES_MAX ||
		    !ip_parse(in->given[i].value, &out[*n]))
			return err_set(err, RC_PERM,
			    "--address %s: expected an address",
			    in->given[i].value);
		++*n;
	}
	return RC_OK;
}

/* ---- what is wanted */

static void
read_names(struct dns_records *r)
{
	const struct settings *s = r->in->settings;
	const struct srs *srs = s->return_path.srs;
	size_t n = srs == NULL ? 0 : srs->n_domains;
	const char **ours =
	    arena_take_array(r->in->arena, n + 1, sizeof(*ours));

	for (size_t i = 0; i < n; i++)
		ours[i] = srs->domains[i];
	if (s->authors.domain != NULL)
		ours[n++] = s->authors.domain;
	r->of.host = s->hostname;
	r->of.domains = s->forwards.domains;
	r->of.n_domains = s->forwards.n_domains;
	r->of.ours = ours;
	r->of.n_ours = n;
}

/* domain: as domain_read gives it; NULL: all of ours. */
static enum rc
read_domain(const struct invocation *in, const struct dns_wanted_of *of,
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
	return err_set(err, RC_PERM, "%s: not a domain of ours", text);
}

/* ---- what is there */

static enum rc
look(struct dns_records *r, struct err *err)
{
	struct arena *a = r->in->arena;
	const struct settings *s = r->in->settings;
	struct dns_judging judging = {
	    .of = &r->of, .timeout_ms = s->policy.deadline_ms};
	struct dns_query *queries =
	    arena_take_array(a, r->n + 1, sizeof(*queries));
	struct spf *spf;

	if (dns_open(&s->resolver, &judging.dns, err) != RC_OK)
		return RC_TEMP;
	judging.spf = spf = spf_new(judging.dns);
	for (size_t i = 0; i < r->n; i++)
		queries[i] = (struct dns_query){
		    .name = r->all[i].name, .type = r->all[i].type};
	dns_ask(judging.dns, a, queries, r->n,
	    clock_ms() + s->policy.deadline_ms);
	r->judged = arena_take_array(a, r->n + 1, sizeof(*r->judged));
	for (size_t i = 0; i < r->n; i++)
		r->judged[i] = dns_judge(&judging, a, &r->all[i], &queries[i]);
	spf_free(spf);
	dns_close(judging.dns);
	return RC_OK;
}

/* ---- what is printed */

static const char *const step_words[DNS_STEPS] = {
    [DNS_STEP_HOST] = "1. The host, before anything else",
    [DNS_STEP_SENDER] = "2. Who may send, and whose signature it is",
    [DNS_STEP_MAIL] = "3. Where mail goes: once Postward runs",
    [DNS_STEP_EXTRA] = "4. Nobody is refused without these",
};

/* As a zone file has it; a long text in several strings. */
static const char *
value_text(struct arena *a, const struct dns_wanted *w)
{
	const char *const *strings;
	struct str s;
	size_t n;

	if (w->type != DNS_TXT)
		return w->value;
	dkim_record_strings(a, w->value, &strings, &n);
	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s\"%s\"", i == 0 ? "" : " ", strings[i]);
	return s.text;
}

static size_t
widest_name(const struct dns_records *r)
{
	size_t widest = 0;

	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->all[i].name) > widest)
			widest = strlen(r->all[i].name);
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

static void
print_wanted(const struct dns_records *r, const struct dns_wanted *w)
{
	struct arena *a = r->in->arena;

	if (w->value == NULL)
		printf("; ");
	print_line(r, w, w->value == NULL ? "" : value_text(a, w),
	    note_text(a, w));
}

/* Who looks has seen all of it before. */
static void
print_judged(const struct dns_records *r, const struct dns_wanted *w,
    const struct dns_judged *judged)
{
	struct arena *a = r->in->arena;
	bool right = judged->state == DNS_STATE_RIGHT;
	const char *value = w->value == NULL ? "" : value_text(a, w);

	if (strlen(value) > VALUE_SEEN)
		value = arena_printf(a, "%.*s...", VALUE_SEEN, value);
	printf("%s ",
	    judged->state == DNS_STATE_UNKNOWN ? "?" : terminal_mark(a, right));
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
	for (size_t i = 0; i < r->n; i++) {
		const struct dns_wanted *w = &r->all[i];

		if (i == 0 || w->step != r->all[i - 1].step)
			printf("%s; %s\n", i == 0 ? "" : "\n",
			    step_words[w->step]);
		if (r->judged == NULL)
			print_wanted(r, w);
		else
			print_judged(r, w, &r->judged[i]);
	}
}

static void
print_records_json(const struct dns_records *r)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < r->n; i++) {
		const struct dns_wanted *w = &r->all[i];
		cJSON *row = cJSON_CreateObject();

		output_member(row, "name", w->name);
		output_member(row, "type", dns_type_name(w->type));
		output_member(row, "value", w->value);
		cJSON_AddNumberToObject(row, "step", w->step + 1);
		output_member(row, "note", w->note);
		if (r->judged != NULL) {
			output_member(row, "state",
			    dns_state_name(r->judged[i].state));
			output_member(row, "found", r->judged[i].found);
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

	for (size_t i = 0; r->judged != NULL && i < r->n; i++) {
		if (r->all[i].step == DNS_STEP_EXTRA)
			continue;
		if (r->judged[i].state == DNS_STATE_WRONG ||
		    r->judged[i].state == DNS_STATE_MISSING)
			return EXIT_NO;
		unknown |= r->judged[i].state == DNS_STATE_UNKNOWN;
	}
	return unknown ? EXIT_TRY_LATER : EXIT_DONE;
}

int
dns_run(struct invocation *in)
{
	struct dns_records r = {.in = in};
	struct ip addresses[ADDRESSES_MAX];
	struct signing_keys *keys = NULL;
	const char *domain;
	struct err err;
	enum rc rc = addresses_given(in, addresses, &r.of.n_addresses, &err);

	if (r.of.n_addresses == 0)
		r.of.n_addresses = addresses_of_interfaces(addresses);
	r.of.addresses = addresses;
	read_names(&r);
	if (rc == RC_OK)
		rc = read_domain(in, &r.of, &domain, &err);
	if (rc == RC_OK)
		rc = signing_keys_open(in->settings->dkim.keys, &keys, &err);
	r.of.keys = keys;
	if (rc == RC_OK)
		r.all = dns_wanted_list(in->arena, &r.of, domain, &r.n);
	if (rc == RC_OK && in->options[OPTION_LOOK] != NULL)
		rc = look(&r, &err);
	if (rc == RC_OK && in->options[OPTION_JSON] != NULL)
		print_records_json(&r);
	else if (rc == RC_OK)
		print_records(&r);
	signing_keys_close(keys);
	return rc == RC_OK ? records_status(&r) : output_failure(in, rc, &err);
}
