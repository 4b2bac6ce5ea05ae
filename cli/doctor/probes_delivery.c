/* SPDX-License-Identifier: MIT */
#include "probes_delivery.h"

#include "own_address.h"
#include "postfix_list.h"
#include "postfix_service.h"
#include "postfix_tables.h"

#include "base/ip.h"
#include "base/str.h"
#include "store/forward_table.h"

#include <string.h>

/* Of nobody's (RFC 2606); what every stranger meets, he meets. */
static const char stranger[] = "somebody@example.com";

static const char *
delivery_value(const struct probe_run *run, const char *parameter)
{
	return postfix_text(run->postfix, run->arena, parameter);
}

/* ---- transports */

/* The line of master.cf that a transport ("smtp:[host]") is; NULL: none. */
static const struct postfix_service *
transport_service(const struct probe_run *run, const char *transport)
{
	size_t len = strcspn(transport, ":");

	for (size_t i = 0; i < run->postfix->n_services; i++) {
		const struct postfix_service *s = &run->postfix->services[i];

		if (strlen(s->name) == len &&
		    strncmp(s->name, transport, len) == 0 &&
		    strcmp(s->type, "inet") != 0)
			return s;
	}
	return NULL;
}

/* Why mail that goes there goes nowhere; NULL: it does not. */
static const char *
transport_trouble(const struct probe_run *run, const char *transport)
{
	static const char *const sinks[] = {"error", "discard", "local"};
	struct arena *a = run->arena;
	const struct postfix_service *s;

	if (*transport == ':' || *transport == '\0')
		return NULL;
	s = transport_service(run, transport);
	if (s == NULL && run->postfix->chroots_known)
		return arena_printf(a,
		    "\"%s\" is no line of master.cf, so that the mail waits",
		    transport);
	for (size_t i = 0; s != NULL && i < sizeof(sinks) / sizeof(*sinks); i++)
		if (strcmp(s->command, sinks[i]) == 0)
			return arena_printf(a,
			    "\"%s\" delivers it to nobody outside", transport);
	return NULL;
}

static bool
probe_default_transport(const struct probe_run *run)
{
	const char *trouble =
	    transport_trouble(run, delivery_value(run, "default_transport"));

	if (trouble == NULL)
		return false;
	probe_wrong(run, "default_transport", trouble);
	postfix_cure_value(run, NULL, "default_transport", "smtp");
	return true;
}

/* A member's mailbox is anywhere; a domain of ours is no transport's. */
static bool
probe_transport_maps(const struct probe_run *run)
{
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, delivery_value(run, "transport_maps"));

	for (size_t i = 0; i < list.n; i++) {
		const char *to =
		    postfix_table_about(run, list.words[i], stranger, true);
		const char *trouble =
		    to == NULL ? NULL : transport_trouble(run, to);

		if (trouble == NULL)
			continue;
		probe_wrong(run, "transport_maps",
		    arena_printf(a, "%s catches all mail: %s", list.words[i],
			trouble));
		postfix_cure_without(run, NULL, "transport_maps", list.words[i],
		    NULL);
		return true;
	}
	return false;
}

/* ---- targets */

/* So many of them, for a club has no more. */
#define TARGETS_MOST 2000

struct targets_asked {
	const struct probe_run *run;
	struct str keys; /* of transport(5), one a line */
	const char *table;
	bool wrong;
};

/* The address, its domain, and what stands for those above it. */
static void
targets_add(struct targets_asked *asked, const char *target)
{
	const char *at = strrchr(target, '@');

	if (at == NULL)
		return;
	str_addf(&asked->keys, "%s\n", target);
	for (const char *key = at + 1; key != NULL; key = strchr(key + 1, '.'))
		str_addf(&asked->keys, "%s\n", key);
}

