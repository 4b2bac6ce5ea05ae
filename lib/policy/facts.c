/* SPDX-License-Identifier: MIT */
#include "policy/facts.h"

#include "base/str.h"
#include "mail/domain.h"

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

static void
complete_sender(struct facts *f, struct arena *a, const char *origin)
{
	if (f->sender == NULL)
		return;
	postfix_address_read(a, f->sender, origin, &f->from);
	if (f->from.problem == NULL && f->from.mailbox.local != NULL)
		f->sender_key = address_key(a, &f->from.mailbox);
}

static void
complete_recipient(struct facts *f, struct arena *a, const char *delimiter,
    const char *origin)
{
	struct postfix_address to;

	if (f->recipient == NULL)
		return;
	postfix_address_read(a, f->recipient, origin, &to);
	f->to = to.mailbox;
	f->to_domain = to.domain;
	/* RFC 5321 4.1.1.3: the one mailbox that needs no domain. */
	if (to.at_origin && str_equal_fold(f->recipient, "postmaster"))
		f->to.domain = "";
	if (f->to.local != NULL)
		f->to_role = address_is_role(&f->to, delimiter);
}

void
facts_complete(struct facts *f, struct arena *a, const char *delimiter,
    const char *origin)
{
	if (f->helo != NULL && f->helo[0] == '\0')
		f->helo = NULL;
	complete_helo(f, a);
	complete_sender(f, a, origin);
	if (f->reverse_name != NULL &&
	    domain_read(a, f->reverse_name, &f->reverse_domain, NULL) != RC_OK)
		f->reverse_domain = NULL;
	complete_recipient(f, a, delimiter, origin);
}
