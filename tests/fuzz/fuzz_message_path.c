/* SPDX-License-Identifier: MIT */
/*
 * A message on its whole way through the milter, but for Postfix and libmilter:
 * who has written it, what it gets, what it is signed with.  However its body
 * is cut, it is told the same of itself, in a field fit to be shown; and the
 * next host finds that our signature holds.
 *
 * Lines: the sizes of the chunks of the body, a byte each; the sender; the
 * recipient; a letter that says what SPF has found, and a domain; answers of
 * DNS until an empty line; the message.  Answers begin with a letter that says
 * of what kind they are, in capitals those to questions for keys; when there
 * are no more of them they begin anew.
 */
#include "fuzz_signer.h"

#include "auth/authentication.h"
#include "base/encode.h"
#include "mail/authres.h"
#include "mail/header.h"
#include "mail/message_text.h"
#include "sign.h"
#include "stamp.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOST    "mx.remotes.club"
#define ARRIVAL 1767225600

#define ANSWERS_MAX 16

/* Far more are refused, and only take time. */
#define FIELDS_MAX 400

struct answer {
	char kind;
	const char *text;
	size_t len;
};

struct input {
	struct arena *arena;
	const char *sizes;
	size_t n_sizes;
	const char *sender, *recipient, *spf;
	struct answer answers[ANSWERS_MAX];
	size_t n_answers, keys_asked, policies_asked;
	struct message_text message;
};

static void
must(bool so)
{
	if (!so)
		abort();
}

/* UTF-8 without control characters, in lines that SMTP takes (RFC 5321
   4.5.3.1.6); what is no line of a text begins with white space. */
static void
must_be_lines(const char *p, bool folded)
{
	size_t line = 0;

	for (size_t n; *p != '\0'; p += n) {
		n = 1;
		if (*p == '\n') {
			must(!folded || p[1] == ' ' || p[1] == '\t');
			line = 0;
		} else if (!folded || *p != '\t') {
			must((n = str_character(p)) > 0);
		}
		must(!folded || (line += n) <= 998);
	}
}

static void
must_be_field(const char *value)
{
	must(str_is_ascii(value));
	must_be_lines(value, true);
}

/* ---- reading */

static const char *
take_line(struct arena *a, const char **p, const char *end, size_t *len)
{
	const char *start = *p, *newline = NULL;

	if (start < end)
		newline = memchr(start, '\n', (size_t)(end - start));
	if (newline == NULL)
		newline = end;
	*p = newline < end ? newline + 1 : end;
	*len = (size_t)(newline - start);
	return arena_copy_bytes(a, start, *len);
}

/* As libmilter has it: without CR, and no NUL. */
static struct mail_field
as_milter_gets_it(struct arena *a, const struct mail_field *field)
{
	char *value = arena_copy_bytes(a, field->value, field->len),
	     *to = value;

	for (const char *p = value; *p != '\0'; p++)
		if (p[0] != '\r' || p[1] != '\n')
			*to++ = *p;
	*to = '\0';
	return (struct mail_field){field->name, value, strlen(value)};
}

static void
read_message(struct input *in, const char *p, size_t len)
{
	struct message_text *m = &in->message;
	struct mail_field *fields;

	message_text_split(in->arena, p, len, m);
	if (m->n > FIELDS_MAX)
		m->n = FIELDS_MAX;
	fields = arena_take_array(in->arena, m->n + 1, sizeof(*fields));
	for (size_t i = 0; i < m->n; i++)
		fields[i] = as_milter_gets_it(in->arena, &m->fields[i]);
	m->fields = fields;
}

static void
read_input(struct input *in, const char *p, size_t size)
{
	const char *end = p + size, *line;
	size_t len;

	in->sizes = take_line(in->arena, &p, end, &in->n_sizes);
	in->sender = take_line(in->arena, &p, end, &len);
	in->recipient = take_line(in->arena, &p, end, &len);
	in->spf = take_line(in->arena, &p, end, &len);
	while (line = take_line(in->arena, &p, end, &len), len > 0)
		if (in->n_answers < ANSWERS_MAX)
			in->answers[in->n_answers++] =
			    (struct answer){line[0], line + 1, len - 1};
	read_message(in, p, (size_t)(end - p));
}

/* ---- DNS */

/* The next one for such a question; NULL: there is none. */
static const struct answer *
next_answer(const struct input *in, bool key, size_t skip)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_answers; i++)
		n += !isupper((unsigned char)in->answers[i].kind) == !key;
	if (n == 0)
		return NULL;
	skip %= n;
	for (size_t i = 0;; i++)
		if (!isupper((unsigned char)in->answers[i].kind) == !key &&
		    skip-- == 0)
			return &in->answers[i];
}

