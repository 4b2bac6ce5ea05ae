/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include "base/clock.h"
#include "base/str.h"
#include "forwarding/domains.h"
#include "mail/domain.h"

#include <string.h>

struct lookup {
	struct snapshot *snapshot;
	struct arena *arena;
	const char *key;
	const char *value, *note;
};

/* SRS_REVERSED: value is the original sender. */
static enum rc
reverse_sender(struct lookup *l, const struct address *address,
    enum srs_answer *answer, struct err *err)
{
	const struct return_path_settings *settings =
	    &l->snapshot->settings->return_path;
	struct srs_reversed r;
	enum rc rc = return_path_reverse(l->snapshot->store, settings, l->arena,
	    address, clock_now(), &r, err);

	*answer = r.answer;
	if (rc == RC_OK && r.answer == SRS_REVERSED)
		l->value = address_text(l->arena, &r.sender);
	return rc;
}

/* A bounce goes back to who sent the message.  What is not quite an SRS
   address may be somebody's own; what is one, but a bad one, must not reach a
   catch-all. */
static enum rc
table_forward(struct lookup *l, struct err *err)
{
	struct address address;
	struct forwards found;
	enum srs_answer answer;
	struct str targets;
	enum rc rc;

	/* What is no address is nobody's: Postfix asks for "" (the null
	   sender) and for bare words too. */
	if (srs_read_address(l->arena, l->key, &address, NULL) != RC_OK)
		return RC_NONE;
	address = author_address_role(&l->snapshot->settings->authors,
	    &l->snapshot->settings->forwards, &address);
	rc = reverse_sender(l, &address, &answer, err);
	if (rc != RC_OK || answer == SRS_REVERSED)
		return rc;
	if (srs_answer_refuses(answer))
		return RC_NONE;
	if (author_address_serves(&l->snapshot->settings->authors,
		address.domain))
		return author_address_find(l->snapshot->store,
		    &l->snapshot->settings->authors, l->arena, &address,
		    clock_now(), &l->value, err);
	rc = forwards_cache_find(l->snapshot->forwards,
	    &l->snapshot->settings->forwards, l->arena, &address, &found, err);
	if (rc != RC_OK)
		return rc;
	l->note = found.trouble != NULL ? found.trouble : found.note;
	if (found.known == FORWARDS_PUT_OFF)
		return err_set(err, RC_TEMP, "all targets of %s fail",
		    str_printable(l->arena, found.account,
			strlen(found.account), 80));
	if (found.known != FORWARDS_FOUND)
		return RC_NONE;
	str_init(&targets, l->arena);
	for (size_t i = 0; i < found.n; i++)
		str_addf(&targets, "%s%s", i == 0 ? "" : ",", found.targets[i]);
	l->value = targets.text;
	return RC_OK;
}

static enum rc
table_domain(struct lookup *l, struct err *err)
{
	const struct settings *settings = l->snapshot->settings;
	const struct srs *srs = settings->return_path.srs;

	if (domain_read(l->arena, l->key, &l->value, NULL) != RC_OK)
		return RC_NONE;
	if (author_address_serves(&settings->authors, l->value) ||
	    (srs != NULL && srs_reads(srs, l->value)))
		return RC_OK;
	return domains_find_any(&settings->forwards, l->value, err);
}

static enum rc
table_srs_forward(struct lookup *l, struct err *err)
{
	return return_path_forward(l->snapshot->store,
	    &l->snapshot->settings->return_path, l->arena, l->key, NULL,
	    clock_now(), &l->value, err);
}

static enum rc
table_srs_reverse(struct lookup *l, struct err *err)
{
	struct address address;
	enum srs_answer answer;
	enum rc rc;

	if (srs_read_address(l->arena, l->key, &address, NULL) != RC_OK)
		return RC_NONE;
	rc = reverse_sender(l, &address, &answer, err);
	return rc == RC_OK && answer != SRS_REVERSED ? RC_NONE : rc;
}

static const struct {
	const char *name;
	enum rc (*look_up)(struct lookup *l, struct err *err);
} tables[] = {
    {"forward", table_forward},
    {"domain", table_domain},
    {"srs-forward", table_srs_forward},
    {"srs-reverse", table_srs_reverse},
};

enum rc
tables_look_up(struct snapshot *snapshot, struct arena *a, const char *table,
    const char *key, const char **value, const char **note, struct err *err)
{
	struct lookup l = {.snapshot = snapshot, .arena = a, .key = key};
	enum rc rc;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (strcmp(tables[i].name, table) != 0)
			continue;
		rc = tables[i].look_up(&l, err);
		*value = l.value;
		*note = l.note;
		return rc;
	}
	return err_set(err, RC_PERM,
	    "no table \"%s\"; there are forward, domain, srs-forward and "
	    "srs-reverse",
	    str_printable(a, table, strlen(table), 60));
}