static enum rc
targets_read(struct db *db, void *context, struct err *err)
{
	struct targets_asked *asked = context;
	struct forward forward;
	struct db_row *row;
	enum rc rc = forward_walk(db, NULL, &row, err);

	if (rc != RC_OK)
		return rc;
	asked->keys.len = 0;
	for (size_t n = 0; rc == RC_OK && n < TARGETS_MOST; n++) {
		rc = forward_next(row, asked->run->arena, &forward, err);
		if (rc == RC_OK && forward.state == FORWARD_ACTIVE)
			targets_add(asked, forward.target);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

static void
targets_judge(void *context, const char *key, const char *value)
{
	struct targets_asked *asked = context;
	const struct probe_run *run = asked->run;
	const char *trouble = transport_trouble(run, value);

	if (trouble == NULL || asked->wrong)
		return;
	asked->wrong = true;
	probe_wrong(run, "transport_maps",
	    arena_printf(run->arena, "%s says of %s: %s", asked->table, key,
		trouble));
	postfix_cure_without(run, NULL, "transport_maps", asked->table, NULL);
}

void
probe_targets(const struct probe_run *run)
{
	struct postfix_list list = postfix_list_read(run->arena,
	    delivery_value(run, "transport_maps"));
	struct targets_asked asked = {.run = run};
	struct err err;

	str_init(&asked.keys, run->arena);
	if (list.n > 0 &&
	    store_do(run->store, targets_read, &asked, &err) != RC_OK)
		list.n = 0; /* the store has said so */
	for (size_t i = 0; i < list.n; i++) {
		asked.table = list.words[i];
		postfix_table_each(run, list.words[i], asked.keys.text,
		    targets_judge, &asked);
	}
	if (!asked.wrong)
		probe_saw(run, REPORT_OK,
		    "no table leads their mail elsewhere");
}

/* Of what we forward, the sender is ours. */
static bool
probe_transports_of_senders(const struct probe_run *run)
{
	static const char parameter[] =
	    "sender_dependent_default_transport_maps";
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, delivery_value(run, parameter));
	const struct srs *srs = run->settings->return_path.srs;
	const char *sender = srs == NULL
				 ? stranger
				 : arena_printf(a, "srs0@%s", srs->domains[0]);

	for (size_t i = 0; i < list.n; i++) {
		const char *to =
		    postfix_table_about(run, list.words[i], sender, false);
		const char *trouble =
		    to == NULL ? NULL : transport_trouble(run, to);

		if (trouble == NULL)
			continue;
		probe_wrong(run, parameter,
		    arena_printf(a, "%s: %s", list.words[i], trouble));
		postfix_cure_without(run, NULL, parameter, list.words[i], NULL);
		return true;
	}
	return false;
}

/* ---- delivery */

static bool
probe_defer_transports(const struct probe_run *run)
{
	struct arena *a = run->arena;
	struct postfix_list list =
	    postfix_list_read(a, delivery_value(run, "defer_transports"));
	const char *outward = delivery_value(run, "default_transport");
	const char *name = arena_copy_bytes(a, outward, strcspn(outward, ":"));

	if (!postfix_list_has(&list, name))
		return false;
	probe_wrong(run, "defer_transports",
	    arena_printf(a,
		"%s is among it: what is forwarded waits until somebody runs "
		"postqueue -f",
		name));
	postfix_cure_without(run, NULL, "defer_transports", name, NULL);
	return true;
}

/* A content filter takes all mail, before anything else is done with it. */
static bool
probe_content_filter(const struct probe_run *run)
{
	const struct postfix_view *view = run->postfix;
	bool wrong = false;

	for (size_t i = 0; i < view->n_services; i++) {
		const struct postfix_service *s = &view->services[i];
		const char *trouble;

		if (!postfix_serves_strangers(view, run->arena, s))
			continue;
		trouble = transport_trouble(run,
		    postfix_service_value(view, run->arena, s, "content_filter",
			NULL));
		if (trouble == NULL)
			continue;
		wrong = true;
		probe_wrong(run, "content_filter", trouble);
		postfix_cure_value(run, s, "content_filter", "");
	}
	return wrong;
}

/* ---- the way out */

static bool
probe_bind_address(const struct probe_run *run, const char *parameter)
{
	const char *value = delivery_value(run, parameter);
	bool relayed = delivery_value(run, "relayhost")[0] != '\0';
	struct ip ip;

	if (!ip_parse(value, &ip) ||
	    (own_address_is(&ip) && (relayed || !ip_is_loopback(&ip))))
		return false;
	probe_wrong(run, parameter,
	    arena_printf(run->arena,
		"%s is no address of this machine that the world could "
		"answer: mail leaves by it, or not at all",
		value));
	probe_cure_removed(run, parameter);
	return true;
}

/* Who has a relayhost may leave DNS to it. */
static bool
probe_dns_of_postfix(const struct probe_run *run)
{
	if (delivery_value(run, "relayhost")[0] != '\0')
		return false;
	if (postfix_is_yes(delivery_value(run, "disable_dns_lookups"))) {
		probe_wrong(run, "disable_dns_lookups",
		    "Postfix does not ask for MX records: most mail goes "
		    "nowhere");
		postfix_cure_value(run, NULL, "disable_dns_lookups", "no");
		return true;
	}
	if (!str_equal_fold(delivery_value(run, "smtp_dns_support_level"),
		"disabled"))
		return false;
	probe_wrong(run, "smtp_dns_support_level",
	    "Postfix does not ask for MX records: most mail goes nowhere");
	postfix_cure_value(run, NULL, "smtp_dns_support_level", "enabled");
	return true;
}

/* The hosts of members' mailboxes are anybody's. */
static bool
probe_tls_outward(const struct probe_run *run)
{
	static const char *const strict[] = {
	    "encrypt", "dane-only", "fingerprint", "verify", "secure"};
	const char *level = delivery_value(run, "smtp_tls_security_level");
	bool wrong = false;

	for (size_t i = 0; i < sizeof(strict) / sizeof(*strict); i++)
		wrong |= str_equal_fold(level, strict[i]);
	if (!wrong || delivery_value(run, "relayhost")[0] != '\0')
		return false;
	probe_saw_of(run, REPORT_WARNING, "smtp_tls_security_level",
	    arena_printf(run->arena,
		"\"%s\": mail for hosts that cannot do that waits, then goes "
		"back",
		level));
	postfix_cure_value(run, NULL, "smtp_tls_security_level", "may");
	return true;
}

void
probe_delivery(const struct probe_run *run)
{
	bool wrong = probe_default_transport(run);

	wrong |= probe_transport_maps(run);
	wrong |= probe_transports_of_senders(run);
	wrong |= probe_defer_transports(run);
	wrong |= probe_content_filter(run);
	wrong |= probe_bind_address(run, "smtp_bind_address");
	wrong |= probe_bind_address(run, "smtp_bind_address6");
	wrong |= probe_dns_of_postfix(run);
	wrong |= probe_tls_outward(run);
	if (!wrong)
		probe_saw(run, REPORT_OK, "what is forwarded may leave");
}
