/* SPDX-License-Identifier: MIT */
#include "mail/mailbox.h"

#include "base/str.h"
#include "base/typed.h"
#include "mail/domain.h"

#include <string.h>

const char *
mailbox_problem(struct arena *a, const struct address *address)
{
	const char *unseen = typed_unseen(a, address->local);

	if (address->local[0] == '\0')
		return "no local part";
	if (address->domain[0] == '\0')
		return "no domain";
	if (unseen != NULL)
		return arena_printf(a, "%s in it, which nobody sees", unseen);
	if (strcmp(typed_ascii(a, address->local), address->local) != 0)
		return "letters or digits of another width or shape in it";
	if (address->local[0] == '-')
		return "a hyphen first, where Postfix does not deliver";
	if (address->domain[0] != '[' && !domain_is_host(address->domain))
		return "its domain is a number, not a domain name";
	return NULL;
}

enum rc
mailbox_read(struct arena *a, const char *typed, struct address *out,
    struct err *err)
{
	static const char scheme[] = "mailto:"; /* RFC 6068 */
	const char *text = typed_trim(a, typed), *problem;
	enum rc rc;

	if (str_starts_fold(text, scheme))
		text += strlen(scheme);
	/* In brackets, so that "Ann ann@example.org" is not one mailbox. */
	if (text[0] != '<' && text[0] != '\0')
		text = arena_printf(a, "<%s>", text);
	rc = address_read(a, text, out, err);
	if (rc != RC_OK)
		return rc == RC_NONE ? err_set(err, rc, "no address") : rc;
	problem = mailbox_problem(a, out);
	return problem == NULL ? RC_OK : err_set(err, RC_PERM, "%s", problem);
}

const char *
mailbox_forward_problem(const struct address *address)
{
	static const char never[] = " \t\"\\,;:<>()[]|`@";
	static const char not_first[] = "/#~-";

	if (strpbrk(address->local, never) != NULL)
		return "it needs quotes, or could be read as a command";
	if (strchr(not_first, address->local[0]) != NULL)
		return "it begins like a file, a comment or an option";
	return address->domain[0] == '[' ? "an address literal" : NULL;
}

static bool
ignores_dots(const char *domain)
{
	return strcmp(domain, "gmail.com") == 0 ||
	       strcmp(domain, "googlemail.com") == 0;
}

char *
mailbox_counted_as(struct arena *a, const struct address *address)
{
	char *local = str_lower(a, address->local), *out = local;
	bool dotless = ignores_dots(address->domain);
	size_t len = strcspn(local, "+");

	if (len == 0) /* the whole name */
		len = strlen(local);
	for (size_t i = 0; i < len; i++)
		if (local[i] != '.' || !dotless)
			*out++ = local[i];
	*out = '\0';
	return arena_printf(a, "%s@%s", local,
	    dotless ? "gmail.com" : address->domain);
}