static void
answer_query(struct input *in, struct dns_query *q)
{
	bool key = strstr(q->name, "._domainkey.") != NULL;
	const struct answer *given =
	    next_answer(in, key, key ? in->keys_asked++ : in->policies_asked++);
	char kind = given == NULL ? 'x' : (char)tolower(given->kind);
	struct dns_record *records =
	    arena_take_array(in->arena, 2, sizeof(*records));

	must(dns_name_valid(q->name));
	q->rc = kind == 't'                  ? RC_TEMP
		: kind == 'n' || kind == 'x' ? RC_NONE
					     : RC_OK;
	q->no_such_name = kind == 'x';
	q->records = records;
	q->n = q->rc != RC_OK ? 0 : kind == '2' ? 2 : 1;
	for (size_t i = 0; i < q->n; i++) {
		records[i].text = given->text;
		records[i].text_len = given->len;
	}
}

static size_t
answer_queries(struct input *in, struct dns_query *queries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		answer_query(in, &queries[i]);
	return n;
}

/* The next host knows our key only. */
static size_t
answer_own(struct dns_query *queries, size_t n)
{
	static const struct dns_record record = {
	    .text = FUZZ_SIGNER_RECORD, .text_len = strlen(FUZZ_SIGNER_RECORD)};

	for (size_t i = 0; i < n; i++) {
		bool own = strcmp(queries[i].name, FUZZ_SIGNER_NAME) == 0;

		queries[i].rc = own ? RC_OK : RC_NONE;
		queries[i].records = &record;
		queries[i].n = own;
	}
	return n;
}

/* ---- who wrote it */

static struct authentication *
collect(const struct message_text *m, const char *sizes, size_t n_sizes)
{
	static const char *const sealers[] = {"hop2.example", "example.org"};
	static const struct authentication_rules rules = {.arc = true,
	    .signatures_max = DKIM_SIGNATURES_MAX,
	    .trusted_sealers = sealers,
	    .n_trusted_sealers = 2};
	const struct authentication_wanted both = {
	    .verify = true, .sign = true, .rules = &rules};
	struct authentication *au = authentication_new(&both);
	size_t at = 0, i = 0;

	for (size_t k = 0; k < m->n; k++)
		authentication_add_field(au, &m->fields[k]);
	authentication_end_header(au);
	while (at < m->body_len) {
		size_t left = m->body_len - at;
		size_t n = n_sizes == 0
			       ? left
			       : (unsigned char)sizes[i++ % n_sizes] + 1u;
		/* Of this size, so that what is beyond is seen. */
		char *chunk = malloc(n = n < left ? n : left);

		memcpy(chunk, m->body + at, n);
		authentication_add_body(au, chunk, n);
		free(chunk);
		at += n;
	}
	authentication_end_body(au);
	return au;
}

static struct dmarc_identifier
spf_given(const char *line)
{
	return (struct dmarc_identifier){
	    .domain = line[0] == '\0' || line[1] == '\0' ? NULL : line + 1,
	    .auth = line[0] == 'p'   ? DMARC_AUTH_PASSED
		    : line[0] == 't' ? DMARC_AUTH_TEMPERROR
				     : DMARC_AUTH_FAILED,
	};
}

static void
evaluate(struct input *in, struct authentication *au,
    struct authentication_results *out)
{
	struct dns_query
	    queries[AUTHENTICATION_QUERIES_MAX + DMARC_QUERIES_MAX];
	struct authentication_answers answers = {
	    .queries = queries,
	    .spf = spf_given(in->spf),
	    .arrival = ARRIVAL,
	};

	in->keys_asked = in->policies_asked = 0;
	answers.n = answer_queries(in, queries,
	    authentication_queries(au, in->arena, answers.spf.domain, queries));
	must(answers.n <= AUTHENTICATION_QUERIES_MAX);
	answers.n += answer_queries(in, queries + answers.n,
	    authentication_more(au, in->arena, &answers, queries + answers.n));
	authentication_evaluate(au, in->arena, &answers, out);
}

static const char *
text_or_none(const char *text)
{
	return text == NULL ? "-" : text;
}

