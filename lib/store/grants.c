/* SPDX-License-Identifier: MIT */
#include "store/grants.h"

#include "base/str.h"

#include <string.h>

const char *const grants_programs[] = {
    "policyd", "forwarder", "milter", "mailer", "signup", "cli", NULL};

/* The columns of a mail that change.  No program may change to whom a mail
   goes, nor which mail it is. */
#define OUTBOX_CHANGES                                                         \
	"state, texts, next_try, deadline, lease_until, lease_owner, sent, "   \
	"attempts, queue_id, last_error"

/* All programs read the version of the tables.  A program that changes several
   rows at once first takes its turn as the writer.  REPLACE needs the rights of
   INSERT and DELETE. */
static const struct {
	const char *program, *privileges,
	    *table; /* NULL: all tables, and those still to be made */
} grants[] = {
    {"policyd", "SELECT", "postward_schema"},
    {"policyd", "SELECT, INSERT, UPDATE", "token_bucket"},
    {"policyd", "SELECT", "account_check"},
    {"policyd", "SELECT", "domain"},
    {"policyd", "SELECT", "account"},
    {"policyd", "SELECT", "forward"},
    {"policyd", "SELECT", "outbox"},
    {"policyd", "SELECT", "srs_token"},
    {"policyd", "SELECT", "author_token"},
    {"policyd", "SELECT", "sender_rule"},
    {"policyd", "SELECT, INSERT", "decision"},
    {"policyd", "SELECT, INSERT, UPDATE", "greylist"},

    {"forwarder", "SELECT", "postward_schema"},
    {"forwarder", "SELECT", "account_check"},
    {"forwarder", "SELECT", "domain"},
    {"forwarder", "SELECT", "account"},
    {"forwarder", "SELECT", "forward"},
    {"forwarder", "SELECT", "outbox"},
    {"forwarder", "SELECT, INSERT, DELETE", "srs_token"},
    {"forwarder", "SELECT", "author_token"},
    {"forwarder", "SELECT", "sender_rule"},

    {"milter", "SELECT", "postward_schema"},
    {"milter", "SELECT, INSERT, UPDATE", "token_bucket"},
    {"milter", "SELECT", "account_check"},
    {"milter", "SELECT", "domain"},
    {"milter", "SELECT", "account"},
    {"milter", "SELECT", "forward"},
    {"milter", "SELECT, UPDATE (" OUTBOX_CHANGES ")", "outbox"},
    {"milter", "SELECT, INSERT, DELETE", "srs_token"},
    {"milter", "SELECT, INSERT, DELETE", "author_token"},
    {"milter", "SELECT", "sender_rule"},
    {"milter", "SELECT, INSERT", "target_failure"},
    {"milter", "SELECT, INSERT", "decision"},
    {"milter", "SELECT, INSERT, UPDATE", "greylist"},
    {"milter", "SELECT, UPDATE", "postward_writer"},

    {"mailer", "SELECT", "postward_schema"},
    {"mailer", "SELECT, DELETE", "domain"},
    {"mailer", "SELECT, DELETE", "token_bucket"},
    {"mailer", "SELECT, UPDATE (failing)", "forward"},
    {"mailer", "SELECT, DELETE", "target_failure"},
    {"mailer", "SELECT, INSERT, UPDATE, DELETE", "target_health"},
    {"mailer", "SELECT, INSERT, UPDATE (" OUTBOX_CHANGES "), DELETE", "outbox"},
    {"mailer", "SELECT, DELETE", "decision"},
    {"mailer", "SELECT, INSERT, DELETE", "greylist"},
    {"mailer", "SELECT, UPDATE", "postward_writer"},

    {"signup", "SELECT", "postward_schema"},
    {"signup", "SELECT, INSERT, DELETE", "account_check"},
    {"signup", "SELECT", "domain"},
    {"signup", "SELECT, UPDATE (strategy, digest), DELETE", "account"},
    {"signup", "SELECT, INSERT, DELETE", "sender_rule"},
    {"signup", "SELECT, DELETE", "decision"},
    {"signup", "SELECT, DELETE", "author_token"},
    {"signup",
	"SELECT, INSERT, UPDATE (state, code_hash, code_expires, code_wrong, "
	"verified_at, replaces, failing), DELETE",
	"forward"},
    {"signup", "SELECT, DELETE", "target_failure"},
    {"signup", "SELECT, UPDATE (code_wrong), DELETE", "target_health"},
    {"signup",
	"SELECT, INSERT, UPDATE (state, code_hash, code_expires, code_sent, "
	"code_wrong, codes, proven, decided, reason, pubkey, note, reserved), "
	"DELETE",
	"request"},
    {"signup", "SELECT, INSERT, UPDATE, DELETE", "outbox"},
    {"signup", "SELECT, INSERT, UPDATE, DELETE", "rate_limit"},
    {"signup", "SELECT, INSERT, UPDATE, DELETE", "member_code"},
    {"signup", "SELECT, INSERT, UPDATE, DELETE", "member_session"},
    {"signup", "SELECT", "provision"},
    {"signup", "SELECT, UPDATE", "postward_writer"},

    {"cli", "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES",
	NULL},
};

bool
grants_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 80 &&
	       strspn(name,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:%/-") == len;
}

/* "_" and "%" stand for other characters where a whole database is named. */
static const char *
grants_pattern(struct arena *a, const char *database)
{
	struct str out;

	str_init(&out, a);
	for (; *database != '\0'; database++) {
		if (strchr("_%\\", *database) != NULL)
			str_add_bytes(&out, "\\", 1);
		str_add_bytes(&out, database, 1);
	}
	return out.text;
}

const char *
grants_text(struct arena *a, const char *program, const char *database,
    const char *user, const char *host)
{
	struct str out;

	str_init(&out, a);
	for (size_t i = 0; i < sizeof(grants) / sizeof(*grants); i++) {
		const char *table = grants[i].table;

		if (strcmp(grants[i].program, program) != 0)
			continue;
		str_add(&out,
		    arena_printf(a, "GRANT %s ON `%s`.%s%s%s TO '%s'@'%s';\n",
			grants[i].privileges,
			table != NULL ? database : grants_pattern(a, database),
			table != NULL ? "`" : "", table != NULL ? table : "*",
			table != NULL ? "`" : "", user, host));
	}
	return out.text;
}
