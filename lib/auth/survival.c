/* SPDX-License-Identifier: MIT */
#include "auth/survival.h"

#include "mail/header.h"

#include <string.h>

/* What every hop puts on top of a header, and what we do. */
static const char *const added[] = {
    "Received",
    "Authentication-Results",
    "Received-SPF",
    "DKIM-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
};

/* What we remove if it speaks in our name. */
static const char *const removed[] = {
    "Authentication-Results",
    "Received-SPF",
};

#define N(array) (sizeof(array) / sizeof(*(array)))

static size_t
times_signed(const struct dkim_result *signature, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < signature->n_names; i++)
		n += header_is(signature->names[i], name);
	return n;
}

static size_t
times_there(const struct survival_way *way, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < way->n; i++)
		n += header_is(way->fields[i].name, name);
	return n;
}

/* A field that is signed more often than it is there may not be added (RFC 6376
   5.4.2); others are counted from below, and do not see what comes above. */
static const char *
field_that_breaks(const struct dkim_result *signature,
    const struct survival_way *way)
{
	for (size_t i = 0; i < N(added); i++)
		if (times_signed(signature, added[i]) >
		    times_there(way, added[i]))
			return added[i];
	for (size_t i = 0; way->claims_removed && i < N(removed); i++)
		if (times_signed(signature, removed[i]) > 0)
			return removed[i];
	return NULL;
}

static enum survival
survival_of_body(const struct survival_way *way, const char **why)
{
	const struct message_form *form = way->form;

	*why = "the body is replaced";
	if (way->body_replaced)
		return SURVIVAL_NO;
	*why = "the body has a CR that ends no line";
	if (form->bare_cr)
		return SURVIVAL_NO;
	*why = "the mail server breaks long lines (smtp_line_length_limit)";
	if (form->long_line && !way->server.keeps_long_lines)
		return way->server.known ? SURVIVAL_NO : SURVIVAL_UNSURE;
	*why = "the mail server may convert 8-bit text "
	       "(disable_mime_output_conversion)";
	return form->eight_bit && !way->server.keeps_eight_bit ? SURVIVAL_UNSURE
							       : SURVIVAL_YES;
}

enum survival
survival_of(struct arena *a, const struct dkim_result *signature,
    const struct survival_way *way, const char **why)
{
	const char *field = field_that_breaks(signature, way);
	enum survival body;

	if (field != NULL) {
		*why = arena_printf(a, "it signs %s, which is changed here",
		    field);
		return SURVIVAL_NO;
	}
	*why = "a field is longer than mail servers take";
	if (way->form->long_field)
		return SURVIVAL_NO;
	body = survival_of_body(way, why);
	if (body != SURVIVAL_YES)
		return body;
	*why = "it expires before the mail server gives up";
	if (signature->expires >= 0 &&
	    signature->expires - way->now < way->queue_seconds)
		return SURVIVAL_UNSURE;
	*why = NULL;
	return SURVIVAL_YES;
}

const char *
survival_name(enum survival survival)
{
	switch (survival) {
	case SURVIVAL_NO:
		return "no";
	case SURVIVAL_UNSURE:
		return "unsure";
	case SURVIVAL_YES:
		return "yes";
	}
	return "?";
}
