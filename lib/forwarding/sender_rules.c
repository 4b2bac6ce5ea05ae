/* SPDX-License-Identifier: MIT */
#include "forwarding/sender_rules.h"

#include "base/str.h"
#include "base/typed.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "store/account_table.h"

#include <string.h>

enum rc
sender_rule_read(struct arena *a, const char *text, const char **out,
    struct err *err)
{
	struct address address;
	const char *at;

	text = typed_trim(a, text);
	at = strrchr(text, '@');
	if (at == NULL || at == text) {
		if (domain_read(a, at == NULL ? text : text + 1, out, NULL) ==
		    RC_OK)
			return RC_OK;
	} else if (address_read(a, text, &address, NULL) == RC_OK &&
		   address.domain[0] != '\0') {
		*out = address_key(a, &address);
		return RC_OK;
	}
	return err_set(err, RC_PERM,
	    "%s: expected an address or a domain, such as sue@example.org or "
	    "example.org",
	    str_printable(a, text, strlen(text), 100));
}

const char *
sender_rules_text(struct arena *a, const struct sender_rule *rules, size_t n)
{
	struct str all;

	if (n == 0)
		return NULL;
	str_init(&all, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&all, "%c%s\n", rules[i].allow ? '+' : '-',
		    rules[i].sender);
	return all.text;
}

struct rules_load {
	struct arena *arena;
	const char *account, *key, *rules;
};

static enum rc
load_rules_tx(struct db *db, void *context, struct err *err)
{
	struct rules_load *load = context;
	struct sender_rule *all;
	size_t n;
	enum rc rc =
	    sender_rule_list(db, load->arena, load->account, &all, &n, err);

	if (rc != RC_OK)
		return rc;
	load->rules = sender_rules_text(load->arena, all, n);
	return sender_rules_find(load->arena, load->rules, load->key, NULL) ==
		       SENDER_ALLOWED
		   ? RC_OK
		   : RC_NONE;
}

enum rc
sender_rules_load(struct store *store, struct arena *a, const char *account,
    const char *key, const char **out, struct err *err)
{
	struct rules_load load = {.arena = a, .account = account, .key = key};
	enum rc rc = store_do(store, load_rules_tx, &load, err);

	*out = load.rules;
	return rc;
}

/* How exact a rule about that sender is for the key: 0, it does not fit. */
static size_t
rule_fits(const char *sender, size_t len, const char *key)
{
	const char *domain = strrchr(key, '@') + 1;
	size_t of_domain = strlen(domain);
	const char *end = domain + of_domain - len;

	if (memchr(sender, '@', len) != NULL)
		return strlen(key) == len && memcmp(key, sender, len) == 0
			   ? SIZE_MAX
			   : 0;
	if (len == 0 || len > of_domain || memcmp(end, sender, len) != 0)
		return 0;
	return end == domain || end[-1] == '.' ? len : 0;
}

enum sender_said
sender_rules_find(struct arena *a, const char *rules, const char *key,
    const char **by)
{
	enum sender_said said = SENDER_UNNAMED;
	size_t best = 0;

	if (rules == NULL || key == NULL || strrchr(key, '@') == NULL)
		return SENDER_UNNAMED;
	for (const char *end; (end = strchr(rules, '\n')) != NULL;
	     rules = end + 1) {
		size_t len = (size_t)(end - rules) - 1;
		size_t fits = rule_fits(rules + 1, len, key);

		if (fits <= best)
			continue;
		best = fits;
		said = rules[0] == '+' ? SENDER_ALLOWED : SENDER_BLOCKED;
		if (by != NULL)
			*by = arena_copy_bytes(a, rules + 1, len);
	}
	return said;
}

static enum rc
has_rule(struct db *db, struct arena *a, const struct sender_rule *rule,
    bool *out, struct err *err)
{
	struct sender_rule *all;
	size_t n;
	enum rc rc = sender_rule_list(db, a, rule->account, &all, &n, err);

	*out = false;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		*out |= strcmp(all[i].sender, rule->sender) == 0;
	return rc == RC_OK && !*out && n >= SENDER_RULES_MAX
		   ? err_set(err, RC_PERM,
			 "%s has %d rules already; remove some first",
			 rule->account, SENDER_RULES_MAX)
		   : rc;
}

enum rc
sender_rules_add(struct db *db, struct arena *a, const struct sender_rule *rule,
    struct err *err)
{
	struct account account;
	bool is_there;
	enum rc rc = account_find(db, a, rule->account, &account, err);

	if (rc == RC_OK)
		rc = has_rule(db, a, rule, &is_there, err);
	return rc == RC_OK ? sender_rule_put(db, rule, err) : rc;
}
