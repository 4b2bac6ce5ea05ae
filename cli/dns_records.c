/* SPDX-License-Identifier: MIT */
#include "dns_records.h"

#include "base/str.h"

#include <string.h>

#define HEX_MAX 64 /* bytes of what is no text */

static const char *
dns_record_name_text(struct arena *a, const struct dns_record *r)
{
	return str_printable(a, r->name, strlen(r->name), SIZE_MAX);
}

/* As RFC 3597 5 has what is not known. */
static const char *
dns_record_hex(struct arena *a, const struct dns_record *r)
{
	struct str s;

	str_init(&s, a);
	str_addf(&s, "\\# %zu ", r->text_len);
	for (size_t i = 0; i < r->text_len && i < HEX_MAX; i++)
		str_addf(&s, "%02x", (unsigned char)r->text[i]);
	return s.text;
}

static const char *
dns_record_text(struct arena *a, enum dns_type type, const struct dns_record *r)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		return ip_text(a, &r->ip);
	case DNS_MX:
		return arena_printf(a, "%u %s.", r->preference,
		    dns_record_name_text(a, r));
	case DNS_CNAME:
	case DNS_PTR:
		return arena_printf(a, "%s.", dns_record_name_text(a, r));
	case DNS_TXT:
		return arena_printf(a, "\"%s\"",
		    str_printable(a, r->text, r->text_len, SIZE_MAX));
	case DNS_TLSA:
	case DNS_CAA:
		return dns_record_hex(a, r);
	}
	return "";
}

const char *
dns_records_text(struct arena *a, const struct dns_query *answer,
    dns_records_fn *of)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++) {
		const struct dns_record *r = &answer->records[i];

		if (answer->type == DNS_TXT && of != NULL &&
		    !of(r->text, r->text_len))
			continue;
		str_addf(&s, "%s%s", s.len == 0 ? "" : ", ",
		    dns_record_text(a, answer->type, r));
	}
	return s.len == 0 ? NULL : s.text;
}

size_t
dns_records_count(const struct dns_query *answer, dns_records_fn *of,
    const struct dns_record **last)
{
	size_t n = 0;

	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++)
		if (of(answer->records[i].text, answer->records[i].text_len)) {
			*last = &answer->records[i];
			n++;
		}
	return n;
}
