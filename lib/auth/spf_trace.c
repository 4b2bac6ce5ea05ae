/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_trace.h"

#include "base/str.h"

#include <string.h>

/* Of a TXT record, so much is shown. */
#define SHOWN_MAX 1000

void
spf_trace(struct spf_trace *t, size_t depth, const char *format, ...)
{
	va_list args;

	if (t->arena == NULL)
		return;
	if (t->n == t->room) {
		size_t room = t->room * 2 + 16;
		const char **lines =
		    arena_take_array(t->arena, room, sizeof(*lines));

		if (t->n > 0)
			memcpy(lines, t->lines, t->n * sizeof(*lines));
		t->lines = lines;
		t->room = room;
	}
	va_start(args, format);
	t->lines[t->n++] = arena_printf(t->arena, "%*s%s", (int)depth * 2, "",
	    arena_vprintf(t->arena, format, args));
	va_end(args);
}

static const char *
traced_record(struct arena *a, enum dns_type type, const struct dns_record *r)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		return ip_text(a, &r->ip);
	case DNS_MX:
		return arena_printf(a, "%u %s.", r->preference,
		    str_printable(a, r->name, strlen(r->name), SHOWN_MAX));
	case DNS_PTR:
		return str_printable(a, r->name, strlen(r->name), SHOWN_MAX);
	case DNS_CNAME:
	case DNS_TLSA:
	case DNS_CAA:
	case DNS_TXT:
		break;
	}
	return arena_printf(a, "\"%s\"",
	    str_printable(a, r->text, r->text_len, SHOWN_MAX));
}

void
spf_trace_answer(struct spf_trace *t, size_t depth,
    const struct dns_query *query)
{
	const char *type = dns_type_name(query->type), *name;

	if (t->arena == NULL)
		return;
	name = str_printable(t->arena, query->name, strlen(query->name),
	    SHOWN_MAX);
	if (query->rc == RC_NONE)
		spf_trace(t, depth, "%s %s: %s", type, name,
		    query->no_such_name ? "no such name" : "no such record");
	else if (query->rc != RC_OK)
		spf_trace(t, depth, "%s %s: %s", type, name, query->problem);
	for (size_t i = 0; i < query->n; i++)
		spf_trace(t, depth, "%s %s: %s", type, name,
		    traced_record(t->arena, query->type, &query->records[i]));
}
