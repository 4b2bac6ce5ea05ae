/* SPDX-License-Identifier: MIT */
#include "dns_wanted.h"

#include "base/encode.h"
#include "base/str.h"
#include "store/db.h"

#include <string.h>

struct wanting {
	struct arena *arena;
	const struct dns_wanted_of *of;
	struct dns_wanted *all;
	size_t n;
};

static void
want(struct wanting *w, struct dns_wanted wanted)
{
	w->all = db_more(w->arena, w->all, w->n, sizeof(*w->all));
	w->all[w->n++] = wanted;
}

static void
want_text(struct wanting *w, enum dns_wanted_kind kind,
    enum dns_wanted_step step, const char *name, const char *text,
    const char *note)
{
	want(w, (struct dns_wanted){.kind = kind,
		    .step = step,
		    .type = DNS_TXT,
		    .name = name,
		    .value = text,
		    .note = note});
}

/* ---- the host */

static void
want_address(struct wanting *w, const struct ip *ip)
{
	want(w, (struct dns_wanted){.kind = DNS_WANTED_ADDRESS,
		    .type = ip != NULL && ip->version == 6 ? DNS_AAAA : DNS_A,
		    .name = w->of->host,
		    .value = ip == NULL ? NULL : ip_text(w->arena, ip),
		    .note = ip == NULL ? "its address: --address tells" : NULL,
		    .ip = ip});
}

static void
want_host(struct wanting *w)
{
	const struct dns_wanted_of *of = w->of;

	for (size_t i = 0; i < of->n_addresses; i++)
		want_address(w, &of->addresses[i]);
	if (of->n_addresses == 0)
		want_address(w, NULL);
	for (size_t i = 0; i < of->n_addresses; i++)
		want(w,
		    (struct dns_wanted){.kind = DNS_WANTED_PTR,
			.type = DNS_PTR,
			.name = ip_pointer_name(w->arena, &of->addresses[i]),
			.value = arena_printf(w->arena, "%s.", of->host),
			.note = "set by who gave you the address",
			.ip = &of->addresses[i]});
	want_text(w, DNS_WANTED_SPF_OF_HOST, DNS_STEP_HOST, of->host,
	    "v=spf1 a -all", "HELO, and bounces");
}

/* ---- what nobody lacks */

static void
want_optional(struct wanting *w, enum dns_wanted_kind kind, enum dns_type type,
    const char *name, const char *value, const char *note)
{
	want(w, (struct dns_wanted){.kind = kind,
		    .step = DNS_STEP_EXTRA,
		    .type = type,
		    .name = name,
		    .value = value,
		    .note = note,
		    .optional = true});
}

/* Hosts that look at it send nothing to a key that it does not name. */
static void
want_key_of_host(struct wanting *w)
{
	want_optional(w, DNS_WANTED_TLSA, DNS_TLSA,
	    arena_printf(w->arena, "_25._tcp.%s", w->of->host), w->of->tlsa,
	    w->of->tlsa == NULL
		? "if the zone is signed; no certificate is known here"
		: "if the zone is signed, and the key stays when the "
		  "certificate is renewed");
}

static void
want_policy(struct wanting *w, const char *domain)
{
	struct arena *a = w->arena;

	want_optional(w, DNS_WANTED_MTA_STS, DNS_TXT,
	    arena_printf(a, "_mta-sts.%s", domain),
	    arena_printf(a, "v=STSv1; id=%s",
		w->of->policy_id == NULL ? "1" : w->of->policy_id),
	    "once the policy is there; another id with each change of it");
	want_optional(w, DNS_WANTED_MTA_STS_HOST, DNS_CNAME,
	    arena_printf(a, "mta-sts.%s", domain),
	    arena_printf(a, "%s.", w->of->host),
	    arena_printf(a, "has https://mta-sts.%s/.well-known/mta-sts.txt",
		domain));
	want_optional(w, DNS_WANTED_CAA, DNS_CAA, domain,
	    arena_printf(a, "0 issue \"%s\"",
		w->of->issuer == NULL ? "letsencrypt.org" : w->of->issuer),
	    "who may issue certificates, the web's too");
}

const char *
dns_wanted_policy(struct arena *a, const struct dns_wanted_of *of)
{
	return arena_printf(a,
	    "version: STSv1\nmode: testing\nmx: %s\nmax_age: 86400\n",
	    of->host);
}

/* ---- domains */

static void
want_mx(struct wanting *w, const char *domain)
{
	want(w, (struct dns_wanted){.kind = DNS_WANTED_MX,
		    .step = DNS_STEP_MAIL,
		    .type = DNS_MX,
		    .name = domain,
		    .value = arena_printf(w->arena, "10 %s.", w->of->host)});
}

