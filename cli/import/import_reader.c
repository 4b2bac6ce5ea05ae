/* SPDX-License-Identifier: MIT */
#include "import_reader.h"

#include "base/str.h"
#include "base/unicode.h"
#include "forwarding/domains.h"
#include "forwarding/dot_forward.h"
#include "mail/address_list.h"
#include "mail/domain.h"
#include "mail/mailbox.h"

#include <string.h>

/* The same limit as in the tables (schema.c). */
#define ADDRESS_BYTES_MAX 320

static const char without_domain[] = "no domain: say with --domain which it is";

static void
add_import_remark(struct import_reader *r, enum import_remark_kind kind,
    size_t line, const char *format, va_list args)
{
	if (r->rc == RC_OK)
		r->rc = r->sink->remark(r->sink->context, kind, line,
		    arena_vprintf(r->scratch, format, args), r->err);
}

void
import_problem(struct import_reader *r, size_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_import_remark(r, IMPORT_PROBLEM, line, format, args);
	va_end(args);
}

void
import_note(struct import_reader *r, size_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_import_remark(r, IMPORT_NOTE, line, format, args);
	va_end(args);
}

/* Reads the parts of an entry of a list as SMTP has them.  NULL, or why that
   cannot be. */
static const char *
import_parts_problem(struct import_reader *r, const struct address *said,
    struct address *out)
{
	struct err err;

	if (address_read(r->scratch,
		arena_printf(r->scratch, "<%s>",
		    address_text(r->scratch, said)),
		out, &err) != RC_OK)
		return arena_copy_text(r->scratch, err.text);
	return NULL;
}

static const char *
longer_than_tables(struct import_reader *r, const char *text)
{
	return strlen(text) > ADDRESS_BYTES_MAX
		   ? arena_printf(r->scratch, "longer than %d bytes",
			 ADDRESS_BYTES_MAX)
		   : NULL;
}

/* NULL, or why there can be no account in that domain. */
static const char *
domain_problem(struct import_reader *r, const char *domain)
{
	struct err err;
	enum rc rc = domains_glance(r->settings->forwards, domain, NULL, &err);

	if (rc == RC_OK)
		return NULL;
	return rc == RC_NONE ? arena_printf(r->scratch,
				   "%s is not one of our domains", domain)
			     : arena_copy_text(r->scratch, err.text);
}

/* NULL, or why there can be no account of that address, which was read. */
static const char *
account_problem(struct import_reader *r, const struct address *address,
    const char **out)
{
	const char *problem = mailbox_problem(r->scratch, address);

	if (problem != NULL)
		return problem;
	problem = domain_problem(r, address->domain);
	if (problem != NULL)
		return problem;
	*out = address_key(r->scratch, address);
	return longer_than_tables(r, *out);
}

static const char *
catch_all_problem(struct import_reader *r, const char *domain, const char **out)
{
	const char *problem;
	struct err err;

	if (domain_read(r->scratch, domain, &domain, &err) != RC_OK)
		return arena_copy_text(r->scratch, err.text);
	problem = domain_problem(r, domain);
	*out = arena_printf(r->scratch, "@%s", domain);
	return problem;
}

/* NULL, or why nobody knows the domain of the entry. */
static const char *
entry_domain_problem(const struct import_reader *r,
    const struct address_entry *e, const char **out)
{
	*out = e->domain != NULL ? e->domain : r->settings->domain;
	if (e->domain == NULL && strchr(e->text, '@') != NULL)
		return "no domain behind the @";
	return *out == NULL ? without_domain : NULL;
}

/* As SMTP has it; false: it may be one in the syntax of a header. */
static bool
read_whole_address(struct import_reader *r, const char *text,
    struct address *out)
{
	return strpbrk(text, "<>") == NULL &&
	       address_read(r->scratch, arena_printf(r->scratch, "<%s>", text),
		   out, NULL) == RC_OK &&
	       out->domain[0] != '\0';
}

/* NULL, or why the text names no account. */
static const char *
account_text_problem(struct import_reader *r, const char *text,
    const char **out)
{
	struct address said, address;
	struct address_entry *e;
	const char *why;

	if (text[0] == '@')
		return catch_all_problem(r, text + 1, out);
	if (read_whole_address(r, text, &address))
		return account_problem(r, &address, out);
	if (address_list_read(r->scratch, text, strlen(text), &e) != 1)
		return "expected one address";
	why = entry_domain_problem(r, e, &said.domain);
	said.local = e->local;
	if (why == NULL)
		why = import_parts_problem(r, &said, &address);
	return why != NULL ? why : account_problem(r, &address, out);
}

bool
import_account(struct import_reader *r, size_t line, const char *text,
    const char **out)
{
	const char *why = account_text_problem(r, text, out);

	if (why != NULL)
		import_problem(r, line, "%s: %s", text, why);
	return why == NULL;
}

