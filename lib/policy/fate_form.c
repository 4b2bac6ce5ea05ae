/* SPDX-License-Identifier: MIT */
#include "policy/private/fate_form.h"

#include "mail/header.h"

/* At most one of each. */
struct fate_form
fate_form_of(const struct survival_way *way, const struct from_field *from)
{
	static const char *const single[] = {"Date", "Sender", "Reply-To", "To",
	    "Cc", "Message-ID", "In-Reply-To", "References", "Subject"};
	unsigned times[sizeof(single) / sizeof(*single)] = {0};
	struct fate_form form = {.several_addresses = from->n > 1};

	for (size_t i = 0; i < way->n; i++)
		for (size_t k = 0; k < sizeof(single) / sizeof(*single); k++)
			if (header_is(way->fields[i].name, single[k]) &&
			    ++times[k] > 1)
				form.doubled = single[k];
	form.no_date = times[0] == 0;
	form.no_message_id = times[5] == 0;
	return form;
}

const char *
fate_form_fault(struct arena *a, const struct fate_form *form)
{
	if (form->doubled != NULL)
		return arena_printf(a, "it has more than one field %s",
		    form->doubled);
	if (form->no_message_id)
		return "it has no Message-ID";
	if (form->several_addresses)
		return "From has several addresses";
	return form->no_date ? "it has no Date" : NULL;
}