static void
want_key(struct wanting *w, const struct signing_domain *d,
    const struct signing_file *file)
{
	const char *text;
	struct err err;

	if (file->key == NULL ||
	    signing_domain_state(d, file) == SIGNING_RETIRED ||
	    dkim_record_text(w->arena, file->key, &text, &err) != RC_OK)
		return;
	want(w, (struct dns_wanted){.kind = DNS_WANTED_DKIM,
		    .step = DNS_STEP_SENDER,
		    .type = DNS_TXT,
		    .name = dkim_record_name(w->arena, d->name, file->selector),
		    .value = text,
		    .key = file->key});
}

static void
want_keys(struct wanting *w, const char *domain)
{
	const struct signing_domain *d =
	    signing_keys_domain(w->of->keys, domain);
	size_t before = w->n;

	for (size_t i = 0; d != NULL && i < d->n; i++)
		want_key(w, d, &d->files[i]);
	if (w->n == before)
		want(w,
		    (struct dns_wanted){.kind = DNS_WANTED_DKIM,
			.step = DNS_STEP_SENDER,
			.type = DNS_TXT,
			.name = arena_printf(w->arena, "_domainkey.%s", domain),
			.note = arena_printf(w->arena,
			    "no key yet: postward dkim key add %s", domain)});
}

static const char *
dmarc_name(struct wanting *w, const char *domain)
{
	return arena_printf(w->arena, "_dmarc.%s", domain);
}

/* People write in its name, from here and perhaps from elsewhere. */
static void
want_domain(struct wanting *w, const char *domain)
{
	struct arena *a = w->arena;

	want_text(w, DNS_WANTED_SPF, DNS_STEP_SENDER, domain, "v=spf1 mx -all",
	    "~all while members send from elsewhere");
	want_keys(w, domain);
	want_text(w, DNS_WANTED_DMARC, DNS_STEP_SENDER, dmarc_name(w, domain),
	    arena_printf(a, "v=DMARC1; p=none; rua=mailto:postmaster@%s",
		domain),
	    "p=quarantine once all of its mail is signed");
	want_mx(w, domain);
	want_text(w, DNS_WANTED_TLS_REPORT, DNS_STEP_EXTRA,
	    arena_printf(a, "_smtp._tls.%s", domain),
	    arena_printf(a, "v=TLSRPTv1; rua=mailto:postmaster@%s", domain),
	    "who could not reach you by TLS");
	want_policy(w, domain);
}

/* Only our programs do. */
static void
want_ours(struct wanting *w, const char *domain)
{
	want_text(w, DNS_WANTED_SPF, DNS_STEP_SENDER, domain,
	    arena_printf(w->arena, "v=spf1 a:%s -all", w->of->host), NULL);
	want_keys(w, domain);
	want_text(w, DNS_WANTED_DMARC, DNS_STEP_SENDER, dmarc_name(w, domain),
	    "v=DMARC1; p=reject", NULL);
	want_mx(w, domain);
}

static bool
is_among(const char *domain, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], domain) == 0)
			return true;
	return false;
}

/* The same order within a step. */
static void
sort_by_step(struct wanting *w)
{
	struct dns_wanted *sorted =
	    arena_take_array(w->arena, w->n + 1, sizeof(*sorted));
	size_t n = 0;

	for (unsigned step = 0; step < DNS_STEPS; step++)
		for (size_t i = 0; i < w->n; i++)
			if (w->all[i].step == (enum dns_wanted_step)step)
				sorted[n++] = w->all[i];
	w->all = sorted;
}

struct dns_wanted *
dns_wanted_list(struct arena *a, const struct dns_wanted_of *of,
    const char *domain, size_t *n)
{
	struct wanting w = {.arena = a, .of = of};

	want_host(&w);
	for (size_t i = 0; i < of->n_domains; i++)
		if (domain == NULL || strcmp(domain, of->domains[i]) == 0)
			want_domain(&w, of->domains[i]);
	for (size_t i = 0; i < of->n_ours; i++)
		if ((domain == NULL || strcmp(domain, of->ours[i]) == 0) &&
		    !is_among(of->ours[i], of->domains, of->n_domains) &&
		    !is_among(of->ours[i], of->ours, i))
			want_ours(&w, of->ours[i]);
	want_key_of_host(&w);
	sort_by_step(&w);
	*n = w.n;
	return w.all;
}

static const char *
wanted_text_strings(struct arena *a, const char *text)
{
	const char *const *strings;
	struct str s;
	size_t n;

	dkim_record_strings(a, text, &strings, &n);
	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s\"%s\"", i == 0 ? "" : " ", strings[i]);
	return s.text;
}

const char *
dns_wanted_text(struct arena *a, const struct dns_wanted *wanted)
{
	return wanted->type == DNS_TXT ? wanted_text_strings(a, wanted->value)
				       : wanted->value;
}

const char *
dns_wanted_line(struct arena *a, const struct dns_wanted *wanted,
    const char *value)
{
	struct dns_wanted line = *wanted;

	if (value != NULL)
		line.value = value;
	return line.value == NULL
		   ? NULL
		   : arena_printf(a, "%s. %s %s", line.name,
			 dns_type_name(line.type), dns_wanted_text(a, &line));
}