static bool
has_import_target(const struct import_entry *entry, const char *text)
{
	for (size_t i = 0; i < entry->n; i++)
		if (str_equal_fold(entry->targets[i].text, text))
			return true;
	return false;
}

/* NULL, or why the account cannot have that target, which was read. */
static const char *
target_problem(struct import_reader *r, const struct address *address,
    const char *account, const char **out)
{
	const char *why = mailbox_problem(r->scratch, address);

	if (why != NULL)
		return why;
	if (strcmp(address_key(r->scratch, address), account) == 0)
		return "forwards to itself: mail is not kept here";
	*out = address_text(r->scratch, address);
	return longer_than_tables(r, *out);
}

/* The same for an entry of a list.  aliases(5) delivers to "/x@example.org",
   too; elsewhere that is an address. */
static const char *
target_entry_problem(struct import_reader *r, const struct address_entry *e,
    const char *account, const char **out)
{
	struct address address, said = {.local = e->local};
	const char *why = e->domain == NULL || r->local_delivery
			      ? dot_forward_local_delivery(e)
			      : NULL;

	if (why == NULL && e->domain != NULL && e->local[0] == '\0')
		why = "a whole domain is no target";
	if (why == NULL)
		why = entry_domain_problem(r, e, &said.domain);
	if (why == NULL)
		why = import_parts_problem(r, &said, &address);
	return why != NULL ? why : target_problem(r, &address, account, out);
}

/* False: the target is wrong (why), or one too many, and that was told. */
static bool
add_import_target(struct import_reader *r, struct import_entry *entry,
    const char *text, const char *target, const char *why)
{
	if (why == NULL && has_import_target(entry, target))
		return true;
	if (why == NULL && entry->n == FORWARDS_TARGETS_MAX)
		why = import_too_many;
	if (why != NULL) {
		import_problem(r, entry->line, "%s: %s: %s", entry->account,
		    text, why);
		return false;
	}
	entry->targets[entry->n++].text = target;
	return true;
}

bool
import_target(struct import_reader *r, const char *text,
    struct import_entry *entry)
{
	struct address address;
	const char *target = NULL, *why;

	if (!read_whole_address(r, text, &address))
		return import_targets(r, text, strlen(text), entry);
	why = target_problem(r, &address, entry->account, &target);
	entry->targets = arena_take(r->scratch, sizeof(*entry->targets));
	return add_import_target(r, entry, text, target, why);
}

bool
import_targets(struct import_reader *r, const char *text, size_t len,
    struct import_entry *entry)
{
	struct address_entry *all;
	size_t n = address_list_read(r->scratch, text, len, &all);

	entry->targets = arena_take_array(r->scratch, FORWARDS_TARGETS_MAX,
	    sizeof(*entry->targets));
	for (size_t i = 0; i < n; i++) {
		const char *target = NULL;
		const char *why =
		    target_entry_problem(r, &all[i], entry->account, &target);

		if (!add_import_target(r, entry, all[i].text, target, why))
			return false;
	}
	return true;
}

void
import_add(struct import_reader *r, const struct import_entry *entry)
{
	if (r->rc == RC_OK)
		r->rc = r->sink->add(r->sink->context, entry, r->err);
}

void
import_passed(struct import_reader *r)
{
	if (r->sink->passed != NULL)
		r->sink->passed(r->sink->file, r->text);
}

struct import_reader *
import_reader_new(struct arena *a, enum import_format format,
    const struct import_settings *settings, const struct import_sink *sink)
{
	struct import_reader *r = arena_take(a, sizeof(*r));

	r->scratch = arena_new();
	r->format = format;
	r->settings = settings;
	r->sink = sink;
	r->line = 1;
	r->local_delivery = format == IMPORT_ALIASES;
	return r;
}

void
import_reader_free(struct import_reader *r)
{
	arena_free(r->scratch);
}

const struct import_says *
import_reader_says(const struct import_reader *r)
{
	return &r->says;
}

static void
begin_import(struct import_reader *r)
{
	size_t len = (size_t)(r->end - r->text);

	r->began = true;
	r->unreadable = unicode_is_wide(r->text, len);
	if (r->unreadable)
		import_problem(r, 1, "this is UTF-16: save it as UTF-8");
	r->text += unicode_bom(r->text, len);
}

enum rc
import_reader_read(struct import_reader *r, const char *text, size_t len,
    struct err *err)
{
	r->text = text;
	r->end = text + len;
	r->rc = RC_OK;
	r->err = err;
	if (!r->began)
		begin_import(r);
	if (r->unreadable)
		return r->rc;
	if (r->format == IMPORT_ALIASES)
		import_read_aliases(r);
	else if (r->format == IMPORT_VIRTUAL)
		import_read_virtual(r);
	else
		import_read_table(r);
	return r->rc;
}
