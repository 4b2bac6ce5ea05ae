/* SPDX-License-Identifier: MIT */
/* Which program reads which secret, and the secrets beside the
   configuration. */
#include "program/private/settings_parts.h"

#include "program/secrets.h"

#include <string.h>

#define BIT(secret) (1u << (secret))

static const struct {
	const char *program;
	unsigned secrets;
} readers[] = {
    {"policyd", BIT(SETTINGS_SRS) | BIT(SETTINGS_LIST_KEYS)},
    {"forwarder", BIT(SETTINGS_SRS)},
    {"milter", BIT(SETTINGS_SRS) | BIT(SETTINGS_LIST_KEYS) |
		   BIT(SETTINGS_SIGNING_KEYS)},
    {"mailer", 0},
    {"signup", BIT(SETTINGS_CODES)},
};

bool
settings_reads(const struct settings *s, enum settings_secret secret)
{
	if (s->program == NULL)
		return true;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(readers[i].program, s->program) == 0)
			return (readers[i].secrets & BIT(secret)) != 0;
	return false;
}

/* The file is beside the configuration, unless another place is given. */
static const char *
secret_file_of(const struct settings *s, const char *path, const char *key)
{
	const char *given = config_text(s->config, "secrets", NULL, key);
	const char *slash = strrchr(path, '/');

	if (given[0] != '\0')
		return given;
	return arena_printf(s->arena, "%.*s%s.secret",
	    slash != NULL ? (int)(slash + 1 - path) : 0, path, key);
}

/* True: every user of the machine can read the file. */
static bool
read_keyed(struct settings *s, const char *name, const char *file,
    struct keyed_secrets *out)
{
	bool open_to_all = false;
	struct err err;
	enum rc rc = secrets_read(s->arena, file, &out->all, &out->n,
	    &open_to_all, &err);

	if (rc == RC_OK)
		return open_to_all;
	*out = (struct keyed_secrets){0};
	if (rc != RC_NONE)
		out->trouble = arena_printf(s->arena, "%s: %s", name, err.text);
	return false;
}

static void
read_codes(struct settings *s)
{
	if (read_keyed(s, "codes", s->codes_file, &s->codes))
		s->codes_note = arena_printf(s->arena,
		    "codes: %s: everybody can read it: chmod o= it",
		    s->codes_file);
	else if (s->codes.trouble != NULL)
		s->codes_note = s->codes.trouble;
	else if (s->codes.n == 0)
		s->codes_note = arena_printf(s->arena,
		    "codes: %s: there is no such file, so that who reads the "
		    "store can find codes out: make it with 'postward store "
		    "init'",
		    s->codes_file);
}

void
settings_read_secrets(struct settings *s, const char *path)
{
	s->codes_file = secret_file_of(s, path, "codes");
	s->approvals_file = secret_file_of(s, path, "approvals");
	s->codes_note = NULL;
	if (settings_reads(s, SETTINGS_CODES))
		read_codes(s);
	if (settings_reads(s, SETTINGS_APPROVALS) &&
	    read_keyed(s, "approvals", s->approvals_file, &s->approvals))
		/* With that secret any user of the machine could approve. */
		s->approvals = (struct keyed_secrets){
		    .trouble = arena_printf(s->arena,
			"approvals: %s: everybody can read it: chmod go= it",
			s->approvals_file)};
}
