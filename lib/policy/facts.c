/* SPDX-License-Identifier: MIT */
#include "policy/facts.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/srs.h"

#include <string.h>

static const struct {
	const char *name;
	enum smtp_state state;
} states[] = {
    {"CONNECT", SMTP_CONNECT},
    {"HELO", SMTP_HELO},
    {"EHLO", SMTP_HELO},
    {"MAIL", SMTP_MAIL},
    {"RCPT", SMTP_RCPT},
    {"DATA", SMTP_DATA},
    {"END-OF-MESSAGE", SMTP_END_OF_MESSAGE},
    {"BDAT", SMTP_DATA},
    {"VRFY", SMTP_VRFY},
    {"ETRN", SMTP_ETRN},
};

const char *
smtp_state_name(enum smtp_state state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].state == state)
			return states[i].name;
	return "?";
}

bool
smtp_state_read(const char *name, enum smtp_state *out)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (!str_equal_fold(name, states[i].name))
			continue;
		*out = states[i].state;
		return true;
	}
	return false;
}

static void
complete_helo(struct facts *f, struct arena *a)
{
	if (f->helo == NULL || domain_literal(f->helo, &f->helo_literal))
		return;
	f->helo_invalid =
	    domain_read(a, f->helo, &f->helo_domain, NULL) != RC_OK ||
	    !domain_is_host(f->helo_domain);
	if (f->helo_invalid)
		f->helo_domain = NULL;
}

/* Only the domain matters to the checks, so that an odd local part does not
   hide it. */
static void
complete_sender(struct facts *f, struct arena *a)
{
	const char *at = f->sender == NULL ? NULL : strrchr(f->sender, '@');
	struct address address;
	struct ip literal;

	if (f->sender != NULL &&
	    address_read(a, f->sender, &address, NULL) == RC_OK)
		f->sender_key = address_key(a, &address);
	if (at == NULL || domain_literal(at + 1, &literal))
		return;
	if (domain_read(a, at + 1, &f->sender_domain, NULL) != RC_OK) {
		f->sender_domain = NULL;
		f->sender_domain_invalid = true;
	}
}

void
facts_complete(struct facts *f, struct arena *a, const char *delimiter)
{
	complete_helo(f, a);
	complete_sender(f, a);
	if (f->reverse_name != NULL &&
	    domain_read(a, f->reverse_name, &f->reverse_domain, NULL) != RC_OK)
		f->reverse_domain = NULL;
	if (f->recipient == NULL)
		return;
	if (srs_read_address(a, f->recipient, &f->to, NULL) != RC_OK)
		f->to = (struct address){0};
	else
		f->to_role = address_is_role(&f->to, delimiter);
}
