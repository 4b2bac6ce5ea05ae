/* SPDX-License-Identifier: MIT */
/* Under which domain and with which secrets senders are rewritten. */
#include "program/private/settings_parts.h"

#include "mail/domain.h"
#include "program/secrets.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static const char *const *
read_domains(struct settings *s, struct config_list list)
{
	const char **domains =
	    arena_take_array(s->arena, list.n, sizeof(*domains));

	for (size_t i = 0; i < list.n; i++)
		domain_read(s->arena, list.items[i], &domains[i], NULL);
	return domains;
}

static void
read_secrets(struct settings *s, struct srs *srs)
{
	struct return_path_settings *sender = &s->return_path;
	bool open_to_all = false;
	struct err err;
	enum rc rc = secrets_read(s->arena, s->secrets_file, &srs->secrets,
	    &srs->n_secrets, &open_to_all, &err);

	if (rc == RC_OK || rc == RC_TEMP || rc == RC_PERM)
		sender->srs = srs;
	if (rc == RC_TEMP || rc == RC_PERM)
		s->srs_note = sender->trouble =
		    arena_printf(s->arena, "srs: %s", err.text);
	if (rc == RC_NONE)
		s->srs_note = arena_printf(s->arena,
		    "srs: %s, so that no sender is rewritten: make it with "
		    "'postward store init'",
		    err.text);
	if (open_to_all)
		s->srs_note = arena_printf(s->arena,
		    "srs: %s: everybody can read it: chmod o= it",
		    s->secrets_file);
}

void
settings_read_srs(struct settings *s)
{
	const struct config *c = s->config;
	struct config_list domains = config_list(c, "srs", NULL, "domain");
	struct srs *srs;

	s->return_path.forwards = &s->forwards;
	if (domains.n == 0)
		return;
	srs = arena_take(s->arena, sizeof(*srs));
	*srs = (struct srs){
	    .domains = read_domains(s, domains),
	    .n_domains = domains.n,
	    .max_age = (unsigned)((config_number(c, "srs", NULL, "max-age") +
				      DAY_MS - 1) /
				  DAY_MS),
	    .hash_length =
		(unsigned)config_number(c, "srs", NULL, "hash-length"),
	    .hash_length_min =
		(unsigned)config_number(c, "srs", NULL, "hash-length-min"),
	};
	if (srs->hash_length_min == 0)
		srs->hash_length_min = srs->hash_length;
	s->return_path.note_at =
	    arena_take(s->arena, sizeof(*s->return_path.note_at));
	atomic_init(s->return_path.note_at, 0);
	s->policy.bounce_senders =
	    config_list(c, "srs", NULL, "bounce-senders").items;
	s->policy.n_bounce_senders =
	    config_list(c, "srs", NULL, "bounce-senders").n;
	s->secrets_file = config_text(c, "srs", NULL, "secrets-file");
	if (settings_reads(s, SETTINGS_SRS))
		read_secrets(s, srs);
	else /* the program has no secrets, but must know our domains */
		s->return_path.srs = srs;
}