static void
tell_signature(struct str *s, const struct dkim_result *r)
{
	must((r->problem == NULL) == (r->verdict == DKIM_PASS));
	str_addf(s, "%s %s %s %s %s %s %s %d %d %" PRIu64 "\n",
	    dkim_verdict_name(r->verdict), text_or_none(r->problem),
	    text_or_none(r->domain), text_or_none(r->selector),
	    text_or_none(r->identity), text_or_none(r->algorithm),
	    text_or_none(r->signature), (int)r->failure, r->testing,
	    r->body_unsigned);
}

static const char *
tell_parts(struct arena *a, const struct authentication_results *r)
{
	const char *parts[AUTHENTICATION_PARTS_MAX], *field;
	size_t n = authentication_parts(a, r, parts);

	must(n <= AUTHENTICATION_PARTS_MAX);
	field = authres_compose(a, HOST, parts, n);
	must_be_field(field);
	must(authres_claims(a, field, HOST));
	return field;
}

/* All that was found out, for it to be compared. */
static const char *
tell(struct arena *a, const struct authentication *au,
    const struct authentication_results *r)
{
	const struct dmarc_result *d = &r->dmarc;
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < r->n_dkim; i++) {
		tell_signature(&s, &r->dkim[i]);
		must(!d->dkim_aligned[i] || r->dkim[i].verdict == DKIM_PASS);
	}
	str_addf(&s, "%s %s %s %s %s %d\n", dmarc_verdict_name(d->verdict),
	    text_or_none(d->from_domain), text_or_none(d->org),
	    text_or_none(d->policy_domain), text_or_none(d->problem),
	    (int)d->policy);
	str_addf(&s, "%s %s %u\n", arc_verdict_name(r->arc.verdict),
	    text_or_none(r->arc.problem), r->arc.n);
	must_be_lines(s.text, false);
	str_add(&s, tell_parts(a, r));
	str_add_bytes(&s, (const char *)authentication_signed_body(au)->sha256,
	    CRYPTO_SHA256_LEN);
	return encode_base64_padded(a, s.text, s.len);
}

/* ---- how it leaves */

struct header {
	struct mail_field *fields; /* name NULL: it has gone */
	size_t n;
};

/* The at-th of its name, as Postfix counts; value NULL: it goes. */
static void
header_change(struct header *h, const char *name, unsigned at,
    const char *value)
{
	for (size_t i = 0; i < h->n; i++) {
		struct mail_field *f = &h->fields[i];

		if (f->name == NULL || !header_is(f->name, name) || --at > 0)
			continue;
		if (value == NULL)
			f->name = NULL;
		else
			*f = (struct mail_field){f->name, value, strlen(value)};
		return;
	}
}

static void
header_insert(struct header *h, const char *name, const char *value)
{
	memmove(h->fields + 1, h->fields, h->n++ * sizeof(*h->fields));
	h->fields[0] = (struct mail_field){name, value, strlen(value)};
}

/* In the order in which callbacks.c asks Postfix for it. */
static void
header_stamp(struct header *h, const struct message *l, const struct stamp *d,
    const struct signatures *signatures)
{
	for (size_t i = l->authres.n; i > 0; i--)
		header_change(h, "Authentication-Results", l->authres.at[i - 1],
		    NULL);
	for (size_t i = l->received_spf.n; i > 0; i--)
		header_change(h, "Received-SPF", l->received_spf.at[i - 1],
		    NULL);
	for (size_t i = d->n_changes; i > 0; i--)
		header_change(h, d->changes[i - 1].name, d->changes[i - 1].at,
		    d->changes[i - 1].value);
	for (size_t i = d->n_fields; i > 0; i--)
		header_insert(h, d->fields[i - 1].name, d->fields[i - 1].value);
	for (size_t i = 0; i < signatures->n; i++)
		header_insert(h, "DKIM-Signature", signatures->values[i]);
	if (d->content_type != NULL) {
		header_change(h, "Content-Type", 1, d->content_type);
		header_change(h, "Content-Transfer-Encoding", 1, NULL);
	}
}

static struct message_text
leaving(const struct input *in, const struct message *l, const struct stamp *d,
    const struct signatures *signatures)
{
	struct message_text m = in->message;
	size_t room = m.n + d->n_fields + signatures->n + 1, n = 0;
	struct header h = {
	    arena_take_array(in->arena, room, sizeof(*h.fields)), m.n};

	if (m.n > 0)
		memcpy(h.fields, m.fields, m.n * sizeof(*h.fields));
	header_stamp(&h, l, d, signatures);
	for (size_t i = 0; i < h.n; i++)
		if (h.fields[i].name != NULL)
			h.fields[n++] = h.fields[i];
	m.fields = h.fields;
	m.n = n;
	if (d->body != NULL) {
		m.body = d->body;
		m.body_len = d->body_len;
	}
	return m;
}

