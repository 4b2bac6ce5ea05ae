/* SPDX-License-Identifier: MIT */
/* The value of a signature's field, the first byte of the input tells of which
   kind. */
#include "auth/body_hash.h"
#include "auth/private/dkim_signature.h"
#include "base/str.h"
#include "mail/domain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
must_be_printable(struct arena *a, const char *text)
{
	if (text != NULL)
		must(strcmp(text, str_printable(a, text, strlen(text),
				      strlen(text) + 1)) == 0);
}

static void
try_good(const struct dkim_signature *s, enum signature_kind kind)
{
	const char *again;
	struct arena *a = arena_new();

	must(s->signature_len > 0 && s->selector != NULL);
	must(domain_read(a, s->domain, &again, NULL) == RC_OK &&
	     strcmp(again, s->domain) == 0);
	must(s->expires < 0 || s->expires > s->signed_at);
	if (kind == SIGNATURE_DKIM)
		must(s->instance == 0 && s->identity != NULL);
	else
		must(s->instance >= 1 && s->instance <= ARC_INSTANCES_MAX);
	if (kind != SIGNATURE_ARC_SEAL)
		must(s->n_names >= 1 && s->n_names <= DKIM_NAMES_MAX);
	else
		must(s->n_names == 0);
	arena_free(a);
}

static void
try_unsigned(struct arena *a, const struct dkim_signature *s,
    const struct mail_field *field, enum signature_kind kind)
{
	struct mail_field cut = dkim_signature_unsigned(a, s, field);
	struct dkim_signature again;

	must(cut.len + s->b_len == field->len);
	/* Nothing but b= is missing. */
	must(dkim_signature_read(a, kind, &cut, &again, NULL) == RC_PERM);
	must(again.b_len == 0 && again.b_at == s->b_at);
	must(again.n_names == s->n_names && again.limit == s->limit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum signature_kind kinds[] = {
	    SIGNATURE_DKIM, SIGNATURE_ARC_MESSAGE, SIGNATURE_ARC_SEAL};
	struct arena *a;
	struct dkim_signature s;
	struct mail_field field = {.name = "DKIM-Signature"};
	enum signature_kind kind;
	enum rc rc;
	char *value;

	if (size == 0)
		return 0;
	a = arena_new();
	kind = kinds[data[0] % 3];
	field.len = size - 1;
	value = malloc(size);
	memcpy(value, data + 1, field.len);
	field.value = value;
	rc = dkim_signature_read(a, kind, &field, &s, NULL);
	must_be_printable(a, s.domain_written);
	must_be_printable(a, s.algorithm);
	must_be_printable(a, s.identity);
	must(s.b_at + s.b_len <= field.len);
	if (rc == RC_OK) {
		try_good(&s, kind);
		try_unsigned(a, &s, &field, kind);
	}
	free(value);
	arena_free(a);
	return 0;
}