/* What the next host finds, who sees the uppermost signature first. */
static void
arrive(struct input *in, const struct message_text *m)
{
	struct authentication *au = collect(m, in->sizes, in->n_sizes);
	struct dns_query
	    queries[AUTHENTICATION_QUERIES_MAX + DMARC_QUERIES_MAX];
	struct authentication_answers answers = {
	    .queries = queries, .arrival = ARRIVAL + 1};
	struct authentication_results r;

	answers.n = answer_own(queries,
	    authentication_queries(au, in->arena, NULL, queries));
	answers.n += answer_own(queries + answers.n,
	    authentication_more(au, in->arena, &answers, queries + answers.n));
	authentication_evaluate(au, in->arena, &answers, &r);
	/* Of many only the nearest ones are looked at. */
	must(r.n_dkim > DKIM_SIGNATURES_MAX || r.dkim[0].verdict == DKIM_PASS);
	authentication_free(au);
}

static struct message *
collect_message(struct input *in, const struct message_rules *rules)
{
	static const char *const targets[] = {"ann@mail.example"};
	const struct message_path from = {in->sender, NULL};
	const struct message_path to = {in->recipient, NULL};
	struct message *l = message_new(in->arena, rules, &from, false);
	struct message_recipient *r = message_add_recipient(l, &to);

	if (!r->found) { /* what is no mailbox is looked up nowhere */
		r->found = true;
		r->is_srs = strncmp(in->recipient, "SRS", 3) == 0;
		r->forwards = (struct forwards){.known = FORWARDS_FOUND,
		    .account = "ann@remotes.club",
		    .targets = targets,
		    .n = 1};
	}
	for (size_t i = 0; i < in->message.n; i++) {
		const struct mail_field *f = &in->message.fields[i];

		message_add_field(l, f->name, f->value + (f->value[0] == ' '));
	}
	if (message_wants_body(l))
		message_add_body(l, in->message.body, in->message.body_len);
	return l;
}

static void
sign_and_send(struct input *in, const struct authentication *au,
    const struct message *l, const struct stamp *d)
{
	const struct sign_request request = {
	    .message = l,
	    .authentication = au,
	    .stamp = d,
	    .keys = fuzz_signer_keys(),
	    .now = ARRIVAL,
	};
	struct signatures signatures;
	enum rc rc = sign_message(in->arena, &request, &signatures, NULL);
	struct message_text m;

	must(rc == RC_OK || rc == RC_PERM);
	if (rc != RC_OK || signatures.n == 0)
		return;
	must_be_field(signatures.values[0]);
	m = leaving(in, l, d, &signatures);
	arrive(in, &m);
}

static void
stamp_and_send(struct input *in, struct authentication *au,
    const struct authentication_results *results)
{
	static const char *const domains[] = {"remotes.club", "example.org"};
	static const struct forwards_settings forwards = {
	    .domains = domains, .n_domains = 2, .delimiter = "+"};
	const struct message_rules rules = {
	    .hostname = HOST,
	    .hide_targets = true,
	    .from_here = in->spf[0] == 'h',
	    .forwards = &forwards,
	};
	const char *parts[AUTHENTICATION_PARTS_MAX];
	const struct stamp_results said = {.authres = parts,
	    .n = authentication_parts(in->arena, results, parts)};
	struct message *l = collect_message(in, &rules);
	struct facts_message facts = message_facts(l);
	struct stamp d;

	if (facts.claims > FACTS_CLAIMS_MAX) /* refused */
		return;
	d = stamp_message(l, &said);
	for (size_t i = 0; i < d.n_fields; i++)
		must_be_lines(d.fields[i].value, true);
	sign_and_send(in, au, l, &d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	struct input in = {.arena = a = a == NULL ? arena_new() : a};
	struct authentication *au, *whole;
	struct authentication_results results, others;

	read_input(&in, (const char *)data, size);
	au = collect(&in.message, in.sizes, in.n_sizes);
	evaluate(&in, au, &results);
	whole = collect(&in.message, NULL, 0);
	evaluate(&in, whole, &others);
	must(strcmp(tell(a, au, &results), tell(a, whole, &others)) == 0);
	authentication_free(whole);
	stamp_and_send(&in, au, &results);
	authentication_free(au);
	arena_reset(a);
	return 0;
}
